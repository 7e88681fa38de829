//! Layers of burn-nn, 0.22, with the feature `burn-nn`, which turns on `burn`. They are modules as they are, also in a struct that
//! derives burn's `Module` too:
//!
//! ```no_run
//! use burn_core as burn;
//! use burn_core::module::Module;
//! use burn_nn::{Embedding, Linear};
//! use weighbridge::Loader;
//!
//! #[derive(Module, weighbridge::Module, Debug)]
//! struct Model {
//!     #[weighbridge(args(count = "vocab_size", dim = "hidden_size"))]
//!     embed: Embedding,
//!     #[weighbridge(args(in = "hidden_size", out = "vocab_size", bias = false))]
//!     head: Linear,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let device = burn_core::tensor::Device::default().autodiff();
//! let model = Loader::new().device(device).config_file("config.json").load::<Model>("model.safetensors")?.module;
//! println!("{} parameters to train", model.num_params());
//! # Ok(())
//! # }
//! ```
//!
//! # What they take
//!
//! Names and shapes are those of PyTorch's files, whatever burn calls them and however it lays them out, and so are the defaults of
//! arguments: a layer has a bias unless `bias` says otherwise.
//!
//! | type | arguments | parameters in the file |
//! |---|---|---|
//! | `Linear` | `in`, `out`, `bias = true` | `weight` [out, in], which burn has as [in, out], `bias` [out] |
//! | `Embedding` | `count`, `dim` | `weight` [count, dim] |
//! | `LayerNorm` | `dim`, `eps`, `bias = true` | `weight` [dim], `bias` [dim] |
//! | `RmsNorm` | `dim`, `eps` | `weight` [dim] |
//! | `GroupNorm` | `groups`, `dim`, `eps`, `affine = true` | `weight` [dim], `bias` [dim] |
//! | `BatchNorm` | `dim`, `eps` | `weight` [dim], `bias` [dim], `running_mean` [dim], `running_var` [dim] |
//! | `Conv1d` | `in`, `out`, `kernel`, `stride = 1`, `padding = 0`, `dilation = 1`, `groups = 1`, `bias = true` | `weight` [out, in / groups, kernel], `bias` [out] |
//! | `Conv2d` | the same | `weight` [out, in / groups, kernel, kernel], `bias` [out] |
//! | `ConvTranspose1d` | the same, and `output_padding = 0` | `weight` [in, out / groups, kernel], `bias` [out] |
//! | `ConvTranspose2d` | the same | `weight` [in, out / groups, kernel, kernel], `bias` [out] |
//! | `Lstm` | `in`, `hidden`, `bias = true` | `weight_ih_l0` [4 · hidden, in], `weight_hh_l0` [4 · hidden, hidden], `bias_ih_l0` and `bias_hh_l0` [4 · hidden], which burn has as four gates |
//! | `Gru` | `in`, `hidden`, `bias = true` | the same with 3 in place of 4 |
//!
//! An `eps` is a name of the configuration, `args(eps = "layer_norm_eps")`, or a value that no file has: `with(eps = 1e-5)`. What
//! a file does not have, such as a stride, is a constant or a name of the configuration.
//!
//! An update keeps what is in no file, and the ids of burn's `Param`s, by which its optimizers know them. It also keeps whether each is
//! trained. `BatchNorm` has no place for `num_batches_tracked`, so that name is ignored, and noted in the report.
//!
//! An `Lstm` or a `Gru` is one layer in one direction, as in burn. For a stack, rename the names of the others:
//! `Loader::rename("lstm.weight_ih_l1", "second.weight_ih_l0")`. What a layer has that PyTorch's has not, such as `clip`, an update keeps; an
//! `Lstm` whose forget gate is coupled to its input gate cannot be updated.
//!
//! For kernels that are not square, or another layout, write the [parts](crate::Remote) of the layer yourself.

use burn_core::module::{Param, ParamId, RunningState};
use burn_nn::conv::{Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d};
use burn_nn::{
    BatchNorm, BatchNormConfig, Embedding, GateController, GroupNorm, Gru, GruConfig, LayerNorm, LayerNormConfig,
    Linear, Lstm, LstmConfig, PaddingConfig1d, PaddingConfig2d, RmsNorm,
};
use burn_tensor::Tensor;
use weighbridge_macros::Module;

