//! How do I train an adapter of PEFT, or load one?
//!
//! `cargo run -p weighbridge-training --example lora`

use std::error::Error;
use std::fs;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use candle_nn::loss::cross_entropy;
use candle_nn::{AdamW, Module as _, Optimizer, ParamsAdamW};
use serde::{Deserialize, Serialize};
use weighbridge::{LoadError, Loader, Module};
use weighbridge_training::{Block, Data, Net, all, fixture, random, variables};

/// Two narrow matrices beside a layer.
#[derive(Module)]
#[module(args(in, out))]
pub struct Lora {
    #[param(rename = "lora_A.weight", shape = ["r", "in"], dtype = "F32")]
    a: Tensor,
    #[param(rename = "lora_B.weight", shape = ["out", "r"], dtype = "F32")]
    b: Tensor,
}

/// What an adapter has for a block: its targets are `up` and `down`.
#[derive(Module)]
pub struct BlockLora {
    #[module(args(in = "hidden_size", out = 2 * "hidden_size"))]
    up: Lora,
    #[module(args(in = 2 * "hidden_size", out = "hidden_size"))]
    down: Lora,
}

/// An adapter, under PEFT's names: `base_model.model.` and the base's own.
#[derive(Module)]
pub struct Adapter {
    #[module(rename = "base_model.model.blocks", len = "num_layers")]
    blocks: Vec<BlockLora>,
    #[module(config = ".")]
    config: LoraConfig,
}

/// What `adapter_config.json` says. Its `r` is the `"r"` of the shapes.
#[derive(Serialize, Deserialize)]
pub struct LoraConfig {
    peft_type: PeftType,
    r: usize,
    lora_alpha: f64,
    target_modules: Vec<Target>,
    #[serde(default)]
    use_rslora: bool,
    /// An alpha for some targets, which these structs do not have.
    #[serde(default)]
    alpha_pattern: NoPattern,
}

#[derive(Serialize, Deserialize)]
enum PeftType {
    #[serde(rename = "LORA")]
    Lora,
}

/// The targets that the structs above have. Any other is refused.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Target {
    Down,
    Up,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoPattern {}

impl LoraConfig {
    fn scale(&self) -> f64 {
        let r = self.r as f64;
        self.lora_alpha / if self.use_rslora { r.sqrt() } else { r }
    }
}

impl Lora {
    /// One that changes nothing yet, as PEFT begins.
    fn new(from: usize, to: usize, r: usize) -> candle_core::Result<Lora> {
        Ok(Lora { a: random(from, (r, from))?, b: Tensor::zeros((to, r), DType::F32, &Device::Cpu)? })
    }

    fn forward(&self, x: &Tensor, scale: f64) -> candle_core::Result<Tensor> {
        x.matmul(&self.a.t()?)?.matmul(&self.b.t()?)? * scale
    }
}

impl Adapter {
    /// A new adapter for a network.
    pub fn new(net: &Net, r: usize) -> candle_core::Result<Adapter> {
        let (narrow, wide) = (net.hidden_size(), 2 * net.hidden_size());
        let block = |_| Ok(BlockLora { up: Lora::new(narrow, wide, r)?, down: Lora::new(wide, narrow, r)? });
        let blocks = net.blocks.iter().map(block).collect::<candle_core::Result<_>>()?;
        let config = LoraConfig {
            peft_type: PeftType::Lora,
            r,
            lora_alpha: 8.0,
            target_modules: vec![Target::Down, Target::Up],
            use_rslora: false,
            alpha_pattern: NoPattern {},
        };
        Ok(Adapter { blocks, config })
    }

    /// Loads a folder that PEFT has saved, for a network of these sizes.
    pub fn load(folder: &Path, net: &Net) -> Result<Adapter, LoadError> {
        let loader = Loader::new().config_file(folder.join("adapter_config.json"));
        let loader = loader.dim("hidden_size", net.hidden_size()).dim("num_layers", net.blocks.len());
        Ok(loader.load(folder.join("adapter_model.safetensors"))?.module)
    }

    /// Saves a folder that PEFT loads.
    pub fn save(&self, folder: &Path) -> Result<(), Box<dyn Error>> {
        fs::write(folder.join("adapter_config.json"), serde_json::to_string_pretty(&self.config)?)?;
        Ok(self.save_weights(folder.join("adapter_model.safetensors"))?)
    }

    /// The logits of points, from a network with this adapter.
    pub fn forward(&self, net: &Net, points: &Tensor) -> candle_core::Result<Tensor> {
        let scale = self.config.scale();
        let mut x = net.embed.forward(points)?;
        for (Block { up, down }, lora) in net.blocks.iter().zip(&self.blocks) {
            let wide = (up.forward(&x)? + lora.up.forward(&x, scale)?)?.relu()?;
            x = (&x + down.forward(&wide)? + lora.down.forward(&wide, scale)?)?;
        }
        net.head.forward(&x)
    }
}

/// A new adapter of a base that stays as it is: of the two, only the adapter has variables.
pub fn trained(net: &Net, data: &Data) -> Result<(Adapter, [f32; 2]), Box<dyn Error>> {
    let mut adapter = Adapter::new(net, 4)?;
    let mut optimizer = AdamW::new(
        variables(&mut adapter, all)?.into_values().collect(),
        ParamsAdamW { lr: 0.02, ..Default::default() },
    )?;
    let first = data.loss(&adapter.forward(net, &data.points)?)?;
    for step in 0..40 {
        let (points, classes) = data.batch(step)?;
        optimizer.backward_step(&cross_entropy(&adapter.forward(net, &points)?, &classes)?)?;
    }
    let last = data.loss(&adapter.forward(net, &data.points)?)?;
    Ok((adapter, [first, last]))
}

fn main() -> Result<(), Box<dyn Error>> {
    let net = Net::from_weights(fixture("base.safetensors"))?;
    let data = Data::from_weights(fixture("data.safetensors"))?;
    let (adapter, [first, last]) = trained(&net, &data)?;
    println!("the loss fell from {first:.3} to {last:.3}");

    let folder = tempfile::tempdir()?;
    adapter.save(folder.path())?;
    let again = Adapter::load(folder.path(), &net)?;
    println!("{} parameters are saved and loaded", again.parameters().len());
    Ok(())
}
