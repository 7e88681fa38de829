//! Linear layers in published quantised layouts. A module is one only if its names, dtypes and shapes are those of a layout, with
//! bits and groups that leave no other size of the layer.

use weighbridge_checkpoint::DType;

use super::packing::Packing;
use super::tree::Children;

/// A layout, with the numbers that are equal in all layers of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Quantised {
    layout: Layout,
    bits: usize,
    /// How many inputs share a scale; 0 where all of a row do.
    group: usize,
    /// How many rows share one.
    rows: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Layout {
    Gptq,
    Awq,
    Bitsandbytes,
    Fp8Blocks,
    Packed,
    Nvfp4,
    Mxfp4,
    Mxfp6,
    Mxfp8,
    ModelOpt,
    Bytes,
    /// Bytes with one scale, which has as many dims as a scale has `rows` here: `[]` or `[1]`.
    OneScale,
    Torchao,
    GptOss,
}

/// One dim: a constant, or a size of the layer times and by constants, rounded up where `ceil` says so.
#[derive(Clone, Copy)]
enum Dim {
    Is(usize),
    Of { size: usize, times: usize, by: usize, ceil: bool },
}

/// The indices of sizes: those of a linear layer, and those of experts.
const IN: usize = 0;
const OUT: usize = 1;
const EXPERTS: usize = 0;
const HIDDEN: usize = 1;
const INNER: usize = 2;

const fn whole(size: usize) -> Dim {
    Dim::Of { size, times: 1, by: 1, ceil: false }
}

/// `size * times / by`, which leaves nothing over.
const fn part(size: usize, times: usize, by: usize) -> Dim {
    Dim::Of { size, times, by, ceil: false }
}

const fn parts(size: usize, by: usize) -> Dim {
    if by == 0 { Dim::Is(1) } else { Dim::Of { size, times: 1, by, ceil: true } }
}

impl Dim {
    fn fits(self, sizes: &[usize], found: usize) -> bool {
        match self {
            Dim::Is(number) => number == found,
            Dim::Of { size, times, by, ceil } => sizes[size]
                .checked_mul(times)
                .is_some_and(|all| all.div_ceil(by) == found && (ceil || all.is_multiple_of(by))),
        }
    }

    /// As code, in which sizes have these names. In quotes, they are names of a load.
    fn text(self, names: &[String]) -> String {
        match self {
            Dim::Is(number) => number.to_string(),
            Dim::Of { size, by, ceil: true, .. } if names[size].starts_with('"') => {
                format!("ceil_div({}, {by})", names[size])
            }
            Dim::Of { size, by, ceil: true, .. } => format!("{}.div_ceil({by})", names[size]),
            Dim::Of { size, times, by, .. } => {
                let common =
                    (1..=times.min(by)).rev().find(|n| times.is_multiple_of(*n) && by.is_multiple_of(*n)).unwrap_or(1);
                match (times / common, by / common) {
                    (1, 1) => names[size].clone(),
                    (1, by) => format!("{} / {by}", names[size]),
                    (times, 1) => format!("{times} * {}", names[size]),
                    (times, by) => format!("{} * {times} / {by}", names[size]),
                }
            }
        }
    }
}

/// The tensors of a module that has nothing else.
struct Tensors<'t>(Vec<(&'t str, DType, &'t [usize])>);

impl<'t> Tensors<'t> {
    fn of(children: &'t Children<'_>) -> Option<Tensors<'t>> {
        let tensor = |(name, tree): (&'t str, &'t super::tree::Tree<'_>)| {
            let (dtype, shape) = tree.tensor.as_ref().filter(|_| tree.below.is_empty())?;
            Some((name, *dtype, *shape))
        };
        children.iter().map(tensor).collect::<Option<Vec<_>>>().map(Tensors)
    }

    fn get(&self, name: &str) -> Option<(DType, &'t [usize])> {
        self.0.iter().find(|(known, ..)| *known == name).map(|(_, dtype, shape)| (*dtype, *shape))
    }

    fn matrix(&self, name: &str) -> Option<(DType, [usize; 2])> {
        let (dtype, shape) = self.get(name)?;
        Some((dtype, shape.try_into().ok()?))
    }
}

