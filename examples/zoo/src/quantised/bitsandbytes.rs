//! bitsandbytes, in 4 and in 8 bits.
//!
//! In 4 bits, everything of a layer is one row of out · in numbers:
//!
//! - **`weight` is a tensor, and a module**: `weight.absmax` and others lie below its name.
//! - The first of the two numbers in a byte is in its **high** bits. `quant_map` says what each of the 16 values is.
//! - The file's `weight` has no dims of its own. `in` and `out` are in the bytes of `quant_state`, which are JSON, so give both from the
//!   configuration: a file for [in, out] has the same shapes as one for [out, in].
//! - With `bnb_4bit_use_double_quant`, `absmax` are bytes too: `nested_quant_map` says what they are, times `nested_absmax`, plus the
//!   `nested_offset` in the JSON.
//! - With `bnb_4bit_quant_storage`, bytes are stored as elements of another dtype, as many in each as it has: `storage` is their size.
//!   They are no numbers of that dtype.

use weighbridge::{AnyTensor, Module, Tensor};

/// `Linear4bit`.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(in, out, block = 64, storage = 1))]
pub struct Linear4bit {
    /// Two numbers in each byte.
    #[param(shape = [ceil_div("in" * "out", 2 * "storage"), 1], dtype = ["U8", "BF16", "F16", "F32"])]
    pub weight: AnyTensor,
    /// What the numbers are.
    #[module(rename = "weight", args(blocks = ceil_div("in" * "out", "block")))]
    pub state: State,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["F16", "BF16", "F32"])]
    pub bias: Option<AnyTensor>,
}

/// What lies below `weight`.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(blocks))]
pub struct State {
    /// What each block is multiplied by.
    #[module(flatten, args(blocks = "blocks"))]
    pub scales: Scales,
    /// What each value is.
    #[param(shape = [16])]
    pub quant_map: Tensor<f32>,
    /// Which map it is, and the JSON.
    #[module(rename = "quant_state")]
    pub kind: Kind,
}

/// What each block is multiplied by.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(blocks))]
pub enum Scales {
    /// The numbers themselves.
    Once {
        /// A number for each block.
        #[param(shape = ["blocks"])]
        absmax: Tensor<f32>,
    },
    /// Numbers that were quantised, too.
    Twice {
        /// A byte for each block.
        #[param(shape = ["blocks"])]
        absmax: Tensor<u8>,
        /// What 256 blocks each are multiplied by.
        #[param(shape = [ceil_div("blocks", 256)])]
        nested_absmax: Tensor<f32>,
        /// What each byte is.
        #[param(shape = [256])]
        nested_quant_map: Tensor<f32>,
    },
}

/// The kind of numbers, which is in a name, with their dtype, shape and block size as JSON.
#[derive(Module, Clone, Debug, PartialEq)]
pub enum Kind {
    /// For numbers of a normal distribution.
    Nf4(#[param(shape = [_], rename = "bitsandbytes__nf4")] Tensor<u8>),
    /// Floats of 4 bits.
    Fp4(#[param(shape = [_], rename = "bitsandbytes__fp4")] Tensor<u8>),
}

/// `Linear8bitLt`. A weight is its byte times its row's `SCB`, divided by 127.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(in, out))]
pub struct Linear8bit {
    /// A row for each output.
    #[param(shape = ["out", "in"])]
    pub weight: Tensor<i8>,
    /// The largest number of each row.
    #[param(rename = "SCB", shape = ["out"])]
    pub scales: Tensor<f32>,
    /// How rows lie: 0 is one after the other, and the only one that is written today.
    #[param]
    pub weight_format: u8,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["F16", "BF16", "F32"])]
    pub bias: Option<AnyTensor>,
}
