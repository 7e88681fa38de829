//! How a file lays a parameter out, where that differs from the field: from which tensors it is made, and which shape
//! each of them must have. All of it is known while compiling.

// there is no Box in `const` evaluation
#![allow(clippy::large_enum_variant, clippy::result_large_err)]

use super::frame::{Frame, RANK, Side, Source};
use super::{Dim, Text, Wanted};

/// How a file lays a parameter out: `#[param(from = ..)]`.
#[derive(Debug)]
pub enum Layout {
    /// The tensor of the field's own name, as it is.
    Own,
    /// The tensor of that name beside the field. `{}` in it stands for an index, below `Stack`.
    Named {
        /// The name, relative to the struct that has the field.
        name: &'static str,
    },
    /// With its two dimensions in the other order.
    Transpose {
        /// What is transposed.
        of: &'static Layout,
    },
    /// Dimension `i` of the parameter is dimension `axes[i]` of the source.
    Permute {
        /// A permutation of the dimensions.
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
    /// Several tensors, one behind the other.
    Concat {
        /// The dimension along which they stand.
        dim: usize,
        /// In order.
        parts: &'static [Part],
    },
    /// A list of tensors, one for each index along a dimension that they lack.
    Stack {
        /// The dimension of the parameter that counts them.
        dim: usize,
        /// What there is for each index.
        of: &'static Layout,
    },
    /// A part of one tensor.
    Slice {
        /// The dimension that is cut.
        dim: usize,
        /// The first index that is taken.
        start: usize,
        /// How many are taken; `None` for the parameter's own extent.
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
    /// Its extent along the dimension; `None` for an equal share of what the others leave.
    pub extent: Option<usize>,
}

/// Why a layout and a parameter's shape do not go together.
pub(crate) type Misfit = Text<384>;

/// What there is at a number.
pub(crate) enum Nth {
    Found(Source),
    /// Not here; this many are still to be passed over.
    Skip(usize),
    Misfit(Misfit),
}

/// Where in a layout the walk is.
#[derive(Clone, Copy)]
struct At {
    stacked: Option<Side>,
    target: Option<&'static [usize]>,
    /// Whether only reshapes were passed, so that the frame is all of the parameter.
    is_top: bool,
}
const AT_TOP: At = At { stacked: None, target: None, is_top: true };

impl Layout {
    /// Where an index stands in the name of a source.
    pub(crate) const INDEX: &'static str = "{}";

    /// The name of a source with its index in it.
    pub(crate) fn numbered(name: &str, index: usize) -> String {
        name.replacen(Layout::INDEX, &index.to_string(), 1)
    }

    /// Whether it names its tensors, so that no tensor has the field's own name.
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

    /// Source `number` of a parameter that is wanted so, in the order in which the layout names them.
    pub(crate) const fn source(&'static self, wanted: &Wanted, number: usize) -> Nth {
        let Some(rank) = wanted.rank() else {
            return Nth::Misfit(Text::new().push("`from` needs the number of dimensions; say `shape = [..]`"));
        };
        if rank > RANK {
            let text = Text::new().push("`from` is for at most ").push_number(RANK).push(" dimensions");
            return Nth::Misfit(text.push("; declare the shape as the file has it"));
        }
        let (mut frame, mut i) = (Frame::EMPTY, 0);
        while i < rank {
            frame = frame.push(wanted.dim(i));
            i += 1;
        }
        nth(self, frame, AT_TOP, number)
    }

    /// The same for a value of this shape.
    pub(crate) fn source_of(&'static self, shape: &[usize], number: usize) -> Nth {
        if shape.len() > RANK {
            return Nth::Misfit(Text::new().push("it has more dimensions than `from` is for"));
        }
        nth(self, Frame::numbers(shape), AT_TOP, number)
    }

    /// What cannot fit, whichever file comes.
    pub(crate) const fn misfit(&'static self, wanted: &Wanted) -> Option<Misfit> {
        let (mut number, mut lens) = (0, [None; RANK]);
        loop {
            match self.source(wanted, number) {
                Nth::Found(source) => {
                    // a slice gives an extent to a dimension without a number: one, whichever source says it
                    let mut i = 0;
                    while source.is_plain() && i < source.frame.rank() {
                        let side = source.frame.side(i);
                        if let (Some(_), Dim::Is(len), false) = (side.slice, side.dim, side.is_part) {
                            match lens[side.of] {
                                Some(other) if other != len => {
                                    let text = Text::new().push("`slice` takes ").push_number(len).push(" here and ");
                                    let text = text.push_number(other).push(" in another part of one dimension");
                                    return Some(text.push("; give both the same `len`"));
                                }
                                _ => lens[side.of] = Some(len),
                            }
                        }
                        i += 1;
                    }
                    number += 1;
                }
                Nth::Skip(_) => return None,
                Nth::Misfit(text) => return Some(text),
            }
        }
    }

    /// The name of source `number` beside the field, which is none where it has the field's own; or how many are still
    /// to be passed over.
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

const fn nth(layout: &'static Layout, frame: Frame, at: At, number: usize) -> Nth {
    match layout {
        Layout::Own | Layout::Named { .. } if number > 0 => Nth::Skip(number - 1),
        Layout::Own => found(None, frame, None, at),
        Layout::Named { name } => found(Some(name), frame, None, at),
        Layout::Transpose { of } => {
            if frame.rank != 2 {
                let text = Text::new().push("`transpose` is for two dimensions, and here are ").push_number(frame.rank);
                return Nth::Misfit(text.push("; say `permute(..)`"));
            }
            let swapped = frame.with(0, frame.sides[1]).with(1, frame.sides[0]);
            nth(of, swapped, At { is_top: false, ..at }, number)
        }
        Layout::Permute { axes, of } => match permuted(frame, axes) {
            Ok(frame) => nth(of, frame, At { is_top: false, ..at }, number),
            Err(text) => Nth::Misfit(text),
        },
        Layout::Reshape { dims, of } => reshape(dims, of, frame, at, number),
        Layout::Concat { dim, parts } => concat(*dim, parts, frame, at, number),
        Layout::Stack { dim, of } => {
            if *dim >= frame.rank {
                return Nth::Misfit(beyond("stack", *dim, frame.rank));
            }
            if matches!(frame.sides[*dim].dim, Dim::Is(0)) {
                return Nth::Misfit(
                    Text::new().push("`stack` counts 0 tensors, and so no file says their dtype; remove the field"),
                );
            }
            if at.stacked.is_some() {
                return Nth::Misfit(Text::new().push("`stack` cannot stand in `stack`; one index counts the tensors"));
            }
            if frame.sliced().is_some() {
                return Nth::Misfit(sliced_whole("stack"));
            }
            let at = At { stacked: Some(frame.sides[*dim]), is_top: false, ..at };
            nth(of, frame.without(*dim), at, number)
        }
        Layout::Slice { dim, start, len, of } => match sliced(frame, *dim, *start, *len) {
            Ok(frame) => nth(of, frame, At { is_top: false, ..at }, number),
            Err(text) => Nth::Misfit(text),
        },
    }
}

const fn found(name: Option<&'static str>, frame: Frame, reshaped: Option<&'static [usize]>, at: At) -> Nth {
    Nth::Found(Source { name, frame, reshaped, stacked: at.stacked, target: at.target })
}

const fn permuted(frame: Frame, axes: &[usize]) -> Result<Frame, Misfit> {
    if axes.len() != frame.rank {
        let text = Text::new().push("`permute` names ").push_number(axes.len()).push(" dimensions, and here are ");
        return Err(text.push_number(frame.rank).push("; name each of them once, from 0 on"));
    }
    let (mut out, mut i, mut seen) = (frame, 0, [false; RANK]);
    while i < axes.len() {
        if axes[i] >= frame.rank || seen[axes[i]] {
            let text = Text::new().push("`permute` names dimension ").push_number(axes[i]);
            let why = if axes[i] >= frame.rank { ", and the last one is " } else { " twice, and the last one is " };
            return Err(text.push(why).push_number(frame.rank - 1).push("; name each of them once, from 0 on"));
        }
        seen[axes[i]] = true;
        out = out.with(axes[i], frame.sides[i]);
        i += 1;
    }
    Ok(out)
}

const fn reshape(dims: &'static [usize], of: &'static Layout, frame: Frame, at: At, number: usize) -> Nth {
    if dims.len() > RANK {
        let text = Text::new().push("`reshape` is for at most ").push_number(RANK).push(" dimensions");
        return Nth::Misfit(text.push("; declare the shape as the file has it"));
    }
    let source = Frame::numbers(dims);
    let (Some(elements), Some(wanted)) = (source.elements(), frame.elements()) else {
        return Nth::Misfit(
            Text::new()
                .push("`reshape` needs a number for every dimension of the parameter, and a product that fits `usize`"),
        );
    };
    let is_leaf = matches!(of, Layout::Own | Layout::Named { .. });
    if let (true, Some(cut)) = (is_leaf, frame.sliced()) {
        // what is cut has an extent of its own, which the number of elements gives
        let (Dim::Is(len), Some(start)) = (frame.sides[cut].dim, frame.sides[cut].slice) else {
            return Nth::Skip(number);
        };
        let row = match wanted.checked_div(len) {
            Some(row) => row,
            None => 0,
        };
        if row == 0 || !elements.is_multiple_of(row) || elements / row < start.saturating_add(len) {
            return Nth::Misfit(sizes(frame, dims));
        }
    } else if elements != wanted {
        return Nth::Misfit(sizes(frame, dims));
    }
    match of {
        Layout::Own | Layout::Named { .. } if number > 0 => Nth::Skip(number - 1),
        Layout::Own => found(None, frame, Some(dims), at),
        Layout::Named { name } => found(Some(name), frame, Some(dims), at),
        _ if at.is_top => nth(of, source, At { target: Some(dims), ..at }, number),
        _ => Nth::Misfit(
            Text::new().push("`reshape` stands first, or last before a name, as its elements could not be moved in one pass; put it there"),
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
    text.push("], which has another number of elements; give it the shape that the file has")
}

const fn concat(dim: usize, parts: &'static [Part], frame: Frame, at: At, number: usize) -> Nth {
    if dim >= frame.rank {
        return Nth::Misfit(beyond("concat", dim, frame.rank));
    }
    if frame.sliced().is_some() {
        return Nth::Misfit(sliced_whole("concat"));
    }
    let share = match share(frame.sides[dim].dim, parts) {
        Ok(share) => share,
        Err(text) => return Nth::Misfit(text),
    };
    let (mut left, mut i, mut offset) = (number, 0, frame.sides[dim].offset);
    while i < parts.len() {
        let extent = match parts[i].extent {
            Some(extent) => extent,
            None => share,
        };
        let side = Side { dim: Dim::Is(extent), offset, is_part: true, ..frame.sides[dim] };
        match nth(parts[i].of, frame.with(dim, side), At { is_top: false, ..at }, left) {
            Nth::Skip(rest) => left = rest,
            other => return other,
        }
        offset += extent;
        i += 1;
    }
    Nth::Skip(left)
}

/// What each part has whose extent is not given.
const fn share(whole: Dim, parts: &[Part]) -> Result<usize, Misfit> {
    let (mut given, mut open, mut i) = (0usize, 0, 0);
    while i < parts.len() {
        match parts[i].extent {
            Some(extent) => match given.checked_add(extent) {
                Some(sum) => given = sum,
                None => {
                    return Err(Text::new()
                        .push("`concat` has parts that make up more than any tensor has; look at their extents"));
                }
            },
            None => open += 1,
        }
        i += 1;
    }
    match whole {
        Dim::Is(whole) if open == 0 && given == whole => Ok(0),
        Dim::Is(whole) if open > 0 && given == whole && whole > 0 => {
            let text = Text::new().push("`concat` has extents that make up all ").push_number(whole);
            Err(text.push(" of the parameter, and parts for which nothing is left; look at the extents"))
        }
        Dim::Is(whole) if open > 0 && given <= whole && (whole - given).is_multiple_of(open) => Ok((whole - given) / open),
        Dim::Is(whole) => {
            let text = Text::new().push("`concat` has ").push_number(parts.len()).push(" parts");
            let text = if open == 0 {
                text.push(" that make up ").push_number(given).push(", and the parameter has ").push_number(whole)
            } else {
                text.push(" that cannot share ").push_number(whole).push(" equally")
            };
            Err(text.push("; give each its extent, as in `\"name\": 32`"))
        }
        _ if open == 0 => Ok(0),
        _ => Err(Text::new().push(
            "`concat` along a dimension that is no number needs the extent of each part; write it behind the name, as in `\"name\": 32`",
        )),
    }
}

const fn sliced(frame: Frame, dim: usize, start: usize, len: Option<usize>) -> Result<Frame, Misfit> {
    if dim >= frame.rank {
        return Err(beyond("slice", dim, frame.rank));
    }
    if frame.sliced().is_some() {
        return Err(Text::new().push("`slice` cannot stand in `slice`; one slice says all of it"));
    }
    let len = match (frame.sides[dim].dim, len) {
        (Dim::Is(wanted), Some(len)) if wanted != len => {
            let text = Text::new().push("`slice` takes ").push_number(len).push(", and the parameter has ");
            return Err(text.push_number(wanted).push("; `len` is the parameter's extent, and may be left out"));
        }
        (Dim::Is(len), _) | (_, Some(len)) => len,
        (_, None) => {
            return Err(Text::new().push("`slice` of a dimension that is no number needs its `len`; say `len = ..`"));
        }
    };
    if start.checked_add(len).is_none() {
        return Err(Text::new().push("`slice` ends beyond every tensor; look at its `start`"));
    }
    Ok(frame.with(dim, Side { dim: Dim::Is(len), slice: Some(start), ..frame.sides[dim] }))
}

const fn beyond(what: &str, dim: usize, rank: usize) -> Misfit {
    let text = Text::new().push("`").push(what).push("` names dimension ").push_number(dim).push(", and here are ");
    text.push_number(rank).push(" dimensions, counted from 0")
}

const fn sliced_whole(what: &str) -> Misfit {
    let text = Text::new().push("`slice` takes a part of one tensor, and `").push(what).push("` stands in it");
    text.push("; put the `slice` inside")
}