/// The layout of a module, and the sizes of its layer.
pub(super) fn recognise(children: &Children<'_>, packings: &[Packing]) -> Option<(Quantised, Vec<usize>)> {
    // more names than any layout has
    if children.len() > 8 {
        return None;
    }
    let tensors = Tensors::of(children)?;
    let (quantised, sizes) = candidate(&tensors, packings)?;
    let fits = |(name, dtype, shape): &(&str, DType, &[usize])| {
        quantised.tensor(name).is_some_and(|(dtypes, dims)| {
            let are_equal = |dims: &[Dim]| dims.iter().zip(*shape).all(|(dim, found)| dim.fits(&sizes, *found));
            dtypes.contains(dtype) && dims.len() == shape.len() && are_equal(&dims)
        })
    };
    (sizes.iter().all(|size| *size > 0) && tensors.0.iter().all(fits)).then_some((quantised, sizes))
}

/// What the telling tensors say, before the others are compared with it.
fn candidate(tensors: &Tensors<'_>, packings: &[Packing]) -> Option<(Quantised, Vec<usize>)> {
    let of =
        |layout, bits, group, rows, sizes: [usize; 2]| Some((Quantised { layout, bits, group, rows }, sizes.to_vec()));
    if let Some((_, [rows, columns])) = tensors.matrix("qweight") {
        let ((_, [groups, out]), (_, [_, zeros])) = (tensors.matrix("scales")?, tensors.matrix("qzeros")?);
        let bits = zeros.checked_mul(32)?.checked_div(out)?;
        return match columns == out {
            true => {
                let inputs = rows.checked_mul(32)?.checked_div(bits)?;
                of(Layout::Gptq, bits, group(inputs, groups)?, 1, [inputs, out])
            }
            false => of(Layout::Awq, bits, group(rows, groups)?, 1, [rows, out]),
        };
    }
    if let Some((dtype, [out, columns])) = tensors.matrix("weight_packed") {
        let (scale_dtype, [_, groups]) = tensors.matrix("weight_scale")?;
        if scale_dtype == DType::U8 && groups.checked_mul(24) == Some(columns) {
            return of(Layout::Mxfp6, 6, 32, 1, [groups.checked_mul(32)?, out]);
        }
        if dtype == DType::U8 {
            let layout = if scale_dtype == DType::U8 { Layout::Mxfp4 } else { Layout::Nvfp4 };
            return of(layout, 4, if scale_dtype == DType::U8 { 32 } else { 16 }, 1, [columns.checked_mul(2)?, out]);
        }
        let Some((_, [zeros, _])) = tensors.matrix("weight_zero_point") else {
            // more bits in smaller groups have the same shapes: the configuration says which they are
            let fits = |packing: &Packing| {
                let inputs = columns.checked_mul(32)?.checked_div(packing.bits)?;
                let is_group = if packing.group == 0 { groups == 1 } else { groups == inputs.div_ceil(packing.group) };
                is_group.then_some((*packing, inputs))
            };
            let mut said = packings.iter().filter_map(fits);
            let (Packing { bits, group }, inputs) = said.next()?;
            return if said.all(|(other, _)| other == Packing { bits, group }) {
                of(Layout::Packed, bits, group, 1, [inputs, out])
            } else {
                None
            };
        };
        let bits = zeros.checked_mul(32)?.checked_div(out)?;
        let inputs = columns.checked_mul(32)?.checked_div(bits)?;
        return of(Layout::Packed, bits, group(inputs, groups).filter(|group| *group > 0)?, 1, [inputs, out]);
    }
    if let Some((_, [out, inputs])) = tensors.matrix("_weight_qdata") {
        let (_, [_, groups]) = tensors.matrix("_weight_scale")?;
        return of(Layout::Torchao, 8, group(inputs, groups)?, 1, [inputs, out]);
    }
    if let Some((_, blocks)) = tensors.get("gate_up_proj_blocks") {
        let ([experts, _, groups, _], (_, down)) =
            (<[usize; 4]>::try_from(blocks).ok()?, tensors.get("down_proj_blocks")?);
        let sizes = vec![experts, groups.checked_mul(32)?, down.get(2)?.checked_mul(32)?];
        return Some((Quantised { layout: Layout::GptOss, bits: 4, group: 32, rows: 1 }, sizes));
    }
    let (dtype, [out, inputs]) = tensors.matrix("weight")?;
    if tensors.get("weight_scale_2").is_some() {
        return of(Layout::ModelOpt, 4, 16, 1, [inputs.checked_mul(2)?, out]);
    }
    if tensors.get("SCB").is_some() {
        return of(Layout::Bitsandbytes, 8, 0, 1, [inputs, out]);
    }
    let (layout, scale) = match (tensors.get("weight_scale_inv"), tensors.get("weight_scale")) {
        (Some((_, scale)), None) => (Layout::Fp8Blocks, scale),
        (None, Some((DType::U8, _))) => return of(Layout::Mxfp8, 8, 32, 1, [inputs, out]),
        (None, Some((_, scale))) => (Layout::Bytes, scale),
        _ => return None,
    };
    match (layout, scale) {
        (Layout::Fp8Blocks, &[down, across]) if dtype == DType::F8_E4M3 => {
            of(layout, 8, block(inputs, across)?, block(out, down)?, [inputs, out])
        }
        (_, &[] | &[1]) => of(Layout::OneScale, 8, 0, scale.len(), [inputs, out]),
        (Layout::Bytes, &[down, 1]) if down == out => of(layout, 8, 0, 1, [inputs, out]),
        _ => None,
    }
}

