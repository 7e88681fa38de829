//! What a tensor of the file must be.

// there is no Box in `const` evaluation
#![allow(clippy::large_enum_variant)]

use weighbridge_checkpoint::DType;

use super::says;
use crate::schema::{Dim, Environment, Frame, Known, Leaf, RANK, Sizes, Text, Value, Wanted};

/// What the schema wants of one tensor: a parameter, or one that a parameter is made from.
#[derive(Clone, Copy)]
pub(crate) struct Expected {
    wanted: Wanted,
    /// The shape in the file, if a parameter is made from the tensor.
    laid_out: Option<LaidOut>,
    /// The numbers of dims with names that are known, if they are to count as constants do.
    numbers: Option<[Option<usize>; RANK]>,
}

#[derive(Clone, Copy)]
struct LaidOut {
    dims: [Dim; RANK],
    /// How the layout has them, if it says so.
    written: [Dim; RANK],
    rank: usize,
    /// The dim that is cut, and the least extent that all its parts need.
    at_least: Option<(usize, usize)>,
}

/// A shape as a field declares it, and what the field's type holds.
#[derive(Clone, Copy)]
pub(crate) struct Declaration {
    pub(crate) dims: &'static [Dim],
    leaf: &'static Leaf,
}

impl Declaration {
    /// Whether both are of one place of the schema, or are written alike.
    pub(crate) fn is_same(&self, other: &Declaration) -> bool {
        std::ptr::eq(self.dims, other.dims) && std::ptr::eq(self.leaf, other.leaf)
    }
}

/// A shape, or the names of dtypes, as a report shows them.
pub(crate) type Shown = Text<512>;

impl Expected {
    pub(crate) const fn of(wanted: Wanted) -> Expected {
        Expected { wanted, laid_out: None, numbers: None }
    }

    /// Of a tensor that a parameter is made from. The file may have it in another shape.
    pub(crate) const fn laid_out(wanted: Wanted, frame: &Frame, reshaped: Option<&Sizes>) -> Expected {
        let (mut dims, mut written, mut i) = ([Dim::Any; RANK], [Dim::Any; RANK], 0);
        let laid_out = match reshaped {
            Some(sizes) => {
                while i < sizes.rank() {
                    (dims[i], written[i]) = (sizes.dim(i), sizes.written(i));
                    i += 1;
                }
                LaidOut { dims, written, rank: sizes.rank(), at_least: None }
            }
            None => {
                let mut at_least = None;
                while i < frame.rank() {
                    let side = frame.side(i);
                    if side.slice.is_some() {
                        let least = side.taken().1;
                        at_least = if least > 0 { Some((i, least)) } else { None };
                    } else {
                        (dims[i], written[i]) = (side.dim, side.written);
                    }
                    i += 1;
                }
                LaidOut { dims, written, rank: frame.rank(), at_least }
            }
        };
        Expected { wanted, laid_out: Some(laid_out), numbers: None }
    }

    /// Sets a dim to the number that another tensor has decided.
    pub(crate) const fn fix(&mut self, index: usize, extent: usize) {
        if let Some(laid_out) = &mut self.laid_out {
            laid_out.dims[index] = Dim::Is(extent);
        }
    }

    /// The number of dims, if it is known.
    pub(crate) const fn rank(&self) -> Option<usize> {
        match &self.laid_out {
            Some(laid_out) => Some(laid_out.rank),
            None => self.wanted.rank(),
        }
    }

    pub(crate) const fn dim(&self, index: usize) -> Dim {
        if let Some(numbers) = &self.numbers
            && let Some(number) = numbers[index]
        {
            return Dim::Is(number);
        }
        match &self.laid_out {
            Some(laid_out) => laid_out.dims[index],
            None => self.wanted.dim(index),
        }
    }

    /// The shape as the field declares it, of a parameter that is one tensor of the file.
    pub(crate) const fn declared(&self) -> Option<Declaration> {
        match self.wanted.spec.shape {
            Some(dims) if self.laid_out.is_none() => Some(Declaration { dims, leaf: self.wanted.leaf }),
            _ => None,
        }
    }

