//! Tensors already in memory, given as pairs of name and tensor.
#![forbid(unsafe_code)]

use super::contents::{Access, Container, Contents};
use super::entries::{Entries, RawEntry};
use crate::dtype::DType;
use crate::error::{Problem, ProblemKind};
use crate::shape::Shape;
use crate::storage::Storage;

/// A name and its tensor. The tensor type guarantees that the storage's length agrees with dtype and shape.
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) dtype: DType,
    pub(crate) shape: Shape,
    pub(crate) storage: Storage,
}

/// The pairs as a container, in the order given.
pub(crate) fn contents(pairs: Vec<Pair>) -> Contents {
    let mut entries = Entries::with_capacity(pairs.len());
    let mut storages = Vec::with_capacity(pairs.len());
    for pair in pairs {
        entries.push(&pair.name, pair.dtype, &pair.shape, pair.storage.as_bytes().len(), 0);
        storages.push(pair.storage);
    }
    Contents::new(entries, PairElements { storages })
}

struct PairElements {
    storages: Vec<Storage>,
}

impl Container for PairElements {
    fn access(&self, _entry: RawEntry<'_>) -> Access {
        Access::Parts
    }

    fn share(&self, entry: RawEntry<'_>) -> Option<Storage> {
        self.storages.get(entry.key).cloned()
    }

    fn read_part(&self, entry: RawEntry<'_>, start: usize, out: &mut [u8]) -> Result<(), Problem> {
        let bytes = self.storages.get(entry.key).and_then(|storage| {
            let end = start.checked_add(out.len())?;
            storage.as_bytes().get(start..end)
        });
        match bytes {
            Some(bytes) => {
                out.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(Problem::new(ProblemKind::Truncated, "the tensor has fewer bytes").tensor(entry.name)),
        }
    }
}
