//! The data of a read: blocks of memory, what fills each, and the jobs that threads share.

use std::ops::Range;

use super::checksum::ChecksumOfParts;
use crate::assignment::{Assignment, Composed, Piece, bytes_of};
use crate::checkpoint::{Checkpoint, Entry};
use crate::container::Checksum;
use crate::dtype::DType;
use crate::storage::Storage;
use crate::strided::Strided;

/// The requested tensors, by their numbers in the list.
#[derive(Clone, Copy)]
pub(super) struct Request<'c> {
    pub(super) checkpoint: &'c Checkpoint,
    pub(super) assignments: &'c [Option<Assignment>],
    pub(super) numbers: &'c [usize],
}

/// Where a tensor's elements come from.
pub(super) enum Origin<'c> {
    /// All elements of one entry, in their order.
    Entry { entry: Entry<'c>, dtype: DType, vector: bool },
    /// Elements of several entries, or of one in a different order.
    Composed(&'c Composed),
}

/// Memory with one origin: a large tensor, many small ones that are adjacent in the file, or a composed tensor.
pub(super) struct Block<'c> {
    pub(super) work: Work<'c>,
    /// The dtype of the elements in memory.
    pub(super) to: DType,
    /// How many bytes to fill.
    pub(super) bytes: usize,
    /// Whether a vector takes over the memory.
    pub(super) vector: bool,
    /// The number of the tensors' buffer that gets the memory.
    pub(super) buffer: usize,
}

/// What fills a block.
pub(super) enum Work<'c> {
    Run(Run<'c>),
    /// An entry that can only be read whole. Its elements are the last bytes of the block.
    Whole(Entry<'c>),
    /// The segments of a composed tensor's memory, in order.
    Composed(&'c Composed, Vec<Segment<'c>>),
}

/// Bytes of one dtype that are adjacent in a file: one tensor of any size, or several small ones.
pub(super) struct Run<'c> {
    pub(super) first: Entry<'c>,
    pub(super) request: Request<'c>,
    /// Which tensors of the request.
    pub(super) range: Range<usize>,
    /// The number of bytes in the file.
    pub(super) bytes: usize,
    pub(super) checksum: Option<ChecksumOfParts>,
}

/// A contiguous part of a composed tensor's memory. One thread fills it.
pub(super) struct Segment<'c> {
    pub(super) transfers: Vec<Transfer<'c>>,
    pub(super) bytes: usize,
}

/// Elements of one entry and their place in a segment.
pub(super) struct Transfer<'c> {
    pub(super) entry: Entry<'c>,
    /// How many neighbours move together: they are a whole number of blocks, or 1.
    pub(super) cell: usize,
    /// Which of its cells go where.
    pub(super) strided: Strided,
}

impl Transfer<'_> {
    /// The size of a cell in the file; `None` if blocks are taken apart.
    pub(super) fn cell_bytes(&self) -> Option<usize> {
        self.entry.dtype().size_of(self.cell)
    }

    /// How many bytes of the file it takes.
    pub(super) fn byte_len(&self) -> usize {
        bytes_of(self.entry.dtype(), self.strided.element_count().saturating_mul(self.cell))
    }
}

/// An entry whose elements are used in place.
pub(super) struct InPlace<'c> {
    pub(super) entry: Entry<'c>,
    /// The elements, and the checksum that they must match.
    pub(super) checksum: Option<(Storage, Checksum)>,
    /// How many blocks come before it in the request.
    pub(super) blocks_before: usize,
}

/// Work for one thread.
pub(super) enum Job<'j> {
    Fill(BlockPart<'j>),
    /// Nothing to read, but perhaps a checksum to verify.
    Verify(&'j InPlace<'j>),
}

/// A part of a block that belongs to one job only.
pub(super) struct BlockPart<'j> {
    pub(super) block: &'j Block<'j>,
    /// Its memory.
    pub(super) out: &'j mut [u8],
    /// The bytes of a run to read.
    pub(super) source: Range<usize>,
    /// Its number among the parts of the block.
    pub(super) number: usize,
}

impl<'c> Request<'c> {
    /// Where the elements of this tensor come from.
    pub(super) fn origin(&self, number: usize) -> Origin<'c> {
        match &self.assignments[number] {
            Some(Assignment::Whole { entry, dtype, read_as, vector }) => {
                let entry = self.checkpoint.entry(*entry).read_as(*read_as);
                Origin::Entry { entry, dtype: *dtype, vector: *vector }
            }
            Some(Assignment::Composed(composed)) => match only_reshaped(self.checkpoint, composed) {
                Some(entry) => Origin::Entry { entry, dtype: composed.dtype, vector: composed.vector },
                None => Origin::Composed(composed),
            },
            Some(Assignment::Same(_)) | None => unreachable!("a tensor without elements of its own is not fetched"),
        }
    }
}

/// The entry whose elements a composed tensor has, all of them and in order, so that only the shape differs.
fn only_reshaped<'c>(checkpoint: &'c Checkpoint, composed: &Composed) -> Option<Entry<'c>> {
    let [Piece { entry, read_as, strided }] = composed.pieces.as_slice() else { return None };
    let (entry, elements) = (checkpoint.entry(*entry).read_as(*read_as), composed.shape.element_count());
    (strided.is_copy() == elements && entry.shape().element_count() == elements).then_some(entry)
}

impl<'c> Run<'c> {
    /// Whether it has several tensors. They are small then.
    pub(super) fn is_several(&self) -> bool {
        self.range.len() > 1
    }

    /// The entries of its tensors, in file order.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'c>> {
        let request = self.request;
        request.numbers[self.range.clone()].iter().filter_map(move |&number| match request.origin(number) {
            Origin::Entry { entry, .. } => Some(entry),
            Origin::Composed(_) => None,
        })
    }
}
