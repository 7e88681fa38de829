//! Cuts a large composed tensor into segments, so that several threads share it.

use std::ops::Range;

use super::job::{Segment, Transfer};
use crate::assignment::{Composed, Piece};
use crate::checkpoint::{Checkpoint, Entry};
use crate::container::Access;

/// How many bytes of a large tensor a thread reads at a time, measured in the file.
pub(super) const PART: usize = 8 << 20;
/// The most transfers that one tensor is cut into.
const MOST_TRANSFERS: usize = 1 << 16;

/// The segments of a composed tensor of `bytes` bytes, if cutting it is possible and worthwhile.
pub(super) fn segments<'c>(checkpoint: &'c Checkpoint, composed: &Composed, bytes: usize) -> Option<Vec<Segment<'c>>> {
    let whole = transfers(checkpoint, composed);
    if whole.iter().any(|transfer| transfer.cell_bytes().is_none()) {
        return None;
    }
    between_transfers(&whole, composed).or_else(|| between_rows(&whole, composed, bytes))
}

/// Everything that a composed tensor takes from its entries.
pub(super) fn transfers<'c>(checkpoint: &'c Checkpoint, composed: &Composed) -> Vec<Transfer<'c>> {
    let cell = composed.cell(checkpoint);
    let transfer = |piece: &Piece| {
        let entry = checkpoint.entry(piece.entry).read_as(piece.read_as);
        let strided = match cell {
            1 => piece.strided.clone(),
            _ => piece.strided.in_blocks(cell).expect("a cell is whole blocks of each piece"),
        };
        Transfer { entry, cell, strided }
    };
    composed.pieces.iter().map(transfer).collect()
}

/// Whether any part of an entry can be read on its own.
fn is_read_in_parts(entry: &Entry<'_>) -> bool {
    let (container, raw) = entry.container();
    container.access(raw) == Access::Parts && container.checksum(raw).is_none()
}

/// Cuts the memory between transfers, and within a transfer if its entry can be read in parts. Each segment has one
/// transfer. `None` if the memory of two transfers overlaps.
fn between_transfers<'c>(whole: &[Transfer<'c>], composed: &Composed) -> Option<Vec<Segment<'c>>> {
    let mut whole: Vec<&Transfer<'c>> = whole.iter().filter(|transfer| !transfer.strided.is_empty()).collect();
    whole.sort_by_key(|transfer| transfer.strided.target_span().start);
    let cell = whole.first()?.cell;
    let size = composed.dtype.size_of(cell)?;
    let (mut segments, mut end) = (Vec::with_capacity(whole.len()), 0);
    for &Transfer { entry, ref strided, .. } in whole {
        let most = if is_read_in_parts(&entry) { PART / size.max(1) } else { usize::MAX };
        for part in strided.disjoint_pieces(most) {
            let part = part?;
            let target = part.target_span();
            if target.start != end || segments.len() == MOST_TRANSFERS {
                return None;
            }
            end = target.end;
            let transfer = Transfer { entry, cell, strided: part.shifted(target.start) };
            segments.push(Segment { transfers: vec![transfer], bytes: target.len() * size });
        }
    }
    (end.checked_mul(cell) == composed.shape.element_count()).then_some(segments)
}

/// Cuts the memory between rows of the tensor. Each segment has some rows, and one transfer from every entry that has
/// elements for them. Makes as many segments as are worthwhile, but fewer if together they would read much more of the
/// file than reading the whole tensor at once.
fn between_rows<'c>(whole: &[Transfer<'c>], composed: &Composed, bytes: usize) -> Option<Vec<Segment<'c>>> {
    if !whole.iter().all(|transfer| is_read_in_parts(&transfer.entry)) {
        return None;
    }
    let outer = composed.shape.iter().position(|&dim| dim > 1)?;
    let (rows, row) = (composed.shape[outer], composed.shape[outer + 1..].iter().product::<usize>());
    // in cells, which rows may not take apart
    let cell = whole.first()?.cell;
    let (rows, row) = match row {
        1 if rows.is_multiple_of(cell) => (rows / cell, 1),
        row if row.is_multiple_of(cell) => (rows, row / cell),
        _ => return None,
    };
    let row_bytes = bytes / rows;
    let of_rows = |rows: Range<usize>| {
        let to_rows = |transfer: &Transfer<'c>| {
            let strided = transfer.strided.rows(row, rows.clone())?;
            Some(Transfer { entry: transfer.entry, cell, strided })
        };
        let mut transfers = whole.iter().map(to_rows).collect::<Option<Vec<_>>>()?;
        transfers.retain(|transfer| !transfer.strided.is_empty());
        Some(Segment { transfers, bytes: rows.len() * row_bytes })
    };
    // short runs are read together with the gaps between them; reading an eighth more is acceptable for using several
    // threads
    let at_once = bytes_read(whole);
    let most_read = at_once.saturating_add(at_once / 8);
    let mut count = bytes.div_ceil(PART).min(rows).min(MOST_TRANSFERS / whole.len().max(1));
    while count > 1 {
        let most_rows = rows.div_ceil(count);
        let segments = (0..rows).step_by(most_rows).map(|first| of_rows(first..rows.min(first + most_rows)));
        let segments: Vec<Segment<'c>> = segments.collect::<Option<_>>()?;
        let transfers = || segments.iter().flat_map(|segment| &segment.transfers);
        let elements: usize = transfers().map(|transfer| transfer.strided.element_count()).sum();
        if elements != rows * row {
            return None;
        }
        if bytes_read(transfers()) <= most_read {
            return Some(segments);
        }
        count = count * 3 / 4;
    }
    None
}

/// How many bytes these transfers read from the file.
fn bytes_read<'t, 'c: 't>(transfers: impl IntoIterator<Item = &'t Transfer<'c>>) -> usize {
    let bytes = |transfer: &Transfer<'_>| {
        let size = transfer.cell_bytes().unwrap_or(1);
        transfer.strided.read(size).saturating_mul(size)
    };
    transfers.into_iter().map(bytes).fold(0, usize::saturating_add)
}
