//! The strided copy: moves a tensor's elements from one layout to another in one pass, piece by piece.
//!
//! Transposing, permuting, and copying one part of a concatenation, a stack or a slice are all the same operation. It
//! has, for each axis, a number of steps and the distance of one step in the source and in the target. To transpose
//! `[2, 3]`:
//!
//! ```text
//! source  0 1 2      axis of 2 steps: 3 in the source, 1 in the target
//!         3 4 5      axis of 3 steps: 1 in the source, 2 in the target
//! ```

mod axis;

use std::ops::Range;

use bytemuck::Pod;

pub use self::axis::Axis;
use self::axis::{Positions, span};

/// A cache line in bytes: the width and the height of a block.
const LINE: usize = 64;
/// How many bytes of short runs that are adjacent in the source are moved before those of the next row.
const STRIP: usize = 256;
/// A run of at least this many bytes gets its own read. Shorter runs are read together with the gaps between them.
const LEAST_RUN: usize = 8 << 10;

/// A rectangular part of a tensor, with its position in the source and in the target. Each of its elements is another
/// one in the source and in the target, and every offset fits into a `usize`.
///
/// ```
/// use weighbridge_checkpoint::{Axis, Strided};
///
/// // transposes `[2, 3]`
/// let rows = Axis { steps: 2, source: 3, target: 1 };
/// let columns = Axis { steps: 3, source: 1, target: 2 };
/// let transpose = Strided::new(&[rows, columns], 0, 0).expect("each element has a place of its own");
/// let mut target = [0; 6];
/// assert!(transpose.copy(1, &[0, 1, 2, 3, 4, 5], 0, &mut target));
/// assert_eq!(target, [0, 3, 1, 4, 2, 5]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Strided {
    /// Sorted by stride in the source, largest first. Axes of one step are left out, and axes that form a single one are
    /// merged. A copy without elements has one axis, of no steps.
    axes: Vec<Axis>,
    /// The position of the first element in the source.
    source: usize,
    /// The position of the first element in the target.
    target: usize,
}

impl Strided {
    /// The copy along `axes`, given in any order. Element `source` of the source goes to element `target` of the
    /// target.
    ///
    /// `None` if an offset does not fit into a `usize`, or if two elements could be one. To rule that out, each axis
    /// must step over everything that the axes with shorter steps reach. The axes of a box in a tensor do.
    pub fn new(axes: &[Axis], source: usize, target: usize) -> Option<Strided> {
        let strided = Strided::proved(axes, source, target);
        let fits = strided.is_empty()
            || axis::are_apart(&strided.axes, source, |axis| axis.source)
                && axis::are_apart(&strided.axes, target, |axis| axis.target);
        fits.then_some(strided)
    }

    /// [`new`](Self::new) for axes that are known to be right: those of a part of another copy.
    fn proved(axes: &[Axis], source: usize, target: usize) -> Strided {
        if axes.iter().any(|axis| axis.steps == 0) {
            return Strided { axes: vec![Axis { steps: 0, source: 0, target: 0 }], source, target };
        }
        let mut axes: Vec<Axis> = axes.iter().copied().filter(|axis| axis.steps > 1).collect();
        axes.sort_unstable_by_key(|axis| std::cmp::Reverse((axis.source, axis.target, axis.steps)));
        axes.dedup_by(|inner, outer| {
            outer.merged(*inner).is_some_and(|merged| {
                *outer = merged;
                true
            })
        });
        Strided { axes, source, target }
    }

    /// Whether there is nothing to copy.
    pub fn is_empty(&self) -> bool {
        self.element_count() == 0
    }

    /// The number of elements copied.
    pub fn element_count(&self) -> usize {
        self.axes.iter().fold(1, |product: usize, axis| product.saturating_mul(axis.steps))
    }

    /// The number of elements, if they are contiguous and in the same order on both sides.
    pub(crate) fn is_copy(&self) -> Option<usize> {
        match self.axes[..] {
            [] => Some(1),
            [Axis { steps: 0, .. }] => Some(0),
            [Axis { steps, source: 1, target: 1 }] => Some(steps),
            _ => None,
        }
    }