    /// The expression with names that a number comes from, in a layout.
    const fn written(&self, index: usize) -> Option<Dim> {
        match &self.laid_out {
            Some(laid_out) if laid_out.written[index].has_names() => Some(laid_out.written[index]),
            _ => None,
        }
    }

    /// The same, where names that are known are as good as constants.
    pub(crate) fn evaluated(self, known: Known<'_>) -> Expected {
        let (mut numbers, rank) = ([None; RANK], self.rank().unwrap_or(0));
        if rank > RANK {
            return self;
        }
        for (index, number) in numbers.iter_mut().enumerate().take(rank) {
            *number = match self.dim(index).number(self.environment(), known) {
                Some(Value::Number(number)) => Some(number),
                _ => None,
            };
        }
        Expected { numbers: Some(numbers), ..self }
    }

    /// What the names in its dims stand for.
    pub(crate) const fn environment(&self) -> &Environment {
        &self.wanted.spec.environment
    }

    /// The least extent of a dim that is cut.
    pub(crate) const fn at_least(&self, index: usize) -> Option<usize> {
        match &self.laid_out {
            Some(LaidOut { at_least: Some((cut, least)), .. }) if *cut == index => Some(*least),
            _ => None,
        }
    }

    /// Raises the least extent of a dim to what another part of it needs.
    pub(crate) const fn raise(&mut self, other: &Expected) {
        if let (Some(LaidOut { at_least: Some((cut, end)), .. }), Some(other)) = (&mut self.laid_out, &other.laid_out)
            && let Some((other, other_end)) = other.at_least
            && *cut == other
            && *end < other_end
        {
            *end = other_end;
        }
    }

