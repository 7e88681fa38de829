//! How a file lays out a parameter, where that differs from the field: which tensors it is made from.

use super::dims::Dim;
use super::environment::{Environment, Symbol};

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
        dims: &'static [Dim],
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
        start: Dim,
        /// How many are taken; [`Dim::Any`] for the parameter's own dim.
        len: Dim,
        /// What is cut.
        of: &'static Layout,
    },
}

/// One of the tensors of a [`Layout::Concat`].
#[derive(Debug)]
pub struct Part {
    /// The tensor.
    pub of: &'static Layout,
    /// Its extent along the dim; [`Dim::Any`] for an equal share of the rest.
    pub extent: Dim,
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

    /// Number `number` of those in it that expressions may be; or, as an error, how many more to skip after this layout.
    pub(crate) const fn nth_size(&self, number: usize) -> Result<Dim, usize> {
        let (own, of): (&[Dim], _) = match self {
            Layout::Own | Layout::Named { .. } => return Err(number),
            Layout::Transpose { of } | Layout::Permute { of, .. } | Layout::Stack { of, .. } => (&[], of),
            Layout::Reshape { dims, of } => (dims, of),
            Layout::Slice { start, len, of, .. } => {
                return match number {
                    0 => Ok(*start),
                    1 => Ok(*len),
                    _ => of.nth_size(number - 2),
                };
            }
            Layout::Concat { parts, .. } => {
                let (mut left, mut i) = (number, 0);
                while i < parts.len() {
                    if left == 0 {
                        return Ok(parts[i].extent);
                    }
                    match parts[i].of.nth_size(left - 1) {
                        Err(rest) => left = rest,
                        found => return found,
                    }
                    i += 1;
                }
                return Err(left);
            }
        };
        if number < own.len() { Ok(own[number]) } else { of.nth_size(number - own.len()) }
    }

    /// Whether a name is in one of the first `count` of those.
    pub(crate) const fn has_symbol_before(&self, count: usize, environment: &Environment, symbol: &Symbol) -> bool {
        let mut number = 0;
        while let (true, Ok(dim)) = (number < count, self.nth_size(number)) {
            if let Some(flat) = dim.flat(environment)
                && flat.has(symbol)
            {
                return true;
            }
            number += 1;
        }
        false
    }

    /// Whether any number in it has names.
    pub(crate) const fn has_names(&self) -> bool {
        let mut number = 0;
        while let Ok(dim) = self.nth_size(number) {
            if dim.has_names() {
                return true;
            }
            number += 1;
        }
        false
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
