//! The proof that a tensor is within its storage.

use weighbridge_lock::counted;

use super::globals::TorchType;
use super::value::{Arena, TensorView, Value};
use crate::dtype::DType;
use crate::error::{Problem, ProblemKind};
use crate::limits::Limits;
use crate::shape::Shape;
use crate::strided::{Axis, Strided};

/// A tensor that is within its storage.
pub(super) struct Proved {
    pub(super) dtype: DType,
    pub(super) shape: Shape,
    pub(super) byte_len: usize,
    /// Where its first element is in the storage, in bytes.
    pub(super) start: u64,
    /// From the storage into the shape's own order, in elements; `None` if the storage has them in that order.
    pub(super) strided: Option<Strided>,
}

/// Proves that a tensor is within its storage, and that no two of its elements are one.
pub(super) fn prove(arena: &Arena, tensor: TensorView, limits: &Limits) -> Result<Proved, Problem> {
    let refuse = |kind: ProblemKind, message: String| Err(Problem::new(kind, message));
    let Some(storage) = arena.storage(tensor.storage) else {
        return refuse(ProblemKind::Header, "it has no storage; the file is damaged".to_owned());
    };
    let of = tensor.of.or(storage.of);
    let Some((of, dtype)) = of.and_then(|of| Some((of, of.dtype()?))) else {
        let name = of.map_or("bytes without a dtype", TorchType::name);
        let message = format!("its elements are {name}, which is not read here; save it in another dtype");
        return refuse(ProblemKind::DType, message);
    };
    if let (Some(own), Some(stored)) = (tensor.of, storage.of)
        && own != stored
    {
        let message = format!(
            "it is of {}, and its storage of {}; the file is damaged, or no program of PyTorch wrote it",
            own.name(),
            stored.name()
        );
        return refuse(ProblemKind::Header, message);
    }
    let (sizes, strides) = (arena.items(tensor.size), arena.items(tensor.stride));
    if sizes.len() != strides.len() {
        let message = format!(
            "it has {} and {}; the file is damaged",
            counted(sizes.len(), "dim"),
            counted(strides.len(), "stride")
        );
        return refuse(ProblemKind::Shape, message);
    }
    if sizes.len() > limits.rank {
        let found = format!("the shape has {}", counted(sizes.len(), "dim"));
        return Err(Problem::limit(found, "rank", limits.rank));
    }
    let mut dims = Vec::with_capacity(sizes.len());
    for (what, values) in [("dim", sizes), ("stride", strides)] {
        for value in values {
            match value {
                Value::Int(number) if *number >= 0 => dims.push(usize::try_from(*number).unwrap_or(usize::MAX)),
                Value::Int(number) => {
                    let message =
                        format!("it has the {what} {number}, and PyTorch has none below 0; the file is damaged");
                    return refuse(ProblemKind::Shape, message);
                }
                other => {
                    let message = format!("it has a {what} that is {}; the file is damaged", other.what());
                    return refuse(ProblemKind::Shape, message);
                }
            }
        }
    }
    let strides = dims.split_off(sizes.len().min(dims.len()));
    let Some(offset) = usize::try_from(tensor.offset).ok() else {
        let message = format!("it begins at element {} of its storage; the file is damaged", tensor.offset);
        return refuse(ProblemKind::Shape, message);
    };
    let shape = Shape::from(dims.as_slice());
    let width = usize::try_from(of.width()).unwrap_or(usize::MAX);
    let elements = dims.iter().try_fold(1usize, |product, dim| product.checked_mul(*dim));
    let Some((elements, byte_len)) = elements.and_then(|elements| Some((elements, elements.checked_mul(width)?)))
    else {
        let message = format!("{shape} is more elements than there can be; the file is damaged");
        return refuse(ProblemKind::Shape, message);
    };
    let axes = || dims.iter().zip(&strides).filter(|(dim, _)| **dim > 1);
    if elements > 0
        && let Some((dim, _)) = axes().find(|(_, stride)| **stride == 0)
    {
        let message = format!(
            "it is an expanded view: {dim} elements of a dim are one in its storage, so it would take more memory than the \
             file has bytes; save what `contiguous()` gives"
        );
        return refuse(ProblemKind::Format, message);
    }
    // how many elements of its storage it reaches
    let reach = match elements {
        0 => Some(offset),
        _ => axes()
            .try_fold(offset, |reach, (dim, stride)| reach.checked_add(dim.checked_sub(1)?.checked_mul(*stride)?))
            .and_then(|last| last.checked_add(1)),
    };
    let held = match storage.of {
        Some(_) => storage.count,
        None => storage.count.checked_div(of.width()).unwrap_or(0),
    };
    if reach.and_then(|reach| u64::try_from(reach).ok()).is_none_or(|reach| reach > held) {
        let message = format!(
            "{shape} from element {offset} on reaches beyond its storage, which has {}; the file is damaged",
            counted(held, "element")
        );
        return refuse(ProblemKind::Shape, message);
    }
    let start = u64::try_from(offset).unwrap_or(u64::MAX).saturating_mul(of.width());
    let strided = match elements == 0 || is_contiguous(&dims, &strides) {
        true => None,
        false => Some(strided(&dims, &strides).ok_or_else(|| {
            let message = "two of its elements are one in its storage, as `unfold` and `as_strided` make it; save what \
                           `contiguous()` gives";
            Problem::new(ProblemKind::Format, message)
        })?),
    };
    if dtype == DType::F4 {
        return halves(Proved { dtype, shape, byte_len, start, strided }, dims);
    }
    Ok(Proved { dtype, shape, byte_len, start, strided })
}

/// PyTorch counts pairs of 4-bit elements, and the shape here the elements.
fn halves(proved: Proved, mut dims: Vec<usize>) -> Result<Proved, Problem> {
    let twice = dims.last_mut().and_then(|last| {
        *last = last.checked_mul(2)?;
        Some(())
    });
    match (twice, &proved.strided) {
        (Some(()), None) => Ok(Proved { shape: Shape::from(dims.as_slice()), ..proved }),
        _ => {
            let message =
                "its elements are pairs of 4 bits, and it is a number or a view; save what `contiguous()` gives";
            Err(Problem::new(ProblemKind::DType, message))
        }
    }
}

fn is_contiguous(dims: &[usize], strides: &[usize]) -> bool {
    let mut expected = 1usize;
    for (dim, stride) in dims.iter().zip(strides).rev().filter(|(dim, _)| **dim > 1) {
        if *stride != expected {
            return false;
        }
        expected = expected.saturating_mul(*dim);
    }
    true
}

/// The copy of elements with these strides into the order of their shape.
fn strided(dims: &[usize], strides: &[usize]) -> Option<Strided> {
    let mut target = 1usize;
    let mut axes = Vec::with_capacity(dims.len());
    for (&steps, &source) in dims.iter().zip(strides).rev() {
        axes.push(Axis { steps, source, target });
        target = target.checked_mul(steps)?;
    }
    Strided::new(&axes, 0, 0)
}
