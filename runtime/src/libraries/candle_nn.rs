//! Layers of candle-nn, 0.11, with the feature `candle-nn`, which turns on `candle`. They are modules as they are:
//!
//! ```
//! use candle_core::{Device, Tensor};
//! use candle_nn::{Linear, Module as _, RmsNorm};
//! use weighbridge::{Loader, Module};
//!
//! #[derive(Module)]
//! struct Mlp {
//!     #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
//!     norm: RmsNorm,
//!     #[module(args(in = "hidden_size", out = "intermediate_size", bias = "mlp_bias"))]
//!     up: Linear,
//!     #[module(args(in = "intermediate_size", out = "hidden_size", bias = "mlp_bias"))]
//!     down: Linear,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let floats = |shape: &[usize]| weighbridge::Tensor::new(shape, vec![0.5_f32; shape.iter().product()]).unwrap();
//! # let weights = [("norm.weight", floats(&[4])), ("up.weight", floats(&[8, 4])), ("down.weight", floats(&[4, 8]))];
//! let config = serde_json::json!({ "hidden_size": 4, "intermediate_size": 8, "mlp_bias": false, "rms_norm_eps": 1e-6 });
//! let mlp = Loader::new().config(&config).load::<Mlp>(weights)?.module;
//! let x = Tensor::ones((1, 4), candle_core::DType::F32, &Device::Cpu)?;
//! let y = mlp.down.forward(&mlp.up.forward(&mlp.norm.forward(&x)?)?)?;
//! assert_eq!((y.dims(), mlp.norm.eps()), (&[1, 4][..], 1e-6));
//! # Ok(())
//! # }
//! ```
//!
//! The [page about attributes](crate::docs::attributes) has the arguments and the parameters of each. Names, shapes and defaults are
//! those of PyTorch. Parameters are `F32`, `BF16`, `F16` or `F64`.
//!
//! An update keeps what is in no file: an `eps`, a momentum, strides. `BatchNorm` has no place for `num_batches_tracked`, so that name
//! is ignored, and noted in the report. Its running mean and variance are variables, and are updated in place.
//!
//! A kernel of `Conv2d` is square unless `kernel_width` says otherwise, and `kernel` is its height; candle has one stride and one
//! padding for both.
//!
//! # A layer that the file has in another layout
//!
//! You cannot write an attribute on a field of candle-nn, so write the [parts](crate::Remote) of the layer yourself, with the attribute.
//! GPT-2's files have their weights [in, out]:
//!
//! ```
//! use candle_core::Tensor;
//! use candle_nn::Linear;
//! use weighbridge::{Module, ParameterError, Remote};
//!
//! #[derive(Module)]
//! #[module(remote = Linear, args(in, out))]
//! struct Transposed {
//!     #[param(shape = ["out", "in"], from = transpose)]
//!     weight: Tensor,
//!     #[param(shape = ["out"])]
//!     bias: Tensor,
//! }
//!
//! impl Remote for Transposed {
//!     fn to_parts(linear: &Linear) -> Self {
//!         let bias = linear.bias().expect("these parts have a bias").clone();
//!         Transposed { weight: linear.weight().clone(), bias }
//!     }
//!
//!     fn from_parts(self) -> Result<Linear, ParameterError> {
//!         Ok(Linear::new(self.weight, Some(self.bias)))
//!     }
//! }
//!
//! #[derive(Module)]
//! struct Mlp {
//!     #[module(via = Transposed, args(in = "n_embd", out = 4 * "n_embd"))]
//!     c_fc: Linear,
//! }
//!
//! let zeros = |shape: &[usize]| weighbridge::Tensor::<f32>::zeros(shape);
//! let mlp = Mlp::from_weights([("c_fc.weight", zeros(&[2, 8])), ("c_fc.bias", zeros(&[8]))])?;
//! assert_eq!(mlp.c_fc.weight().dims(), [8, 2]);
//! # Ok::<(), weighbridge::LoadError>(())
//! ```
//!
//! # What candle-nn does not let anybody make or take apart
//!
//! | type | why | what to write |
//! |---|---|---|
//! | `GroupNorm` | it does not show its weight and bias, so that nothing can save or update it | its two tensors with `#[param]`; `GroupNorm::new` takes clones of them where you compute |
//! | `LSTM`, `GRU` | they are made from a `VarBuilder` only, and do not show their weights | `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0` and `bias_hh_l0` with `#[param]`; `VarBuilder::from_tensors` of these makes the layer |
//! | `Sequential` | it forgets the types of what is in it | a struct, or a tuple |

