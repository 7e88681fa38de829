//! The tensors that a layout makes a parameter from, and the shape that each of them must have. The compiler knows all of it that
//! constants say, and a load what names say.

// there is no Box in `const` evaluation
#![allow(clippy::large_enum_variant, clippy::result_large_err)]

use super::dims::Dim;
use super::environment::Environment;
use super::frame::{Frame, RANK, Side, Sizes, SourceTensor};
use super::layout::{Layout, Part};
use super::text::Text;
use super::value::{Known, Value};
use crate::report::plural;

/// Why a layout does not fit a parameter's shape.
pub(crate) type Misfit = Text<384>;

/// Why a layout does not fit, without what to do about it.
pub(crate) const fn reason(misfit: &Misfit) -> &str {
    let (text, mut end) = (misfit.as_str(), 0);
    while end < text.len() {
        if text.as_bytes()[end] == b';' {
            return text.split_at(end).0;
        }
        end += 1;
    }
    text
}

/// The result of looking for the source tensor with a number.
pub(crate) enum NthSource {
    Found(SourceTensor),
    /// It is not in this layout; skip this many more source tensors.
    Skip(usize),
    Misfit(Misfit),
}

/// The state of a walk through a layout.
#[derive(Clone, Copy)]
pub(super) struct LayoutState<'n> {
    names: Meanings<'n>,
    stacked: Option<Side>,
    target: Option<Sizes>,
    /// Whether only reshapes are around this, so that the frame is the whole parameter.
    is_top: bool,
    /// The first expression whose value is not known.
    open: Option<Dim>,
}

/// What the names in a layout are.
#[derive(Clone, Copy)]
pub(super) struct Meanings<'n> {
    pub(super) environment: &'n Environment,
    pub(super) known: Known<'n>,
}

impl<'n> LayoutState<'n> {
    pub(super) const fn top(names: Meanings<'n>) -> LayoutState<'n> {
        LayoutState { names, stacked: None, target: None, is_top: true, open: None }
    }

    /// The state inside a transform that is no reshape, in which this expression may be open.
    const fn inside(self, open: Option<Dim>) -> LayoutState<'n> {
        LayoutState { is_top: false, ..self.with(open) }
    }

    const fn with(self, open: Option<Dim>) -> LayoutState<'n> {
        if self.open.is_some() { self } else { LayoutState { open, ..self } }
    }
}

impl Meanings<'_> {
    /// The number that an expression comes out as; `None` if a name in it is not known.
    const fn size(&self, dim: &Dim) -> Result<Option<usize>, Misfit> {
        match dim.number(self.environment, self.known) {
            Some(Value::Number(number)) => Ok(Some(number)),
            Some(Value::Wrong(fault)) => {
                let text = dim.push_to(Text::new().push("`"), self.environment).push("` has no value");
                Err(fault.push_to(text).push("; check the expression, and the numbers of the names in it"))
            }
            _ => Ok(None),
        }
    }
}

impl Layout {
    /// Source tensor `number` of a value with this shape.
    pub(crate) fn source_of(
        &'static self,
        shape: &[usize],
        (environment, known): (&Environment, Known<'_>),
        number: usize,
    ) -> NthSource {
        if shape.len() > RANK {
            return NthSource::Misfit(Text::new().push("it has more dims than `from` takes"));
        }
        nth(self, Frame::numbers(shape), LayoutState::top(Meanings { environment, known }), number)
    }
}

pub(super) const fn nth(layout: &'static Layout, frame: Frame, at: LayoutState<'_>, number: usize) -> NthSource {
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
            nth(of, swapped, at.inside(None), number)
        }
        Layout::Permute { axes, of } => match permuted(frame, axes) {
            Ok(frame) => nth(of, frame, at.inside(None), number),
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
            let at = LayoutState { stacked: Some(frame.sides[*dim]), ..at.inside(None) };
            nth(of, frame.without(*dim), at, number)
        }
        Layout::Slice { dim, start, len, of } => match sliced(frame, *dim, (*start, *len), at.names) {
            Ok((frame, open)) => nth(of, frame, at.inside(open), number),
            Err(text) => NthSource::Misfit(text),
        },
    }
}

