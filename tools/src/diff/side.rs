//! What may be compared: a checkpoint, or a lock.

use weighbridge::{Checkpoint, DType, Entry};
use weighbridge_lock::{Lock, natural};

use super::DiffError;

/// One of the two that are compared: a [`Checkpoint`], or a lock, which has names, dtypes and shapes only.
pub struct Side<'s>(Kind<'s>);

enum Kind<'s> {
    Checkpoint(&'s Checkpoint),
    /// Its label, and its tensors, expanded.
    Lock(&'s str, Vec<(String, DType, &'s [usize])>),
}

/// One tensor of a side.
pub(crate) struct Tensor<'t> {
    pub(crate) name: &'t str,
    pub(crate) dtype: DType,
    pub(crate) shape: &'t [usize],
    /// `None` in a lock.
    pub(crate) entry: Option<Entry<'t>>,
}

impl<'s> Side<'s> {
    /// A lock; `label` names it in the text.
    pub fn lock(label: &'s str, lock: &'s Lock) -> Side<'s> {
        Side(Kind::Lock(label, lock.tensors().collect()))
    }

    pub(crate) fn label(&self) -> &str {
        match &self.0 {
            Kind::Checkpoint(checkpoint) => checkpoint.label(),
            Kind::Lock(label, _) => label,
        }
    }

    pub(crate) fn has_values(&self) -> Result<(), DiffError> {
        match &self.0 {
            // what was opened may be a lock too
            Kind::Checkpoint(checkpoint) if !checkpoint.is_lock() => Ok(()),
            _ => Err(DiffError::NoValues { label: self.label().to_owned() }),
        }
    }

    /// The tensors in the natural order of their names, each of which is there once.
    pub(crate) fn tensors(&self) -> Result<Vec<Tensor<'_>>, DiffError> {
        let mut tensors: Vec<Tensor<'_>> = match &self.0 {
            Kind::Checkpoint(checkpoint) => {
                let tensor = |entry: Entry<'s>| Tensor {
                    name: entry.name(),
                    dtype: entry.dtype(),
                    shape: entry.shape(),
                    entry: Some(entry),
                };
                checkpoint.iter().map(tensor).collect()
            }
            Kind::Lock(_, tensors) => {
                let all = tensors.iter();
                all.map(|(name, dtype, shape)| Tensor { name, dtype: *dtype, shape, entry: None }).collect()
            }
        };
        tensors.sort_by(|a, b| natural(a.name, b.name));
        match tensors.windows(2).find(|pair| pair[0].name == pair[1].name) {
            None => Ok(tensors),
            Some(pair) => Err(DiffError::Duplicate { label: self.label().to_owned(), name: pair[0].name.to_owned() }),
        }
    }
}

impl<'s> From<&'s Checkpoint> for Side<'s> {
    fn from(checkpoint: &'s Checkpoint) -> Side<'s> {
        Side(Kind::Checkpoint(checkpoint))
    }
}
