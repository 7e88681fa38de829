//! The published quantised layouts that a file has, and those that a module has: by names, dtypes, and which dims are one. A
//! file of one layout for a module of another is explained by that alone.

use std::collections::{BTreeMap, HashMap, HashSet};

use weighbridge_checkpoint::DType;
use weighbridge_lock::counted;

use super::leftovers::{sibling, split_last};
use super::templates;
use crate::plan::resolver::Resolver;
use crate::schema::Known;

/// A layout, in the order in which they are named.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Published {
    Gptq,
    Awq,
    AwqKernel,
    Bitsandbytes4,
    Bitsandbytes8,
    Packed,
    Nvfp4,
    Mxfp4,
    Mxfp6,
    ModelOpt,
    Blocks,
    Fp4,
    Torchao,
    TorchaoInt4,
    GptOss,
    Mxfp8,
    Int8,
    Fp8,
    Mlx,
}

impl Published {
    /// `quantised ..`
    fn by(self) -> &'static str {
        match self {
            Published::Gptq => "by GPTQ",
            Published::Awq => "by AWQ",
            Published::AwqKernel => "by AWQ for its gemv or marlin kernel",
            Published::Bitsandbytes4 => "by bitsandbytes to 4 bits",
            Published::Bitsandbytes8 => "by bitsandbytes to 8 bits",
            Published::Packed => "to packed integers of compressed-tensors",
            Published::Nvfp4 => "as NVFP4 of compressed-tensors",
            Published::Mxfp4 => "as MXFP4 of compressed-tensors",
            Published::Mxfp6 => "as MXFP6 of compressed-tensors",
            Published::ModelOpt => "by ModelOpt",
            Published::Blocks => "to fp8 with `weight_scale_inv`",
            Published::Fp4 => "to fp4, two in an I8, with `weight_scale_inv`",
            Published::Torchao => "by torchao",
            Published::TorchaoInt4 => "by torchao to 4 bits, two in a byte (`Int4Tensor`)",
            Published::GptOss => "as MXFP4 of gpt-oss",
            Published::Mxfp8 => "as MXFP8",
            Published::Int8 => "to int8",
            Published::Fp8 => "to fp8 with `weight_scale`",
            Published::Mlx => "by MLX",
        }
    }
}

/// What is known of one tensor.
struct Tensor<'t> {
    dtypes: &'t [DType],
    /// The first dim and the last, as they are written.
    first: String,
    last: String,
}

impl Tensor<'_> {
    fn may_be(&self, dtype: DType) -> bool {
        self.dtypes.contains(&dtype)
    }

    fn may_be_fp8(&self) -> bool {
        self.dtypes.iter().any(|dtype| dtype.name().starts_with("F8_E"))
    }
}

/// The layouts that a tensor shows: it is the one of each layer that no other layout has beside such tensors.
fn shown<'t>(leaf: &str, tensor: &Tensor<'t>, beside: impl Fn(&str) -> Option<Tensor<'t>>) -> Vec<Published> {
    let has = |leaf: &str| beside(leaf).is_some();
    let one = |is: bool, layout: Published| is.then_some(layout).into_iter().collect();
    match leaf {
        "qweight" => match beside("scales") {
            Some(scales) if has("g_idx") || scales.last == tensor.last => vec![Published::Gptq],
            Some(scales) if scales.first == tensor.first || is_times(&tensor.last, 2, &scales.last) => {
                vec![Published::AwqKernel]
            }
            Some(_) => vec![Published::Awq],
            None => Vec::new(),
        },
        "absmax" => one(has("quant_map"), Published::Bitsandbytes4),
        "SCB" => one(has("weight"), Published::Bitsandbytes8),
        "weight_packed" => match beside("weight_scale") {
            Some(scale) if has("weight_global_scale") || scale.may_be_fp8() => vec![Published::Nvfp4],
            Some(scale) if scale.may_be(DType::U8) => {
                let layout = if has_6_bits(&tensor.last, &scale.last) { Published::Mxfp6 } else { Published::Mxfp4 };
                one(tensor.may_be(DType::U8), layout)
            }
            Some(_) => one(tensor.may_be(DType::I32), Published::Packed),
            None => Vec::new(),
        },
        "weight_scale_2" => one(has("weight_scale"), Published::ModelOpt),
        "_weight_qdata" => match beside("_weight_scale") {
            // a column for each output
            Some(scale) if scale.first != tensor.first && scale.last == tensor.first => vec![Published::TorchaoInt4],
            scale => one(scale.is_some(), Published::Torchao),
        },
        "weight_scale" if !has("weight_scale_2") => match beside("weight") {
            Some(weight) => {
                let fp8 = if tensor.may_be(DType::U8) { Published::Mxfp8 } else { Published::Fp8 };
                let layouts = [(weight.may_be(DType::I8), Published::Int8), (weight.may_be_fp8(), fp8)];
                layouts.into_iter().filter(|(is, _)| *is).map(|(_, layout)| layout).collect()
            }
            None => Vec::new(),
        },
        "scales" => one(beside("weight").is_some_and(|weight| weight.may_be(DType::U32)), Published::Mlx),
        _ => {
            let scaled = leaf.strip_suffix("_scale_inv").and_then(&beside);
            let blocks = leaf.strip_suffix("_blocks").filter(|_| tensor.may_be(DType::U8));
            let is_mxfp4 = blocks.is_some_and(|name| has(&format!("{name}_scales")));
            let layouts = [
                (scaled.as_ref().is_some_and(Tensor::may_be_fp8), Published::Blocks),
                (scaled.is_some_and(|weight| weight.may_be(DType::I8)), Published::Fp4),
                (is_mxfp4, Published::GptOss),
            ];
            layouts.into_iter().filter(|(is, _)| *is).map(|(_, layout)| layout).collect()
        }
    }
}

