//! AWQ, as AutoAWQ saves it for its `gemm` kernel: the version that is published.
//!
//! - Names are those of [GPTQ](super::gptq), but integers lie along `out`: `qweight` has a row for each input.
//! - Of the eight integers in a word, those in the places 0 to 7 are the columns 0, 2, 4, 6, 1, 3, 5, 7, counted from the lowest bits.
//!   Zero points have this order too, and are stored as they are.
//! - The versions `gemv` ([out, in / 8]) and `marlin` (in tiles) have other shapes, so they are refused. No type here is theirs.

use weighbridge::{AnyTensor, Module, Tensor};

/// A linear layer whose weight [out, in] is transposed, and packed along its outputs.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(in, out, bits = "quantization_config.bits", group = "quantization_config.group_size"))]
pub struct Linear {
    /// The integers, with a row for each input.
    #[param(shape = ["in", "out" * "bits" / 32])]
    pub qweight: Tensor<i32>,
    /// The zero points of each group.
    #[param(shape = ["in" / "group", "out" * "bits" / 32])]
    pub qzeros: Tensor<i32>,
    /// What each group is multiplied by.
    #[param(shape = ["in" / "group", "out"], dtype = ["F16", "BF16", "F32"])]
    pub scales: AnyTensor,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["F16", "BF16", "F32"])]
    pub bias: Option<AnyTensor>,
}
