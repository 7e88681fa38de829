//! Writes a checkpoint in another format, with other dtypes or other names.

mod error;
mod summary;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use weighbridge_checkpoint::cast::is_castable;
use weighbridge_checkpoint::read::{Meter, OnProgress, Progress};
use weighbridge_checkpoint::{
    Checkpoint, DType, Entry, NamesRoom, Pieces, Sink, TensorSpec, WriteOptions, cast_elements, write,
};
use weighbridge_lock::matches;

pub use self::error::ConvertError;
pub use self::summary::{CastTensor, Converted, Overflow, TypedTensor};
pub use crate::dtype::FLOATS;
use crate::selection::{Selected, Selection, SelectionError};

/// How many bytes of a tensor are held at once.
const PIECE: usize = 1 << 20;

/// What [`convert`] changes besides the format.
#[derive(Clone, Default)]
#[must_use = "options do nothing by themselves; give them to `convert`"]
pub struct Options {
    selection: Selection,
    cast: Option<DType>,
    cast_except: Vec<String>,
    untyped: Vec<DType>,
    metadata: BTreeMap<String, String>,
    max_shard_size: Option<u64>,
    progress: Option<OnProgress>,
}

impl Options {
    /// Changes the format only.
    pub fn new() -> Options {
        Options::default()
    }

    /// Casts tensors of [floats](FLOATS) to one of these dtypes, and rounds to the nearest. Tensors of other dtypes stay as they
    /// are.
    pub fn cast(mut self, dtype: DType) -> Options {
        self.cast = Some(dtype);
        self
    }

    /// Says which dtype the untyped elements of an `.npz` have. numpy writes dtypes that it has no name for as `V2`, which
    /// is `BF16`, and as `V1`, which is one of the 8-bit floats. Unless you say which, they can only be written to an `.npz`
    /// again. Call it twice to say both.
    pub fn untyped(mut self, dtype: DType) -> Options {
        self.untyped.push(dtype);
        self
    }

    /// Writes only these tensors, under these names.
    pub fn select(mut self, selection: Selection) -> Options {
        self.selection = selection;
        self
    }

