//! The parameters of a module at one moment.

use std::fmt;
use std::path::Path;

use weighbridge_checkpoint::{AnyTensor, ListedSpec, Source, SpecList, WriteError, WriteOptions, write_listed};
use weighbridge_lock::counted;

use super::error::SaveError;

/// A copy of a module's parameters, as a file would have them: [`Saver::snapshot`](crate::Saver::snapshot) makes one. It borrows
/// nothing, so that another thread can write it while the module changes.
///
/// A snapshot is also a source: a load of it builds a module that shares nothing with the first, and an update takes a module
/// back to it.
#[derive(Clone)]
pub struct Snapshot {
    pub(super) tensors: Vec<(String, AnyTensor)>,
    pub(super) write: WriteOptions,
}

impl Snapshot {
    /// Writes the file that [`Saver::save`](crate::Saver::save) would have written when the snapshot was made, byte for byte.
    ///
    /// # Errors
    /// As `Saver::save`. An existing file is then unchanged.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SaveError> {
        write_listed(path.as_ref(), self, &self.write, |number, sink| sink.put(self.tensors[number].1.as_bytes()))
            .map(|_| ())
            .map_err(|error: WriteError| error.into())
    }
}

impl SpecList for Snapshot {
    fn count(&self) -> usize {
        self.tensors.len()
    }

    fn listed(&self, number: usize) -> ListedSpec<'_> {
        let (name, tensor) = &self.tensors[number];
        ListedSpec { name, dtype: tensor.dtype(), shape: tensor.shape() }
    }
}

impl From<Snapshot> for Source {
    fn from(snapshot: Snapshot) -> Source {
        Source::pairs(snapshot.tensors)
    }
}

impl From<&Snapshot> for Source {
    fn from(snapshot: &Snapshot) -> Source {
        Source::pairs(snapshot.tensors.iter().cloned())
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a snapshot of {}", counted(self.tensors.len(), "tensor"))
    }
}
