//! Floats of 8 bits with a scale for each block, as DeepSeek, Qwen and GLM publish them, and transformers' `FineGrainedFP8Config` writes.
//!
//! - `weight_scale_inv` **multiplies**, whatever its name says.
//! - The last blocks of a side may be smaller, so there are [ceil(out / rows), ceil(in / columns)] of them.
//! - `scale_fmt: ue8m0` writes exponents (F8_E8M0) in place of F32. They are read as they are.
//! - Without blocks, the one scale of a tensor is [], and `activation_scale` divides the inputs.
//! - The two halves of `gate_up_proj` are one after the other, and blocks go on from one to the next.

use weighbridge::{AnyTensor, Module};

/// A linear layer. Whether it has a bias is in the file.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(
    in,
    out,
    rows = "quantization_config.weight_block_size.0",
    columns = "quantization_config.weight_block_size.1",
))]
pub struct Linear {
    /// The weight.
    #[module(flatten, args(in = "in", out = "out", rows = "rows", columns = "columns"))]
    pub matrix: Matrix,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["F16", "BF16", "F32"])]
    pub bias: Option<AnyTensor>,
}

/// The weight of a linear layer, for a model that says itself which of its layers have a bias.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(
    in,
    out,
    rows = "quantization_config.weight_block_size.0",
    columns = "quantization_config.weight_block_size.1",
))]
pub struct Matrix {
    /// A row for each output.
    #[param(shape = ["out", "in"], dtype = "F8_E4M3")]
    pub weight: AnyTensor,
    /// What each block is multiplied by.
    #[param(
        rename = "weight_scale_inv",
        shape = [ceil_div("out", "rows"), ceil_div("in", "columns")],
        dtype = ["F32", "BF16", "F8_E8M0"],
    )]
    pub scales: AnyTensor,
    /// What inputs are divided by, where that is fixed.
    #[param]
    pub activation_scale: Option<f32>,
}

/// A linear layer with one scale.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(in, out))]
pub struct PerTensor {
    /// A row for each output.
    #[param(shape = ["out", "in"], dtype = "F8_E4M3")]
    pub weight: AnyTensor,
    /// What all weights are multiplied by.
    #[param(rename = "weight_scale_inv")]
    pub scale: f32,
    /// What inputs are divided by, where that is fixed.
    #[param]
    pub activation_scale: Option<f32>,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["F16", "BF16", "F32"])]
    pub bias: Option<AnyTensor>,
}

/// All experts of a layer in one tensor, as transformers holds and saves them.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(
    experts,
    hidden,
    inner,
    rows = "quantization_config.weight_block_size.0",
    columns = "quantization_config.weight_block_size.1",
))]
pub struct Experts {
    /// The gate's rows, and then those of up.
    #[param(shape = ["experts", 2 * "inner", "hidden"], dtype = "F8_E4M3")]
    pub gate_up_proj: AnyTensor,
    /// What each block is multiplied by.
    #[param(shape = ["experts", ceil_div(2 * "inner", "rows"), ceil_div("hidden", "columns")], dtype = ["F32", "F8_E8M0"])]
    pub gate_up_proj_scale_inv: AnyTensor,
    /// Back to the residual stream.
    #[param(shape = ["experts", "hidden", "inner"], dtype = "F8_E4M3")]
    pub down_proj: AnyTensor,
    /// What each block is multiplied by.
    #[param(shape = ["experts", ceil_div("hidden", "rows"), ceil_div("inner", "columns")], dtype = ["F32", "F8_E8M0"])]
    pub down_proj_scale_inv: AnyTensor,
}
