//! A small network whose parameters are variables, and the points that it learns to tell apart. [The page](weighbridge::docs::training)
//! shows what the examples do with them.

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor, Var};
use candle_nn::loss::cross_entropy;
use weighbridge::{LoadError, Module};

/// A layer: `x · weightᵀ + bias`.
#[derive(Module)]
#[module(args(in, out))]
pub struct Linear {
    #[param(shape = ["out", "in"], dtype = "F32")]
    weight: Var,
    #[param(shape = ["out"], dtype = "F32")]
    bias: Var,
}

/// Two layers beside a way around them.
#[derive(Module)]
pub struct Block {
    #[module(args(in = "hidden_size", out = 2 * "hidden_size"))]
    pub up: Linear,
    #[module(args(in = 2 * "hidden_size", out = "hidden_size"))]
    pub down: Linear,
}

/// The network.
#[derive(Module)]
pub struct Net {
    #[module(args(in = 2, out = "hidden_size"))]
    pub embed: Linear,
    #[module(len = "num_layers")]
    pub blocks: Vec<Block>,
    #[module(args(in = "hidden_size", out = "num_classes"))]
    pub head: Linear,
}

impl Linear {
    /// A new layer, with random weights.
    pub fn new(from: usize, to: usize) -> Result<Linear> {
        let bound = 1.0 / (from as f32).sqrt();
        let weight = Var::rand(-bound, bound, (to, from), &Device::Cpu)?;
        Ok(Linear { weight, bias: Var::from_vec(vec![0_f32; to], to, &Device::Cpu)? })
    }

    /// What it makes of a batch.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)
    }
}

impl Net {
    /// A new network, with random weights.
    pub fn new(hidden: usize, layers: usize, classes: usize) -> Result<Net> {
        let block = |_| Ok(Block { up: Linear::new(hidden, 2 * hidden)?, down: Linear::new(2 * hidden, hidden)? });
        let blocks = (0..layers).map(block).collect::<Result<_>>()?;
        Ok(Net { embed: Linear::new(2, hidden)?, blocks, head: Linear::new(hidden, classes)? })
    }

    /// How wide it is between its blocks.
    pub fn hidden_size(&self) -> usize {
        self.embed.bias.elem_count()
    }

    /// The logits of points.
    pub fn forward(&self, points: &Tensor) -> Result<Tensor> {
        let mut x = self.embed.forward(points)?;
        for Block { up, down } in &self.blocks {
            x = (&x + down.forward(&up.forward(&x)?.relu()?)?)?;
        }
        self.head.forward(&x)
    }
}

/// Points of the plane, and the classes of two tasks.
#[derive(Module)]
pub struct Data {
    /// The points.
    #[param(shape = ["points", 2], dtype = "F32")]
    pub points: Tensor,
    /// What the base was trained on: four classes.
    #[param(shape = ["points"], dtype = "I64")]
    pub quadrants: Tensor,
    /// A new task: three classes.
    #[param(shape = ["points"], dtype = "I64")]
    pub rings: Tensor,
}

impl Data {
    /// The loss of some logits of all points in the new task.
    pub fn loss(&self, logits: &Tensor) -> Result<f32> {
        cross_entropy(logits, &self.rings)?.to_scalar()
    }

    /// The points of a step and their classes in the new task. It depends on the step alone, so a training that is resumed sees
    /// what it would have seen.
    pub fn batch(&self, step: usize) -> Result<(Tensor, Tensor)> {
        let at = step * 32 % self.points.dim(0)?;
        Ok((self.points.narrow(0, at, 32)?, self.rings.narrow(0, at, 32)?))
    }
}

/// Handles of a module's variables, by their paths.
pub fn variables(module: &mut impl Module) -> std::result::Result<BTreeMap<String, Var>, LoadError> {
    let mut variables = BTreeMap::new();
    module.for_each_parameter_mut(|path, var: &mut Var| {
        variables.insert(path.to_owned(), var.clone());
    })?;
    Ok(variables)
}

/// The path of a file that torch, PEFT or safetensors has written: `fixtures/training/make.py`.
pub fn fixture(name: &str) -> String {
    format!("{}/../../fixtures/training/{name}", env!("CARGO_MANIFEST_DIR"))
}
