//! The axes of a copy, and the positions along them.

use std::ops::Range;

/// One axis of a copy: the number of steps, and the distance of a step in the source and in the target, in elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Axis {
    /// The number of steps.
    pub steps: usize,
    /// The distance of a step in the source, in elements.
    pub source: usize,
    /// The distance of a step in the target, in elements.
    pub target: usize,
}

impl Axis {
    /// One axis for both, if one step of `self` spans all steps of `inner`, in the source and in the target.
    pub(super) fn merged(self, inner: Axis) -> Option<Axis> {
        let follows = |outer: usize, stride: usize| stride.checked_mul(inner.steps) == Some(outer);
        let steps = self.steps.checked_mul(inner.steps)?;
        (follows(self.source, inner.source) && follows(self.target, inner.target)).then_some(Axis { steps, ..inner })
    }
}

/// Whether all positions from `start` on fit into a `usize`, and no two are the same. To rule that out, each axis must
/// step over everything that the axes with shorter strides reach.
pub(super) fn are_apart(axes: &[Axis], start: usize, stride: fn(&Axis) -> usize) -> bool {
    let mut axes = axes.to_vec();
    axes.sort_unstable_by_key(stride);
    let steps_over = |reach: usize, axis: &Axis| {
        let furthest = axis.steps.saturating_sub(1).checked_mul(stride(axis))?;
        reach.checked_add(furthest).filter(|_| reach < stride(axis))
    };
    let reach = axes.iter().try_fold(0, steps_over);
    reach.and_then(|reach| start.checked_add(reach)?.checked_add(1)).is_some()
}

/// From the first position along these axes to the last; empty if there are none.
pub(super) fn span(axes: &[Axis], start: usize, stride: impl Fn(&Axis) -> usize) -> Range<usize> {
    if axes.iter().any(|axis| axis.steps == 0) {
        return start..start;
    }
    let last = axes.iter().fold(start, |last, axis| last.saturating_add((axis.steps - 1).saturating_mul(stride(axis))));
    start..last.saturating_add(1)
}

/// Positions in source and target for every combination of steps; the last axis is the fastest.
pub(super) struct Positions {
    axes: Vec<Axis>,
    pub(super) counts: Vec<usize>,
    pub(super) source: usize,
    pub(super) target: usize,
}

impl Positions {
    /// Every axis has steps.
    pub(super) fn new(axes: Vec<Axis>, source: usize, target: usize) -> Positions {
        Positions { counts: vec![0; axes.len()], axes, source, target }
    }

    /// Returns `false` after the last position.
    pub(super) fn advance(&mut self) -> bool {
        for (axis, count) in self.axes.iter().zip(&mut self.counts).rev() {
            if *count + 1 < axis.steps {
                *count += 1;
                self.source += axis.source;
                self.target += axis.target;
                return true;
            }
            self.source -= *count * axis.source;
            self.target -= *count * axis.target;
            *count = 0;
        }
        false
    }
}
