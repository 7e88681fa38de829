//! Layers that models have a word for. A type is one only if its names and shapes, at all places where it is used, leave
//! nothing else that it could be.

use weighbridge_checkpoint::DType;

use super::fold::Fold;
use super::quantised::Quantised;
use super::types::{Role, Type, TypeId};
use super::words::norm_kind;

/// A layer that models have a word for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    Linear {
        bias: bool,
        /// The weight is `[in, out]`.
        transposed: bool,
        /// Every weight is a square, and so may be either.
        square: bool,
    },
    Embedding,
    /// A scale, with or without a `bias`.
    Norm {
        bias: bool,
    },
    BatchNorm,
    Conv {
        dims: usize,
        /// The input channels are the last dim.
        last: bool,
        /// The input channels are the first dim.
        transposed: bool,
    },
    Quantized,
    Published(Quantised),
    /// One of several kinds of linear layers, some of them quantised.
    Mixed,
}

/// The layer that a type is, if its names and shapes leave no doubt.
pub(super) fn layer(fold: &Fold, ty: TypeId) -> Option<Layer> {
    let (fields, role) = match fold.types.get(ty) {
        Type::Struct { fields, role, .. } => (fields, role),
        Type::Enum(_) => return Some(Layer::Mixed),
        _ => return None,
    };
    if matches!(role, Role::Root { .. }) {
        return None;
    }
    if let Role::Quantised(quantised) = role {
        return Some(Layer::Published(*quantised));
    }
    let mut ranks = Vec::new();
    let mut at = 0;
    for (name, ty) in fields {
        match fold.types.get(*ty) {
            Type::Tensor { zeros, dtype, .. } if !zeros.contains(&true) => {
                ranks.push((name.text(), zeros.len(), at, *dtype));
                at += zeros.len();
            }
            _ => return None,
        }
    }
    ranks.sort_unstable_by_key(|(name, ..)| *name);
    let at = |name: &str| ranks.iter().find(|(known, ..)| *known == name).map(|(_, _, at, _)| *at);
    let (bias, weight) = (at("bias"), at("weight").unwrap_or(0));
    let equal = |a: usize, b: usize| all_equal(fold, ty, a, b);
    let shape: Vec<(&str, usize)> = ranks.iter().map(|(name, rank, ..)| (*name, *rank)).collect();
    match shape.as_slice() {
        [("weight", 2)] if *role == Role::Embedding => Some(Layer::Embedding),
        [("weight", 2)] if *role == Role::Linear => {
            Some(Layer::Linear { bias: false, transposed: false, square: false })
        }
        [("bias", 1), ("weight", 2)] => {
            let [straight, transposed] = [0, 1].map(|dim| bias.is_some_and(|bias| equal(bias, weight + dim)));
            let square = straight && transposed;
            (straight || transposed).then_some(Layer::Linear { bias: true, transposed: !straight, square })
        }
        [("weight", 1)] if *role == Role::Norm => Some(Layer::Norm { bias: false }),
        [("bias", 1), ("weight", 1)] if *role == Role::Norm && equal(0, 1) => Some(Layer::Norm { bias: true }),
        [("bias", 1), rest @ ..] if is_batch_norm(rest) && (1..4).all(|at| equal(0, at)) => {
            let may_be_other = kinds(fold, ty).any(|kind| kind.is_some_and(|kind| kind != "BatchNorm"));
            (!may_be_other).then_some(Layer::BatchNorm)
        }
        [("weight", rank)] | [("bias", 1), ("weight", rank)] if (3..=5).contains(rank) => {
            conv(fold, ty, *role, *rank, weight, bias)
        }
        [("biases", 2), ("scales", 2), ("weight", 2)] | [("bias", 1), ("biases", 2), ("scales", 2), ("weight", 2)] => {
            let is_packed = ranks.iter().any(|(name, .., dtype)| *name == "weight" && *dtype == DType::U32);
            is_packed.then_some(Layer::Quantized)
        }
        _ => None,
    }
}

fn is_batch_norm(rest: &[(&str, usize)]) -> bool {
    let is_counter = |(name, rank): &(&str, usize)| *name == "num_batches_tracked" && *rank == 0;
    let rest: Vec<&(&str, usize)> = rest.iter().filter(|tensor| !is_counter(tensor)).collect();
    matches!(rest.as_slice(), [("running_mean", 1), ("running_var", 1), ("weight", 1)])
}

