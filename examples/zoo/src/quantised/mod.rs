//! Linear layers in the layouts in which quantised models are published: weights alone, as each program saves them.
//!
//! | layout | the weight of [out, in] is | a weight is | type |
//! |---|---|---|---|
//! | GPTQ | `qweight` I32 [in · bits / 32, out] | (q − z − 1) · scale; in `gptq_v2`, (q − z) · scale | [`gptq::Linear`] |
//! | AWQ | `qweight` I32 [in, out · bits / 32] | (q − z) · scale | [`awq::Linear`] |
//! | bitsandbytes, 4 bits | `weight` U8 [out · in / 2, 1] | map\[q\] · absmax | [`bitsandbytes::Linear4bit`] |
//! | bitsandbytes, 8 bits | `weight` I8 [out, in] | q · SCB / 127 | [`bitsandbytes::Linear8bit`] |
//! | fp8 in blocks, as transformers has it | `weight` F8_E4M3 [out, in] | q · scale, which is called `weight_scale_inv` | [`fp8::Linear`], [`Matrix`](fp8::Matrix), [`PerTensor`](fp8::PerTensor), [`Experts`](fp8::Experts) |
//! | compressed-tensors, integers | `weight_packed` I32 [out, in · bits / 32] | (q − 2^(bits − 1)) · scale, or (q − z) · scale | [`compressed_tensors::Packed`] |
//! | compressed-tensors, int8 and fp8 | `weight` I8 or F8_E4M3 [out, in] | q · scale | [`compressed_tensors::Plain`], [`Blocks`](compressed_tensors::Blocks) |
//! | compressed-tensors, nvfp4 | `weight_packed` U8 [out, in / 2] | q · scale **/** global scale | [`compressed_tensors::Nvfp4`] |
//! | compressed-tensors, mxfp4 | `weight_packed` U8 [out, in / 2] | q · 2^(scale − 127) | [`compressed_tensors::Mxfp4`]; 6 bits: [`Mxfp6`](compressed_tensors::Mxfp6); 8 bits: [`Mxfp8`](compressed_tensors::Mxfp8) |
//! | ModelOpt, nvfp4 | `weight` U8 [out, in / 2] | q · scale **·** `weight_scale_2` | [`modelopt::Nvfp4`] |
//! | gpt-oss, mxfp4 | `.._blocks` U8 [experts, out, in / 32, 16] | q · 2^(scale − 127), and the matrix is transposed | [`gpt_oss::Experts`] |
//! | torchao | `_weight_qdata` [out, in] | q · scale, or (q − z) · scale | [`torchao::Linear`] |
//! | MLX | `weight` U32 [out, in · bits / 32] | q · scale + bias | [`mlx_quantized`](crate::mlx_quantized) |
//!
//! Each takes its sizes as arguments: names of the configuration, numbers, or expressions of both. Those that have bits and groups take
//! them from `quantization_config`, where a load has a configuration and the field says nothing else:
//!
//! ```
//! use weighbridge::{Loader, Module};
//! use weighbridge_zoo::quantised::{Float, gptq};
//!
//! #[derive(Module)]
//! struct Model {
//!     #[module(args(in = "hidden_size", out = "intermediate_size"))]
//!     proj: gptq::Linear,
//!     #[module(args(in = "intermediate_size", out = "num_labels"))]
//!     head: Float,
//! }
//!
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/quantised");
//! let loader = Loader::new().config_file(format!("{folder}/gptq-4bit.json"));
//! let loaded = loader.load::<Model>(format!("{folder}/gptq-4bit.safetensors"))?;
//! assert_eq!(loaded.report.dim("quantization_config.bits"), Some(4));
//!
//! // the same with constants: what cannot be packed does not compile
//! #[derive(Module)]
//! struct Small {
//!     #[module(args(in = 64, out = 32, bits = 4, group = 32), with(format = "gptq"))]
//!     proj: gptq::Linear,
//!     #[module(args(in = 32, out = 8))]
//!     head: Float,
//! }
//!
//! Small::from_weights(format!("{folder}/gptq-4bit.safetensors"))?;
//! # Ok::<(), weighbridge::LoadError>(())
//! ```
//!
//! Quantisers leave layers alone, the head and routers above all. Which ones they are is in the file, and where a struct should not say it,
//! [`Mixed`] is a layer of either kind.
//!
//! [`Grouped`] and [`Sized`] give any of these types their sizes as const parameters. [`gptq::Fixed`] is that of GPTQ, as it says the format, too.

pub mod awq;
pub mod bitsandbytes;
pub mod compressed_tensors;
pub mod fp8;
pub mod gpt_oss;
pub mod gptq;
pub mod modelopt;
pub mod torchao;

use weighbridge::{AnyTensor, Module};

/// A linear layer as it was before.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(in, out))]
pub struct Float {
    /// A row for each output.
    #[param(shape = ["out", "in"], dtype = ["BF16", "F16", "F32"])]
    pub weight: AnyTensor,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["BF16", "F16", "F32"])]
    pub bias: Option<AnyTensor>,
}

/// A layer that was quantised, or left alone: the file says which.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(in, out))]
pub enum Mixed<L> {
    /// Left alone.
    Float(#[module(args(in = "in", out = "out"))] Float),
    /// Quantised.
    Quantised(#[module(args(in = "in", out = "out"))] L),
}

/// A layer of a size that is fixed.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Sized<L, const IN: usize, const OUT: usize> {
    /// The layer.
    #[module(flatten, args(in = IN, out = OUT))]
    pub layer: L,
}

/// The same of a layout that packs `BITS` and has a scale for each `GROUP`.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Grouped<L, const IN: usize, const OUT: usize, const BITS: usize, const GROUP: usize> {
    /// The layer.
    #[module(flatten, args(in = IN, out = OUT, bits = BITS, group = GROUP))]
    pub layer: L,
}
