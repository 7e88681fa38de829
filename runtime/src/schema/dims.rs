//! Dims, and the shapes that a type can hold.

use weighbridge_checkpoint::DType;

use super::expression::Expression;
use super::text::same;

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
    /// Any number.
    Any,
}

impl Dim {
    /// Whether both are written alike.
    pub(super) const fn is(&self, other: &Dim) -> bool {
        match (self, other) {
            (Dim::Is(a), Dim::Is(b)) => *a == *b,
            (Dim::Named(a), Dim::Named(b)) => same(a, b),
            (Dim::Computed(a), Dim::Computed(b)) => a.is(b),
            (Dim::Any, Dim::Any) => true,
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
