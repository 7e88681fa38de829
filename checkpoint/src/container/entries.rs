//! The entries of a container in little memory: a checkpoint of a hundred thousand small tensors may live as long as
//! its module.

use std::collections::HashMap;
use std::sync::Arc;

use super::room::{Growing, none};
use crate::dtype::DType;
use crate::error::Problem;
use crate::shape::Shape;
use crate::tensor_type::TensorType;

/// What a container holds, in the container's order. Names may repeat; the plan refuses that.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    /// All names, concatenated.
    names: String,
    /// Where each name ends. It starts where the one before it ends.
    ends: Vec<usize>,
    /// Where each entry is in its file.
    offsets: Vec<u64>,
    /// The tensor type of each entry, by number. Memory cannot hold 2^32 types.
    numbers: Vec<u32>,
    types: Vec<Arc<TensorType>>,
    /// The number of each entry in its container; empty if that is its number here.
    keys: Vec<u32>,
    /// The number of each type so far.
    known: HashMap<Arc<TensorType>, u32>,
    /// Memory for types, each of which has its own.
    growing: Growing,
    /// Why there are no more: no memory.
    refused: Option<Problem>,
}

/// What a type takes besides its dims: in `types`, in `known`, and on its own.
const TYPE: usize = 200;

/// One tensor as its container describes it. Its byte length is proved to agree with its dtype and shape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawEntry<'e> {
    pub(crate) name: &'e str,
    pub(crate) tensor_type: &'e Arc<TensorType>,
    /// Where its file has the first byte of the elements (safetensors) or of the member (npz); 0 for a tensor in
    /// memory.
    pub(crate) offset: u64,
    /// Its number in the container, counted from 0.
    pub(crate) key: usize,
}

impl Entries {
    /// Entries with room for this many. If there is no memory for them, they are refused when they come.
    pub(crate) fn with_capacity(count: usize) -> Entries {
        let mut entries = Entries::default();
        entries.reserve(count);
        entries
    }

    fn reserve(&mut self, count: usize) {
        let Entries { ends, offsets, numbers, .. } = self;
        let reserved = ends.try_reserve(count).and_then(|()| offsets.try_reserve(count));
        if reserved.and_then(|()| numbers.try_reserve(count)).is_err() {
            let bytes = self.len().saturating_add(count).saturating_mul(size_of::<(usize, u64, u32)>());
            self.refused.get_or_insert_with(|| none(bytes, "the list of tensors"));
        }
    }

    /// Whether there was memory for all of them.
    pub(crate) fn is_whole(&self) -> bool {
        self.refused.is_none()
    }

    /// The problem that there was no memory for some of them.
    pub(crate) fn refused(&mut self) -> Option<Problem> {
        self.refused.take()
    }

    /// Appends a tensor. If there is no memory, it stays out, and so do all that follow.
    pub(crate) fn push(&mut self, name: &str, dtype: DType, shape: &[usize], bytes: usize, offset: u64) {
        self.reserve(1);
        if self.names.try_reserve(name.len()).is_err() {
            let bytes = self.names.len().saturating_add(name.len());
            self.refused.get_or_insert_with(|| none(bytes, "the names"));
        }
        if self.refused.is_some() {
            return;
        }
        let Some(number) = self.number(dtype, shape, bytes) else { return };
        self.names.push_str(name);
        self.ends.push(self.names.len());
        self.offsets.push(offset);
        self.numbers.push(number);
    }