    /// The argument that a dim is, if the field of the module gives it, so that it may be left open there.
    pub(crate) fn given(&self, index: usize) -> Option<&'static str> {
        match self.wanted.spec.shape?.get(index)? {
            Dim::Named(name) => self.environment().is_given(name).then_some(name),
            _ => None,
        }
    }

    /// Whether the field is one of the parts of another crate's type, which may not be yours.
    pub(crate) const fn is_of_parts(&self) -> bool {
        !self.environment().remote().is_empty()
    }

    /// Appends where an attribute of the field goes, if it is one of the parts of another crate's type.
    pub(crate) const fn push_where<const N: usize>(&self, text: Text<N>) -> Text<N> {
        let [before, behind] = says::IN_PARTS;
        match self.is_of_parts() {
            true => text.push(before).push(self.environment().remote()).push(behind),
            false => text,
        }
    }

    /// Whether the field declares no layout, so that one can be suggested.
    pub(crate) const fn is_plain(&self) -> bool {
        self.laid_out.is_none()
    }

    /// Whether the field's type can hold a tensor of this shape as it is.
    pub(crate) const fn is_held(&self, shape: &[usize]) -> bool {
        self.laid_out.is_none() && self.wanted.leaf.shapes.holds(shape)
    }

    /// Whether a tensor of this shape fits. Named dims fit any number here: they are bound elsewhere.
    pub(crate) const fn fits(&self, shape: &[usize]) -> bool {
        if self.laid_out.is_none() && !self.wanted.leaf.shapes.holds(shape) {
            return false;
        }
        let Some(rank) = self.rank() else { return true };
        if rank != shape.len() {
            return false;
        }
        let mut i = 0;
        while i < rank {
            let fits = match (self.dim(i), self.at_least(i)) {
                (Dim::Is(n), _) => n == shape[i],
                (_, Some(least)) => least <= shape[i],
                _ => true,
            };
            if !fits {
                return false;
            }
            i += 1;
        }
        true
    }

    /// Whether every extent is a number.
    pub(crate) const fn is_fixed(&self) -> bool {
        let Some(rank) = self.rank() else { return false };
        let mut i = 0;
        while i < rank {
            if !matches!(self.dim(i), Dim::Is(_)) {
                return false;
            }
            i += 1;
        }
        true
    }

    /// The dtypes that the field names; empty for those of its type.
    pub(crate) const fn field_dtypes(&self) -> &'static [DType] {
        self.wanted.spec.dtypes
    }

    /// The dtypes that the field's type holds; empty for any.
    pub(crate) const fn type_dtypes(&self) -> &'static [DType] {
        self.wanted.leaf.dtypes
    }

    /// The dtypes that the file may have without a cast; empty for any.
    pub(crate) const fn dtypes(&self) -> &'static [DType] {
        self.wanted.dtypes()
    }

    /// The dtypes as a report names them: `F16 or BF16`.
    pub(crate) const fn dtype_names(&self) -> Shown {
        let (dtypes, mut text, mut i) = (self.dtypes(), Text::new(), 0);
        if dtypes.is_empty() {
            return text.push("any dtype");
        }
        while i < dtypes.len() {
            text = text.push(if i == 0 { "" } else { " or " }).push(dtypes[i].name());
            i += 1;
        }
        text
    }

    /// A shape as the report shows it: `[32000, 64]`, `[vocab, _]`, `[vocab = 7, 64]` where `vocab` is known.
    pub(crate) const fn show(&self, known: Known<'_>) -> Shown {
        let environment = &self.wanted.spec.environment;
        let Some(rank) = self.rank() else { return Text::new().push("[..]") };
        let (mut text, mut i) = (Text::new().push("["), 0);
        while i < rank {
            text = text.push(if i == 0 { "" } else { ", " });
            text = match (self.dim(i), self.at_least(i)) {
                (Dim::Is(n), _) => match self.written(i) {
                    Some(dim) => dim.push_to(text, environment).push(" = ").push_number(n),
                    None => text.push_number(n),
                },
                (dim @ (Dim::Named(_) | Dim::Computed(_)), _) => {
                    let text = dim.push_to(text, environment);
                    match dim.number(environment, known) {
                        Some(Value::Number(number)) => text.push(" = ").push_number(number),
                        _ => text,
                    }
                }
                (dim @ Dim::AtLeast(_), _) => {
                    let text = dim.push_to(text, environment);
                    match dim.least(environment, known) {
                        Some(Value::Number(number)) => text.push(" = ").push_number(number),
                        _ => text,
                    }
                }
                (Dim::Any, Some(least)) => text.push("at least ").push_number(least),
                (Dim::Any, None) => text.push("_"),
            };
            i += 1;
        }
        text.push("]")
    }

    /// The dtype that a parameter gets from an entry of dtype `found`, if it takes that without a cast by the loader.
    pub(crate) const fn accepts(&self, found: DType) -> Option<DType> {
        let (declared, held) = (self.field_dtypes(), self.type_dtypes());
        if declared.is_empty() {
            if held.is_empty() {
                return Some(found);
            }
            // a type that holds several dtypes does not tell what untyped bytes are
            return if found.is_untyped() && held.len() > 1 { None } else { first_read(found, held) };
        }
        let declared = first_read(found, declared);
        // a dtype that the field names and its type does not hold is cast without loss
        match (declared, first_read(found, held)) {
            (Some(_), Some(held)) => Some(held),
            (Some(declared), None) => Some(if held.is_empty() { declared } else { held[0] }),
            (None, _) => None,
        }
    }

    /// What the elements of an untyped entry are, if they are then cast to `taken`.
    pub(crate) fn read_as(&self, found: DType, taken: DType) -> Option<DType> {
        if found.reads_as(taken) || !found.is_untyped() { None } else { first_read(found, self.field_dtypes()) }
    }
}

/// The first of these dtypes that `found` can be read as.
const fn first_read(found: DType, dtypes: &[DType]) -> Option<DType> {
    let mut i = 0;
    while i < dtypes.len() {
        if found.reads_as(dtypes[i]) {
            return Some(dtypes[i]);
        }
        i += 1;
    }
    None
}
