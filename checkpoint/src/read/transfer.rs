//! Moves elements of an entry to their places in a composed tensor.

use std::ops::Range;

use super::problems::check_values;
use super::scratch::{Scratch, ScratchBuffer};
use super::whole::{self, REUSED, check_sum};
use crate::checkpoint::Entry;
use crate::container::{Access, Container, RawEntry};
use crate::dtype::DType;
use crate::error::{Problem, ProblemKind};
use crate::strided::Strided;
use crate::values;

/// How many bytes of a file are moved at a time. Larger boxes do not stay in the caches; smaller ones touch the pages
/// of the target more often.
const BOX: usize = 4 << 20;

/// Where the elements of an entry are.
enum ElementSource<'e> {
    /// All of them are in memory.
    InMemory(&'e [u8]),
    /// Read from the file on demand. ElementSource to be cast are read into this buffer first.
    InFile(&'e mut ScratchBuffer),
}

/// Fills `out` with the elements that `strided` takes from an entry, cast to `to`. Holds a whole entry in memory only
/// if there is no other way to read it.
pub(super) fn transfer(
    entry: &Entry<'_>,
    strided: &Strided,
    to: DType,
    out: &mut [u8],
    scratch: &mut Scratch,
) -> Result<(), Problem> {
    let (container, raw) = entry.container();
    let from = entry.dtype();
    let (source_size, size) = (from.block().bytes, to.block().bytes);
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
            elements.fetch((container, raw), run, (from, to), filled)?;
        }
        if is_contiguous {
            return Ok(());
        }
        let collected = moved.bytes(packed.span().len() * size)?;
        packed.copy(size, collected, 0, out).then_some(()).ok_or_else(short)
    })
}

impl ElementSource<'_> {
    /// Fills `out` with the elements of this run. Casts those that are in memory.
    fn fetch(
        &mut self,
        (container, raw): (&dyn Container, RawEntry<'_>),
        run: Range<usize>,
        (from, to): (DType, DType),
        out: &mut [u8],
    ) -> Result<(), Problem> {
        let bytes = in_bytes(&run, from.block().bytes);
        match self {
            ElementSource::InMemory(all) => values::cast(from, &all[bytes], to, out),
            ElementSource::InFile(_) if from.reads_as(to) => {
                container.read_part(raw, bytes.start, out)?;
                check_values(to, out, run.start)?;
            }
            ElementSource::InFile(buffer) => {
                let read = buffer.bytes(bytes.len())?;
                container.read_part(raw, bytes.start, read)?;
                values::cast(from, read, to, out);
            }
        }
        Ok(())
    }
}

/// The byte range of these elements.
fn in_bytes(elements: &Range<usize>, size: usize) -> Range<usize> {
    elements.start * size..elements.end * size
}
