//! compressed-tensors, which llm-compressor and vLLM write: `pack-quantized`, `int-quantized`, `float-quantized`, and floats of 4, 6 and 8 bits.
//!
//! - Integers lie along `in`, the first in the lowest bits, as a stream: one may begin in a word and end in the next. They are stored
//!   plus 2^(bits - 1), so that none is negative. Zero points have the same offset, and lie along `out`: [out · bits / 32, groups].
//! - `weight_g_idx` is the group of each input, where columns are in another order (`actorder: group`, of older versions): take groups
//!   from it where the file has it. `actorder: weight` leaves columns where they are.
//! - `weight_shape` holds [out, in] as numbers: I64, and I32 in older files.
//! - A scale for each row is `[out, 1]`, for a tensor `[1]`. For a row, give `group` the number of inputs.
//! - Of floats of 4 bits, the first of two is in the **low** bits of a byte. The three bits behind the sign are worth 0, 0.5, 1, 1.5, 2, 3,
//!   4 and 6. Floats of 6 bits are a stream, four in three bytes, the first in the lowest bits.
//! - `weight_global_scale` of NVFP4 **divides**: a weight is q · `weight_scale` / `weight_global_scale`.
//!   [ModelOpt](super::modelopt) has the same numbers the other way round.
//! - MX scales are exponents in a U8: 2^(scale - 127), and there is no other scale.

use weighbridge::{AnyTensor, Module, Tensor};

/// `pack-quantized`: W4A16, W8A16 and others.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(
    in,
    out,
    bits = "quantization_config.config_groups.group_0.weights.num_bits",
    group = "quantization_config.config_groups.group_0.weights.group_size",
    order = "quantization_config.config_groups.group_0.weights.actorder",
))]
pub struct Packed {
    /// The integers, with a row for each output.
    #[param(rename = "weight_packed", shape = ["out", ceil_div("in" * "bits", 32)])]
    pub weight: Tensor<i32>,
    /// What each group is multiplied by.
    #[param(rename = "weight_scale", shape = ["out", ceil_div("in", "group")], dtype = ["BF16", "F16", "F32"])]
    pub scales: AnyTensor,
    /// `out` and `in`.
    #[param(rename = "weight_shape", shape = [2], dtype = ["I64", "I32"])]
    pub shape: Tensor<i64>,
    /// The zero points of each group, where it has some.
    #[param(rename = "weight_zero_point", shape = [ceil_div("out" * "bits", 32), ceil_div("in", "group")])]
    pub zeros: Option<Tensor<i32>>,
    /// The group of each input, where columns are in another order.
    #[param(rename = "weight_g_idx", shape = ["in"], when = "order" == "group" || "g_idx")]
    pub g_idx: Option<Tensor<i32>>,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["BF16", "F16", "F32"])]
    pub bias: Option<AnyTensor>,
}

/// `int-quantized`, `float-quantized` and `naive-quantized`: a byte for each weight.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(in, out))]
pub struct Plain {
    /// A row for each output.
    #[param(shape = ["out", "in"], dtype = ["I8", "F8_E4M3"])]
    pub weight: AnyTensor,
    /// What weights are multiplied by.
    #[module(flatten, args(out = "out"))]
    pub scale: Scale,
    /// What inputs are divided by, where that is fixed.
    #[param(shape = [1], dtype = ["BF16", "F16", "F32"])]
    pub input_scale: Option<AnyTensor>,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["BF16", "F16", "F32"])]
    pub bias: Option<AnyTensor>,
}

/// What weights are multiplied by.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(out))]
pub enum Scale {
    /// A row for each output by its own number.
    Channel(#[param(rename = "weight_scale", shape = ["out", 1], dtype = ["BF16", "F16", "F32"])] AnyTensor),
    /// All by one.
    Tensor(#[param(rename = "weight_scale", shape = [1], dtype = ["BF16", "F16", "F32"])] AnyTensor),
    /// All by one, as other programs write it.
    Scalar(#[param(rename = "weight_scale", shape = [], dtype = ["BF16", "F16", "F32"])] AnyTensor),
}

/// The same with a scale for each block: `FP8_BLOCK`.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(
    in,
    out,
    rows = "quantization_config.config_groups.group_0.weights.block_structure.0",
    columns = "quantization_config.config_groups.group_0.weights.block_structure.1",
))]
pub struct Blocks {
    /// A row for each output.
    #[param(shape = ["out", "in"], dtype = ["I8", "F8_E4M3"])]
    pub weight: AnyTensor,
    /// What each block is multiplied by.
    #[param(
        rename = "weight_scale",
        shape = [ceil_div("out", "rows"), ceil_div("in", "columns")],
        dtype = ["BF16", "F16", "F32"],
    )]
    pub scales: AnyTensor,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["BF16", "F16", "F32"])]
    pub bias: Option<AnyTensor>,
}

/// `nvfp4-pack-quantized`.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(in, out))]
pub struct Nvfp4 {
    /// Two floats of 4 bits in each byte.
    #[param(rename = "weight_packed", shape = ["out", "in" / 2])]
    pub weight: Tensor<u8>,
    /// What 16 weights each are multiplied by.
    #[param(rename = "weight_scale", shape = ["out", "in" / 16], dtype = "F8_E4M3")]
    pub scales: AnyTensor,
    /// What all are divided by.
    #[param(rename = "weight_global_scale", shape = [1])]
    pub global_scale: Tensor<f32>,
    /// The same of the inputs, where they are quantised.
    #[param(shape = [1])]
    pub input_global_scale: Option<Tensor<f32>>,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["BF16", "F16", "F32"])]
    pub bias: Option<AnyTensor>,
}

/// `mxfp4-pack-quantized`.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(in, out))]
pub struct Mxfp4 {
    /// Two floats of 4 bits in each byte.
    #[param(rename = "weight_packed", shape = ["out", "in" / 2])]
    pub weight: Tensor<u8>,
    /// The exponent of 32 weights each.
    #[param(rename = "weight_scale", shape = ["out", "in" / 32])]
    pub scales: Tensor<u8>,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["BF16", "F16", "F32"])]
    pub bias: Option<AnyTensor>,
}

/// `mxfp6-pack-quantized`.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(in, out))]
pub struct Mxfp6 {
    /// Four floats of 6 bits, e2m3, in three bytes.
    #[param(rename = "weight_packed", shape = ["out", 3 * "in" / 4])]
    pub weight: Tensor<u8>,
    /// The exponent of 32 weights each.
    #[param(rename = "weight_scale", shape = ["out", "in" / 32])]
    pub scales: Tensor<u8>,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["BF16", "F16", "F32"])]
    pub bias: Option<AnyTensor>,
}

/// `mxfp8-quantized`.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(in, out))]
pub struct Mxfp8 {
    /// A row for each output.
    #[param(shape = ["out", "in"], dtype = "F8_E4M3")]
    pub weight: AnyTensor,
    /// The exponent of 32 weights each.
    #[param(rename = "weight_scale", shape = ["out", "in" / 32])]
    pub scales: Tensor<u8>,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["BF16", "F16", "F32"])]
    pub bias: Option<AnyTensor>,
}
