//! The models: what they load, save, refuse and compute.

mod configured;
mod gguf;
mod layouts;
mod logits;
mod page;
mod published;
mod quantized;
mod round_trip;
mod strictness;

use std::path::PathBuf;

use candle_core::Device;
use weighbridge::Loader;

/// The path of a committed checkpoint, such as `llama/model.safetensors`.
fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures")).join(name)
}

/// With the configuration of a committed checkpoint.
fn loader(checkpoint: &str) -> Loader {
    Loader::new().device(Device::Cpu).config_file(fixture(checkpoint).join("config.json"))
}