const fn found(name: Option<&'static str>, frame: Frame, reshaped: Option<Sizes>, at: LayoutState<'_>) -> NthSource {
    NthSource::Found(SourceTensor { name, frame, reshaped, stacked: at.stacked, target: at.target, open: at.open })
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
    dims: &'static [Dim],
    of: &'static Layout,
    frame: Frame,
    at: LayoutState<'_>,
    number: usize,
) -> NthSource {
    if dims.len() > RANK {
        let text = Text::new().push("`reshape` takes at most ").push_number(RANK).push(" dims");
        return NthSource::Misfit(text.push("; declare the shape that the file has"));
    }
    // both are numbers, or open
    let (frame, at) = match numbers_of(frame, at) {
        Ok(both) => both,
        Err(text) => return NthSource::Misfit(text),
    };
    let (mut sizes, mut at, mut i) = (Sizes { dims: [Dim::Any; RANK], written: dims }, at, 0);
    while i < dims.len() {
        sizes.dims[i] = match at.names.size(&dims[i]) {
            Ok(Some(number)) => Dim::Is(number),
            Ok(None) => {
                at = at.with(Some(dims[i]));
                dims[i]
            }
            Err(text) => return NthSource::Misfit(text),
        };
        i += 1;
    }
    let source = Frame::sized(&sizes);
    let is_leaf = matches!(of, Layout::Own | Layout::Named { .. });
    match (source.elements(), frame.elements()) {
        _ if at.open.is_some() => {}
        (Some(elements), Some(wanted)) => {
            let fits = match (is_leaf, frame.sliced()) {
                (true, Some(cut)) => is_cut_from(frame, cut, elements, wanted),
                _ => elements == wanted,
            };
            if !fits {
                return NthSource::Misfit(sizes_differ(frame, &sizes));
            }
        }
        _ => return NthSource::Misfit(needs_numbers()),
    }
    match of {
        Layout::Own | Layout::Named { .. } if number > 0 => NthSource::Skip(number - 1),
        Layout::Own => found(None, frame, Some(sizes), at),
        Layout::Named { name } => found(Some(name), frame, Some(sizes), at),
        _ if at.is_top => nth(of, source, LayoutState { target: Some(sizes), ..at }, number),
        _ => NthSource::Misfit(
            Text::new().push("`reshape` must be outermost, or directly around a name, because anywhere else the elements could not be moved in one pass; move it there"),
        ),
    }
}

const fn needs_numbers() -> Misfit {
    Text::new().push("`reshape` needs a number for every dim of the parameter, and a product that fits `usize`")
}

/// The frame with a number for each name in it, as far as they are known.
const fn numbers_of(frame: Frame, at: LayoutState<'_>) -> Result<(Frame, LayoutState<'_>), Misfit> {
    let (mut out, mut at, mut i) = (frame, at, 0);
    while i < frame.rank {
        let side = frame.sides[i];
        match side.dim {
            Dim::Is(_) => {}
            Dim::Any => return Err(needs_numbers()),
            dim => match at.names.size(&dim) {
                Ok(Some(number)) => out = out.with(i, Side { dim: Dim::Is(number), ..side }),
                Ok(None) => at = at.with(Some(dim)),
                Err(text) => return Err(text),
            },
        }
        i += 1;
    }
    Ok((out, at))
}

/// Whether a source of so many elements can have the dim that is cut: its size follows from their number.
const fn is_cut_from(frame: Frame, cut: usize, elements: usize, wanted: usize) -> bool {
    let (Dim::Is(len), Some(start)) = (frame.sides[cut].dim, frame.sides[cut].slice) else { return false };
    match wanted.checked_div(len) {
        None | Some(0) => false,
        Some(row) => elements.is_multiple_of(row) && elements / row >= start.saturating_add(len),
    }
}