use crate::error::ParameterError;
use crate::remote::Remote;

layers! {
    Linear: LinearParts;
    Embedding: EmbeddingParts;
    LayerNorm: LayerNormParts;
    RmsNorm: RmsNormParts;
    GroupNorm: GroupNormParts;
    BatchNorm: BatchNormParts;
    Conv1d: Conv1dParts;
    Conv2d: Conv2dParts;
    ConvTranspose1d: ConvTranspose1dParts;
    ConvTranspose2d: ConvTranspose2dParts;
    Lstm: LstmParts;
    Gru: GruParts;
}

type Weight<const D: usize> = Param<Tensor<D>>;

/// The parameter without its mappers, which are for burn's own files.
fn bare<const D: usize>(param: &Weight<D>) -> Weight<D> {
    Param::initialized(param.id, param.val())
}

/// The parameter with new elements.
fn put<const D: usize>(param: &Weight<D>, new: Tensor<D>) -> Result<Weight<D>, ParameterError> {
    if param.adapter().is_some() {
        return Err(ParameterError::new(
            "a parameter has a LoRA adapter, which an update would drop; call `materialize` on the module",
        ));
    }
    Ok(param.clone().map(|old| new.detach().set_require_grad(old.is_require_grad())))
}

/// The same of one that may be absent, as the module's structure says.
fn put_option<const D: usize>(
    param: &Option<Weight<D>>,
    new: Option<Weight<D>>,
) -> Result<Option<Weight<D>>, ParameterError> {
    param.as_ref().zip(new).map(|(param, new)| put(param, new.val())).transpose()
}

#[derive(Module)]
#[module(crate = crate, remote = Linear, args(in, out, bias = true))]
struct LinearParts {
    #[param(shape = ["in", "out"], from = transpose)]
    weight: Weight<2>,
    #[param(shape = ["out"], when = "bias")]
    bias: Option<Weight<1>>,
}

impl Remote for LinearParts {
    fn to_parts(linear: &Linear) -> Self {
        LinearParts { weight: bare(&linear.weight), bias: linear.bias.as_ref().map(bare) }
    }

    fn from_parts(self) -> Result<Linear, ParameterError> {
        Ok(Linear { weight: self.weight, bias: self.bias })
    }

    fn replace(self, old: &Linear) -> Result<Linear, ParameterError> {
        Ok(Linear { weight: put(&old.weight, self.weight.val())?, bias: put_option(&old.bias, self.bias)? })
    }
}

#[derive(Module)]
#[module(crate = crate, remote = Embedding, args(count, dim))]
struct EmbeddingParts {
    #[param(shape = ["count", "dim"])]
    weight: Weight<2>,
}

impl Remote for EmbeddingParts {
    fn to_parts(embedding: &Embedding) -> Self {
        EmbeddingParts { weight: bare(&embedding.weight) }
    }

    fn from_parts(self) -> Result<Embedding, ParameterError> {
        Ok(Embedding { weight: self.weight })
    }

    fn replace(self, old: &Embedding) -> Result<Embedding, ParameterError> {
        Ok(Embedding { weight: put(&old.weight, self.weight.val())? })
    }
}

#[derive(Module)]
#[module(crate = crate, remote = LayerNorm, args(dim, eps, bias = true))]
struct LayerNormParts {
    #[param(shape = ["dim"])]
    weight: Weight<1>,
    #[param(shape = ["dim"], when = "bias")]
    bias: Option<Weight<1>>,
    #[module(config)]
    eps: f64,
}

impl Remote for LayerNormParts {
    fn to_parts(norm: &LayerNorm) -> Self {
        // burn does not show its epsilon
        LayerNormParts { weight: bare(&norm.gamma), bias: norm.beta.as_ref().map(bare), eps: f64::NAN }
    }

    fn from_parts(self) -> Result<LayerNorm, ParameterError> {
        let mut norm = LayerNormConfig::new(1).with_epsilon(self.eps).init(&self.weight.device());
        (norm.gamma, norm.beta) = (self.weight, self.bias);
        Ok(norm)
    }

