//! How a file lays out a parameter, where that differs from the field: which tensors it is made from, and the shape that
//! each of them must have. The compiler knows all of it.

// there is no Box in `const` evaluation
#![allow(clippy::large_enum_variant, clippy::result_large_err)]

use super::dims::Dim;
use super::frame::{Frame, RANK, Side, SourceTensor};
use super::text::Text;
use crate::report::plural;

/// How a file lays out a parameter: `#[param(from = ..)]`.
#[derive(Debug)]
pub enum Layout {
    /// The tensor of the field's own name, as it is.
    Own,
    /// The tensor of that name. In `Stack`, `{}` in it stands for an index.
    Named {
        /// The name, relative to the struct that has the field.
        name: &'static str,
    },
    /// With its two dims in the other order.
    Transpose {
        /// What is transposed.
        of: &'static Layout,
    },
    /// Dim `i` of the parameter is dim `axes[i]` of the source.
    Permute {
        /// A permutation of the dims.
        axes: &'static [usize],
        /// What is permuted.
        of: &'static Layout,
    },
    /// The same elements in the same order under another shape.
    Reshape {
        /// The shape of the source.
        dims: &'static [usize],
        /// What is reshaped.
        of: &'static Layout,
    },
    /// Several tensors, joined along one dim.
    Concat {
        /// The dim along which they are joined.
        dim: usize,
        /// The parts, in order.
        parts: &'static [Part],
    },
    /// Several tensors, one for each index of a new dim.
    Stack {
        /// The dim of the parameter that counts them.
        dim: usize,
        /// The tensor for each index.
        of: &'static Layout,
    },
    /// A part of one tensor.
    Slice {
        /// The dim that is cut.
        dim: usize,
        /// The first index that is taken.
        start: usize,
        /// How many are taken; `None` for the parameter's own dim.
        len: Option<usize>,
        /// What is cut.
        of: &'static Layout,
    },
}

/// One of the tensors of a [`Layout::Concat`].
#[derive(Debug)]
pub struct Part {
    /// The tensor.
    pub of: &'static Layout,
    /// Its extent along the dim; `None` for an equal share of the rest.
    pub extent: Option<usize>,
}

/// Why a layout does not fit a parameter's shape.
pub(crate) type Misfit = Text<384>;

/// The result of looking for the source tensor with a number.
pub(crate) enum NthSource {
    Found(SourceTensor),
    /// It is not in this layout; skip this many more source tensors.
    Skip(usize),
    Misfit(Misfit),
}

/// The state of a walk through a layout.
#[derive(Clone, Copy)]
pub(super) struct LayoutState {
    stacked: Option<Side>,
    target: Option<&'static [usize]>,
    /// Whether only reshapes are around this, so that the frame is the whole parameter.
    is_top: bool,
}

impl LayoutState {
    pub(super) const TOP: LayoutState = LayoutState { stacked: None, target: None, is_top: true };
}

impl Layout {
    /// Stands for the index in the name of a source tensor.
    pub(crate) const INDEX: &'static str = "{}";

    /// The name of a source tensor, with its index.
    pub(crate) fn numbered(name: &str, index: usize) -> String {
        name.replacen(Layout::INDEX, &index.to_string(), 1)
    }

    /// Whether the layout names its source tensors, so that none has the field's own name.
    pub(crate) const fn names_its_sources(&self) -> bool {
        match self {
            Layout::Own => false,
            Layout::Named { .. } | Layout::Concat { .. } | Layout::Stack { .. } => true,
            Layout::Transpose { of }
            | Layout::Permute { of, .. }
            | Layout::Reshape { of, .. }
            | Layout::Slice { of, .. } => of.names_its_sources(),
        }
    }

    /// Source tensor `number` of a value with this shape.
    pub(crate) fn source_of(&'static self, shape: &[usize], number: usize) -> NthSource {
        if shape.len() > RANK {
            return NthSource::Misfit(Text::new().push("it has more dims than `from` takes"));
        }
        nth(self, Frame::numbers(shape), LayoutState::TOP, number)
    }

