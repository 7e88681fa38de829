//! NVIDIA's ModelOpt: NVFP4.
//!
//! - `weight_scale_2` **multiplies**: a weight is q · `weight_scale` · `weight_scale_2`. In
//!   [compressed-tensors](super::compressed_tensors), the number in its place divides.
//! - The first of the two floats in a byte is in the low bits.
//! - `weight` is U8 here, and has no other name than a float's.

use weighbridge::{AnyTensor, Module, Tensor};

/// A linear layer.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(in, out))]
pub struct Nvfp4 {
    /// Two floats of 4 bits in each byte.
    #[param(shape = ["out", "in" / 2])]
    pub weight: Tensor<u8>,
    /// What 16 weights each are multiplied by.
    #[param(rename = "weight_scale", shape = ["out", "in" / 16], dtype = "F8_E4M3")]
    pub scales: AnyTensor,
    /// What all are multiplied by.
    #[param]
    pub weight_scale_2: f32,
    /// What inputs are divided by.
    #[param]
    pub input_scale: Option<f32>,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["BF16", "F16", "F32"])]
    pub bias: Option<AnyTensor>,
}