/// Whether rows of so many bytes have 6 bits for each of 32 numbers that share a scale, and not 4. A named dim is `3 * in / 4`.
fn has_6_bits(bytes: &str, scales: &str) -> bool {
    is_times(bytes, 24, scales) || bytes.starts_with("3 * ")
}

/// Whether a number is this many times another one.
fn is_times(number: &str, times: usize, other: &str) -> bool {
    let of = |number: &str| number.parse::<usize>().ok();
    of(other).is_some_and(|other| other.checked_mul(times) == of(number))
}

/// Whether a tensor may show a layout, so that most names are not looked at twice.
fn is_sign(leaf: &str) -> bool {
    const SIGNS: &[&str] =
        &["qweight", "absmax", "SCB", "weight_packed", "weight_scale_2", "_weight_qdata", "weight_scale", "scales"];
    SIGNS.contains(&leaf) || leaf.ends_with("_scale_inv") || leaf.ends_with("_blocks")
}

/// How a module's layers are quantised, if they are: `by GPTQ`, `to int8 or to fp8 with `weight_scale``.
pub(super) fn module_is(resolver: &Resolver<'_>) -> Option<String> {
    let all: Vec<&str> = of_module(resolver).into_iter().map(Published::by).collect();
    (!all.is_empty()).then(|| all.join(" or "))
}

/// What a module wants of a tensor: its dtypes, and its first and last dims.
type Wanted = (&'static [DType], [String; 2]);

/// The layouts of a module's layers, in each variant of an enum.
fn of_module(resolver: &Resolver<'_>) -> Vec<Published> {
    let mut all: HashMap<String, Vec<Wanted>> = HashMap::new();
    templates::each_expected(resolver.root, &mut |name, expected| {
        let text = expected.show(Known::of(&[])).as_str().to_owned();
        let dims = text.trim_start_matches('[').trim_end_matches(']');
        let ends = [dims.split(", ").next(), dims.rsplit(", ").next()];
        all.entry(name).or_default().push((expected.dtypes(), ends.map(|end| end.unwrap_or_default().to_owned())));
    });
    let tensors = |(dtypes, [first, last]): &Wanted| Tensor { dtypes, first: first.clone(), last: last.clone() };
    let mut found: Vec<Published> = Vec::new();
    for (name, several) in &all {
        let (parent, leaf) = split_last(name);
        if is_sign(leaf) {
            let beside = |leaf: &str| all.get(&sibling(parent, leaf)).and_then(|several| several.first()).map(tensors);
            found.extend(several.iter().flat_map(|one| shown(leaf, &tensors(one), beside)));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The layouts of a file's layers, and how many layers have each.
fn of_file(resolver: &Resolver<'_>) -> BTreeMap<Published, usize> {
    let mut layers: HashSet<(Published, &str)> = HashSet::new();
    for (name, entry) in resolver.entries() {
        let (parent, leaf) = split_last(name);
        if !is_sign(leaf) {
            continue;
        }
        let dtype = entry.dtype();
        let text = |dim: Option<&usize>| dim.map_or_else(String::new, usize::to_string);
        let of = |dtype: DType, shape: &[usize]| Tensor {
            dtypes: one_dtype(dtype),
            first: text(shape.first()),
            last: text(shape.last()),
        };
        let beside =
            |leaf: &str| resolver.entry_at(&sibling(parent, leaf)).map(|entry| of(entry.dtype(), entry.shape()));
        layers.extend(shown(leaf, &of(dtype, entry.shape()), beside).into_iter().map(|layout| (layout, parent)));
    }
    let mut counts = BTreeMap::new();
    layers.into_iter().for_each(|(layout, _)| *counts.entry(layout).or_insert(0) += 1);
    counts
}

/// Whether no layer of the file has such a layout.
pub(super) fn is_plain(resolver: &Resolver<'_>) -> bool {
    of_file(resolver).is_empty()
}

/// A list of one dtype, of those that show a layout.
fn one_dtype(dtype: DType) -> &'static [DType] {
    const ALL: &[DType] = &[DType::U8, DType::I8, DType::I32, DType::U32, DType::F8_E4M3, DType::F8_E5M2];
    ALL.iter().position(|one| *one == dtype).map_or(&[], |at| &ALL[at..=at])
}

/// The hint if both are quantised, and the file has none of the module's layouts.
pub(super) fn differ(resolver: &Resolver<'_>) -> Option<String> {
    let module = of_module(resolver);
    let file = of_file(resolver);
    if file.keys().any(|layout| module.contains(layout)) {
        return None;
    }
    let (is, count) = file.iter().max_by_key(|(_, count)| **count)?;
    Some(format!(
        "the checkpoint is quantised {} ({}), and the module {}; load a checkpoint of the module's layout, or hold the file's: `weighbridge generate` writes a struct for it",
        is.by(),
        counted(*count, "layer"),
        module_is(resolver)?
    ))
}
