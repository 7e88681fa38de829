//! Linear layers and embeddings.

use burn_nn::{Embedding, Linear};
use weighbridge_macros::Module;

use super::weight::{Weight, bare, put, put_option};
use crate::error::ParameterError;
use crate::remote::Remote;

#[derive(Module)]
#[module(crate = crate, remote = Linear, args(in, out, bias = true))]
pub(crate) struct LinearParts {
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
pub(crate) struct EmbeddingParts {
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
