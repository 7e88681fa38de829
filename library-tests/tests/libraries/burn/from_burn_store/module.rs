//! With `Module`.

use super::burn;

use std::path::Path;

use burn::module::Module;
use burn::nn::{Embedding, LayerNorm, Linear};
use burn::tensor::Device;
use weighbridge::{LoadError, Loader};

#[derive(Module, weighbridge::Module, Debug)]
pub struct Classifier {
    #[weighbridge(args(count = "vocab_size", dim = "hidden_size"))]
    pub embed: Embedding,
    #[weighbridge(len = "num_layers")]
    pub layers: Vec<Block>,
    #[weighbridge(args(in = "hidden_size", out = "num_labels"))]
    pub head: Linear,
}

#[derive(Module, weighbridge::Module, Debug)]
pub struct Block {
    #[weighbridge(args(dim = "hidden_size", eps = "layer_norm_eps"))]
    pub norm: LayerNorm,
    #[weighbridge(args(in = "hidden_size", out = "intermediate_size"))]
    pub up: Linear,
    #[weighbridge(args(in = "intermediate_size", out = "hidden_size", bias = false))]
    pub down: Linear,
}

pub fn load(folder: &Path, device: &Device) -> Result<Classifier, LoadError> {
    let loader = Loader::new().device(device.clone()).config_file(folder.join("config.json"));
    Ok(loader.load(folder.join("model.safetensors"))?.module)
}