    /// The reverse copy: source and target swapped.
    pub fn inverse(&self) -> Strided {
        let axes: Vec<Axis> =
            self.axes.iter().map(|axis| Axis { source: axis.target, target: axis.source, ..*axis }).collect();
        Strided::proved(&axes, self.target, self.source)
    }

    /// The same copy of whole blocks of `elements` neighbours each, source and target counted in them. `None` if it would take
    /// one apart, and of blocks without elements.
    pub fn in_blocks(&self, elements: usize) -> Option<Strided> {
        let whole = |number: usize| number.checked_div(elements).filter(|_| number.is_multiple_of(elements));
        if self.is_empty() {
            return Some(self.clone());
        }
        let mut axes = self.axes.clone();
        match axes.last_mut() {
            // axes that are neighbours on both sides are one axis
            Some(run) if (run.source, run.target) == (1, 1) => run.steps = whole(run.steps)?,
            _ if elements > 1 => return None,
            _ => {}
        }
        for axis in axes.iter_mut().filter(|axis| (axis.source, axis.target) != (1, 1)) {
            (axis.source, axis.target) = (whole(axis.source)?, whole(axis.target)?);
        }
        Some(Strided::proved(&axes, whole(self.source)?, whole(self.target)?))
    }

    /// The range of the source from the first element copied to the last; empty if there are none.
    pub(crate) fn span(&self) -> Range<usize> {
        span(&self.axes, self.source, |axis| axis.source)
    }

    /// The range of the target from the first element written to the last; empty if there are none.
    pub(crate) fn target_span(&self) -> Range<usize> {
        span(&self.axes, self.target, |axis| axis.target)
    }

    /// The copy in pieces, in source order. A piece spans at most `most` elements, but at least one.
    pub(crate) fn pieces(&self, most: usize) -> impl Iterator<Item = Strided> + use<> {
        self.cut(&self.piece(most))
    }

    /// The number of steps of each axis in a piece of at most `most` elements.
    fn piece(&self, most: usize) -> Vec<usize> {
        // the axes from `whole` on are in one piece; the axis before them is cut
        let reach = |from: usize| span(&self.axes[from..], 0, |axis| axis.source).end;
        let whole = (0..self.axes.len()).find(|&from| reach(from) <= most).unwrap_or(self.axes.len());
        let mut steps = vec![1; whole];
        if let (Some(steps), Some(axis)) = (steps.last_mut(), self.axes[..whole].last()) {
            *steps = 1 + most.saturating_sub(reach(whole)).checked_div(axis.source).unwrap_or(usize::MAX - 1);
        }
        steps.extend(self.axes[whole..].iter().map(|axis| axis.steps));
        steps
    }

    /// The copy in boxes of at most `most` elements of `size` bytes, for a source that can be read in parts. A box
    /// collects neighbours in the target, and reads only its [`runs`](Self::runs) from the source, not the gaps between
    /// them. If the runs would be short, the boxes are [`pieces`](Self::pieces).
    pub(crate) fn boxes(&self, most: usize, size: usize) -> impl Iterator<Item = Strided> + use<> {
        self.cut(&self.box_of(most, LEAST_RUN / size).unwrap_or_else(|| self.piece(most)))
    }

    /// The number of steps of each axis in a box whose runs have `least` elements, if there is one.
    fn box_of(&self, most: usize, least: usize) -> Option<Vec<usize>> {
        let mut steps = vec![1; self.axes.len()];
        if let Some((last, Axis { steps: run, source: 1, target: 1 })) = steps.last_mut().zip(self.axes.last())
            && *run >= least
        {
            // goes straight to its place as it is read
            *last = most;
            return Some(steps);
        }
        let mut elements = 1;
        // first a run of the source, then neighbours in the target
        for (steps, axis) in steps.iter_mut().zip(&self.axes).rev() {
            if axis.source != elements {
                break;
            }
            *steps = axis.steps.min(least.saturating_mul(2).div_ceil(elements)).min(most / elements).max(1);
            elements *= *steps;
        }
        if elements < least {
            return None;
        }
        let mut outwards: Vec<usize> = (0..self.axes.len()).collect();
        outwards.sort_unstable_by_key(|&i| self.axes[i].target);
        for i in outwards {
            let others = elements / steps[i];
            steps[i] = self.axes[i].steps.min(most / others).max(steps[i]);
            elements = others * steps[i];
        }
        Some(steps)
    }