use candle_core::Tensor;
use candle_nn::{
    BatchNorm, Conv1d, Conv1dConfig, Conv2d, Conv2dConfig, ConvTranspose1d, ConvTranspose1dConfig, ConvTranspose2d,
    ConvTranspose2dConfig, Embedding, LayerNorm, Linear, RmsNorm,
};
use weighbridge_macros::Module;

use super::candle::first_line;
use crate::error::ParameterError;
use crate::remote::Remote;

layers! {
    Linear: LinearParts;
    Embedding: EmbeddingParts;
    LayerNorm: LayerNormParts;
    RmsNorm: RmsNormParts;
    BatchNorm: BatchNormParts;
    Conv1d: Conv1dParts;
    Conv2d: Conv2dParts;
    ConvTranspose1d: ConvTranspose1dParts;
    ConvTranspose2d: ConvTranspose2dParts;
}

#[derive(Module)]
#[module(crate = crate, remote = Linear, args(in, out, bias = true))]
struct LinearParts {
    #[param(shape = ["out", "in"], dtype = ["F32", "BF16", "F16", "F64"])]
    weight: Tensor,
    #[param(shape = ["out"], dtype = ["F32", "BF16", "F16", "F64"], when = "bias")]
    bias: Option<Tensor>,
}

impl Remote for LinearParts {
    fn to_parts(linear: &Linear) -> Self {
        LinearParts { weight: linear.weight().clone(), bias: linear.bias().cloned() }
    }

    fn from_parts(self) -> Result<Linear, ParameterError> {
        Ok(Linear::new(self.weight, self.bias))
    }
}

#[derive(Module)]
#[module(crate = crate, remote = Embedding, args(count, dim))]
struct EmbeddingParts {
    #[param(shape = ["count", "dim"], dtype = ["F32", "BF16", "F16", "F64"])]
    weight: Tensor,
}

impl Remote for EmbeddingParts {
    fn to_parts(embedding: &Embedding) -> Self {
        EmbeddingParts { weight: embedding.embeddings().clone() }
    }

    fn from_parts(self) -> Result<Embedding, ParameterError> {
        let dim = self.weight.dims().last().copied().unwrap_or_default();
        Ok(Embedding::new(self.weight, dim))
    }
}

#[derive(Module)]
#[module(crate = crate, remote = LayerNorm, args(dim, eps, bias = true))]
struct LayerNormParts {
    #[param(shape = ["dim"], dtype = ["F32", "BF16", "F16", "F64"])]
    weight: Tensor,
    #[param(shape = ["dim"], dtype = ["F32", "BF16", "F16", "F64"], when = "bias")]
    bias: Option<Tensor>,
    #[module(config = "eps")]
    eps: f64,
}

impl Remote for LayerNormParts {
    fn to_parts(norm: &LayerNorm) -> Self {
        LayerNormParts { weight: norm.weight().clone(), bias: norm.bias().cloned(), eps: norm.eps() }
    }

    fn from_parts(self) -> Result<LayerNorm, ParameterError> {
        Ok(match self.bias {
            Some(bias) => LayerNorm::new(self.weight, bias, self.eps),
            None => LayerNorm::new_no_bias(self.weight, self.eps),
        })
    }

    fn replace(self, old: &LayerNorm) -> Result<LayerNorm, ParameterError> {
        match old.remove_mean() {
            true => self.from_parts(),
            false => Ok(LayerNorm::rms_norm(self.weight, self.eps)),
        }
    }
}

#[derive(Module)]
#[module(crate = crate, remote = RmsNorm, args(dim, eps))]
struct RmsNormParts {
    #[param(shape = ["dim"], dtype = ["F32", "BF16", "F16", "F64"])]
    weight: Tensor,
    #[module(config = "eps")]
    eps: f64,
}

impl Remote for RmsNormParts {
    fn to_parts(norm: &RmsNorm) -> Self {
        RmsNormParts { weight: norm.weight().clone(), eps: norm.eps() }
    }

    fn from_parts(self) -> Result<RmsNorm, ParameterError> {
        Ok(RmsNorm::new(self.weight, self.eps))
    }
}

