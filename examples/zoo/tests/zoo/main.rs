//! The models: what they load, save, refuse and compute.

mod logits;
mod published;
mod quantized;
mod round_trip;
mod strictness;

use std::path::PathBuf;

/// The path of a committed checkpoint, such as `llama/model.safetensors`.
fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures")).join(name)
}