    fn replace(self, old: &LayerNorm) -> Result<LayerNorm, ParameterError> {
        let mut norm = old.clone();
        norm.gamma = put(&old.gamma, self.weight.val())?;
        norm.beta = put_option(&old.beta, self.bias)?;
        Ok(norm)
    }
}

#[derive(Module)]
#[module(crate = crate, remote = RmsNorm, args(dim, eps))]
struct RmsNormParts {
    #[param(shape = ["dim"])]
    weight: Weight<1>,
    #[module(config)]
    eps: f64,
}

impl Remote for RmsNormParts {
    fn to_parts(norm: &RmsNorm) -> Self {
        RmsNormParts { weight: bare(&norm.gamma), eps: norm.epsilon }
    }

    fn from_parts(self) -> Result<RmsNorm, ParameterError> {
        Ok(RmsNorm { gamma: self.weight, epsilon: self.eps })
    }

    fn replace(self, old: &RmsNorm) -> Result<RmsNorm, ParameterError> {
        Ok(RmsNorm { gamma: put(&old.gamma, self.weight.val())?, epsilon: old.epsilon })
    }
}

#[derive(Module)]
#[module(crate = crate, remote = GroupNorm, args(groups, dim, eps, affine = true))]
struct GroupNormParts {
    #[param(shape = ["dim"], when = "affine")]
    weight: Option<Weight<1>>,
    #[param(shape = ["dim"], when = "affine")]
    bias: Option<Weight<1>>,
    #[module(config)]
    groups: usize,
    #[module(config)]
    dim: usize,
    #[module(config)]
    eps: f64,
}

impl Remote for GroupNormParts {
    fn to_parts(norm: &GroupNorm) -> Self {
        let (weight, bias) = (norm.gamma.as_ref().map(bare), norm.beta.as_ref().map(bare));
        GroupNormParts { weight, bias, groups: norm.num_groups, dim: norm.num_channels, eps: norm.epsilon }
    }

    fn from_parts(self) -> Result<GroupNorm, ParameterError> {
        let GroupNormParts { weight: gamma, bias: beta, groups, dim, eps: epsilon } = self;
        if groups == 0 || !dim.is_multiple_of(groups) {
            return Err(ParameterError::new(format!(
                "{dim} channels do not come in {groups} groups; correct `groups`"
            )));
        }
        let affine = gamma.is_some();
        Ok(GroupNorm { gamma, beta, num_groups: groups, num_channels: dim, epsilon, affine })
    }

    fn replace(self, old: &GroupNorm) -> Result<GroupNorm, ParameterError> {
        let mut norm = old.clone();
        norm.gamma = put_option(&old.gamma, self.weight)?;
        norm.beta = put_option(&old.beta, self.bias)?;
        Ok(norm)
    }
}

#[derive(Module)]
#[module(crate = crate, remote = BatchNorm, args(dim, eps), ignore = ["num_batches_tracked"])]
struct BatchNormParts {
    #[param(shape = ["dim"])]
    weight: Weight<1>,
    #[param(shape = ["dim"])]
    bias: Weight<1>,
    #[param(shape = ["dim"])]
    running_mean: Weight<1>,
    #[param(shape = ["dim"])]
    running_var: Weight<1>,
    #[module(config)]
    eps: f64,
}

impl Remote for BatchNormParts {
    fn to_parts(norm: &BatchNorm) -> Self {
        let constant = |tensor: Tensor<1>| Param::initialized(ParamId::new(), tensor);
        BatchNormParts {
            weight: bare(&norm.gamma),
            bias: bare(&norm.beta),
            running_mean: constant(norm.running_mean.value_sync()),
            running_var: constant(norm.running_var.value_sync()),
            eps: norm.epsilon,
        }
    }

    fn from_parts(self) -> Result<BatchNorm, ParameterError> {
        let device = self.weight.device();
        let mut norm = BatchNormConfig::new(1).init(&device);
        (norm.gamma, norm.beta, norm.epsilon) = (self.weight, self.bias, self.eps);
        norm.running_mean = RunningState::new(constant(&self.running_mean));
        norm.running_var = RunningState::new(constant(&self.running_var));
        Ok(norm)
    }