    /// The same entries under other names, without those that get none; a problem if there is no memory for them.
    pub(crate) fn selected(&self, mut name: impl FnMut(RawEntry<'_>) -> Option<String>) -> Result<Entries, Problem> {
        let mut selected = Entries::default();
        for entry in self.iter() {
            let Some(name) = name(entry) else { continue };
            let TensorType { dtype, shape, byte_len } = &**entry.tensor_type;
            selected.push(&name, *dtype, shape, *byte_len, entry.offset);
            // there are fewer entries than 2^32, as there are types
            selected.keys.push(u32::try_from(entry.key).unwrap_or(u32::MAX));
        }
        selected.refused().map_or(Ok(selected), Err)
    }

    /// Whether the last tensor had this dtype, shape and byte length, so that they need no second proof.
    pub(crate) fn repeats(&self, dtype: DType, shape: &[usize], bytes: usize) -> bool {
        let last = self.numbers.last().and_then(|&number| self.tensor_type(number));
        last.is_some_and(|last| last.dtype == dtype && last.byte_len == bytes && last.shape == *shape)
    }

    fn tensor_type(&self, number: u32) -> Option<&Arc<TensorType>> {
        self.types.get(usize::try_from(number).ok()?)
    }

    /// The number of a tensor type. A new type is added to the list, if there is memory for it.
    fn number(&mut self, dtype: DType, shape: &[usize], bytes: usize) -> Option<u32> {
        if let (true, Some(&last)) = (self.repeats(dtype, shape, bytes), self.numbers.last()) {
            return Some(last);
        }
        let tensor_type = TensorType { dtype, shape: Shape::from(shape), byte_len: bytes };
        if let Some(&number) = self.known.get(&tensor_type) {
            return Some(number);
        }
        let dims = shape.len().saturating_mul(size_of::<usize>());
        if let Err(problem) = self.growing.add(TYPE.saturating_add(dims), "the shapes") {
            self.refused = Some(problem);
            return None;
        }
        let (tensor_type, number) = (Arc::new(tensor_type), u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        self.known.insert(Arc::clone(&tensor_type), number);
        self.types.push(tensor_type);
        Some(number)
    }

    /// Moves all entries by so many bytes.
    pub(crate) fn shift(&mut self, by: u64) {
        self.offsets.iter_mut().for_each(|offset| *offset = offset.saturating_add(by));
    }

    /// Frees memory that is only needed for adding entries.
    pub(crate) fn shrink(&mut self) {
        self.known = HashMap::new();
        self.names.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.offsets.shrink_to_fit();
        self.numbers.shrink_to_fit();
        self.types.shrink_to_fit();
        self.keys.shrink_to_fit();
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The entry with this number.
    pub(crate) fn get(&self, number: usize) -> Option<RawEntry<'_>> {
        let tensor_type = self.tensor_type(*self.numbers.get(number)?)?;
        let key = self.keys.get(number).and_then(|&key| usize::try_from(key).ok()).unwrap_or(number);
        Some(RawEntry { name: self.name(number)?, tensor_type, offset: self.offset(number)?, key })
    }

    /// How many components the names have.
    pub(crate) fn component_count(&self) -> usize {
        self.names.bytes().filter(|&byte| byte == b'.').count().saturating_add(self.len())
    }

    /// The length of all names together.
    pub(crate) fn name_bytes(&self) -> usize {
        self.names.len()
    }

    /// How many dims all shapes have together.
    pub(crate) fn dim_count(&self) -> usize {
        let ranks = self.numbers.iter().filter_map(|&number| Some(self.tensor_type(number)?.shape.len()));
        ranks.fold(0, usize::saturating_add)
    }

    pub(crate) fn offset(&self, number: usize) -> Option<u64> {
        self.offsets.get(number).copied()
    }

    pub(crate) fn name(&self, number: usize) -> Option<&str> {
        let start = match number.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.names.get(start..*self.ends.get(number)?)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = RawEntry<'_>> + Clone {
        (0..self.len()).map(|number| match self.get(number) {
            Some(entry) => entry,
            None => unreachable!("every entry has a name and a kind"),
        })
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_what_was_added() {
        let added: Vec<(String, DType, Vec<usize>, usize, u64)> = (0..2000)
            .map(|i: u64| {
                let (dtype, dim) = if i.is_multiple_of(3) { (DType::F32, 300) } else { (DType::I32, 7) };
                let dim = usize::try_from(i).unwrap() % dim;
                let shape = vec![1; usize::try_from(i % 7).unwrap()].into_iter().chain([dim]).collect();
                (if i.is_multiple_of(5) { String::new() } else { format!("ü.{i}") }, dtype, shape, dim * 4, i * 3)
            })
            .collect();
        let mut entries = Entries::default();
        for (name, dtype, shape, bytes, offset) in &added {
            entries.push(name, *dtype, shape, *bytes, *offset);
        }
        // a description that contradicts itself never equals another
        entries.push("last", DType::F32, &[0], 5, 0);
        entries.shrink();
        assert!(entries.types.len() < entries.len() && entries.len() == added.len() + 1);
        for (key, (entry, (name, dtype, shape, bytes, offset))) in entries.iter().zip(&added).enumerate() {
            assert_eq!((entry.name, entry.tensor_type.dtype, entry.key), (&**name, *dtype, key));
            assert_eq!(
                (&entry.tensor_type.shape[..], entry.tensor_type.byte_len, entry.offset),
                (&shape[..], *bytes, *offset)
            );
        }
        let last = entries.get(added.len()).unwrap();
        assert_eq!((last.name, last.tensor_type.byte_len), ("last", 5));
        assert!(entries.get(added.len() + 1).is_none());
        assert!(entries.repeats(DType::F32, &[0], 5) && !entries.repeats(DType::F32, &[0], 0));
    }

    #[test]
    fn what_repeats_is_listed_once() {
        let mut entries = Entries::default();
        for i in 0..1000 {
            entries.push("a", DType::BF16, [&[8, 8][..], &[8], &[16, 8]][i % 3], 1, 0);
        }
        assert_eq!(entries.types.len(), 3);
    }
}
