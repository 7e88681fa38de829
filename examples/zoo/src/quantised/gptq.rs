//! GPTQ, as auto-gptq, GPTQModel and optimum save it.
//!
//! - Integers of `bits` lie along `in`, the first in the lowest bits of a word, and one may begin in a word and end in the next (3 bits).
//!   The zero points lie along `out` in the same way.
//! - A zero point is stored **less one** where `quantization_config.checkpoint_format` is `gptq` or absent, and as it is where it is
//!   `gptq_v2`. No tensor shows which.
//! - `g_idx` is the group of each input: `i / group`, unless the quantiser put columns in another order (`desc_act`). So take groups from
//!   it, where the file has it. Newer exports leave it out.
//! - `group_size` is -1 in the configuration where one group is a whole row: give `group` the number of inputs then.

use weighbridge::{AnyTensor, Module, Tensor};

/// A linear layer whose weight [out, in] is packed along its inputs.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(in, out, bits = "quantization_config.bits", group = "quantization_config.group_size"))]
pub struct Linear {
    /// The integers, with a column for each output.
    #[param(shape = ["in" * "bits" / 32, "out"])]
    pub qweight: Tensor<i32>,
    /// The zero points of each group.
    #[param(shape = [ceil_div("in", "group"), "out" * "bits" / 32])]
    pub qzeros: Tensor<i32>,
    /// What each group is multiplied by.
    #[param(shape = [ceil_div("in", "group"), "out"], dtype = ["F16", "BF16", "F32"])]
    pub scales: AnyTensor,
    /// The group of each input.
    #[param(shape = ["in"])]
    pub g_idx: Option<Tensor<i32>>,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["F16", "BF16", "F32"])]
    pub bias: Option<AnyTensor>,
}