    fn replace(self, old: &BatchNorm) -> Result<BatchNorm, ParameterError> {
        let mut norm = old.clone();
        norm.gamma = put(&old.gamma, self.weight.val())?;
        norm.beta = put(&old.beta, self.bias.val())?;
        norm.running_mean = RunningState::new(constant(&self.running_mean));
        norm.running_var = RunningState::new(constant(&self.running_var));
        Ok(norm)
    }
}

/// A tensor that is not trained.
fn constant(param: &Weight<1>) -> Tensor<1> {
    param.val().detach().set_require_grad(false)
}

/// A convolution: its parts, and how it is made of them.
macro_rules! convolution {
    (
        $layer:ident, $parts:ident, $rank:literal, [$($shape:tt)*] $(, $argument:ident = $default:tt)*;
        |$all:ident| $join:expr
    ) => {
        #[derive(Module)]
        #[module(
            crate = crate,
            remote = $layer,
            args(in, out, kernel, stride = 1, padding = 0, dilation = 1, $($argument = $default,)* groups = 1, bias = true)
        )]
        struct $parts {
            #[param(shape = [$($shape)*])]
            weight: Weight<$rank>,
            #[param(shape = ["out"], when = "bias")]
            bias: Option<Weight<1>>,
            #[module(config)]
            kernel: usize,
            #[module(config)]
            stride: usize,
            #[module(config)]
            padding: usize,
            #[module(config)]
            dilation: usize,
            $(#[module(config)]
            $argument: usize,)*
            #[module(config)]
            groups: usize,
        }

        impl Remote for $parts {
            fn to_parts(layer: &$layer) -> Self {
                let (weight, bias) = (bare(&layer.weight), layer.bias.as_ref().map(bare));
                // these come from the old value again
                $parts { weight, bias, kernel: 0, stride: 0, padding: 0, dilation: 0, $($argument: 0,)* groups: 0 }
            }

            fn from_parts(self) -> Result<$layer, ParameterError> {
                let $all = self;
                Ok($join)
            }

            fn replace(self, old: &$layer) -> Result<$layer, ParameterError> {
                let mut layer = old.clone();
                layer.weight = put(&old.weight, self.weight.val())?;
                layer.bias = put_option(&old.bias, self.bias)?;
                Ok(layer)
            }
        }
    };
}

convolution!(Conv1d, Conv1dParts, 3, ["out", "in" / "groups", "kernel"]; |parts| Conv1d {
    weight: parts.weight,
    bias: parts.bias,
    stride: parts.stride,
    kernel_size: parts.kernel,
    dilation: parts.dilation,
    groups: parts.groups,
    padding: PaddingConfig1d::Explicit(parts.padding, parts.padding),
});
convolution!(Conv2d, Conv2dParts, 4, ["out", "in" / "groups", "kernel", "kernel"]; |parts| Conv2d {
    weight: parts.weight,
    bias: parts.bias,
    stride: [parts.stride; 2],
    kernel_size: [parts.kernel; 2],
    dilation: [parts.dilation; 2],
    groups: parts.groups,
    padding: PaddingConfig2d::Explicit(parts.padding, parts.padding, parts.padding, parts.padding),
});
convolution!(
    ConvTranspose1d, ConvTranspose1dParts, 3, ["in", "out" / "groups", "kernel"], output_padding = 0;
    |parts| {
        let [channels, out, _] = parts.weight.dims();
        ConvTranspose1d {
            channels: [channels, out * parts.groups],
            weight: parts.weight,
            bias: parts.bias,
            stride: parts.stride,
            kernel_size: parts.kernel,
            dilation: parts.dilation,
            groups: parts.groups,
            padding: parts.padding,
            padding_out: parts.output_padding,
        }
    }
);
convolution!(
    ConvTranspose2d, ConvTranspose2dParts, 4, ["in", "out" / "groups", "kernel", "kernel"], output_padding = 0;
    |parts| {
        let [channels, out, _, _] = parts.weight.dims();
        ConvTranspose2d {
            channels: [channels, out * parts.groups],
            weight: parts.weight,
            bias: parts.bias,
            stride: [parts.stride; 2],
            kernel_size: [parts.kernel; 2],
            dilation: [parts.dilation; 2],
            groups: parts.groups,
            padding: [parts.padding; 2],
            padding_out: [parts.output_padding; 2],
        }
    }
);