/// What the code says of a module that is quantised, where its shapes leave the size of the layer open.
pub(super) fn note<'n>(mut names: impl Iterator<Item = &'n str>) -> &'static str {
    match names.find(|name| matches!(*name, "quant_map" | "weight_packed")) {
        Some("quant_map") => " Of a layer of bitsandbytes in 4 bits; its size is in the JSON of `quant_state`.",
        Some(_) => " Packed integers of compressed-tensors; the configuration says how many bits.",
        None => "",
    }
}

/// The size of equal groups that exists; 0 if there is one for all.
fn group(columns: usize, groups: usize) -> Option<usize> {
    match groups {
        1 => Some(0),
        _ => [32, 64, 128, 16, 256, 512, 1024].into_iter().find(|group| groups.checked_mul(*group) == Some(columns)),
    }
}

/// The size of blocks, of which the last may be smaller: 128, which is everywhere, unless it does not fit.
fn block(columns: usize, blocks: usize) -> Option<usize> {
    [128, 256, 64, 32, 16].into_iter().find(|block| columns.div_ceil(*block) == blocks)
}

pub(super) const FLOATS: &[DType] = &[DType::F16, DType::BF16, DType::F32];

impl Quantised {
    /// What the layout has under a name.
    fn tensor(self, name: &str) -> Option<(&'static [DType], Vec<Dim>)> {
        use DType::{F8_E4M3, F8_E8M0, F32, I8, I32, I64, U8};
        let Quantised { layout, bits, group, rows } = self;
        let (inputs, out) = (whole(IN), whole(OUT));
        Some(match (layout, name) {
            (Layout::GptOss, "gate_up_proj_blocks") => {
                (&[U8], vec![whole(EXPERTS), part(INNER, 2, 1), part(HIDDEN, 1, 32), Dim::Is(16)])
            }
            (Layout::GptOss, "gate_up_proj_scales") => {
                (&[U8], vec![whole(EXPERTS), part(INNER, 2, 1), part(HIDDEN, 1, 32)])
            }
            (Layout::GptOss, "gate_up_proj_bias") => (FLOATS, vec![whole(EXPERTS), part(INNER, 2, 1)]),
            (Layout::GptOss, "down_proj_blocks") => {
                (&[U8], vec![whole(EXPERTS), whole(HIDDEN), part(INNER, 1, 32), Dim::Is(16)])
            }
            (Layout::GptOss, "down_proj_scales") => (&[U8], vec![whole(EXPERTS), whole(HIDDEN), part(INNER, 1, 32)]),
            (Layout::GptOss, "down_proj_bias") => (FLOATS, vec![whole(EXPERTS), whole(HIDDEN)]),
            (Layout::GptOss, _) => return None,
            (_, "bias") => (FLOATS, vec![out]),
            (Layout::Gptq, "qweight") => (&[I32], vec![part(IN, bits, 32), out]),
            (Layout::Awq, "qweight") => (&[I32], vec![inputs, part(OUT, bits, 32)]),
            (Layout::Gptq | Layout::Awq, "qzeros") => (&[I32], vec![parts(IN, group), part(OUT, bits, 32)]),
            (Layout::Gptq | Layout::Awq, "scales") => (FLOATS, vec![parts(IN, group), out]),
            (Layout::Gptq, "g_idx") => (&[I32], vec![inputs]),
            (Layout::Bitsandbytes, "weight") => (&[I8], vec![out, inputs]),
            (Layout::Bitsandbytes, "SCB") => (&[F32], vec![out]),
            (Layout::Bitsandbytes, "weight_format") => (&[U8], Vec::new()),
            (Layout::Fp8Blocks, "weight") => (&[F8_E4M3], vec![out, inputs]),
            (Layout::Fp8Blocks, "weight_scale_inv") => (&[F32, F8_E8M0], vec![parts(OUT, rows), parts(IN, group)]),
            (Layout::Fp8Blocks, "activation_scale") => (&[F32], Vec::new()),
            (Layout::Packed, "weight_packed") => (&[I32], vec![out, part(IN, bits, 32)]),
            (Layout::Packed, "weight_scale") => (FLOATS, vec![out, parts(IN, group)]),
            (Layout::Packed, "weight_g_idx") => (&[I32], vec![inputs]),
            (Layout::Packed, "weight_shape") => (&[I64, I32], vec![Dim::Is(2)]),
            (Layout::Packed, "weight_zero_point") => (&[I32], vec![part(OUT, bits, 32), parts(IN, group)]),
            (Layout::Nvfp4, "weight_packed") => (&[U8], vec![out, part(IN, 1, 2)]),
            (Layout::Nvfp4, "weight_scale") => (&[F8_E4M3], vec![out, part(IN, 1, 16)]),
            (Layout::Nvfp4, "weight_global_scale" | "input_global_scale") => (&[F32], vec![Dim::Is(1)]),
            (Layout::Mxfp4, "weight_packed") => (&[U8], vec![out, part(IN, 1, 2)]),
            (Layout::Mxfp4, "weight_scale") => (&[U8], vec![out, part(IN, 1, 32)]),
            (Layout::Mxfp6, "weight_packed") => (&[U8], vec![out, part(IN, 3, 4)]),
            (Layout::Mxfp6 | Layout::Mxfp8, "weight_scale") => (&[U8], vec![out, part(IN, 1, 32)]),
            (Layout::Mxfp8, "weight") => (&[F8_E4M3], vec![out, inputs]),
            (Layout::ModelOpt, "weight") => (&[U8], vec![out, part(IN, 1, 2)]),
            (Layout::ModelOpt, "weight_scale") => (&[F8_E4M3], vec![out, part(IN, 1, 16)]),
            (Layout::ModelOpt, "weight_scale_2" | "input_scale") => (&[F32], Vec::new()),
            (Layout::Bytes, "weight") => (&[I8, F8_E4M3], vec![out, inputs]),
            (Layout::Bytes, "weight_scale") => (FLOATS, vec![out, Dim::Is(1)]),
            (Layout::OneScale, "weight") => (&[I8, F8_E4M3], vec![out, inputs]),
            (Layout::OneScale, "weight_scale" | "weight_scale_inv" | "input_scale" | "activation_scale") => {
                (FLOATS, vec![Dim::Is(1); rows])
            }
            (Layout::Torchao, "_weight_qdata") => (&[I8, F8_E4M3], vec![out, inputs]),
            (Layout::Torchao, "_weight_scale") => (FLOATS, vec![out, parts(IN, group)]),
            (Layout::Torchao, "_weight_zero_point") => (&[I8], vec![out, parts(IN, group)]),
            _ => return None,
        })
    }