/// `[2, 3] cannot be seen as [5]`.
const fn sizes_differ(frame: Frame, sizes: &Sizes) -> Misfit {
    let (mut text, mut i, numbers) = (Text::new().push("`reshape` of ["), 0, sizes.numbers());
    while i < sizes.rank() {
        text = text.push(if i == 0 { "" } else { ", " }).push_number(numbers[i]);
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

const fn concat(dim: usize, parts: &'static [Part], frame: Frame, at: LayoutState<'_>, number: usize) -> NthSource {
    if dim >= frame.rank {
        return NthSource::Misfit(beyond("concat", dim, frame.rank));
    }
    if frame.sliced().is_some() {
        return NthSource::Misfit(sliced_whole("concat"));
    }
    let (share, open) = match share(frame.sides[dim].dim, parts, at.names) {
        Ok(share) => share,
        Err(text) => return NthSource::Misfit(text),
    };
    let (mut left, mut i, mut offset) = (number, 0, frame.sides[dim].offset);
    while i < parts.len() {
        let extent = match parts[i].extent {
            Dim::Any => share,
            extent => match at.names.size(&extent) {
                Ok(Some(number)) => Dim::Is(number),
                Ok(None) => extent,
                Err(text) => return NthSource::Misfit(text),
            },
        };
        let side = Side { dim: extent, written: parts[i].extent, offset, is_part: true, ..frame.sides[dim] };
        match nth(parts[i].of, frame.with(dim, side), at.inside(open), left) {
            NthSource::Skip(rest) => left = rest,
            other => return other,
        }
        if let Dim::Is(extent) = extent {
            offset += extent;
        }
        i += 1;
    }
    NthSource::Skip(left)
}

/// The extent of each part that declares none, and the first expression whose value is not known.
const fn share(whole: Dim, parts: &[Part], names: Meanings<'_>) -> Result<(Dim, Option<Dim>), Misfit> {
    let (mut given, mut sharing, mut open, mut i) = (0usize, 0, None, 0);
    while i < parts.len() {
        let extent = match parts[i].extent {
            Dim::Any => {
                sharing += 1;
                Some(0)
            }
            extent => match names.size(&extent) {
                Ok(number) => {
                    open = if number.is_none() && open.is_none() { Some(extent) } else { open };
                    number
                }
                Err(text) => return Err(text),
            },
        };
        match given.checked_add(match extent {
            Some(extent) => extent,
            None => 0,
        }) {
            Some(sum) => given = sum,
            None => {
                return Err(
                    Text::new().push("the parts of `concat` add up to more than any tensor has; check their lengths")
                );
            }
        }
        i += 1;
    }
    let whole = match whole {
        Dim::Named(_) | Dim::Computed(_) if sharing > 0 => match names.size(&whole) {
            Ok(Some(number)) => Dim::Is(number),
            Ok(None) => {
                open = if open.is_none() { Some(whole) } else { open };
                whole
            }
            Err(text) => return Err(text),
        },
        whole => whole,
    };
    match whole {
        Dim::Is(whole) if open.is_some() && given <= whole => Ok((Dim::Any, open)),
        Dim::Is(whole) if sharing == 0 && given == whole => Ok((Dim::Any, None)),
        Dim::Is(whole) if sharing > 0 && given == whole && whole > 0 => {
            let text = Text::new().push("the lengths in `concat` add up to all ").push_number(whole);
            Err(text.push(" of the parameter, which leaves nothing for the other parts; check the lengths"))
        }
        Dim::Is(whole) if sharing > 0 && given <= whole && (whole - given).is_multiple_of(sharing) => {
            Ok((Dim::Is((whole - given) / sharing), None))
        }
        Dim::Is(whole) => {
            let text = Text::new().push("`concat` has ").push_number(parts.len());
            let text = text.push(plural(parts.len(), " part", " parts"));
            let text = if sharing == 0 {
                text.push(plural(parts.len(), " that has ", " that add up to ")).push_number(given).push(", but the parameter has ").push_number(whole)
            } else {
                text.push(" that cannot share ").push_number(whole).push(" equally")
            };
            Err(text.push("; write the length of each, as in `\"name\": 32`"))
        }
        Dim::Any if sharing > 0 => Err(Text::new().push(
            "`concat` along a dim that is not a number needs the length of each part; write it after the name, as in `\"name\": 32`",
        )),
        _ => Ok((Dim::Any, open)),
    }
}

const fn sliced(
    frame: Frame,
    dim: usize,
    (start, len): (Dim, Dim),
    names: Meanings<'_>,
) -> Result<(Frame, Option<Dim>), Misfit> {
    if dim >= frame.rank {
        return Err(beyond("slice", dim, frame.rank));
    }
    if frame.sliced().is_some() {
        return Err(Text::new().push("`slice` cannot stand in `slice`; write one slice for both"));
    }
    let whole = frame.sides[dim].dim;
    let said = match (whole, len) {
        (Dim::Any, Dim::Any) => {
            return Err(Text::new().push("`slice` along a dim that is not a number needs its length; write `len = ..`"));
        }
        (whole, Dim::Any) => whole,
        (_, len) => len,
    };
    let (len, start_is) = match (names.size(&said), names.size(&start)) {
        (Ok(len), Ok(start_is)) => (len, start_is),
        (Err(text), _) | (_, Err(text)) => return Err(text),
    };
    let taken = match (whole, len) {
        (Dim::Is(wanted), Some(len)) if wanted != len => {
            let text = Text::new().push("`slice` takes ").push_number(len).push(", but the parameter has ");
            return Err(text.push_number(wanted).push("; leave `len` out, or write the parameter's dim"));
        }
        (_, Some(len)) => Dim::Is(len),
        (Dim::Is(_), None) => whole,
        (_, None) => said,
    };
    if let (Dim::Is(taken), Some(start)) = (taken, start_is)
        && start.checked_add(taken).is_none()
    {
        return Err(Text::new().push("`slice` ends beyond any tensor; check its `start`"));
    }
    let open = match (len, start_is) {
        (None, _) => Some(said),
        (_, None) => Some(start),
        _ => None,
    };
    let from = match start_is {
        Some(start) => start,
        None => 0,
    };
    Ok((frame.with(dim, Side { dim: taken, slice: Some(from), ..frame.sides[dim] }), open))
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