/// The four tensors of a recurrent layer of PyTorch, in each of which its gates lie one after the other.
struct Fused {
    input: Weight<2>,
    hidden: Weight<2>,
    biases: Option<(Weight<1>, Weight<1>)>,
}

impl Fused {
    fn of(gates: &[&GateController]) -> Fused {
        fn joined<const D: usize>(parts: Vec<Tensor<D>>) -> Weight<D> {
            Param::initialized(ParamId::new(), Tensor::cat(parts, 0).detach())
        }
        let weight = |layer: &Linear| layer.weight.val().transpose();
        let bias = |layer: &Linear| layer.bias.as_ref().map(Param::val);
        let all = |layer: fn(&GateController) -> &Linear| -> (Weight<2>, Option<Weight<1>>) {
            let layers = || gates.iter().map(|gate| layer(gate));
            (joined(layers().map(weight).collect()), layers().map(bias).collect::<Option<_>>().map(joined))
        };
        let ((input, input_bias), (hidden, hidden_bias)) = (all(input), all(hidden));
        Fused { input, hidden, biases: input_bias.zip(hidden_bias) }
    }

    /// The weight, as burn lays it out, and the bias of each gate: those for the input and those for the hidden state.
    fn apart(self, count: usize) -> Vec<[(Tensor<2>, Option<Tensor<1>>); 2]> {
        let weights = |fused: Weight<2>| fused.val().chunk(count, 0).into_iter().map(Tensor::transpose);
        let (inputs, hiddens) = (weights(self.input), weights(self.hidden));
        let biases = self.biases.map(|(input, hidden)| {
            let [input, hidden] = [input, hidden].map(|fused| fused.val().chunk(count, 0).into_iter());
            input.zip(hidden)
        });
        let mut biases = biases.into_iter().flatten();
        let gates = inputs.zip(hiddens).map(|(input, hidden)| {
            let (input_bias, hidden_bias) = biases.next().unzip();
            [(input, input_bias), (hidden, hidden_bias)]
        });
        gates.collect()
    }
}

fn input(gate: &GateController) -> &Linear {
    &gate.input_transform
}

fn hidden(gate: &GateController) -> &Linear {
    &gate.hidden_transform
}

/// A gate of new parameters.
fn gate([(input, input_bias), (hidden, hidden_bias)]: [(Tensor<2>, Option<Tensor<1>>); 2]) -> GateController {
    let linear = |weight: Tensor<2>, bias: Option<Tensor<1>>| Linear {
        weight: Param::from_tensor(weight.detach()),
        bias: bias.map(|bias| Param::from_tensor(bias.detach())),
    };
    GateController { input_transform: linear(input, input_bias), hidden_transform: linear(hidden, hidden_bias) }
}

/// The gate with new elements.
fn put_gate(
    old: &GateController,
    [(input, input_bias), (hidden, hidden_bias)]: [(Tensor<2>, Option<Tensor<1>>); 2],
) -> Result<GateController, ParameterError> {
    let linear = |old: &Linear, weight: Tensor<2>, bias: Option<Tensor<1>>| {
        let bias = old.bias.as_ref().zip(bias).map(|(old, bias)| put(old, bias)).transpose()?;
        Ok::<_, ParameterError>(Linear { weight: put(&old.weight, weight)?, bias })
    };
    Ok(GateController {
        input_transform: linear(&old.input_transform, input, input_bias)?,
        hidden_transform: linear(&old.hidden_transform, hidden, hidden_bias)?,
    })
}

