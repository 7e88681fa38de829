//! Elements that share bytes: a layout moves whole blocks of them.

use weighbridge_checkpoint::{DType, cast};

use super::cut::cut_extent;
use super::expected::Expected;
use super::hint::Hint;
use crate::schema::{Dim, SourceTensor, Text};

/// A layout that takes blocks of a tensor apart.
#[derive(Clone, Copy)]
pub(crate) struct BlocksApart {
    pub(crate) dtype: DType,
    how: Apart,
    /// Whether the field's type holds what its blocks are dequantised to.
    is_dequantised: bool,
}

#[derive(Clone, Copy)]
enum Apart {
    /// The last dim does not stay the last.
    Moved,
    /// The last dim, or what is taken of it, begins here and has so many elements.
    Cut { start: usize, len: usize },
}

impl BlocksApart {
    /// How a source takes blocks of a tensor of this shape apart, if it does. `rank` and `row` are the number of dims of the parameter, and
    /// its last one.
    pub(crate) const fn of(
        expected: &Expected,
        (source, shape, dtype): (&SourceTensor, &[usize], DType),
        (rank, row): (usize, usize),
    ) -> Option<BlocksApart> {
        if !dtype.shares_bytes() {
            return None;
        }
        let (held, is_cast) = (expected.type_dtypes(), cast::is_exact(dtype, DType::F32));
        let is_dequantised = is_cast && (held.is_empty() || super::dtype::contains(held, DType::F32));
        match apart(source, shape, dtype.block().elements, (rank, row)) {
            Some(how) => Some(BlocksApart { dtype, how, is_dequantised }),
            None => None,
        }
    }

    /// What to do about it.
    pub(crate) const fn hint(&self) -> Hint {
        let text = Text::new().push("a block of ").push(self.dtype.name()).push(" is ");
        let text = text.push_number(self.dtype.block().elements).push(" elements of the last dim, ");
        let text = match self.how {
            Apart::Moved => text.push("which this layout moves; let it stay the last"),
            Apart::Cut { start, len } => {
                let text = text.push("and this layout takes ").push_number(len).push(" of it from ");
                text.push_number(start).push(" on; take whole blocks")
            }
        };
        if !self.is_dequantised {
            return text.push(", or declare the shape as the file has it");
        }
        text.push(", or dequantise it, with `dtype = \"F32\"` on the field and `Loader::new().cast(Cast::Any)`")
    }
}

const fn apart(source: &SourceTensor, shape: &[usize], block: usize, (rank, row): (usize, usize)) -> Option<Apart> {
    if source.frame.rank() == 0 || rank == 0 {
        return Some(Apart::Moved);
    }
    let last = source.frame.rank() - 1;
    let side = source.frame.side(last);
    let target = match &source.target {
        Some(sizes) => sizes.rank(),
        None => rank,
    };
    if side.of + 1 != target {
        return Some(Apart::Moved);
    }
    // what the file has of the last dim, and what is taken of it
    let all = match (&source.reshaped, side.slice, side.dim) {
        (None, ..) => shape[last],
        (Some(_), Some(_), _) => cut_extent(source, shape, last),
        (Some(_), None, Dim::Is(len)) => len,
        (Some(_), None, _) => 0,
    };
    let start = match side.slice {
        Some(start) => start,
        None => 0,
    };
    let len = match side.dim {
        Dim::Is(len) => len,
        _ => all,
    };
    if !start.is_multiple_of(block) || !len.is_multiple_of(block) {
        return Some(Apart::Cut { start, len });
    }
    if !all.is_multiple_of(block) || !side.offset.is_multiple_of(block) {
        return Some(Apart::Cut { start: 0, len: if all.is_multiple_of(block) { side.offset } else { all } });
    }
    // the rows that the parameter has in the end
    if row.is_multiple_of(block) { None } else { Some(Apart::Cut { start: 0, len: row }) }
}
