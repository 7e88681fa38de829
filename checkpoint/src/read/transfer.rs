//! Moves elements of an entry to their places in a composed tensor.

use std::ops::Range;

use super::job::Transfer;
use super::problems::check_values;
use super::scratch::{Scratch, ScratchBuffer};
use super::whole::{self, REUSED, check_sum};
use crate::container::{Access, Container, RawEntry};
use crate::dtype::DType;
use crate::error::{Problem, ProblemKind};
use crate::values;

/// How many bytes of a file are moved at a time. Larger boxes do not stay in the caches; smaller ones touch the pages
/// of the target more often.
const BOX: usize = 4 << 20;
/// The size of the largest block, once it is cast to the widest float.
const MOST_OF_BLOCK: usize = 256 * 8;

/// Where the elements of an entry are.
enum ElementSource<'e> {
    /// All of them are in memory.
    InMemory(&'e [u8]),
    /// Read from the file on demand. ElementSource to be cast are read into this buffer first.
    InFile(&'e mut ScratchBuffer),
}

/// Fills `out` with the elements that a transfer takes from its entry, cast to `to`. Holds a whole entry in memory only
/// if there is no other way to read it.
pub(super) fn transfer(
    transfer: &Transfer<'_>,
    to: DType,
    out: &mut [u8],
    scratch: &mut Scratch,
) -> Result<(), Problem> {
    let Transfer { entry, cell, strided } = transfer;
    let (container, raw) = entry.container();
    let cells = Cells { from: entry.dtype(), to, elements: *cell };
    // an element that is taken out of its block has no bytes of its own
    let (from, source_size, size) = (cells.from, transfer.cell_bytes().unwrap_or(1), cells.size());
    let short = || Problem::new(ProblemKind::Truncated, "the tensor has fewer bytes than its shape says");
    let Scratch { source, moved, unpacking } = scratch;
    let shared = container.share(raw);
    let mut own = ScratchBuffer::default();
    let is_small = raw.tensor_type.byte_len <= REUSED;
    let mut elements = if let Some(storage) = &shared {
        check_sum(container, raw, source)?;
        ElementSource::InMemory(storage.as_bytes())
    } else if container.access(raw) != Access::Parts || (is_small && container.checksum(raw).is_some()) {
        let buffer = if is_small { source } else { &mut own };
        ElementSource::InMemory(whole::all(container, raw, buffer, unpacking)?)
    } else {
        check_sum(container, raw, source)?;
        ElementSource::InFile(source)
    };
    let most = BOX / source_size.max(size);
    strided.boxes(most, source_size).try_for_each(|part| {
        let (mut runs, packed) = part.runs(most, source_size);
        // without a cast, elements in memory go straight to their places
        if let (ElementSource::InMemory(bytes), true) = (&elements, from.reads_as(to)) {
            runs.try_for_each(|run| check_values(to, &bytes[in_bytes(&run, source_size)], run.start))?;
            return part.copy(size, bytes, 0, out).then_some(()).ok_or_else(short);
        }
        // so do runs that are contiguous in the target; others are collected first
        let is_contiguous = packed.is_copy().is_some();
        let mut rest = if is_contiguous {
            out.get_mut(in_bytes(&packed.target_span(), size)).ok_or_else(short)?
        } else {
            moved.bytes(packed.span().len() * size)?
        };
        for run in runs {
            let filled = rest.split_off_mut(..run.len() * size).ok_or_else(short)?;
            elements.fetch((container, raw), run, cells, filled)?;
        }
        if is_contiguous {
            return Ok(());
        }
        let collected = moved.bytes(packed.span().len() * size)?;
        packed.copy(size, collected, 0, out).then_some(()).ok_or_else(short)
    })
}

/// What is moved: so many neighbours at a time, cast from one dtype to another.
#[derive(Clone, Copy)]
struct Cells {
    from: DType,
    to: DType,
    elements: usize,
}

impl Cells {
    /// The size of a cell in memory.
    fn size(&self) -> usize {
        self.to.size_of(self.elements).unwrap_or(1)
    }

    /// The bytes of the file that have these cells, and how many elements before them are in the same block.
    fn in_file(&self, run: &Range<usize>) -> (Range<usize>, usize) {
        let block = self.from.block();
        let (start, end) = (run.start * self.elements, run.end * self.elements);
        let blocks = start / block.elements..end.div_ceil(block.elements);
        (in_bytes(&blocks, block.bytes), start % block.elements)
    }

    /// Casts elements, but for the first ones of their block.
    fn cast(&self, mut source: &[u8], mut before: usize, mut out: &mut [u8]) {
        let (block, size) = (self.from.block(), self.to.block().bytes);
        let whole = block.elements * size;
        let mut alone = [0; MOST_OF_BLOCK];
        while !out.is_empty() {
            let blocks = if before == 0 { out.len() / whole } else { 0 };
            let taken = if blocks > 0 { blocks * whole } else { out.len().min(whole - before * size) };
            let (here, rest) = source.split_at(blocks.max(1) * block.bytes);
            let (filled, later) = out.split_at_mut(taken);
            if blocks > 0 {
                values::cast(self.from, here, self.to, filled);
            } else {
                values::cast(self.from, here, self.to, &mut alone[..whole]);
                filled.copy_from_slice(&alone[before * size..][..taken]);
            }
            (source, out, before) = (rest, later, 0);
        }
    }
}

impl ElementSource<'_> {
    /// Fills `out` with the cells of this run. Casts those that are in memory.
    fn fetch(
        &mut self,
        (container, raw): (&dyn Container, RawEntry<'_>),
        run: Range<usize>,
        cells: Cells,
        out: &mut [u8],
    ) -> Result<(), Problem> {
        let (bytes, before) = cells.in_file(&run);
        match self {
            ElementSource::InMemory(all) => cells.cast(&all[bytes], before, out),
            ElementSource::InFile(_) if cells.from.reads_as(cells.to) => {
                container.read_part(raw, bytes.start, out)?;
                check_values(cells.to, out, run.start)?;
            }
            ElementSource::InFile(buffer) => {
                let read = buffer.bytes(bytes.len())?;
                container.read_part(raw, bytes.start, read)?;
                cells.cast(read, before, out);
            }
        }
        Ok(())
    }
}

/// The byte range of these elements.
fn in_bytes(elements: &Range<usize>, size: usize) -> Range<usize> {
    elements.start * size..elements.end * size
}
