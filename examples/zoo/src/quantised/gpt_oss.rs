//! The experts of gpt-oss, in MXFP4.
//!
//! - A block is 32 weights of a row in 16 bytes, the first of two in the low bits, and a scale is an exponent: 2^(scale - 127).
//! - The blocks have a row for each **output**. transformers computes with the transposed matrix [experts, in, out].
//! - Gate and up are **interleaved**: the rows 0, 2, 4 … of `gate_up_proj` are the gate's, and 1, 3, 5 … are those of up.

use half::bf16;
use weighbridge::{Module, Tensor};

/// All experts of a layer.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(experts = "num_local_experts", hidden = "hidden_size", inner = "intermediate_size"))]
pub struct Experts {
    /// Gate and up, in turn.
    #[param(shape = ["experts", 2 * "inner", "hidden" / 32, 16])]
    pub gate_up_proj_blocks: Tensor<u8>,
    /// The exponent of each block.
    #[param(shape = ["experts", 2 * "inner", "hidden" / 32])]
    pub gate_up_proj_scales: Tensor<u8>,
    /// Added to both.
    #[param(shape = ["experts", 2 * "inner"])]
    pub gate_up_proj_bias: Tensor<bf16>,
    /// Back to the residual stream.
    #[param(shape = ["experts", "hidden", "inner" / 32, 16])]
    pub down_proj_blocks: Tensor<u8>,
    /// The exponent of each block.
    #[param(shape = ["experts", "hidden", "inner" / 32])]
    pub down_proj_scales: Tensor<u8>,
    /// Added to it.
    #[param(shape = ["experts", "hidden"])]
    pub down_proj_bias: Tensor<bf16>,
}
