//! Writing a module's parameters to a file: beside the target first, then in its place.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use safetensors::tensor::TensorView;

use crate::checkpoint::Checkpoint;
use crate::dtype::DType;
use crate::error::ParameterError;
use crate::module::{Module, walk};
use crate::parameter::View;
use crate::path::shown;
use crate::tree::Walk;

/// The format's own key in a header, which no tensor can have.
const METADATA: &str = "__metadata__";
/// Elements in an `.npz` start at a multiple of this many bytes, so that a mapped file can be used in place.
const ALIGNMENT: u16 = 64;

/// Why a file was not written. An existing one is as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum SaveError {
    /// The name does not end in `.safetensors` or `.npz`.
    Extension {
        /// The path that was asked for.
        path: String,
    },
    /// The format cannot hold a parameter's name.
    Name {
        /// The parameter's path.
        path: String,
        /// Why not.
        reason: &'static str,
    },
    /// The format cannot hold a parameter's dtype.
    DType {
        /// The parameter's path.
        path: String,
        /// Its dtype.
        dtype: DType,
        /// The format.
        format: &'static str,
    },
    /// The format has no place for metadata.
    Metadata,
    /// A parameter's bytes could not be fetched.
    Parameter {
        /// The parameter's path.
        path: String,
        /// Why.
        source: ParameterError,
    },
    /// The file could not be written.
    Io {
        /// The path that was asked for.
        path: String,
        /// What the system says.
        source: io::Error,
    },
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SaveError::Extension { path } => {
                write!(f, "{path} does not say in which format it is to be written; end it in `.safetensors` or `.npz`")
            }
            SaveError::Name { path, reason } => write!(f, "`{}` cannot be saved: {reason}", shown(path)),
            SaveError::DType { path, dtype, format } => {
                write!(f, "`{}` is {dtype}, which a {format} file cannot hold", shown(path))
            }
            SaveError::Metadata => {
                f.write_str({
                "an npz file has no place for metadata; save to `.safetensors`, or leave it out (`loaded.module.save_weights(..)`)"
            })
            }
            SaveError::Parameter { path, .. } => write!(f, "the values of `{}` could not be fetched", shown(path)),
            SaveError::Io { path, .. } => write!(f, "{path} could not be written"),
        }
    }
}

impl std::error::Error for SaveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            SaveError::Parameter { source, .. } => Some(source),
            SaveError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// A save with its options. [`Module::save_weights`] is `Saver::new()`.
///
/// ```
/// use weighbridge::{Module, Saver, Tensor};
///
/// #[derive(Module)]
/// struct Norm {
///     #[param(shape = [4])]
///     weight: Tensor<f32>,
/// }
///
/// # let scratch = tempfile::tempdir()?;
/// # let path = scratch.path().join("model.safetensors");
/// let norm = Norm { weight: Tensor::zeros([4]) };
/// Saver::new().metadata("format", "pt").save(&norm, path)?;   // transformers wants `format: pt`
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Saver {
    metadata: BTreeMap<String, String>,
}

impl Saver {
    /// No metadata.
    pub fn new() -> Saver {
        Saver::default()
    }

    /// One entry of metadata.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Saver {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// All metadata of a checkpoint, so that it is kept where the checkpoint is saved again.
    pub fn metadata_of(mut self, checkpoint: &Checkpoint) -> Saver {
        self.metadata.extend(checkpoint.metadata().clone());
        self
    }

