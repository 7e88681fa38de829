//! Continues a prompt of token ids, taking the likeliest token each time.
//!
//! `cargo run -p weighbridge-zoo --example generate_tokens -- 1 17 42`
//!
//! The model is the zoo's and the configuration is that beside the weights: this program declares nothing. The weights are
//! random, and so is the text.

use std::error::Error;

use candle_core::{D, Device, IndexOp, Tensor};
use weighbridge::Loader;
use weighbridge_zoo::llama::Llama;

/// Four shards and an index.
const SHARDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/llama-sharded");

fn main() -> Result<(), Box<dyn Error>> {
    let mut tokens = std::env::args().skip(1).map(|id| id.parse()).collect::<Result<Vec<u32>, _>>()?;
    if tokens.is_empty() {
        tokens = vec![1, 17, 42];
    }
    let loader = Loader::new().device(Device::Cpu).config_file(format!("{SHARDS}/config.json"));
    let loaded = loader.load::<Llama>(SHARDS)?;
    println!("{}", loaded.report);

    let prompt = tokens.len();
    for _ in 0..16 {
        let logits = loaded.module.forward(&Tensor::new(tokens.as_slice(), &Device::Cpu)?.unsqueeze(0)?)?;
        let likeliest = logits.i((0, tokens.len() - 1))?.argmax(D::Minus1)?.to_scalar()?;
        tokens.push(likeliest);
    }
    println!("{:?} → {:?}", &tokens[..prompt], &tokens[prompt..]);
    Ok(())
}