    /// The ranges of the source to read for one of the [`boxes`](Self::boxes), in order; and the same copy from a
    /// source that consists of just these ranges. There are at most `most` elements.
    pub(crate) fn runs(&self, most: usize, size: usize) -> (impl Iterator<Item = Range<usize>> + use<>, Strided) {
        self.runs_of(most, LEAST_RUN / size)
    }

    /// The runs of the source; or everything from the first element to the last, if runs are shorter than `least`.
    fn runs_of(&self, most: usize, least: usize) -> (impl Iterator<Item = Range<usize>> + use<>, Strided) {
        let (mut outer, mut run) = self.run();
        let (mut axes, mut elements) = (self.axes.clone(), run);
        if self.is_empty() || run < least && self.span().len() <= most {
            (outer, run) = (0, self.span().len());
        } else {
            for axis in axes[..outer].iter_mut().rev() {
                axis.source = elements;
                elements *= axis.steps;
            }
        }
        let mut positions = Some(Positions::new(self.axes[..outer].to_vec(), self.source, 0));
        let runs = std::iter::from_fn(move || {
            let at = positions.as_mut()?;
            let start = at.source;
            if !at.advance() {
                positions = None;
            }
            Some(start..start + run)
        });
        (runs, Strided::proved(&axes, 0, self.target))
    }

    /// Cuts every axis into parts of at most this many steps, in source order.
    fn cut(&self, most: &[usize]) -> impl Iterator<Item = Strided> + use<> {
        // parts of about equal length, so that the last is not a sliver
        let even =
            |(axis, most): (&Axis, &usize)| axis.steps.div_ceil(axis.steps.div_ceil((*most).max(1)).max(1)).max(1);
        let fits: Vec<usize> = self.axes.iter().zip(most).map(even).collect();
        let step = |(axis, fit): (&Axis, &usize)| Axis {
            steps: axis.steps.div_ceil(*fit),
            source: axis.source.saturating_mul(*fit),
            target: axis.target.saturating_mul(*fit),
        };
        let steps = self.axes.iter().zip(&fits).map(step).collect();
        let axes = self.axes.clone();
        let mut positions = Some(Positions::new(steps, self.source, self.target)).filter(|_| !self.is_empty());
        std::iter::from_fn(move || {
            let at = positions.as_mut()?;
            let part = |((axis, fit), count): ((&Axis, &usize), &usize)| Axis {
                steps: (*fit).min(axis.steps - count * fit),
                ..*axis
            };
            let axes: Vec<Axis> = axes.iter().zip(&fits).zip(&at.counts).map(part).collect();
            let piece = Strided::proved(&axes, at.source, at.target);
            if !at.advance() {
                positions = None;
            }
            Some(piece)
        })
    }

    /// The pieces of [`pieces`](Self::pieces), each with its own slice of the target: `None` for a piece whose target
    /// overlaps that of the piece before.
    pub(crate) fn disjoint_pieces(&self, most: usize) -> impl Iterator<Item = Option<Strided>> + use<> {
        let mut end = 0;
        self.pieces(most).map(move |piece| {
            let target = piece.target_span();
            let is_behind = end <= target.start;
            end = target.end;
            is_behind.then_some(piece)
        })
    }

    /// The part of the copy that goes to these rows of the target, which have `row` elements each. The result writes to
    /// a target that starts with the first of these rows. Empty if nothing goes there; `None` if a row would split what
    /// one step copies.
    pub(crate) fn rows(&self, row: usize, rows: Range<usize>) -> Option<Strided> {
        let (start, end) = (rows.start.checked_mul(row)?, rows.end.checked_mul(row)?);
        let nothing = || Strided::proved(&[Axis { steps: 0, source: 0, target: 0 }], 0, 0);
        if self.is_empty() {
            return Some(nothing());
        }
        let mut axes = self.axes.clone();
        axes.sort_unstable_by_key(|axis| axis.target);
        let mut outer = axes.pop().unwrap_or(Axis { steps: 1, source: 0, target: row });
        // either a row is a whole number of steps, or a step is a whole number of rows
        let unit = outer.target.min(row);
        let is_whole = unit > 0 && outer.target.max(row).is_multiple_of(unit);
        if !is_whole || span(&axes, self.target % unit, |axis| axis.target).end > unit {
            return None;
        }
        let step = |end: usize| end.saturating_sub(self.target).div_ceil(outer.target).min(outer.steps);
        let first = step(start);
        outer.steps = step(end) - first;
        if outer.steps == 0 {
            return Some(nothing());
        }
        axes.push(outer);
        Some(Strided::proved(&axes, self.source + first * outer.source, self.target + first * outer.target - start))
    }

