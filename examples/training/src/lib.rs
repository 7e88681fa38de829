//! A small network of candle-nn's layers, and the points that it learns to tell apart. [The page](weighbridge::docs::training) shows
//! what the examples do with them.

use std::collections::BTreeMap;
use std::error::Error;

use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::loss::cross_entropy;
use candle_nn::{Linear, Module as _};
use weighbridge::Module;

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

impl Net {
    /// A new network, with random weights.
    pub fn new(hidden: usize, layers: usize, classes: usize) -> Result<Net> {
        let block = |_| Ok(Block { up: linear(hidden, 2 * hidden)?, down: linear(2 * hidden, hidden)? });
        let blocks = (0..layers).map(block).collect::<Result<_>>()?;
        Ok(Net { embed: linear(2, hidden)?, blocks, head: linear(hidden, classes)? })
    }

    /// How wide it is between its blocks.
    pub fn hidden_size(&self) -> usize {
        self.embed.weight().dims()[0]
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

/// A new layer, with random weights.
fn linear(from: usize, to: usize) -> Result<Linear> {
    let weight = random(from, (to, from))?;
    Ok(Linear::new(weight, Some(Tensor::zeros(to, DType::F32, &Device::Cpu)?)))
}

/// Random weights of a layer that has so many inputs.
pub fn random(inputs: usize, shape: (usize, usize)) -> Result<Tensor> {
    let bound = 1.0 / (inputs as f32).sqrt();
    Tensor::rand(-bound, bound, shape, &Device::Cpu)
}

/// Makes variables of those tensors of a module whose paths are to be trained, and gives handles of them. All others are constants to
/// candle. A tensor that is a variable stays the same one.
pub fn variables(
    module: &mut impl Module,
    is_trained: impl Fn(&str) -> bool,
) -> std::result::Result<BTreeMap<String, Var>, Box<dyn Error>> {
    let mut made = Vec::new();
    module.for_each_parameter_mut(|path, tensor: &mut Tensor| {
        if is_trained(path) {
            made.push(Var::from_tensor(tensor).map(|var| {
                *tensor = var.as_tensor().clone();
                (path.to_owned(), var)
            }));
        }
    })?;
    Ok(made.into_iter().collect::<Result<_>>()?)
}

/// To train all of a module.
pub fn all(_path: &str) -> bool {
    true
}

/// The path of a file that torch, PEFT or safetensors has written: `fixtures/training/make.py`.
pub fn fixture(name: &str) -> String {
    format!("{}/../../fixtures/training/{name}", env!("CARGO_MANIFEST_DIR"))
}
