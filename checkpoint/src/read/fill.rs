//! Does one job: reads, casts and moves elements in one pass.

use std::ops::Range;

use super::job::{BlockPart, InPlace, Run, Work};
use super::problems::check_values;
use super::progress::Meter;
use super::scratch::Scratch;
use super::transfer::transfer;
use super::whole::{self, PIECE};
use crate::checkpoint::Entry;
use crate::container::Sum;
use crate::dtype::DType;
use crate::error::{CheckpointError, Problem};
use crate::values;

/// Fills a part of a block.
pub(super) fn fill(part: BlockPart<'_>, scratch: &mut Scratch, meter: &Meter<'_>) -> Result<(), CheckpointError> {
    let to = part.block.to;
    match &part.block.work {
        Work::Run(run) => fill_run(run, to, part, scratch, meter),
        Work::Whole(entry) => {
            whole::fill(entry, to, part.out, scratch).map_err(|problem| entry.refuse(problem))?;
            meter.add(entry.byte_len())
        }
        Work::Composed(_, segments) => {
            let mut bytes = 0;
            for moved in &segments[part.number].transfers {
                transfer(moved, to, part.out, scratch).map_err(|problem| moved.entry.refuse(problem))?;
                bytes += moved.byte_len();
            }
            meter.add(bytes)
        }
    }
}

/// Verifies the checksum of elements used in place, if they have one.
pub(super) fn verify(InPlace { entry, checksum, .. }: &InPlace<'_>, meter: &Meter<'_>) -> Result<(), CheckpointError> {
    if let Some((storage, checksum)) = checksum {
        let mut sum = checksum.begin();
        sum.update(storage.as_bytes());
        checksum.compare([&sum]).map_err(|problem| entry.refuse(problem))?;
    }
    meter.add(entry.byte_len())
}

fn fill_run(
    run: &Run<'_>,
    to: DType,
    part: BlockPart<'_>,
    scratch: &mut Scratch,
    meter: &Meter<'_>,
) -> Result<(), CheckpointError> {
    let BlockPart { out, source, number, .. } = part;
    let first = &run.first;
    let mut sum = run.checksum.as_ref().map(|checksum| checksum.begin());
    if let Err(problem) = read(first, source.clone(), to, out, sum.as_mut(), scratch) {
        // several were read at once: find the first unreadable one, to name it
        let alone = |entry: Entry<'_>| {
            let (container, raw) = entry.container();
            let mut bytes = vec![0; raw.tensor_type.byte_len];
            let filled = container.read_part(raw, 0, &mut bytes);
            filled
                .and_then(|()| check_values(raw.tensor_type.dtype, &bytes, 0))
                .map_err(|problem| entry.refuse(problem))
        };
        if run.is_several() {
            run.entries().try_for_each(alone)?;
        }
        return Err(first.refuse(problem));
    }
    if !run.is_several() {
        let values = check_values(to, out, source.start);
        let checked = match (&run.checksum, sum) {
            (Some(checksum), Some(sum)) => checksum.add(number, sum, values),
            _ => values,
        };
        checked.map_err(|problem| first.refuse(problem))?;
        return meter.add(source.len());
    }
    let mut start = 0;
    for entry in run.entries() {
        let end = start + entry.byte_len();
        // only a BOOL can have an invalid value, and nothing is cast to BOOL
        if to == entry.dtype() {
            check_values(to, &out[start..end], 0).map_err(|problem| entry.refuse(problem))?;
        }
        meter.add(entry.byte_len())?;
        start = end;
    }
    Ok(())
}

/// Reads these bytes of an entry, and of those that follow it if there are more. Casts them if dtypes differ.
fn read(
    entry: &Entry<'_>,
    source: Range<usize>,
    to: DType,
    out: &mut [u8],
    mut sum: Option<&mut Sum>,
    scratch: &mut Scratch,
) -> Result<(), Problem> {
    let (container, raw) = entry.container();
    let (from, mut at) = (entry.dtype(), source.start);
    let is_cast = !from.reads_as(to);
    if !is_cast && sum.is_none() {
        return container.read_part(raw, at, out);
    }
    let filled = if is_cast { values::cast_len(from, PIECE, to) } else { PIECE };
    for out in out.chunks_mut(filled) {
        let len = if is_cast { values::cast_len(to, out.len(), from) } else { out.len() };
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
