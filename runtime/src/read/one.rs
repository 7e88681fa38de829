//! One part of a block: what is read, cast and moved, in one pass.

use std::ops::Range;

use crc32fast::Hasher;

use super::blocks::{Patch, Run, Work};
use super::jobs::Part;
use super::scratch::{Buffer, Scratch};
use super::{Meter, check_values};
use crate::checkpoint::Entry;
use crate::container::{Access, Container, RawEntry, Unpacking};
use crate::dtype::DType;
use crate::error::{LoadError, Problem, ProblemKind};
use crate::strided::Strided;
use crate::values;

/// The piece of a file that a cast or a checksum works on: it stays in the nearer caches.
const PIECE: usize = 256 << 10;
/// The piece of a file whose elements are moved to other places: larger ones do not stay in the caches, smaller ones
/// touch the target's pages more often.
const MOVED_PIECE: usize = 4 << 20;
/// What can only be read as a whole and goes elsewhere is read into memory that is used again, up to this size.
const REUSED: usize = 16 << 20;

pub(super) fn fill(part: Part<'_>, scratch: &mut Scratch, meter: &Meter<'_>) -> Result<(), LoadError> {
    let to = part.block.to;
    match &part.block.work {
        Work::Run(run) => fill_run(run, to, part, scratch, meter),
        Work::Whole(entry) => {
            whole(entry, to, part.out, scratch).map_err(|problem| entry.refuse(problem))?;
            meter.add(entry.bytes())
        }
        Work::Composed(_, stretches) => {
            let mut bytes = 0;
            for Patch { entry, strided } in &stretches[part.number].patches {
                place(entry, strided, to, part.out, scratch).map_err(|problem| entry.refuse(problem))?;
                bytes += entry.dtype().size_of(strided.elements()).unwrap_or(0);
            }
            meter.add(bytes)
        }
    }
}

fn fill_run(
    run: &Run<'_>,
    to: DType,
    part: Part<'_>,
    scratch: &mut Scratch,
    meter: &Meter<'_>,
) -> Result<(), LoadError> {
    let Part { out, source, number, .. } = part;
    let first = &run.first;
    let mut sum = run.sum.as_ref().map(|_| Hasher::new());
    if let Err(problem) = elements(first, source.clone(), to, out, sum.as_mut(), scratch) {
        // of several that were read at once, the first that is wrong is the one to name
        let alone = |entry: Entry<'_>| {
            let (container, raw) = entry.container();
            let mut bytes = vec![0; raw.kind.bytes];
            let read = container.read_part(raw, 0, &mut bytes);
            read.and_then(|()| check_values(raw.kind.dtype, &bytes, 0)).map_err(|problem| entry.refuse(problem))
        };
        if run.is_several() {
            run.entries().try_for_each(alone)?;
        }
        return Err(first.refuse(problem));
    }
    if !run.is_several() {
        let values = check_values(to, out, source.start);
        let right = match (&run.sum, sum) {
            (Some(run_sum), Some(part)) => run_sum.add(number, part, values),
            _ => values,
        };
        right.map_err(|problem| first.refuse(problem))?;
        return meter.add(source.len());
    }
    let mut start = 0;
    for entry in run.entries() {
        let end = start + entry.bytes();
        // what is cast has other values, and a BOOL is not
        if to == entry.dtype() {
            check_values(to, &out[start..end], 0).map_err(|problem| entry.refuse(problem))?;
        }
        meter.add(entry.bytes())?;
        start = end;
    }
    Ok(())
}

/// Reads these bytes of an entry, or from its beginning on into those that follow it, and casts them where dtypes differ.
fn elements(
    entry: &Entry<'_>,
    source: Range<usize>,
    to: DType,
    out: &mut [u8],
    mut sum: Option<&mut Hasher>,
    scratch: &mut Scratch,
) -> Result<(), Problem> {
    let (container, raw) = entry.container();
    let (from, mut at) = (raw.kind.dtype, source.start);
    let is_cast = !from.reads_as(to);
    if !is_cast && sum.is_none() {
        return container.read_part(raw, at, out);
    }
    let filled = if is_cast { PIECE / (from.bits() / 8) * (to.bits() / 8) } else { PIECE };
    for out in out.chunks_mut(filled) {
        let len = if is_cast { out.len() / (to.bits() / 8) * (from.bits() / 8) } else { out.len() };
        let piece = if is_cast { scratch.source.bytes(len)? } else { &mut *out };
        container.read_part(raw, at, piece)?;
        if let Some(sum) = &mut sum {
            sum.update(piece);
        }
        if is_cast {
            values::cast(from, scratch.source.bytes(len)?, to, out);
        }
        at += len;
    }
    Ok(())
}

