//! Dims, and the shapes that a type can hold.

use weighbridge_checkpoint::DType;

use super::environment::Environment;
use super::expression::Expression;
use super::flat::{Flat, push_name};
use super::text::Text;
use super::value::{Known, Value, number_of};

/// One dim of a parameter, as in `shape = [..]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dim {
    /// Exactly this number.
    Is(usize),
    /// Any number, but the same wherever this name stands in the model.
    Named(&'static str),
    /// What an expression comes out as. A name in it is a named dim.
    Computed(Expression),
    /// At least what an expression comes out as.
    AtLeast(Expression),
    /// Any number.
    Any,
}

impl Dim {
    /// Whether both are written at the same place.
    pub(crate) fn is_same(&self, other: &Dim) -> bool {
        match (self, other) {
            (Dim::Named(a), Dim::Named(b)) => std::ptr::eq(*a, *b),
            (Dim::Computed(a), Dim::Computed(b)) => std::ptr::eq(a.steps(), b.steps()),
            _ => false,
        }
    }

    /// Its number, as an expression has it; `None` for any.
    pub(crate) const fn number<'n>(&self, environment: &Environment, known: Known<'n>) -> Option<Value<'n>> {
        match self {
            Dim::Is(number) => Some(Value::Number(*number)),
            Dim::Named(name) => Some(number_of(name, environment, known)),
            Dim::Computed(expression) => Some(expression.number(environment, known)),
            Dim::AtLeast(_) | Dim::Any => None,
        }
    }

    /// It, with each argument replaced by what it stands for; `None` for any.
    pub(crate) const fn flat(&self, environment: &Environment) -> Option<Flat> {
        match self {
            Dim::Is(number) => Some(Flat::number(*number)),
            Dim::Named(name) => Some(Flat::of_name(name, environment)),
            Dim::Computed(expression) | Dim::AtLeast(expression) => Some(expression.flat(environment)),
            Dim::Any => None,
        }
    }

    /// What it is at least, if it may be more.
    pub(crate) const fn least<'n>(&self, environment: &Environment, known: Known<'n>) -> Option<Value<'n>> {
        match self {
            Dim::AtLeast(expression) => Some(expression.number(environment, known)),
            _ => None,
        }
    }

    /// Whether names decide what it is.
    pub(crate) const fn has_names(&self) -> bool {
        matches!(self, Dim::Named(_) | Dim::Computed(_))
    }

    /// Appends it, with each argument replaced.
    pub(crate) const fn push_to<const N: usize>(&self, text: Text<N>, environment: &Environment) -> Text<N> {
        match self {
            Dim::Is(number) => text.push_number(*number),
            Dim::Named(name) => push_name(name, environment, text),
            Dim::Computed(expression) => expression.push_to(text, environment),
            Dim::AtLeast(expression) => expression.push_to(text.push("at least "), environment),
            Dim::Any => text.push("_"),
        }
    }
}

impl Dim {
    /// It as text, with each argument replaced.
    pub(crate) fn shown(&self, environment: &Environment) -> String {
        self.push_to(Text::<512>::new(), environment).as_str().to_owned()
    }
}

/// A dim, and what the names in it stand for.
#[derive(Clone, Copy)]
pub(super) struct DimIn<'e>(pub(super) Dim, pub(super) &'e Environment);

impl DimIn<'_> {
    /// Whether both are the same in every load.
    pub(super) const fn is(&self, other: &DimIn<'_>) -> bool {
        if matches!(self.0, Dim::AtLeast(_)) != matches!(other.0, Dim::AtLeast(_)) {
            return false;
        }
        match (self.0.flat(self.1), other.0.flat(other.1)) {
            (Some(a), Some(b)) => match (self.0.number(self.1, Known::NONE), other.0.number(other.1, Known::NONE)) {
                (Some(Value::Number(a)), Some(Value::Number(b))) => a == b,
                _ => a.is(&b),
            },
            (None, None) => true,
            _ => false,
        }
    }
}

/// How many items a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Len {
    /// Exactly this many.
    Is(usize),
    /// Any number, but the same wherever this name stands in the model.
    Named(&'static str),
    /// What an expression comes out as. A name in it is a named dim.
    Computed(Expression),
    /// As many as the file has.
    FromFile,
}

impl Len {
    /// It, as a number where the arguments of the module say one.
    pub(crate) const fn constant(self, environment: &Environment) -> Len {
        match self.as_dim().number(environment, Known::NONE) {
            Some(Value::Number(number)) => Len::Is(number),
            _ => self,
        }
    }

