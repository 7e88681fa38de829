//! How a file lays a parameter out.

use proc_macro2::Span;
use syn::{Expr, LitStr};

use crate::dim::Dim;

/// How a parameter is made from the tensors of a file.
pub(crate) enum Layout {
    /// The tensor of the field's own name.
    Own,
    /// The tensor of this name, which is relative to the struct.
    Named(LitStr),
    Transpose {
        of: Box<Layout>,
    },
    Permute {
        axes: Vec<Expr>,
        of: Box<Layout>,
    },
    Reshape {
        dims: Vec<Dim>,
        of: Box<Layout>,
    },
    Concat {
        dim: Expr,
        parts: Vec<ConcatPart>,
    },
    Stack {
        dim: Option<Expr>,
        of: Box<Layout>,
    },
    Slice(Box<Slice>),
}

/// Part of a tensor: `len` along `dim`, from `start` on.
pub(crate) struct Slice {
    pub(crate) dim: Expr,
    pub(crate) start: Option<Dim>,
    pub(crate) len: Option<Dim>,
    pub(crate) of: Layout,
}

/// One part of a `concat`.
pub(crate) struct ConcatPart {
    pub(crate) of: Layout,
    pub(crate) extent: Option<Dim>,
}

/// The value of `from`, and where it ends.
pub(crate) struct From {
    pub(crate) layout: Layout,
    pub(crate) end: Span,
}

/// One tensor of a file that a layout reads.
pub(crate) struct SourceTensor<'a> {
    /// `None` for the field's own name.
    pub(crate) name: Option<&'a LitStr>,
    /// Whether only a slice of it is read.
    pub(crate) sliced: bool,
}

impl Layout {
    /// The source tensors, in the order in which they are written.
    pub(crate) fn sources(&self) -> Vec<SourceTensor<'_>> {
        let mut found = Vec::new();
        self.find(false, &mut found);
        found
    }

    /// The numbers in it that may have names.
    pub(crate) fn sizes(&self) -> Vec<&Dim> {
        match self {
            Layout::Own | Layout::Named(_) => Vec::new(),
            Layout::Transpose { of } | Layout::Permute { of, .. } | Layout::Stack { of, .. } => of.sizes(),
            Layout::Reshape { dims, of } => dims.iter().chain(of.sizes()).collect(),
            Layout::Concat { parts, .. } => {
                parts.iter().flat_map(|part| part.extent.iter().chain(part.of.sizes())).collect()
            }
            Layout::Slice(slice) => slice.start.iter().chain(&slice.len).chain(slice.of.sizes()).collect(),
        }
    }

    /// The numbers in it that count dims.
    pub(crate) fn axes(&self) -> Vec<&Expr> {
        match self {
            Layout::Own | Layout::Named(_) => Vec::new(),
            Layout::Transpose { of } | Layout::Reshape { of, .. } => of.axes(),
            Layout::Permute { axes, of } => axes.iter().chain(of.axes()).collect(),
            Layout::Concat { dim, parts } => {
                [dim].into_iter().chain(parts.iter().flat_map(|part| part.of.axes())).collect()
            }
            Layout::Stack { dim, of } => dim.iter().chain(of.axes()).collect(),
            Layout::Slice(slice) => [&slice.dim].into_iter().chain(slice.of.axes()).collect(),
        }
    }

    fn find<'a>(&'a self, sliced: bool, found: &mut Vec<SourceTensor<'a>>) {
        match self {
            Layout::Own => found.push(SourceTensor { name: None, sliced }),
            Layout::Named(name) => found.push(SourceTensor { name: Some(name), sliced }),
            Layout::Transpose { of }
            | Layout::Permute { of, .. }
            | Layout::Reshape { of, .. }
            | Layout::Stack { of, .. } => of.find(sliced, found),
            Layout::Concat { parts, .. } => parts.iter().for_each(|part| part.of.find(sliced, found)),
            Layout::Slice(slice) => slice.of.find(true, found),
        }
    }
}
