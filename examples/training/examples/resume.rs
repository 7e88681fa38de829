//! How do I save in the background of a training, and go on from there after a stop?
//!
//! `cargo run -p weighbridge-training --example resume`

use std::error::Error;
use std::path::Path;
use std::thread;

use candle_nn::loss::cross_entropy;
use weighbridge::{Loader, Module, Saver};
use weighbridge_training::{Data, Net, all, fixture, variables};

/// All that a training goes on from: the network, AdamW's moments, which are of the network's own type, and the number of
/// steps. candle's `AdamW` shows nobody its moments, so its one step is written here.
#[derive(Module)]
pub struct Training {
    pub model: Net,
    exp_avg: Net,
    exp_avg_sq: Net,
    #[param]
    step: i64,
}

impl Training {
    /// A training that begins with a network from a file.
    pub fn begin(base: &str) -> Result<Training, Box<dyn Error>> {
        let mut moments = [Net::from_weights(base)?, Net::from_weights(base)?];
        for var in variables(&mut moments, all)?.values() {
            var.set(&var.zeros_like()?)?;
        }
        let [exp_avg, exp_avg_sq] = moments;
        Ok(Training { model: Net::from_weights(base)?, exp_avg, exp_avg_sq, step: 0 })
    }

    /// One step of AdamW.
    fn advance(&mut self, data: &Data) -> Result<(), Box<dyn Error>> {
        const BETAS: (f64, f64) = (0.9, 0.999);
        let (points, classes) = data.batch(self.step as usize)?;
        let (exp_avg, exp_avg_sq) = (variables(&mut self.exp_avg, all)?, variables(&mut self.exp_avg_sq, all)?);
        let variables = variables(&mut self.model, all)?;
        let loss = cross_entropy(&self.model.forward(&points)?, &classes)?;
        let gradients = loss.backward()?;
        self.step += 1;
        let corrections = (1.0 - BETAS.0.powi(self.step as i32), 1.0 - BETAS.1.powi(self.step as i32));
        for (path, var) in variables {
            let Some(gradient) = gradients.get(&var) else { continue };
            let (first, second) = (&exp_avg[&path], &exp_avg_sq[&path]);
            first.set(&((first.as_tensor() * BETAS.0)? + (gradient * (1.0 - BETAS.0))?)?)?;
            second.set(&((second.as_tensor() * BETAS.1)? + (gradient.sqr()? * (1.0 - BETAS.1))?)?)?;
            let size = ((second.as_tensor() / corrections.1)?.sqrt()? + 1e-8)?;
            let change = ((first.as_tensor() / corrections.0)? / size)?;
            var.set(&((var.as_tensor() * (1.0 - 0.01 * 0.01))? - (change * 0.01)?)?)?;
        }
        Ok(())
    }

    /// Trains up to a number of steps, and saves every ten: a thread writes a snapshot, while the training goes on.
    pub fn run(&mut self, data: &Data, steps: i64, file: &Path) -> Result<(), Box<dyn Error>> {
        let mut saving = thread::spawn(|| Ok(()));
        while self.step < steps {
            self.advance(data)?;
            if self.step % 10 == 0 {
                let (snapshot, file) = (Saver::new().snapshot(self)?, file.to_owned());
                // one save at a time, and one that failed ends the training
                saving.join().expect("a save does not panic")?;
                saving = thread::spawn(move || snapshot.save(file));
            }
        }
        Ok(saving.join().expect("a save does not panic")?)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let data = Data::from_weights(fixture("data.safetensors"))?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("training.safetensors");
    Training::begin(&fixture("base.safetensors"))?.run(&data, 20, &file)?;

    // in another process: the moments are there, of the right shapes, or the file is refused
    let mut training = Training::from_weights(&file)?;
    training.run(&data, 40, &file)?;
    println!("{} steps", training.step);

    // the network alone, for those who use it
    let net = Loader::new().subtree("model").load::<Net>(&file)?.module;
    println!("the loss is {:.3}", data.loss(&net.forward(&data.points)?)?);
    Ok(())
}
