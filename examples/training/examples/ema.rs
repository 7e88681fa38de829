//! How do I keep a moving average of a model beside it?
//!
//! `cargo run -p weighbridge-training --example ema`

use std::error::Error;

use candle_nn::loss::cross_entropy;
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use weighbridge::{Loader, Module, Saver};
use weighbridge_training::{Data, Net, all, fixture, variables};

/// A network and its average: one type twice.
#[derive(Module)]
pub struct Averaged {
    pub model: Net,
    pub ema: Net,
}

impl Averaged {
    /// A network whose average is a copy of it, with variables of its own.
    pub fn new(model: Net) -> Result<Averaged, Box<dyn Error>> {
        let ema = Net::from_weights(Saver::new().snapshot(&model)?)?;
        Ok(Averaged { model, ema })
    }

    /// Moves the average towards the network, after a step.
    pub fn follow(&mut self, decay: f64) -> Result<(), Box<dyn Error>> {
        let model = variables(&mut self.model, all)?;
        for (path, average) in variables(&mut self.ema, all)? {
            average.set(&((average.as_tensor() * decay)? + (model[&path].as_tensor() * (1.0 - decay))?)?)?;
        }
        Ok(())
    }
}

/// Trains a network and its average.
pub fn trained(data: &Data, steps: usize) -> Result<Averaged, Box<dyn Error>> {
    let mut averaged = Averaged::new(Net::from_weights(fixture("base.safetensors"))?)?;
    let config = ParamsAdamW { lr: 0.01, ..Default::default() };
    let mut optimizer = AdamW::new(variables(&mut averaged.model, all)?.into_values().collect(), config)?;
    for step in 0..steps {
        let (points, classes) = data.batch(step)?;
        optimizer.backward_step(&cross_entropy(&averaged.model.forward(&points)?, &classes)?)?;
        averaged.follow(0.9)?;
    }
    Ok(averaged)
}

fn main() -> Result<(), Box<dyn Error>> {
    let data = Data::from_weights(fixture("data.safetensors"))?;
    let averaged = trained(&data, 30)?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("averaged.safetensors");
    averaged.save_weights(&file)?;

    // both, to train on; or the average alone, to use
    Averaged::from_weights(&file)?;
    let net = Loader::new().subtree("ema").load::<Net>(&file)?.module;
    println!("the loss of the average is {:.3}", data.loss(&net.forward(&data.points)?)?);
    Ok(())
}
