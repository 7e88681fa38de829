//! Bytes that tensors share: owned and aligned for their element type, or a part of foreign memory.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytemuck::{Pod, allocation};
use weighbridge_lock::counted;
use weighbridge_memory::Pages;

/// Foreign memory: a buffer that the user gave, a mapped file.
pub(crate) type SharedBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Immutable bytes, cheap to clone: a range of memory that several tensors may share.
#[derive(Clone)]
pub(crate) struct Storage {
    memory: Arc<Memory>,
    start: usize,
    len: usize,
}

/// Owned or foreign memory.
pub(crate) enum Memory {
    Owned(Words),
    Foreign(SharedBytes),
}

/// Memory of at least this many bytes contains a huge page, and the system provides it faster that way.
const WORTH_HUGE_PAGES: usize = 2 << 20;

/// An owned buffer that can become the `Vec` of any element type with its alignment, without a copy. A vector frees its
/// memory with the alignment it was allocated with, so the alignment is part of the buffer's type.
#[derive(Debug)]
pub(crate) enum Words {
    W1(Vec<u8>),
    W2(Vec<u16>),
    W4(Vec<u32>),
    W8(Vec<u64>),
    /// Pages of the system. No vector can take them over.
    Pages(Pages),
}

impl Words {
    /// Zeroed memory for a large tensor that no vector takes over: pages, which fill faster.
    pub(crate) fn pages(bytes: usize, alignment: usize) -> Result<Words, OutOfMemory> {
        if bytes < WORTH_HUGE_PAGES {
            return Words::zeroed(bytes, alignment);
        }
        Pages::zeroed(bytes).map(Words::Pages).map_err(|_| OutOfMemory { bytes })
    }

    /// Zeroed memory of exactly `bytes` bytes. The system provides large amounts untouched. `Err` means out of memory.
    pub(crate) fn zeroed(bytes: usize, alignment: usize) -> Result<Words, OutOfMemory> {
        fn vec<T: Pod>(bytes: usize) -> Result<Vec<T>, OutOfMemory> {
            allocation::try_zeroed_vec(bytes.div_ceil(size_of::<T>())).map_err(|()| OutOfMemory { bytes })
        }
        let mut words = match alignment {
            1 => Words::W1(vec(bytes)?),
            2 => Words::W2(vec(bytes)?),
            4 => Words::W4(vec(bytes)?),
            _ => Words::W8(vec(bytes)?),
        };
        if bytes >= WORTH_HUGE_PAGES {
            weighbridge_memory::prefer_huge_pages(words.as_bytes_mut());
        }
        Ok(words)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Words::W1(v) => v,
            Words::W2(v) => bytemuck::cast_slice(v),
            Words::W4(v) => bytemuck::cast_slice(v),
            Words::W8(v) => bytemuck::cast_slice(v),
            Words::Pages(pages) => pages.as_bytes(),
        }
    }

    pub(crate) fn as_bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Words::W1(v) => v,
            Words::W2(v) => bytemuck::cast_slice_mut(v),
            Words::W4(v) => bytemuck::cast_slice_mut(v),
            Words::W8(v) => bytemuck::cast_slice_mut(v),
            Words::Pages(pages) => pages.as_bytes_mut(),
        }
    }

    /// A buffer in the memory of a vector, without a copy.
    pub(crate) fn from_vec<T: Pod>(vec: Vec<T>) -> Words {
        match align_of::<T>() {
            1 => Words::W1(allocation::cast_vec(vec)),
            2 => Words::W2(allocation::cast_vec(vec)),
            4 => Words::W4(allocation::cast_vec(vec)),
            _ => Words::W8(allocation::cast_vec(vec)),
        }
    }

    /// The bytes in `range` as a vector of `T`, in the buffer's memory, moved to its beginning. Copies them only if the
    /// buffer consists of pages or has another alignment, if the range does not consist of whole words, or if it is
    /// less than half of the buffer, most of which the vector would then waste.
    pub(crate) fn into_vec<T: Pod>(self, range: Range<usize>) -> Vec<T> {
        fn cast<A: Pod, B: Pod>(mut vec: Vec<A>, range: Range<usize>) -> Vec<B> {
            let size = size_of::<A>();
            let is_small = range.len() < vec.len() * size / 2;
            if is_small || !range.start.is_multiple_of(size) || !range.end.is_multiple_of(size) {
                return allocation::pod_collect_to_vec(&bytemuck::cast_slice::<A, u8>(&vec)[range]);
            }
            vec.truncate(range.end / size);
            vec.drain(..range.start / size);
            allocation::try_cast_vec(vec).unwrap_or_else(|(_, vec)| allocation::pod_collect_to_vec(&vec))
        }
        match self {
            Words::W1(v) => cast(v, range),
            Words::W2(v) => cast(v, range),
            Words::W4(v) => cast(v, range),
            Words::W8(v) => cast(v, range),
            Words::Pages(pages) => allocation::pod_collect_to_vec(&pages.as_bytes()[range]),
        }
    }
}

/// Memory for a tensor could not be allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutOfMemory {
    pub(crate) bytes: usize,
}

impl Memory {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Memory::Owned(words) => words.as_bytes(),
            Memory::Foreign(bytes) => (**bytes).as_ref(),
        }
    }

    /// Whether it is a mapped file, or bytes that were given.
    pub(crate) fn is_foreign(&self) -> bool {
        matches!(self, Memory::Foreign(_))
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&counted(self.as_bytes().len(), "byte"))
    }
}

impl Storage {
    /// The whole of a buffer.
    pub(crate) fn owned(words: Words) -> Storage {
        let len = words.as_bytes().len();
        Storage { memory: Arc::new(Memory::Owned(words)), start: 0, len }
    }

    /// A part of a memory, if the memory contains it.
    pub(crate) fn part(memory: &Arc<Memory>, start: usize, len: usize) -> Option<Storage> {
        let end = start.checked_add(len)?;
        (end <= memory.as_bytes().len()).then(|| Storage { memory: Arc::clone(memory), start, len })
    }

    /// `len` bytes of a memory that is known to contain them.
    pub(crate) fn within(memory: Arc<Memory>, start: usize, len: usize) -> Storage {
        debug_assert!(start <= memory.as_bytes().len() && len <= memory.as_bytes().len() - start);
        Storage { memory, start, len }
    }

    /// The memory, and where in it the bytes start.
    pub(crate) fn into_place(self) -> (Arc<Memory>, usize) {
        (self.memory, self.start)
    }

    fn range(&self) -> Range<usize> {
        self.start..self.start + self.len
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.memory.as_bytes()[self.range()]
    }

    /// Whether the memory is a mapped file, or bytes that were given.
    pub(crate) fn is_foreign(&self) -> bool {
        self.memory.is_foreign()
    }

    pub(crate) fn is_aligned(&self, alignment: usize) -> bool {
        (self.as_bytes().as_ptr() as usize).is_multiple_of(alignment)
    }

    /// The elements as a vector, without a copy if they are owned and not shared.
    pub(crate) fn into_vec<T: Pod>(self) -> Vec<T> {
        let range = self.range();
        match Arc::try_unwrap(self.memory) {
            Ok(Memory::Owned(words)) => words.into_vec(range),
            Ok(foreign) => allocation::pod_collect_to_vec(&foreign.as_bytes()[range]),
            Err(memory) => allocation::pod_collect_to_vec(&memory.as_bytes()[range]),
        }
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&counted(self.as_bytes().len(), "byte"))
    }
}