    /// The shape of a tensor as code. Sizes have these names.
    pub(super) fn shape(self, name: &str, names: &[String]) -> Option<String> {
        let dims: Vec<String> = self.tensor(name)?.1.into_iter().map(|dim| dim.text(names)).collect();
        Some(format!("[{}]", dims.join(", ")))
    }

    /// What the sizes of a layer are called.
    pub(super) fn sizes(self) -> &'static [&'static str] {
        if self.layout == Layout::GptOss { &["EXPERTS", "HIDDEN_SIZE", "INNER"] } else { &["IN", "OUT"] }
    }

    /// Whether it is a linear layer.
    pub(super) fn is_linear(self) -> bool {
        self.layout != Layout::GptOss
    }

    /// What models call such a layer.
    pub(super) fn name(self) -> &'static str {
        match self.layout {
            Layout::Gptq => "GptqLinear",
            Layout::Awq => "AwqLinear",
            Layout::Bitsandbytes => "Int8Linear",
            Layout::Fp8Blocks => "Fp8Linear",
            Layout::Packed => "PackedLinear",
            Layout::Nvfp4 | Layout::ModelOpt => "Nvfp4Linear",
            Layout::Mxfp4 => "Mxfp4Linear",
            Layout::Mxfp6 => "Mxfp6Linear",
            Layout::Mxfp8 => "Mxfp8Linear",
            Layout::Bytes | Layout::OneScale => "ScaledLinear",
            Layout::Torchao => "TorchaoLinear",
            Layout::GptOss => "Mxfp4Experts",
        }
    }

    /// What the code says about it, with what is easily read wrong.
    pub(super) fn doc(self) -> String {
        let Quantised { layout, bits, group, rows } = self;
        let scale = if group == 0 { "a row".to_owned() } else { format!("{group} inputs") };
        match layout {
            Layout::Gptq => format!(
                "A linear layer of GPTQ: {bits} bits, a scale for {scale}, packed along its inputs.\n/// Zero points are stored less one, unless the configuration says `gptq_v2`."
            ),
            Layout::Awq => format!(
                "A linear layer of AWQ: {bits} bits, a scale for {scale}, packed along its outputs.\n/// The places of a word are the columns 0, 2, 4, 6, 1, 3, 5, 7."
            ),
            Layout::Bitsandbytes => {
                "A linear layer of bitsandbytes: a weight is its byte times its row's `SCB`, by 127.".to_owned()
            }
            Layout::Fp8Blocks => format!(
                "A linear layer of 8-bit floats. `weight_scale_inv` multiplies blocks of {rows} rows and {scale}."
            ),
            Layout::Packed => format!(
                "A linear layer of compressed-tensors: {bits} bits, a scale for {scale}, packed along its inputs.\n/// Integers are stored plus {}.",
                1_usize << (bits.clamp(1, 8) - 1)
            ),
            Layout::Nvfp4 => "A linear layer of compressed-tensors, NVFP4. `weight_global_scale` divides.".to_owned(),
            Layout::Mxfp4 => "A linear layer of compressed-tensors, MXFP4. Scales are exponents.".to_owned(),
            Layout::Mxfp6 => "A linear layer of compressed-tensors, MXFP6. Scales are exponents.".to_owned(),
            Layout::Mxfp8 => "A linear layer of compressed-tensors, MXFP8. Scales are exponents.".to_owned(),
            Layout::OneScale => "A linear layer of 8 bits, with one scale.".to_owned(),
            Layout::ModelOpt => "A linear layer of ModelOpt, NVFP4. `weight_scale_2` multiplies.".to_owned(),
            Layout::Bytes => {
                "A linear layer of compressed-tensors: a weight is multiplied by its row's scale.".to_owned()
            }
            Layout::Torchao => format!("A linear layer of torchao, with a scale for {scale}."),
            Layout::GptOss => {
                "Experts of gpt-oss in MXFP4. The rows of gate and up take turns, and scales are exponents.".to_owned()
            }
        }
    }
}