    /// Leaves the dtype of the tensors whose names a pattern fits, although a cast was asked for; `*` stands for any characters.
    /// Names are as they are after renaming. A pattern that fits nothing is an error.
    pub fn cast_except<P: Into<String>>(mut self, patterns: impl IntoIterator<Item = P>) -> Options {
        self.cast_except.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Adds one entry of metadata, in place of one that the checkpoint has under this key. An `.npz` has no place for it.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Options {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// Writes shards of at most this many bytes of tensors, as [`WriteOptions::max_shard_size`] does.
    pub fn max_shard_size(mut self, byte_len: u64) -> Options {
        self.max_shard_size = Some(byte_len);
        self
    }

    /// Calls this after each piece of a tensor that was read. `Break` cancels the conversion, which then changes nothing.
    pub fn progress(mut self, progress: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static) -> Options {
        self.progress = Some(Arc::new(progress));
        self
    }

    /// The dtype of an entry: of an untyped one, what the options say.
    fn dtype_of(&self, entry: &Entry<'_>) -> DType {
        let said = self.untyped.iter().copied().find(|dtype| untyped(*dtype) == Some(entry.dtype()));
        said.unwrap_or(entry.dtype())
    }

    /// The dtype that a tensor of this name and dtype is written in.
    fn target(&self, name: &str, dtype: DType) -> DType {
        let is_cast = |to: &DType| {
            (FLOATS.contains(&dtype) || is_castable_block(dtype, *to))
                && !self.cast_except.iter().any(|pattern| matches(pattern, name))
        };
        self.cast.filter(is_cast).unwrap_or(dtype)
    }

    /// Refuses a pattern of `cast_except` that fits nothing, and any without a cast.
    fn check_exceptions(&self, checkpoint: &Checkpoint) -> Result<(), ConvertError> {
        let fits = |pattern: &str| checkpoint.iter().any(|entry| matches(pattern, entry.name()));
        match self.cast_except.iter().find(|pattern| self.cast.is_none() || !fits(pattern)) {
            None => Ok(()),
            Some(pattern) => Err(match self.cast {
                None => ConvertError::NoCast { pattern: pattern.clone() },
                Some(_) => SelectionError::StalePattern { option: "cast-except", pattern: pattern.clone() }.into(),
            }),
        }
    }

    fn check(&self) -> Result<(), ConvertError> {
        for (number, &dtype) in self.untyped.iter().enumerate() {
            let Some(as_untyped) = untyped(dtype) else { return Err(ConvertError::NotUntyped { dtype }) };
            let another = |other: &&DType| **other != dtype && untyped(**other) == Some(as_untyped);
            if let Some(&one) = self.untyped[..number].iter().find(another) {
                return Err(ConvertError::TwoTypes { one, other: dtype });
            }
        }
        match self.cast {
            Some(dtype) if !FLOATS.contains(&dtype) => Err(ConvertError::Cast { dtype }),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("cast", &self.cast)
            .field("untyped", &self.untyped)
            .field("cast_except", &self.cast_except)
            .field("metadata", &self.metadata)
            .field("selection", &self.selection)
            .field("max_shard_size", &self.max_shard_size)
            .finish_non_exhaustive()
    }
}

/// What the lists of tensors take, and the header that is written.
const ROOM: NamesRoom = NamesRoom { tensor: 512, component: 0, copies: 6 };

/// Writes all tensors of a checkpoint to `out`. The extension of `out` decides the format: `.safetensors` or `.npz`. With
/// [`Options::max_shard_size`] it may also be a directory. Metadata is kept unless `out` is an `.npz`, which has no place
/// for it.
///
/// Holds a few MiB of a tensor at once, so the checkpoint may be larger than memory. An `.npz` array in column-major order
/// takes 128 MiB.
///
/// ```
/// use weighbridge::{Checkpoint, DType};
/// use weighbridge_tools::convert::{Options, convert};
///
/// # let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx/mlp.npz");
/// # let scratch = tempfile::tempdir()?;
/// # let out = scratch.path().join("half.safetensors");
/// let checkpoint = Checkpoint::open(file)?;
/// let options = Options::new().cast(DType::BF16);
/// let done = convert(&checkpoint, &out, &options)?;
/// assert_eq!(done.cast.len(), checkpoint.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the checkpoint cannot be read, has not what the selection asks for, the format cannot hold a name or a dtype, `out` cannot be written, or the progress callback cancels the conversion. A file at `out` then stays as
/// it was.
pub fn convert(checkpoint: &Checkpoint, out: impl AsRef<Path>, options: &Options) -> Result<Converted, ConvertError> {
    let out = out.as_ref();
    options.check()?;
    if checkpoint.is_lock() {
        return Err(ConvertError::NoWeights { label: checkpoint.label().to_owned() });
    }
    own_shard(checkpoint, out)?;
    let is_npz = out.extension().is_some_and(|extension| extension == "npz");
    if let Some(key) = options.metadata.keys().next().filter(|_| is_npz) {
        return Err(ConvertError::NoMetadata { key: key.clone() });
    }
    let Selected { checkpoint: selected, renamed_count, stale_ignores, .. } = options.selection.of(checkpoint)?;
    options.check_exceptions(&selected)?;
    selected.room_for("the header", ROOM)?;
    let entries: Vec<Entry<'_>> = selected.iter().collect();
    let mut seen = HashSet::with_capacity(entries.len());
    if let Some(twice) = entries.iter().find(|entry| !seen.insert(entry.name())) {
        return Err(ConvertError::Duplicate { name: twice.name().to_owned() });
    }
    let left_out_count = checkpoint.len().saturating_sub(entries.len());
    let mut done = Converted { renamed_count, left_out_count, stale_ignores, ..Converted::default() };
    let mut specs = Vec::with_capacity(entries.len());
    for entry in &entries {
        let (name, from) = (entry.name(), options.dtype_of(entry));
        if from.is_untyped() && !is_npz {
            return Err(ConvertError::Untyped { name: name.to_owned(), dtype: from });
        }
        let dtype = options.target(name, from);
        if dtype.is_quantised() {
            return Err(ConvertError::Quantised { name: name.to_owned(), dtype });
        }
        done.note(name, from, dtype, options.cast);
        if is_npz && untyped(dtype).is_some() {
            done.untyped.push(TypedTensor { name: name.to_owned(), dtype });
        }
        specs.push(TensorSpec::new(name, dtype, entry.shape()));
    }

    let mut target = WriteOptions::new();
    target.max_shard_size = options.max_shard_size;
    if is_npz {
        done.dropped_metadata = checkpoint.metadata().keys().cloned().collect();
    } else {
        target.metadata.clone_from(checkpoint.metadata());
        let lacks = |key: &&str| !checkpoint.metadata().contains_key(*key) && !key.starts_with("split.");
        let typed = checkpoint.typed_metadata().iter().map(|(key, _)| key);
        done.dropped_metadata = typed.filter(lacks).map(str::to_owned).collect();
    }
    target.metadata.extend(options.metadata.clone());
    let total = entries.iter().map(|entry| entry.byte_len() as u64).fold(0, u64::saturating_add);
    let meter = Meter::new(options.progress.as_ref(), total);
    let files = write(out, &specs, &target, |number, sink| {
        let (entry, spec) = (&entries[number], &specs[number]);
        let from = options.dtype_of(entry);
        let mut overflowed = 0;
        entry.pieces(from.elements_in(PIECE), |pieces| {
            overflowed = transfer(pieces, from, spec.dtype, sink, &meter)?;
            Ok::<_, ConvertError>(())
        })?;
        if overflowed > 0 {
            done.overflowed.push(Overflow { name: spec.name.clone(), element_count: overflowed });
        }
        Ok::<_, ConvertError>(())
    })?;
    done.files = files.iter().map(|file| file.display().to_string()).collect();
    done.tensor_count = specs.len();
    done.byte_len = specs.iter().filter_map(byte_len).fold(0, u64::saturating_add);
    Ok(done)
}

/// Whether a cast dequantises blocks of this dtype to another.
fn is_castable_block(dtype: DType, to: DType) -> bool {
    dtype.is_quantised() && is_castable(dtype, to)
}

/// The untyped dtype that numpy has in place of one that it has no name for.
fn untyped(dtype: DType) -> Option<DType> {
    [DType::V1, DType::V2].into_iter().find(|untyped| *untyped != dtype && untyped.reads_as(dtype))
}

fn byte_len(spec: &TensorSpec) -> Option<u64> {
    Some(spec.dtype.byte_len(&spec.shape)? as u64)
}

/// Writes the elements of one tensor. Returns how many finite numbers are finite no more.
fn transfer(
    pieces: &mut Pieces<'_>,
    from: DType,
    to: DType,
    sink: &mut Sink<'_>,
    meter: &Meter<'_>,
) -> Result<usize, ConvertError> {
    let (mut cast, mut wide) = (Vec::new(), Vec::new());
    let mut overflowed = 0;
    while let Some(piece) = pieces.next()? {
        if from == to {
            sink.put(piece)?;
        } else {
            cast.resize(to.size_of(from.elements_in(piece.len())).unwrap_or(0), 0);
            if !cast_elements(from, piece, to, &mut cast) {
                return Err(ConvertError::Cast { dtype: to });
            }
            overflowed += finite_count(from, piece, &mut wide).saturating_sub(finite_count(to, &cast, &mut wide));
            sink.put(&cast)?;
        }
        meter.add(piece.len())?;
    }
    Ok(overflowed)
}

/// How many elements are finite. `wide` is a buffer that is used again.
fn finite_count(dtype: DType, bytes: &[u8], wide: &mut Vec<u8>) -> usize {
    fn count<const N: usize>(bytes: &[u8], is: impl Fn([u8; N]) -> bool) -> usize {
        bytes.as_chunks().0.iter().filter(|element| is(**element)).count()
    }
    match dtype {
        DType::F16 => count(bytes, |bytes| half::f16::from_le_bytes(bytes).is_finite()),
        DType::BF16 => count(bytes, |bytes| half::bf16::from_le_bytes(bytes).is_finite()),
        DType::F32 => count(bytes, |bytes| f32::from_le_bytes(bytes).is_finite()),
        DType::F64 => count(bytes, |bytes| f64::from_le_bytes(bytes).is_finite()),
        narrow => {
            wide.resize(narrow.elements_in(bytes.len()) * 4, 0);
            if cast_elements(narrow, bytes, DType::F32, wide) {
                finite_count(DType::F32, wide, &mut Vec::new())
            } else {
                0
            }
        }
    }
}

/// Refuses to replace a shard of the checkpoint: its index would then not fit it.
fn own_shard(checkpoint: &Checkpoint, out: &Path) -> Result<(), ConvertError> {
    let Ok(target) = out.canonicalize() else { return Ok(()) };
    let directory = Path::new(checkpoint.label()).parent().unwrap_or(Path::new(""));
    let mut before = checkpoint.label();
    for entry in checkpoint.iter() {
        let file = entry.file();
        if file == before || file == checkpoint.label() {
            continue;
        }
        before = file;
        if directory.join(file).canonicalize().is_ok_and(|file| file == target) {
            return Err(ConvertError::OwnShard { path: out.display().to_string() });
        }
    }
    Ok(())
}
