//! Writes tensors whose elements come piece by piece, in the format that the target's name says.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::shards::Shards;
use super::stage::Stage;
use super::{SaveError, Saver, npz, safetensors};
use crate::dtype::DType;
use crate::error::ParameterError;
use crate::shape::Shape;

/// The key in a safetensors header that no tensor can have.
pub(super) const METADATA: &str = "__metadata__";

/// One tensor of a file that is to be written: what [`Saver::write`] is told of it before its elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorSpec {
    /// Its name in the file.
    pub name: String,
    /// The dtype of its elements.
    pub dtype: DType,
    /// Its shape.
    pub shape: Shape,
}

impl TensorSpec {
    /// The size of the elements in bytes; [`Saver::write`] has seen to it that there is one.
    pub(super) fn bytes(&self) -> usize {
        self.size().unwrap_or(0)
    }

    fn size(&self) -> Option<usize> {
        self.shape.elements().and_then(|elements| self.dtype.size_of(elements))
    }
}

/// Takes the elements of one tensor.
pub struct Sink<'w> {
    out: &'w mut dyn Write,
    path: &'w Path,
    tensor: &'w TensorSpec,
    given: usize,
}

impl Sink<'_> {
    /// The next elements: C order, little endian, packed as in a file.
    ///
    /// # Errors
    /// If there are more than the tensor has, or they cannot be written.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), SaveError> {
        self.given = self.given.saturating_add(bytes.len());
        if self.given > self.tensor.bytes() {
            return Err(self.refuse());
        }
        self.out.write_all(bytes).map_err(|error| SaveError::io(self.path, error))
    }

    fn refuse(&self) -> SaveError {
        let expected = self.tensor.bytes();
        SaveError::Elements { path: self.tensor.name.clone(), expected, found: self.given }
    }
}

impl SaveError {
    pub(super) fn io(path: &Path, source: io::Error) -> SaveError {
        SaveError::Io { path: path.display().to_string(), source }
    }
}

/// One file that is being written: the target's name for messages, all tensors, and who gives their elements.
pub(super) struct Job<'j, E> {
    pub(super) path: &'j Path,
    pub(super) tensors: &'j [TensorSpec],
    pub(super) fill: &'j mut Fill<'j, E>,
}

pub(super) type Fill<'f, E> = dyn FnMut(usize, &mut Sink<'_>) -> Result<(), E> + 'f;

impl<E: From<SaveError>> Job<'_, E> {
    /// Writes the elements of one tensor.
    pub(super) fn elements(&mut self, number: usize, out: &mut dyn Write) -> Result<(), E> {
        let mut sink = Sink { out, path: self.path, tensor: &self.tensors[number], given: 0 };
        (self.fill)(number, &mut sink)?;
        if sink.given < sink.tensor.bytes() {
            return Err(sink.refuse().into());
        }
        Ok(())
    }

    pub(super) fn io(&self) -> impl Fn(io::Error) -> E + use<'_, E> {
        |error| SaveError::io(self.path, error).into()
    }
}

impl Saver {
    /// Writes tensors that need not be in memory: `fill` is called once for each of them, with its number in `tensors`,
    /// and puts its elements into the sink, in pieces of any length. In which order, the format says: as in
    /// [`Saver::save`]. Returns the files that were written; of shards, the index is the last.
    ///
    /// ```
    /// use weighbridge::{Checkpoint, DType, SaveError, Saver, TensorSpec};
    ///
    /// # let scratch = tempfile::tempdir()?;
    /// # let path = scratch.path().join("ramp.safetensors");
    /// let ramp = TensorSpec { name: "ramp".to_owned(), dtype: DType::F32, shape: [1000].into() };
    /// Saver::new().write(&path, &[ramp], |_, sink| (0..1000u16).try_for_each(|i| sink.put(&f32::from(i).to_le_bytes())))?;
    /// assert_eq!(Checkpoint::open(path)?.get("ramp").unwrap().bytes(), 4000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Saver::save`], and whatever `fill` returns. What was at the target is as it was.
    pub fn write<E: From<SaveError>>(
        &self,
        path: impl AsRef<Path>,
        tensors: &[TensorSpec],
        mut fill: impl FnMut(usize, &mut Sink<'_>) -> Result<(), E>,
    ) -> Result<Vec<PathBuf>, E> {
        let path = path.as_ref();
        check(tensors)?;
        let mut job = Job { path, tensors, fill: &mut fill };
        if let Some(most) = self.max_shard_size {
            safetensors::check(tensors)?;
            return Shards::new(path, tensors, most)?.write(&self.metadata, &mut job);
        }
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("safetensors") => safetensors::check(tensors)?,
            Some("npz") if !self.metadata.is_empty() => return Err(SaveError::Metadata.into()),
            Some("npz") => npz::check(tensors)?,
            _ => return Err(SaveError::Extension { path: path.display().to_string() }.into()),
        }
        // told before anything is read: a file cannot take its place
        if path.is_dir() {
            return Err(job.io()(io::ErrorKind::IsADirectory.into()));
        }
        let stage = Stage::beside(path).map_err(job.io())?;
        let written = stage.file("weights", Some(path), &mut job, |job, file| {
            if path.extension().is_some_and(|extension| extension == "npz") {
                npz::write(job, file)
            } else {
                let order: Vec<usize> = (0..tensors.len()).collect();
                safetensors::write(&order, &self.metadata, job, file)
            }
        })?;
        std::fs::rename(written, path).map_err(job.io())?;
        Ok(vec![path.to_owned()])
    }
}

/// What no format can hold.
fn check(tensors: &[TensorSpec]) -> Result<(), SaveError> {
    let mut names = HashSet::with_capacity(tensors.len());
    for tensor in tensors {
        let path = &tensor.name;
        let reason = if path == METADATA {
            "the safetensors format keeps this name for itself"
        } else if path.is_empty() {
            "a parameter that is no part of a module has no name"
        } else if path.contains('\0') {
            "it has a NUL in it, at which readers in C cut it off"
        } else if !names.insert(path.as_str()) {
            "two parameters have this path"
        } else if tensor.size().is_none() {
            let message = format!("{} {} is no size in bytes", tensor.dtype, tensor.shape);
            return Err(SaveError::Parameter { path: path.clone(), source: ParameterError::new(message) });
        } else {
            continue;
        };
        return Err(SaveError::Name { path: path.clone(), reason });
    }
    Ok(())
}
