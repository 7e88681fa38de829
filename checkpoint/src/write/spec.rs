//! What a writer knows of a tensor before its elements.

use std::collections::HashSet;

use super::error::WriteError;
use crate::checkpoint::Entry;
use crate::dtype::DType;
use crate::shape::Shape;

/// The one name in a safetensors header that no tensor can have.
pub(super) const METADATA: &str = "__metadata__";

/// One tensor of a file to be written: what [`write`](crate::write()) knows of it before its elements.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TensorSpec {
    /// Its name in the file.
    pub name: String,
    /// The dtype of its elements.
    pub dtype: DType,
    /// Its shape.
    pub shape: Shape,
}

impl TensorSpec {
    /// A tensor of this name, dtype and shape.
    pub fn new(name: impl Into<String>, dtype: DType, shape: impl Into<Shape>) -> TensorSpec {
        TensorSpec { name: name.into(), dtype, shape: shape.into() }
    }
}

impl From<Entry<'_>> for TensorSpec {
    /// The tensor as the checkpoint has it.
    fn from(entry: Entry<'_>) -> TensorSpec {
        TensorSpec::new(entry.name(), entry.dtype(), entry.shape())
    }
}

/// One tensor of a list.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct ListedSpec<'s> {
    pub name: &'s str,
    pub dtype: DType,
    pub shape: &'s Shape,
}

impl<L: SpecList + ?Sized> SpecList for &L {
    fn count(&self) -> usize {
        (**self).count()
    }

    fn listed(&self, number: usize) -> ListedSpec<'_> {
        (**self).listed(number)
    }
}

/// A list of tensors to be written, in whatever form it is: a million [`TensorSpec`]s take more memory than the file's
/// header.
#[doc(hidden)]
pub trait SpecList {
    /// How many there are.
    fn count(&self) -> usize;

    /// The tensor with this number, which is below the count.
    fn listed(&self, number: usize) -> ListedSpec<'_>;
}

impl SpecList for [TensorSpec] {
    fn count(&self) -> usize {
        self.len()
    }

    fn listed(&self, number: usize) -> ListedSpec<'_> {
        let TensorSpec { name, dtype, shape } = &self[number];
        ListedSpec { name, dtype: *dtype, shape }
    }
}

/// All tensors of a list.
pub(super) fn all(tensors: &dyn SpecList) -> impl Iterator<Item = ListedSpec<'_>> {
    (0..tensors.count()).map(|number| tensors.listed(number))
}

impl ListedSpec<'_> {
    /// The size of the elements in bytes. `check` has shown that there is one.
    pub(super) fn byte_len(&self) -> usize {
        self.checked_byte_len().unwrap_or(0)
    }

    fn checked_byte_len(&self) -> Option<usize> {
        self.dtype.byte_len(self.shape)
    }
}

/// Refuses what no format can hold.
pub(super) fn check(tensors: &dyn SpecList) -> Result<(), WriteError> {
    let mut names = HashSet::with_capacity(tensors.count());
    for tensor in all(tensors) {
        let name = tensor.name;
        let reason = if name == METADATA {
            "the safetensors format keeps this name for itself"
        } else if name.is_empty() {
            "it has no name"
        } else if name.contains('\0') {
            "it has a NUL in it, where readers in C cut it off"
        } else if !names.insert(name) {
            "two tensors have this name"
        } else if tensor.checked_byte_len().is_none() {
            return Err(WriteError::Size { name: name.to_owned(), dtype: tensor.dtype, shape: tensor.shape.clone() });
        } else {
            continue;
        };
        return Err(WriteError::Name { name: name.to_owned(), reason });
    }
    Ok(())
}