/// Reads an entry that can only be read as a whole. What is not cast has room for what is in front of the elements.
fn whole(entry: &Entry<'_>, to: DType, out: &mut [u8], scratch: &mut Scratch) -> Result<(), Problem> {
    let (container, raw) = entry.container();
    let from = raw.kind.dtype;
    if from.reads_as(to) {
        container.read(raw, out, &mut scratch.unpacking)?;
        return check_values(to, &out[out.len() - raw.kind.bytes..], 0);
    }
    if raw.kind.bytes <= REUSED {
        values::cast(from, all(container, raw, &mut scratch.source, &mut scratch.unpacking)?, to, out);
        return Ok(());
    }
    let mut done = Ok(());
    container.in_order(raw, &mut |fill| {
        let mut pieces = out.chunks_mut(PIECE / (from.bits() / 8) * (to.bits() / 8));
        done = pieces.try_for_each(|out| {
            let piece = scratch.source.bytes(out.len() / (to.bits() / 8) * (from.bits() / 8))?;
            fill(piece)?;
            values::cast(from, piece, to, out);
            Ok(())
        });
    })?;
    done
}

/// All elements of an entry, as they are in the file; the checksum was looked at.
fn all<'s>(
    container: &dyn Container,
    raw: RawEntry<'_>,
    buffer: &'s mut Buffer,
    unpacking: &mut Unpacking,
) -> Result<&'s [u8], Problem> {
    match container.access(raw) {
        Access::Whole { lead } => {
            let bytes = buffer.bytes(lead.saturating_add(raw.kind.bytes))?;
            container.read(raw, bytes, unpacking)?;
            Ok(&bytes[lead..])
        }
        Access::Parts => {
            let bytes = buffer.bytes(raw.kind.bytes)?;
            container.read_part(raw, 0, bytes)?;
            if let Some(checksum) = container.checksum(raw) {
                let mut sum = Hasher::new();
                sum.update(bytes);
                checksum.compare([&sum])?;
            }
            Ok(bytes)
        }
    }
}

/// Looks at the checksum of an entry that is not read as a whole.
fn check_sum(container: &dyn Container, raw: RawEntry<'_>, buffer: &mut Buffer) -> Result<(), Problem> {
    let Some(checksum) = container.checksum(raw) else { return Ok(()) };
    let mut sum = Hasher::new();
    for start in (0..raw.kind.bytes).step_by(PIECE) {
        let piece = buffer.bytes(PIECE.min(raw.kind.bytes - start))?;
        container.read_part(raw, start, piece)?;
        sum.update(piece);
    }
    checksum.compare([&sum])
}

/// Moves a part of an entry to where it belongs: piece by piece, with no copy of the whole in between if it can be read
/// in parts.
fn place(
    entry: &Entry<'_>,
    strided: &Strided,
    to: DType,
    out: &mut [u8],
    scratch: &mut Scratch,
) -> Result<(), Problem> {
    let (container, raw) = entry.container();
    let (from, size) = (raw.kind.dtype, to.bits() / 8);
    let source_size = from.bits() / 8;
    let is_cast = !from.reads_as(to);
    let short = || Problem::new(ProblemKind::Truncated, "the tensor has fewer bytes than its shape says");
    let most = MOVED_PIECE / source_size.max(size);
    let bytes = |span: Range<usize>| span.start * source_size..span.end * source_size;
    let Scratch { source, moved, unpacking } = scratch;
    let is_whole = matches!(container.access(raw), Access::Whole { .. });
    let mut own = Buffer::default();
    let there = container.share(raw);
    // in memory, or to be read by way of a buffer
    let mut elements = if let Some(there) = &there {
        check_sum(container, raw, source)?;
        Ok(there.as_bytes())
    } else if is_whole || (raw.kind.bytes <= REUSED && container.checksum(raw).is_some()) {
        // what is compressed comes as a whole
        let buffer = if raw.kind.bytes <= REUSED { &mut *source } else { &mut own };
        Ok(all(container, raw, buffer, unpacking)?)
    } else {
        check_sum(container, raw, source)?;
        Err(source)
    };
    strided.boxes(most, source_size).try_for_each(|piece| {
        let (mut runs, packed) = piece.runs(most, source_size);
        if let (Ok(elements), false) = (&elements, is_cast) {
            runs.try_for_each(|run| check_values(to, &elements[bytes(run.clone())], run.start))?;
            return piece.copy(size, elements, 0, out).then_some(()).ok_or_else(short);
        }
        // a run goes straight to its place
        let straight = packed.is_copy().is_some();
        let target = packed.target_span();
        let mut rest = if straight {
            out.get_mut(target.start * size..target.end * size).ok_or_else(short)?
        } else {
            moved.bytes(packed.span().len() * size)?
        };
        for run in runs {
            let part = rest.split_off_mut(..run.len() * size).ok_or_else(short)?;
            match &mut elements {
                Ok(elements) => values::cast(from, &elements[bytes(run)], to, part),
                Err(source) if is_cast => {
                    let source = source.bytes(run.len() * source_size)?;
                    container.read_part(raw, run.start * source_size, source)?;
                    values::cast(from, source, to, part);
                }
                Err(_) => {
                    container.read_part(raw, run.start * source_size, part)?;
                    check_values(to, part, run.start)?;
                }
            }
        }
        if straight {
            return Ok(());
        }
        let moved = moved.bytes(packed.span().len() * size)?;
        packed.copy(size, moved, 0, out).then_some(()).ok_or_else(short)
    })
}