/// A weight of three dims is a convolution's only if the name says so. One of more dims also is if its bias is as long as it has
/// output channels, or if its kernels are squares with a middle.
fn conv(fold: &Fold, ty: TypeId, role: Role, rank: usize, weight: usize, bias: Option<usize>) -> Option<Layer> {
    let dims = rank - 2;
    let last = rank > 3 && fold.channels_last();
    let kernel = if last { weight + 1..weight + 1 + dims } else { weight + 2..weight + rank };
    let is_cubic = fold.uses.get(&ty).is_some_and(|uses| {
        uses.values.iter().all(|values| {
            let kernel = &values[kernel.clone()];
            kernel.iter().all(|size| *size == kernel[0] && size % 2 == 1 && *size < 16)
        })
    });
    let fits = |dim: usize| bias.is_some_and(|bias| all_equal(fold, ty, bias, weight + dim));
    let is_plain = role == Role::Conv || rank > 3 && (is_cubic || fits(0));
    match bias {
        None if is_plain => Some(Layer::Conv { dims, last, transposed: false }),
        Some(_) if is_plain && fits(0) => Some(Layer::Conv { dims, last, transposed: false }),
        // the other way round, but only where no place leaves a choice
        Some(_) if rank > 3 && !last && is_cubic && fits(1) => Some(Layer::Conv { dims, last, transposed: true }),
        _ => None,
    }
}

/// The name of a norm: of its kind if the names of all its places say the same one.
pub(super) fn norm_name(fold: &Fold, ty: TypeId, bias: bool) -> &'static str {
    let mut kinds = kinds(fold, ty);
    let first = kinds.next().flatten();
    match first {
        // models call many a scale without a shift a layer norm
        Some(kind) if kinds.all(|kind| kind == first) && (bias || kind == "RmsNorm") => kind,
        _ => "Norm",
    }
}

/// What kind of norm the names of a type's places say.
fn kinds(fold: &Fold, ty: TypeId) -> impl Iterator<Item = Option<&'static str>> {
    let sites = fold.uses.get(&ty).map(|uses| uses.sites.as_slice()).unwrap_or_default();
    sites.iter().map(|site| norm_kind(site.split('.').rev().find(|part| *part != "*").unwrap_or("")))
}

/// Whether two numbers are equal at every place.
fn all_equal(fold: &Fold, ty: TypeId, a: usize, b: usize) -> bool {
    fold.uses.get(&ty).is_some_and(|uses| uses.numbers.iter().all(|numbers| numbers[a] == numbers[b]))
}

/// What the code says about a layer.
pub(super) fn doc(layer: Layer) -> String {
    match layer {
        Layer::Linear { bias: false, .. } => "A linear layer without a bias; its weight is `[out, in]`.".to_owned(),
        Layer::Linear { square: true, .. } => "A linear layer; its weight is a square.".to_owned(),
        Layer::Linear { transposed: false, .. } => "A linear layer; its weight is `[out, in]`.".to_owned(),
        Layer::Linear { transposed: true, .. } => "A linear layer; its weight is `[in, out]`.".to_owned(),
        Layer::Embedding => "A table of embeddings, one in each row.".to_owned(),
        Layer::Norm { bias: false } => "A normalisation with a scale.".to_owned(),
        Layer::Norm { bias: true } => "A normalisation with a scale and a shift.".to_owned(),
        Layer::BatchNorm => "A batch normalisation with its running statistics.".to_owned(),
        Layer::Conv { dims, last, transposed } => {
            let kernel = vec!["kernel"; dims].join(", ");
            let dims = match (last, transposed) {
                (true, _) => format!("out, {kernel}, in"),
                (false, false) => format!("out, in, {kernel}"),
                (false, true) => format!("in, out, {kernel}"),
            };
            let word = if transposed { "transposed convolution" } else { "convolution" };
            format!("A {word}; its weight is `[{dims}]`.")
        }
        Layer::Published(quantised) => quantised.doc(),
        Layer::Mixed => "A linear layer that is quantised or not, as the file has it at each place.".to_owned(),
        Layer::Quantized => "A quantised matrix: packed integers, and a scale and a bias for each group.".to_owned(),
    }
}
