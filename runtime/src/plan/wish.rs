//! What a tensor of the file must be.

use crate::dtype::DType;
use crate::schema::{Dim, Frame, Wanted};

/// What the schema wants of one tensor: of a parameter, or of one that a parameter is made from.
#[derive(Clone)]
pub(super) struct Wish {
    wanted: Wanted,
    /// The shape of what a parameter is made from.
    laid_out: Option<Box<LaidOut>>,
}

#[derive(Clone)]
struct LaidOut {
    dims: Vec<Dim>,
    /// The dimension that is cut, and where the last part of it that is known ends.
    at_least: Option<(usize, usize)>,
}

impl Wish {
    pub(super) fn of(wanted: Wanted) -> Wish {
        Wish { wanted, laid_out: None }
    }

    /// Of a tensor that a parameter is made from; the tensor may be seen as another shape than it has.
    pub(super) fn laid_out(wanted: Wanted, frame: &Frame, reshaped: Option<&[usize]>) -> Wish {
        let laid_out = match reshaped {
            Some(dims) => LaidOut { dims: dims.iter().copied().map(Dim::Is).collect(), at_least: None },
            None => {
                let dim = |side: &crate::schema::Side| if side.slice.is_some() { Dim::Any } else { side.dim };
                let at_least = frame.sliced().map(|cut| (cut, frame.side(cut).taken().1));
                LaidOut { dims: frame.sides().iter().map(dim).collect(), at_least }
            }
        };
        Wish { wanted, laid_out: Some(Box::new(laid_out)) }
    }

    /// The same with a number for a dimension that another tensor has decided.
    pub(super) fn fix(&mut self, index: usize, extent: usize) {
        if let Some(laid_out) = &mut self.laid_out {
            laid_out.dims[index] = Dim::Is(extent);
        }
    }

    /// The number of dimensions, if it is known.
    pub(super) fn rank(&self) -> Option<usize> {
        match &self.laid_out {
            Some(laid_out) => Some(laid_out.dims.len()),
            None => self.wanted.rank(),
        }
    }

    pub(super) fn dim(&self, index: usize) -> Dim {
        match &self.laid_out {
            Some(laid_out) => laid_out.dims[index],
            None => self.wanted.dim(index),
        }
    }

    /// The least extent of a dimension that is cut.
    pub(super) fn at_least(&self, index: usize) -> Option<usize> {
        let (cut, least) = self.laid_out.as_ref()?.at_least?;
        (cut == index).then_some(least)
    }

    /// A dimension is cut at another place too.
    pub(super) fn raise(&mut self, other: &Wish) {
        let ends = [&*self, other].map(|wish| wish.laid_out.as_ref().and_then(|laid_out| laid_out.at_least));
        if let ([Some((cut, end)), Some((other, other_end))], Some(laid_out)) = (ends, &mut self.laid_out)
            && cut == other
        {
            laid_out.at_least = Some((cut, end.max(other_end)));
        }
    }

    /// Whether the file is wanted as the field is, so that its layout can still be declared.
    pub(super) fn is_plain(&self) -> bool {
        self.laid_out.is_none()
    }

    /// Whether the field's type can hold a tensor of this shape as it is.
    pub(super) fn is_held(&self, shape: &[usize]) -> bool {
        self.laid_out.is_none() && self.wanted.leaf.extents.holds(shape)
    }

    /// Whether a tensor of this shape is what is wanted, as far as numbers say it: names are bound elsewhere.
    pub(super) fn fits(&self, shape: &[usize]) -> bool {
        let fits = |i: usize| match self.dim(i) {
            Dim::Is(n) => n == shape[i],
            _ => self.at_least(i).is_none_or(|least| least <= shape[i]),
        };
        (self.laid_out.is_some() || self.wanted.leaf.extents.holds(shape))
            && self.rank().is_none_or(|rank| rank == shape.len() && (0..rank).all(fits))
    }

    /// The dtypes that the field names; empty for those of its type.
    pub(super) fn said(&self) -> &'static [DType] {
        self.wanted.spec.dtypes
    }

    /// The dtypes that the field's type holds; empty for any.
    pub(super) fn held(&self) -> &'static [DType] {
        self.wanted.leaf.dtypes
    }

    /// The dtypes that the file may have, without a cast that the caller allows; empty for any.
    pub(super) fn dtypes(&self) -> &'static [DType] {
        self.wanted.dtypes()
    }

    /// The dtypes as a report names them: `F16 or BF16`.
    pub(super) fn dtype_names(&self) -> String {
        let names: Vec<_> = self.dtypes().iter().map(|dtype| dtype.name()).collect();
        if names.is_empty() { "any dtype".to_owned() } else { names.join(" or ") }
    }
}
