//! How do I tune a model that was trained for other classes?
//!
//! `cargo run -p weighbridge-training --example new_head`

use std::error::Error;

use candle_nn::loss::cross_entropy;
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use weighbridge::{Loader, Module};
use weighbridge_training::{Data, Net, fixture, variables};

/// A network of three classes on the body of one of four.
pub fn tuned(data: &Data) -> Result<(Net, [f32; 2]), Box<dyn Error>> {
    let mut net = Net::new(16, 2, 3)?;
    // the base must have all that the network has, and no more, but for the head
    Loader::new().keep(["head.*"]).update(&mut net, fixture("base.safetensors"))?;

    // the head learns, the last block with it, and the rest stays as it is
    let learns = |path: &str| path.starts_with("head.") || path.starts_with("blocks.1.");
    let learning = variables(&mut net, learns)?.into_values().collect();
    let mut optimizer = AdamW::new(learning, ParamsAdamW { lr: 0.02, ..Default::default() })?;
    let first = data.loss(&net.forward(&data.points)?)?;
    for step in 0..40 {
        let (points, classes) = data.batch(step)?;
        optimizer.backward_step(&cross_entropy(&net.forward(&points)?, &classes)?)?;
    }
    let last = data.loss(&net.forward(&data.points)?)?;
    Ok((net, [first, last]))
}

fn main() -> Result<(), Box<dyn Error>> {
    let (net, [first, last]) = tuned(&Data::from_weights(fixture("data.safetensors"))?)?;
    println!("the loss fell from {first:.3} to {last:.3}");
    let folder = tempfile::tempdir()?;
    Ok(net.save_weights(folder.path().join("tuned.safetensors"))?)
}