    /// The dim that it is like.
    pub(crate) const fn as_dim(&self) -> Dim {
        match *self {
            Len::Is(len) => Dim::Is(len),
            Len::Named(name) => Dim::Named(name),
            Len::Computed(expression) => Dim::Computed(expression),
            Len::FromFile => Dim::Any,
        }
    }
}

/// Which items of a list a field holds: `items = 1.."num_hidden_layers"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Items {
    /// The index of the first one.
    pub first: Dim,
    /// One more than the index of the last; [`Dim::Any`] for all that follow.
    pub end: Dim,
}

impl Items {
    /// The index of the first one, where names are known.
    pub(crate) const fn first(&self, environment: &Environment, known: Known<'_>) -> Option<usize> {
        number(&self.first, environment, known)
    }

    /// One more than the index of the last, where names are known.
    pub(crate) const fn end(&self, environment: &Environment, known: Known<'_>) -> Option<usize> {
        number(&self.end, environment, known)
    }

    /// How many there are, where names are known.
    pub(crate) const fn count(&self, environment: &Environment, known: Known<'_>) -> Option<usize> {
        match (self.first(environment, known), self.end(environment, known)) {
            (Some(first), Some(end)) => end.checked_sub(first),
            _ => None,
        }
    }
}

const fn number(dim: &Dim, environment: &Environment, known: Known<'_>) -> Option<usize> {
    match dim.number(environment, known) {
        Some(Value::Number(number)) => Some(number),
        _ => None,
    }
}

/// What the type of a parameter determines. The attributes of its field may add to it.
#[derive(Debug)]
pub struct Leaf {
    /// The dtypes that the type holds exactly; empty for any.
    pub dtypes: &'static [DType],
    /// The shapes that the type can hold.
    pub shapes: Shapes,
    /// Whether a value takes over its tensor's memory as a vector.
    pub vector: bool,
}

/// The shapes that a type can hold.
///
/// ```
/// use weighbridge::Shapes;
///
/// // [f32; 3] holds exactly the shape [3]; Vec<[f32; 3]> holds [n, 3] for any n
/// let array = Shapes::Array(Some(3), &Shapes::Scalar);
/// let rows = Shapes::Array(None, &Shapes::Array(Some(3), &Shapes::Scalar));
/// assert!(array.holds(&[3]) && !array.holds(&[4]) && rows.holds(&[7, 3]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shapes {
    /// Every shape: a tensor that carries its shape with it.
    Any,
    /// Every shape of this many dims.
    Rank(usize),
    /// `[]`: one element.
    Scalar,
    /// This many (`None`: any number) of the rest.
    Array(Option<usize>, &'static Shapes),
}

impl Shapes {
    /// Whether a tensor of this shape fits.
    pub const fn holds(&self, shape: &[usize]) -> bool {
        let (mut held, mut rest) = (self, shape);
        loop {
            match (held, rest) {
                (Shapes::Any, _) => return true,
                (Shapes::Rank(rank), _) => return *rank == rest.len(),
                (Shapes::Scalar, _) => return rest.is_empty(),
                (Shapes::Array(len, item), [first, tail @ ..]) => {
                    match len {
                        Some(len) if *len != *first => return false,
                        _ => {}
                    }
                    (held, rest) = (*item, tail);
                }
                (Shapes::Array(..), []) => return false,
            }
        }
    }

    /// The number of dims, where the type fixes it.
    pub const fn rank(&self) -> Option<usize> {
        match self {
            Shapes::Any => None,
            Shapes::Rank(rank) => Some(*rank),
            Shapes::Scalar => Some(0),
            Shapes::Array(_, item) => match item.rank() {
                Some(rank) => Some(rank + 1),
                None => None,
            },
        }
    }

    /// Dim `index`, as far as the type fixes it.
    pub(crate) const fn dim(&self, index: usize) -> Dim {
        match self {
            Shapes::Array(Some(len), _) if index == 0 => Dim::Is(*len),
            Shapes::Array(_, item) if index > 0 => item.dim(index - 1),
            _ => Dim::Any,
        }
    }

    /// Whether the type alone fixes every dim.
    pub(crate) const fn is_fixed(&self) -> bool {
        match self {
            Shapes::Scalar => true,
            Shapes::Array(Some(_), item) => item.is_fixed(),
            _ => false,
        }
    }
}

/// Whether each of some dtypes is one of the others.
pub(super) const fn all_in(some: &[DType], others: &[DType]) -> bool {
    let mut i = 0;
    while i < some.len() {
        let (mut k, mut found) = (0, false);
        while k < others.len() {
            found = found || some[i] as u8 == others[k] as u8;
            k += 1;
        }
        if !found {
            return false;
        }
        i += 1;
    }
    true
}
