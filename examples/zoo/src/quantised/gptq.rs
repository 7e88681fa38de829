//! GPTQ, as auto-gptq, GPTQModel and optimum save it.
//!
//! - Integers of `bits` lie along `in`, the first in the lowest bits of a word, and one may begin in a word and end in the next (3 bits).
//!   The zero points lie along `out` in the same way.
//! - A zero point is stored **less one** where `quantization_config.checkpoint_format` is `gptq` or absent, and as it is where it is
//!   `gptq_v2`. No tensor shows which, so the layer holds what the configuration says: [`Linear::format`]. Other formats, such as
//!   `marlin`, are refused by it. Without a configuration, you say it: `with(format = "gptq")`.
//! - `g_idx` is the group of each input: `i / group`, unless the quantiser put columns in another order (`desc_act`). So take groups from
//!   it, where the file has it. Newer exports leave it out, which is refused where the configuration says `desc_act`.
//! - `group_size` is -1 in the configuration where one group is a whole row: give `group` the number of inputs then.

use serde::Deserialize;
use weighbridge::{AnyTensor, Module, Tensor};

/// A linear layer whose weight [out, in] is packed along its inputs.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(
    in,
    out,
    bits = "quantization_config.bits",
    group = "quantization_config.group_size",
    format = "quantization_config.checkpoint_format",
    order = "quantization_config.desc_act",
))]
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
    #[param(shape = ["in"], when = "order" || "g_idx")]
    pub g_idx: Option<Tensor<i32>>,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["F16", "BF16", "F32"])]
    pub bias: Option<AnyTensor>,
    /// How zero points are stored; [`Format::Gptq`] where the configuration does not say it.
    #[module(config = "format")]
    pub format: Option<Format>,
}

/// How zero points are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Less one.
    Gptq,
    /// As they are.
    GptqV2,
}

impl Linear {
    /// What is added to a zero point as it is stored.
    pub fn offset(&self) -> i32 {
        i32::from(self.format != Some(Format::GptqV2))
    }
}

/// A layer of a size that is fixed, in the older format.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Fixed<const IN: usize, const OUT: usize, const BITS: usize, const GROUP: usize> {
    /// The layer.
    #[module(flatten, args(in = IN, out = OUT, bits = BITS, group = GROUP), with(format = "gptq"))]
    pub layer: Linear,
}