/// A recurrent layer whose gates are fused in a file.
macro_rules! recurrent {
    ($layer:ident, $parts:ident, $gates:literal) => {
        #[derive(Module)]
        #[module(crate = crate, remote = $layer, args(in, hidden, bias = true))]
        struct $parts {
            #[param(shape = [$gates * "hidden", "in"])]
            weight_ih_l0: Weight<2>,
            #[param(shape = [$gates * "hidden", "hidden"])]
            weight_hh_l0: Weight<2>,
            #[param(shape = [$gates * "hidden"], when = "bias")]
            bias_ih_l0: Option<Weight<1>>,
            #[param(shape = [$gates * "hidden"], when = "bias")]
            bias_hh_l0: Option<Weight<1>>,
        }

        impl $parts {
            fn fused(gates: &[&GateController]) -> Self {
                let Fused { input: weight_ih_l0, hidden: weight_hh_l0, biases } = Fused::of(gates);
                let (bias_ih_l0, bias_hh_l0) = biases.unzip();
                $parts { weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 }
            }

            fn apart(self) -> Result<[[(Tensor<2>, Option<Tensor<1>>); 2]; $gates], ParameterError> {
                let biases = self.bias_ih_l0.zip(self.bias_hh_l0);
                let fused = Fused { input: self.weight_ih_l0, hidden: self.weight_hh_l0, biases };
                fused.apart($gates).try_into().map_err(|_| ParameterError::new("the gates have no rows"))
            }
        }
    };
}

recurrent!(Lstm, LstmParts, 4);
recurrent!(Gru, GruParts, 3);

impl Remote for LstmParts {
    fn to_parts(lstm: &Lstm) -> Self {
        let Lstm { input_gate, forget_gate, cell_gate, output_gate, .. } = lstm;
        // where the forget gate is coupled, there is none, and PyTorch has no such layer
        LstmParts::fused(&[input_gate, forget_gate.as_ref().unwrap_or(input_gate), cell_gate, output_gate])
    }

    fn from_parts(self) -> Result<Lstm, ParameterError> {
        let device = self.weight_ih_l0.device();
        let mut lstm = LstmConfig::new(1, 1, self.bias_ih_l0.is_some()).init(&device);
        lstm.d_hidden = self.weight_hh_l0.dims()[1];
        let [input, forget, cell, output] = self.apart()?.map(gate);
        (lstm.input_gate, lstm.forget_gate, lstm.cell_gate, lstm.output_gate) = (input, Some(forget), cell, output);
        Ok(lstm)
    }

    fn replace(self, old: &Lstm) -> Result<Lstm, ParameterError> {
        let Some(forget_gate) = &old.forget_gate else {
            return Err(ParameterError::new(
                "the forget gate is coupled to the input gate, which PyTorch's files have no layer for; load the gates as modules of your own",
            ));
        };
        let mut lstm = old.clone();
        let [input, forget, cell, output] = self.apart()?;
        lstm.input_gate = put_gate(&old.input_gate, input)?;
        lstm.forget_gate = Some(put_gate(forget_gate, forget)?);
        lstm.cell_gate = put_gate(&old.cell_gate, cell)?;
        lstm.output_gate = put_gate(&old.output_gate, output)?;
        Ok(lstm)
    }
}

impl Remote for GruParts {
    fn to_parts(gru: &Gru) -> Self {
        GruParts::fused(&[&gru.reset_gate, &gru.update_gate, &gru.new_gate])
    }

    fn from_parts(self) -> Result<Gru, ParameterError> {
        let device = self.weight_ih_l0.device();
        let mut gru = GruConfig::new(1, 1, self.bias_ih_l0.is_some()).init(&device);
        gru.d_hidden = self.weight_hh_l0.dims()[1];
        [gru.reset_gate, gru.update_gate, gru.new_gate] = self.apart()?.map(gate);
        Ok(gru)
    }

    fn replace(self, old: &Gru) -> Result<Gru, ParameterError> {
        let mut gru = old.clone();
        let [reset, update, new] = self.apart()?;
        gru.reset_gate = put_gate(&old.reset_gate, reset)?;
        gru.update_gate = put_gate(&old.update_gate, update)?;
        gru.new_gate = put_gate(&old.new_gate, new)?;
        Ok(gru)
    }
}
