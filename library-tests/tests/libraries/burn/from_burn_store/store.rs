//! With `burn-store`.

use super::burn;

use std::error::Error;
use std::fs::File;
use std::path::Path;

use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::store::{ModuleSnapshot, PyTorchToBurnAdapter, SafetensorsStore};
use burn::tensor::Device;
use serde::Deserialize;

#[derive(Deserialize)]
struct Config {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_layers: usize,
    num_labels: usize,
    layer_norm_eps: f64,
}

#[derive(Module, Debug)]
pub struct Classifier {
    pub embed: Embedding,
    pub layers: Vec<Block>,
    pub head: Linear,
}

#[derive(Module, Debug)]
pub struct Block {
    pub norm: LayerNorm,
    pub up: Linear,
    pub down: Linear,
}

impl Config {
    fn init(&self, device: &Device) -> Classifier {
        Classifier {
            embed: EmbeddingConfig::new(self.vocab_size, self.hidden_size).init(device),
            layers: (0..self.num_layers).map(|_| self.block(device)).collect(),
            head: LinearConfig::new(self.hidden_size, self.num_labels).init(device),
        }
    }

    fn block(&self, device: &Device) -> Block {
        let Config { hidden_size: hidden, intermediate_size: inner, .. } = *self;
        Block {
            norm: LayerNormConfig::new(hidden).with_epsilon(self.layer_norm_eps).init(device),
            up: LinearConfig::new(hidden, inner).init(device),
            down: LinearConfig::new(inner, hidden).with_bias(false).init(device),
        }
    }
}

pub fn load(folder: &Path, device: &Device) -> Result<Classifier, Box<dyn Error>> {
    let config: Config = serde_json::from_reader(File::open(folder.join("config.json"))?)?;
    let mut model = config.init(device);
    let store = SafetensorsStore::from_file(folder.join("model.safetensors"));
    let applied = model.load_from(&mut store.with_from_adapter(PyTorchToBurnAdapter))?;
    match applied.unused.as_slice() {
        [] => Ok(model),
        unused => Err(format!("no parameter for {unused:?}").into()),
    }
}