#[derive(Module)]
#[module(crate = crate, remote = BatchNorm, args(dim, eps, affine = true), ignore = ["num_batches_tracked"])]
struct BatchNormParts {
    #[param(shape = ["dim"], dtype = ["F32", "BF16", "F16", "F64"], when = "affine")]
    weight: Option<Tensor>,
    #[param(shape = ["dim"], dtype = ["F32", "BF16", "F16", "F64"], when = "affine")]
    bias: Option<Tensor>,
    #[param(shape = ["dim"], dtype = ["F32", "BF16", "F16", "F64"])]
    running_mean: Tensor,
    #[param(shape = ["dim"], dtype = ["F32", "BF16", "F16", "F64"])]
    running_var: Tensor,
    #[module(config = "eps")]
    eps: f64,
    /// That of candle and PyTorch.
    #[module(skip = 0.1)]
    momentum: f64,
}

impl Remote for BatchNormParts {
    fn to_parts(norm: &BatchNorm) -> Self {
        let (weight, bias) = norm.weight_and_bias().map(|(weight, bias)| (weight.clone(), bias.clone())).unzip();
        let (running_mean, running_var) = (norm.running_mean().clone(), norm.running_var().clone());
        BatchNormParts { weight, bias, running_mean, running_var, eps: norm.eps(), momentum: norm.momentum() }
    }

    fn from_parts(self) -> Result<BatchNorm, ParameterError> {
        let BatchNormParts { weight, bias, running_mean: mean, running_var: var, eps, momentum } = self;
        let dim = mean.elem_count();
        let norm = match (weight, bias) {
            (Some(weight), Some(bias)) => BatchNorm::new_with_momentum(dim, mean, var, weight, bias, eps, momentum),
            (None, None) => BatchNorm::new_no_bias_with_momentum(dim, mean, var, eps, momentum),
            _ => return Err(ParameterError::new("a batch norm of candle has both a weight and a bias, or neither")),
        };
        norm.map_err(|error| ParameterError::new(first_line(&error)))
    }
}

/// What a convolution is beside its tensors.
macro_rules! convolution {
    ($layer:ident, $parts:ident, $config:ident, [$($shape:tt)*] $(, $argument:ident = $default:tt)* $(; $($of_shape:tt)*)?) => {
        #[derive(Module)]
        #[module(
            crate = crate,
            remote = $layer,
            args(in, out, kernel, stride = 1, padding = 0, dilation = 1, $($argument = $default,)* $($($of_shape)*,)? bias = true)
        )]
        struct $parts {
            #[param(shape = [$($shape)*], dtype = ["F32", "BF16", "F16", "F64"])]
            weight: Tensor,
            #[param(shape = ["out"], dtype = ["F32", "BF16", "F16", "F64"], when = "bias")]
            bias: Option<Tensor>,
            #[module(config)]
            stride: usize,
            #[module(config)]
            padding: usize,
            #[module(config)]
            dilation: usize,
            $(#[module(config)]
            $argument: usize,)*
        }

        impl Remote for $parts {
            fn to_parts(layer: &$layer) -> Self {
                let $config { stride, padding, dilation, $($argument,)* .. } = *layer.config();
                let (weight, bias) = (layer.weight().clone(), layer.bias().cloned());
                $parts { weight, bias, stride, padding, dilation, $($argument),* }
            }

            #[allow(clippy::needless_update)]
            fn from_parts(self) -> Result<$layer, ParameterError> {
                let $parts { weight, bias, stride, padding, dilation, $($argument),* } = self;
                let config = $config { stride, padding, dilation, $($argument,)* ..Default::default() };
                Ok($layer::new(weight, bias, config))
            }

            fn replace(self, old: &$layer) -> Result<$layer, ParameterError> {
                Ok($layer::new(self.weight, self.bias, *old.config()))
            }
        }
    };
}

convolution!(Conv1d, Conv1dParts, Conv1dConfig, ["out", "in" / "groups", "kernel"], groups = 1);
convolution!(
    Conv2d, Conv2dParts, Conv2dConfig, ["out", "in" / "groups", "kernel", "kernel_width"],
    groups = 1; kernel_width = "kernel"
);
convolution!(
    ConvTranspose1d,
    ConvTranspose1dParts,
    ConvTranspose1dConfig,
    ["in", "out" / "groups", "kernel"],
    output_padding = 0,
    groups = 1
);
convolution!(
    ConvTranspose2d,
    ConvTranspose2dParts,
    ConvTranspose2dConfig,
    ["in", "out", "kernel", "kernel_width"],
    output_padding = 0;
    kernel_width = "kernel"
);