    /// How many elements of `size` bytes are read from the source: with gaps, if its [`runs`](Self::runs) are short.
    pub(crate) fn read(&self, size: usize) -> usize {
        if self.run().1 < LEAST_RUN / size { self.span().len() } else { self.element_count() }
    }

    /// The number of axes outside the longest contiguous run of the source, and the length of that run.
    fn run(&self) -> (usize, usize) {
        let (mut outer, mut run) = (self.axes.len(), 1);
        while outer > 0 && self.axes[outer - 1].source == run {
            outer -= 1;
            run *= self.axes[outer].steps;
        }
        (outer, run)
    }

    /// The same copy into a target that starts `by` elements later, but not after the first element written.
    pub(crate) fn shifted(self, by: usize) -> Strided {
        debug_assert!(by <= self.target, "the target begins behind the first element that is written");
        Strided { target: self.target - by, ..self }
    }

    /// Copies elements of `size` bytes. `source` starts with element `base` of the source, at any address; `target` starts
    /// with the first element of the target.
    ///
    /// Returns `false` and writes nothing if an element would be outside of them, or if `size` is 0.
    #[must_use]
    pub fn copy(&self, size: usize, source: &[u8], base: usize, target: &mut [u8]) -> bool {
        if self.is_empty() {
            return true;
        }
        let (from, to) = (self.span(), self.target_span());
        let Some(start) = self.source.checked_sub(base) else { return false };
        let holds = |bytes: &[u8], end: usize| end.checked_mul(size).is_some_and(|end| end <= bytes.len());
        if !holds(source, from.end - base) || !holds(target, to.end) {
            return false;
        }
        // from here on every offset is within its slice
        match size {
            0 => return false,
            1 => self.scatter::<u8, { LINE }>(source, start, target),
            2 => self.scatter::<u16, { LINE / 2 }>(source, start, target),
            4 => self.scatter::<u32, { LINE / 4 }>(source, start, target),
            8 => self.scatter::<u64, { LINE / 8 }>(source, start, target),
            _ => self.in_bytes(size).scatter::<u8, { LINE }>(source, start * size, target),
        }
        true
    }

    /// The same copy of bytes, for elements of `size` bytes: their bytes are an axis more. Every offset is within a slice.
    fn in_bytes(&self, size: usize) -> Strided {
        let wider = |axis: &Axis| Axis { source: axis.source * size, target: axis.target * size, ..*axis };
        let mut axes: Vec<Axis> = self.axes.iter().map(wider).collect();
        axes.push(Axis { steps: size, source: 1, target: 1 });
        Strided::proved(&axes, self.source * size, self.target * size)
    }

    /// Visits the target in order, but takes a whole cache line at each step of the axis along which the source is
    /// contiguous. So each line is loaded once, in the source and in the target.
    fn scatter<T: Pod, const B: usize>(&self, source: &[u8], start: usize, target: &mut [u8]) {
        let size = size_of::<T>();
        let mut axes = self.axes.clone();
        axes.sort_unstable_by_key(|axis| std::cmp::Reverse(axis.target));
        // a cell is contiguous on both sides: at least one element
        let cell = axes.pop_if(|axis| axis.source == 1 && axis.target == 1).map_or(1, |axis| axis.steps);
        let down = axes.pop().unwrap_or(Axis { steps: 1, source: 0, target: 0 });
        let across = (0..axes.len()).min_by_key(|&i| axes[i].source).filter(|&i| axes[i].source < down.source);
        let width = if cell == 1 { B } else { (STRIP / size / cell).clamp(1, B) };
        let axis = match across {
            Some(across) => {
                let axis = axes[across];
                let (steps, source, target) = (axis.steps.div_ceil(width), axis.source * width, axis.target * width);
                axes[across] = Axis { steps, source, target };
                axis
            }
            None => Axis { steps: 1, source: 0, target: 0 },
        };
        let transposed = cell == 1 && axis.source == 1 && down.target == 1;
        let mut block = [[T::zeroed(); B]; B];
        let mut positions = Positions::new(axes, start, self.target);
        loop {
            let done = across.map_or(0, |across| positions.counts[across] * width);
            let strip = Strip { down, across: Axis { steps: width.min(axis.steps - done), ..axis } };
            let (source, target) = (&source[positions.source * size..], &mut target[positions.target * size..]);
            if transposed {
                strip.transpose(&mut block, source, target);
            } else {
                strip.cells::<T>(cell, source, target);
            }
            if !positions.advance() {
                return;
            }
        }
    }
}

