//! Norms.

use burn_core::module::{Param, ParamId, RunningState};
use burn_nn::{BatchNorm, BatchNormConfig, GroupNorm, LayerNorm, LayerNormConfig, RmsNorm};
use burn_tensor::Tensor;
use weighbridge_macros::Module;

use super::weight::{Weight, bare, put, put_option};
use crate::error::ParameterError;
use crate::remote::Remote;

#[derive(Module)]
#[module(crate = crate, remote = LayerNorm, args(dim, eps, bias = true))]
pub(crate) struct LayerNormParts {
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
pub(crate) struct RmsNormParts {
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
pub(crate) struct GroupNormParts {
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
pub(crate) struct BatchNormParts {
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
