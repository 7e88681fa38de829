//! Which element of a source tensor goes where in a parameter.

use weighbridge_checkpoint::{Axis, Strided};

use crate::rules::cut::cut_extent;
use crate::schema::{Dim, Side, SourceTensor};

/// The copy from a source tensor whose shape in the file is `file` into a parameter of this shape. `index` is its index
/// among the tensors of its name. `None` if two elements would go to one place,
/// which a layout that compiles never asks for.
pub(crate) fn strided(source: &SourceTensor, index: usize, file: &[usize], shape: &[usize]) -> Option<Strided> {
    let target = source.target.map_or_else(|| strides(shape), |sizes| strides(&sizes.to_vec()));
    let seen = seen_as(source, file);
    let steps = strides(&seen);
    let (mut from, mut to) = (0usize, 0usize);
    let mut axes = Vec::with_capacity(seen.len());
    for (i, side) in source.frame.sides().iter().enumerate() {
        let extent = match side.dim {
            Dim::Is(n) => n,
            _ => seen[i],
        };
        // saturating, because the strides of an empty tensor may overflow
        from = from.saturating_add(side.slice.unwrap_or(0).saturating_mul(steps[i]));
        to = to.saturating_add(side.offset.saturating_mul(target[side.of]));
        axes.push(Axis { steps: extent, source: steps[i], target: target[side.of] });
    }
    if let Some(side) = source.stacked {
        to = to.saturating_add((side.offset + index).saturating_mul(target[side.of]));
    }
    Strided::new(&axes, from, to)
}

/// The shape that the layout sees a source tensor in, after its reshape.
fn seen_as(source: &SourceTensor, file: &[usize]) -> Vec<usize> {
    if source.reshaped.is_none() {
        return file.to_vec();
    }
    let side = |side: &Side| if let Dim::Is(n) = side.dim { n } else { 0 };
    let mut seen: Vec<usize> = source.frame.sides().iter().map(side).collect();
    if let Some(cut) = source.frame.sliced() {
        // the file decides the extent of the dim that is cut: it follows from the number of elements
        seen[cut] = cut_extent(source, file, cut);
    }
    seen
}

/// The distance between neighbours along each dim, in elements, in C order.
fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1usize; shape.len()];
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i].saturating_mul(shape[i]);
    }
    strides
}