/// What is moved at one position: a rectangle, long along the target and one line wide along the source.
struct Strip {
    down: Axis,
    across: Axis,
}

impl Strip {
    /// For an `across` that is contiguous in the source and a `down` that is contiguous in the target. Works block by
    /// block and through a buffer, because rows at a power-of-two distance would evict each other from the caches.
    ///
    /// Whole lines have their own loops: the length is a constant there, and a copy takes a few instructions and no
    /// call.
    fn transpose<T: Pod, const B: usize>(&self, block: &mut [[T; B]; B], source: &[u8], target: &mut [u8]) {
        let size = size_of::<T>();
        let (rows, columns) = (self.down.steps, self.across.steps);
        let (row_stride, column_stride) = (self.down.source * size, self.across.target * size);
        for first in (0..rows).step_by(B) {
            let count = B.min(rows - first);
            let source = &source[first * row_stride..];
            // bytes after the strip's columns are read too, which is harmless if the source is long enough
            if source.len() >= (count - 1) * row_stride + LINE {
                for (i, row) in block[..count].iter_mut().enumerate() {
                    bytemuck::cast_slice_mut(row).copy_from_slice(&source[i * row_stride..][..LINE]);
                }
            } else {
                for (i, row) in block[..count].iter_mut().enumerate() {
                    let row: &mut [u8] = &mut bytemuck::cast_slice_mut(row)[..columns * size];
                    row.copy_from_slice(&source[i * row_stride..][..columns * size]);
                }
            }
            let target = &mut target[first * size..];
            if count == B {
                for j in 0..columns {
                    let column = column(block, j);
                    target[j * column_stride..][..LINE].copy_from_slice(bytemuck::cast_slice(&column));
                }
            } else {
                for j in 0..columns {
                    let column = column(block, j);
                    let (column, len): (&[u8], usize) = (bytemuck::cast_slice(&column), count * size);
                    target[j * column_stride..][..len].copy_from_slice(&column[..len]);
                }
            }
        }
    }

    /// Cell by cell.
    fn cells<T: Pod>(&self, cell: usize, source: &[u8], target: &mut [u8]) {
        let size = size_of::<T>();
        for i in 0..self.down.steps {
            for j in 0..self.across.steps {
                let from = (i * self.down.source + j * self.across.source) * size;
                let to = (i * self.down.target + j * self.across.target) * size;
                if cell == 1 {
                    target[to..to + size].copy_from_slice(&source[from..from + size]);
                } else {
                    target[to..to + cell * size].copy_from_slice(&source[from..from + cell * size]);
                }
            }
        }
    }
}

/// A column of a block. Words are assembled in registers: elements stored one by one cannot be loaded as a word before
/// the stores are done.
#[inline(always)]
fn column<T: Pod, const B: usize>(block: &[[T; B]; B], j: usize) -> [u64; LINE / 8] {
    let size = size_of::<T>();
    std::array::from_fn(|word| {
        (0..8 / size).fold(0, |bytes, k| {
            let mut element = [0; 8];
            element[..size].copy_from_slice(bytemuck::bytes_of(&block[word * (8 / size) + k][j]));
            bytes | u64::from_le_bytes(element) << (8 * size * k)
        })
    })
}

#[cfg(test)]
mod tests;