    /// Writes the module's parameters: to safetensors sorted as its writer does (by alignment, then name), to npz in
    /// schema order, stored, each aligned to 64 bytes. The file is written beside the target and then takes its place,
    /// so that it may be the very file that the tensors were loaded from.
    ///
    /// # Errors
    /// If the extension is neither `.safetensors` nor `.npz`, the format cannot hold a name or a dtype, or the file
    /// cannot be written.
    pub fn save<M: Module>(&self, module: &M, path: impl AsRef<Path>) -> Result<(), SaveError> {
        let path = path.as_ref();
        let Walk { leaves: parameters, bad_key, .. } = walk(module);
        if let Some((parameter, reason)) = bad_key
            && let Some((path, _)) = parameters.get(parameter)
        {
            return Err(SaveError::Name { path: path.clone(), reason });
        }
        check_names(&parameters)?;
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("safetensors") => self.safetensors(&parameters, path),
            Some("npz") if !self.metadata.is_empty() => Err(SaveError::Metadata),
            Some("npz") => npz(&parameters, path),
            _ => Err(SaveError::Extension { path: path.display().to_string() }),
        }
    }

    fn safetensors(&self, parameters: &[(String, View<'_>)], path: &Path) -> Result<(), SaveError> {
        let mut tensors = Vec::with_capacity(parameters.len());
        for (name, view) in parameters {
            let refuse = || SaveError::DType { path: name.clone(), dtype: view.dtype(), format: "safetensors" };
            let dtype = safetensors_dtype(view.dtype()).ok_or_else(refuse)?;
            tensors.push((name.as_str(), dtype, view, bytes(name, view)?));
        }
        let views = tensors
            .iter()
            .map(|(name, dtype, view, bytes)| Ok((*name, TensorView::new(*dtype, view.shape().to_vec(), bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>();
        let metadata =
            (!self.metadata.is_empty()).then(|| self.metadata.clone().into_iter().collect::<HashMap<_, _>>());
        replace(path, |temporary| {
            let views = views.map_err(io::Error::other)?;
            safetensors::serialize_to_file(views, metadata, temporary).map_err(io::Error::other)
        })
    }
}

fn bytes<'v>(name: &str, view: &'v View<'_>) -> Result<Cow<'v, [u8]>, SaveError> {
    let refuse = |source| SaveError::Parameter { path: name.to_owned(), source };
    let bytes = view.bytes().map_err(refuse)?;
    if view.shape().elements().and_then(|elements| view.dtype().size_of(elements)) != Some(bytes.len()) {
        let message = format!("its view has {} bytes, which are not {} {}", bytes.len(), view.dtype(), view.shape());
        return Err(refuse(ParameterError::new(message)));
    }
    Ok(bytes)
}

fn check_names(parameters: &[(String, View<'_>)]) -> Result<(), SaveError> {
    let mut names = HashSet::with_capacity(parameters.len());
    for (path, _) in parameters {
        let reason = if path == METADATA {
            "the safetensors format keeps this name for itself"
        } else if path.is_empty() {
            "a parameter that is no part of a module has no name"
        } else if path.contains('\0') {
            "it has a NUL in it, at which readers in C cut it off"
        } else if !names.insert(path.as_str()) {
            "two parameters have this path"
        } else {
            continue;
        };
        return Err(SaveError::Name { path: path.clone(), reason });
    }
    Ok(())
}

/// Runs `write` on a path beside the target, and puts the result in the target's place.
fn replace(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), SaveError> {
    let run = || {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let temporary = tempfile::Builder::new().prefix(".weighbridge-").tempdir_in(directory)?;
        let written = temporary.path().join("weights");
        // made here first, so that it has the permissions that the user's files have; the writers keep or replace it
        let fresh = File::create(&written)?.metadata()?.permissions();
        write(&written)?;
        let permissions = std::fs::metadata(path).map_or(fresh, |existing| existing.permissions());
        std::fs::set_permissions(&written, permissions)?;
        File::open(&written)?.sync_all()?;
        std::fs::rename(&written, path)
    };
    run().map_err(|source| SaveError::Io { path: path.display().to_string(), source })
}

fn npz(parameters: &[(String, View<'_>)], path: &Path) -> Result<(), SaveError> {
    let mut members = Vec::with_capacity(parameters.len());
    for (name, view) in parameters {
        let refuse = || SaveError::DType { path: name.clone(), dtype: view.dtype(), format: "npz" };
        let header = npy_header(npy_descr(view.dtype()).ok_or_else(refuse)?, view.shape());
        members.push((name, header, bytes(name, view)?));
    }
    replace(path, |temporary| {
        let mut archive = zip::ZipWriter::new(BufWriter::new(File::create(temporary)?));
        for (name, header, bytes) in &members {
            let options = zip::write::SimpleFileOptions::default()
                .compression_method(zip::CompressionMethod::Stored)
                .large_file(u32::try_from(header.len() + bytes.len()).is_err())
                .with_alignment(ALIGNMENT);
            archive.start_file(format!("{name}.npy"), options)?;
            archive.write_all(header)?;
            archive.write_all(bytes)?;
        }
        archive.finish()?.flush()
    })
}

/// A version 1.0 header, padded so that the elements behind it are aligned. Source: numpy's `lib/format` documentation.
fn npy_header(descr: &str, shape: &[usize]) -> Vec<u8> {
    let mut extents = String::new();
    for extent in shape {
        extents.push_str(&format!("{extent}, "));
    }
    let extents = if shape.len() == 1 { extents.trim_end() } else { extents.trim_end_matches(", ") };
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({extents}), }}");
    const PREAMBLE: usize = 10;
    let alignment = usize::from(ALIGNMENT);
    let padding = (alignment - (PREAMBLE + text.len() + 1) % alignment) % alignment;
    text.extend(std::iter::repeat_n(' ', padding));
    text.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    // 64 dimensions of 20 digits do not fill a u16
    header.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_le_bytes());
    header.extend(text.bytes());
    header
}

/// numpy's name for a dtype. bfloat16 and the 8-bit floats are written as MLX and JAX write them: untyped.
fn npy_descr(dtype: DType) -> Option<&'static str> {
    Some(match dtype {
        DType::BOOL => "|b1",
        DType::U8 => "|u1",
        DType::I8 => "|i1",
        DType::U16 => "<u2",
        DType::I16 => "<i2",
        DType::F16 => "<f2",
        DType::U32 => "<u4",
        DType::I32 => "<i4",
        DType::F32 => "<f4",
        DType::U64 => "<u8",
        DType::I64 => "<i8",
        DType::F64 => "<f8",
        DType::C64 => "<c8",
        DType::BF16 | DType::V2 => "<V2",
        DType::V1 | DType::F8_E5M2 | DType::F8_E4M3 | DType::F8_E8M0 | DType::F8_E4M3FNUZ | DType::F8_E5M2FNUZ => "|V1",
        _ => return None,
    })
}

fn safetensors_dtype(dtype: DType) -> Option<safetensors::Dtype> {
    use safetensors::Dtype as Theirs;
    Some(match dtype {
        DType::BOOL => Theirs::BOOL,
        DType::F4 => Theirs::F4,
        DType::F6_E2M3 => Theirs::F6_E2M3,
        DType::F6_E3M2 => Theirs::F6_E3M2,
        DType::U8 => Theirs::U8,
        DType::I8 => Theirs::I8,
        DType::F8_E5M2 => Theirs::F8_E5M2,
        DType::F8_E4M3 => Theirs::F8_E4M3,
        DType::F8_E8M0 => Theirs::F8_E8M0,
        DType::F8_E4M3FNUZ => Theirs::F8_E4M3FNUZ,
        DType::F8_E5M2FNUZ => Theirs::F8_E5M2FNUZ,
        DType::I16 => Theirs::I16,
        DType::U16 => Theirs::U16,
        DType::F16 => Theirs::F16,
        DType::BF16 => Theirs::BF16,
        DType::I32 => Theirs::I32,
        DType::U32 => Theirs::U32,
        DType::F32 => Theirs::F32,
        DType::C64 => Theirs::C64,
        DType::F64 => Theirs::F64,
        DType::I64 => Theirs::I64,
        DType::U64 => Theirs::U64,
        // numpy's untyped bytes have no name here
        DType::V1 | DType::V2 => return None,
    })
}