    /// The name of source tensor `number`, which is `None` for the field's own; or, as an error, how many more
    /// to skip after this layout.
    pub(crate) const fn nth_name(&'static self, number: usize) -> Result<Option<&'static str>, usize> {
        match self {
            Layout::Own if number == 0 => Ok(None),
            Layout::Named { name } if number == 0 => Ok(Some(name)),
            Layout::Own | Layout::Named { .. } => Err(number - 1),
            Layout::Transpose { of }
            | Layout::Permute { of, .. }
            | Layout::Reshape { of, .. }
            | Layout::Stack { of, .. }
            | Layout::Slice { of, .. } => of.nth_name(number),
            Layout::Concat { parts, .. } => {
                let (mut left, mut i) = (number, 0);
                while i < parts.len() {
                    match parts[i].of.nth_name(left) {
                        Err(rest) => left = rest,
                        found => return found,
                    }
                    i += 1;
                }
                Err(left)
            }
        }
    }
}

pub(super) const fn nth(layout: &'static Layout, frame: Frame, at: LayoutState, number: usize) -> NthSource {
    match layout {
        Layout::Own | Layout::Named { .. } if number > 0 => NthSource::Skip(number - 1),
        Layout::Own => found(None, frame, None, at),
        Layout::Named { name } => found(Some(name), frame, None, at),
        Layout::Transpose { of } => {
            if frame.rank != 2 {
                let text = Text::new().push("`transpose` takes 2 dims, found ").push_number(frame.rank);
                return NthSource::Misfit(text.push("; write `permute(..)`"));
            }
            let swapped = frame.with(0, frame.sides[1]).with(1, frame.sides[0]);
            nth(of, swapped, LayoutState { is_top: false, ..at }, number)
        }
        Layout::Permute { axes, of } => match permuted(frame, axes) {
            Ok(frame) => nth(of, frame, LayoutState { is_top: false, ..at }, number),
            Err(text) => NthSource::Misfit(text),
        },
        Layout::Reshape { dims, of } => reshape(dims, of, frame, at, number),
        Layout::Concat { dim, parts } => concat(*dim, parts, frame, at, number),
        Layout::Stack { dim, of } => {
            if *dim >= frame.rank {
                return NthSource::Misfit(beyond("stack", *dim, frame.rank));
            }
            if matches!(frame.sides[*dim].dim, Dim::Is(0)) {
                return NthSource::Misfit(
                    Text::new().push("`stack` has 0 tensors, so that no file says their dtype; remove the field"),
                );
            }
            if at.stacked.is_some() {
                return NthSource::Misfit(
                    Text::new()
                        .push("`stack` cannot stand in `stack`, because a name has one index; remove one of them"),
                );
            }
            if frame.sliced().is_some() {
                return NthSource::Misfit(sliced_whole("stack"));
            }
            let at = LayoutState { stacked: Some(frame.sides[*dim]), is_top: false, ..at };
            nth(of, frame.without(*dim), at, number)
        }
        Layout::Slice { dim, start, len, of } => match sliced(frame, *dim, *start, *len) {
            Ok(frame) => nth(of, frame, LayoutState { is_top: false, ..at }, number),
            Err(text) => NthSource::Misfit(text),
        },
    }
}

const fn found(
    name: Option<&'static str>,
    frame: Frame,
    reshaped: Option<&'static [usize]>,
    at: LayoutState,
) -> NthSource {
    NthSource::Found(SourceTensor { name, frame, reshaped, stacked: at.stacked, target: at.target })
}

const fn permuted(frame: Frame, axes: &[usize]) -> Result<Frame, Misfit> {
    if axes.len() != frame.rank {
        let text = Text::new().push("`permute` names ").push_number(axes.len());
        let text = text.push(plural(axes.len(), " dim", " dims")).push(plural(
            frame.rank,
            ", but there is ",
            ", but there are ",
        ));
        return Err(text.push_number(frame.rank).push("; name each of them once, from 0 on"));
    }
    let (mut out, mut i, mut seen) = (frame, 0, [false; RANK]);
    while i < axes.len() {
        if axes[i] >= frame.rank || seen[axes[i]] {
            let text = Text::new().push("`permute` names dim ").push_number(axes[i]);
            let why = if axes[i] >= frame.rank { ", but the last one is " } else { " twice, and the last one is " };
            return Err(text.push(why).push_number(frame.rank - 1).push("; name each of them once, from 0 on"));
        }
        seen[axes[i]] = true;
        out = out.with(axes[i], frame.sides[i]);
        i += 1;
    }
    Ok(out)
}

const fn reshape(
    dims: &'static [usize],
    of: &'static Layout,
    frame: Frame,
    at: LayoutState,
    number: usize,
) -> NthSource {
    if dims.len() > RANK {
        let text = Text::new().push("`reshape` takes at most ").push_number(RANK).push(" dims");
        return NthSource::Misfit(text.push("; declare the shape that the file has"));
    }
    let source = Frame::numbers(dims);
    let (Some(elements), Some(wanted)) = (source.elements(), frame.elements()) else {
        return NthSource::Misfit(
            Text::new()
                .push("`reshape` needs a number for every dim of the parameter, and a product that fits `usize`"),
        );
    };
    let is_leaf = matches!(of, Layout::Own | Layout::Named { .. });
    if let (true, Some(cut)) = (is_leaf, frame.sliced()) {
        // the size of the source tensor along the dim that is cut follows from the number of elements
        let (Dim::Is(len), Some(start)) = (frame.sides[cut].dim, frame.sides[cut].slice) else {
            return NthSource::Skip(number);
        };
        let row = match wanted.checked_div(len) {
            Some(row) => row,
            None => 0,
        };
        if row == 0 || !elements.is_multiple_of(row) || elements / row < start.saturating_add(len) {
            return NthSource::Misfit(sizes(frame, dims));
        }
    } else if elements != wanted {
        return NthSource::Misfit(sizes(frame, dims));
    }
    match of {
        Layout::Own | Layout::Named { .. } if number > 0 => NthSource::Skip(number - 1),
        Layout::Own => found(None, frame, Some(dims), at),
        Layout::Named { name } => found(Some(name), frame, Some(dims), at),
        _ if at.is_top => nth(of, source, LayoutState { target: Some(dims), ..at }, number),
        _ => NthSource::Misfit(
            Text::new().push("`reshape` must be outermost, or directly around a name, because anywhere else the elements could not be moved in one pass; move it there"),
        ),
    }
}

/// `[2, 3] cannot be seen as [5]`.
const fn sizes(frame: Frame, dims: &[usize]) -> Misfit {
    let (mut text, mut i) = (Text::new().push("`reshape` of ["), 0);
    while i < dims.len() {
        text = text.push(if i == 0 { "" } else { ", " }).push_number(dims[i]);
        i += 1;
    }
    text = text.push("] does not give [");
    i = 0;
    while i < frame.rank {
        text = text.push(if i == 0 { "" } else { ", " });
        text = match frame.sides[i].dim {
            Dim::Is(n) => text.push_number(n),
            _ => text.push("_"),
        };
        i += 1;
    }
    text.push("], which has a different number of elements; write the shape that the file has")
}

const fn concat(dim: usize, parts: &'static [Part], frame: Frame, at: LayoutState, number: usize) -> NthSource {
    if dim >= frame.rank {
        return NthSource::Misfit(beyond("concat", dim, frame.rank));
    }
    if frame.sliced().is_some() {
        return NthSource::Misfit(sliced_whole("concat"));
    }
    let share = match share(frame.sides[dim].dim, parts) {
        Ok(share) => share,
        Err(text) => return NthSource::Misfit(text),
    };
    let (mut left, mut i, mut offset) = (number, 0, frame.sides[dim].offset);
    while i < parts.len() {
        let extent = match parts[i].extent {
            Some(extent) => extent,
            None => share,
        };
        let side = Side { dim: Dim::Is(extent), offset, is_part: true, ..frame.sides[dim] };
        match nth(parts[i].of, frame.with(dim, side), LayoutState { is_top: false, ..at }, left) {
            NthSource::Skip(rest) => left = rest,
            other => return other,
        }
        offset += extent;
        i += 1;
    }
    NthSource::Skip(left)
}

/// The extent of each part that declares none.
const fn share(whole: Dim, parts: &[Part]) -> Result<usize, Misfit> {
    let (mut given, mut open, mut i) = (0usize, 0, 0);
    while i < parts.len() {
        match parts[i].extent {
            Some(extent) => match given.checked_add(extent) {
                Some(sum) => given = sum,
                None => {
                    return Err(Text::new()
                        .push("the parts of `concat` add up to more than any tensor has; check their lengths"));
                }
            },
            None => open += 1,
        }
        i += 1;
    }
    match whole {
        Dim::Is(whole) if open == 0 && given == whole => Ok(0),
        Dim::Is(whole) if open > 0 && given == whole && whole > 0 => {
            let text = Text::new().push("the lengths in `concat` add up to all ").push_number(whole);
            Err(text.push(" of the parameter, which leaves nothing for the other parts; check the lengths"))
        }
        Dim::Is(whole) if open > 0 && given <= whole && (whole - given).is_multiple_of(open) => Ok((whole - given) / open),
        Dim::Is(whole) => {
            let text = Text::new().push("`concat` has ").push_number(parts.len());
            let text = text.push(plural(parts.len(), " part", " parts"));
            let text = if open == 0 {
                text.push(plural(parts.len(), " that has ", " that add up to ")).push_number(given).push(", but the parameter has ").push_number(whole)
            } else {
                text.push(" that cannot share ").push_number(whole).push(" equally")
            };
            Err(text.push("; write the length of each, as in `\"name\": 32`"))
        }
        _ if open == 0 => Ok(0),
        _ => Err(Text::new().push(
            "`concat` along a dim that is not a number needs the length of each part; write it after the name, as in `\"name\": 32`",
        )),
    }
}

const fn sliced(frame: Frame, dim: usize, start: usize, len: Option<usize>) -> Result<Frame, Misfit> {
    if dim >= frame.rank {
        return Err(beyond("slice", dim, frame.rank));
    }
    if frame.sliced().is_some() {
        return Err(Text::new().push("`slice` cannot stand in `slice`; write one slice for both"));
    }
    let len = match (frame.sides[dim].dim, len) {
        (Dim::Is(wanted), Some(len)) if wanted != len => {
            let text = Text::new().push("`slice` takes ").push_number(len).push(", but the parameter has ");
            return Err(text.push_number(wanted).push("; leave `len` out, or write the parameter's dim"));
        }
        (Dim::Is(len), _) | (_, Some(len)) => len,
        (_, None) => {
            return Err(Text::new().push("`slice` along a dim that is not a number needs its length; write `len = ..`"));
        }
    };
    if start.checked_add(len).is_none() {
        return Err(Text::new().push("`slice` ends beyond any tensor; check its `start`"));
    }
    Ok(frame.with(dim, Side { dim: Dim::Is(len), slice: Some(start), ..frame.sides[dim] }))
}

const fn beyond(what: &str, dim: usize, rank: usize) -> Misfit {
    let text = Text::new().push("`").push(what).push("` names dim ").push_number(dim);
    let text = text.push(plural(rank, ", but there is ", ", but there are ")).push_number(rank);
    text.push(plural(rank, " dim", " dims")).push("; count them from 0")
}

const fn sliced_whole(what: &str) -> Misfit {
    let text = Text::new().push("`slice` takes a part of one tensor, and `").push(what).push("` in it joins several");
    text.push("; move the `slice` inside")
}
