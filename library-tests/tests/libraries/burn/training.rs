//! A base of torch's gets a new head, and burn trains it; a training of torch's goes on with burn. `docs/training.md` shows both.

use burn_core as burn;
use burn_core::module::{Module, Param};
use burn_core::tensor::{Device, Int, Tensor};
use burn_nn::loss::CrossEntropyLossConfig;
use burn_nn::{Linear, LinearConfig, Relu};
use burn_optim::{AdamWConfig, AdamWState, AdaptiveMomentumState, GradientsParams, Optimizer as _};
use std::collections::BTreeMap;
use weighbridge::{LoadError, Loader, Module as _, Saver};
use weighbridge_library_tests::{fixture, mismatch};

#[derive(Module, weighbridge::Module, Debug)]
struct Block {
    #[weighbridge(args(in = "hidden_size", out = 2 * "hidden_size"))]
    up: Linear,
    #[weighbridge(args(in = 2 * "hidden_size", out = "hidden_size"))]
    down: Linear,
}

#[derive(Module, weighbridge::Module, Debug)]
struct Net {
    #[weighbridge(args(in = 2, out = "hidden_size"))]
    embed: Linear,
    #[weighbridge(len = "num_layers")]
    blocks: Vec<Block>,
    #[weighbridge(args(in = "hidden_size", out = "num_classes"))]
    head: Linear,
}

impl Net {
    fn new(hidden: usize, layers: usize, classes: usize, device: &Device) -> Net {
        let linear = |from, to| LinearConfig::new(from, to).init(device);
        let block = |_| Block { up: linear(hidden, 2 * hidden), down: linear(2 * hidden, hidden) };
        Net { embed: linear(2, hidden), blocks: (0..layers).map(block).collect(), head: linear(hidden, classes) }
    }

    fn forward(&self, points: Tensor<2>) -> Tensor<2> {
        let mut x = self.embed.forward(points);
        for Block { up, down } in &self.blocks {
            x = x.clone() + down.forward(Relu::new().forward(up.forward(x)));
        }
        self.head.forward(x)
    }
}

#[derive(weighbridge::Module)]
struct Data {
    #[param(shape = ["points", 2])]
    points: Tensor<2>,
    #[param(shape = ["points"])]
    quadrants: Tensor<1, Int>,
    #[param(shape = ["points"])]
    rings: Tensor<1, Int>,
}

impl Data {
    fn loss(&self, net: &Net) -> Tensor<1> {
        let criterion = CrossEntropyLossConfig::new().init(&self.points.device());
        criterion.forward(net.forward(self.points.clone()), self.rings.clone())
    }
}

fn tuned(data: &Data, device: &Device) -> Result<Net, LoadError> {
    let mut net = Net::new(16, 2, 3, device);
    Loader::new().keep(["head.*"]).update(&mut net, fixture("training/base.safetensors"))?;
    net.embed = net.embed.no_grad(); // frozen
    let mut optimizer = AdamWConfig::new().init();
    for _ in 0..30 {
        let gradients = GradientsParams::from_grads(data.loss(&net).backward(), &net);
        net = optimizer.step(0.02, net, gradients);
    }
    Ok(net)
}

/// The bytes of each parameter.
fn bytes(net: &Net) -> BTreeMap<String, Vec<u8>> {
    net.parameters().into_iter().map(|(path, view)| (path, view.bytes().unwrap().into_owned())).collect()
}

#[test]
fn a_new_head_learns_on_a_body_of_which_a_part_is_frozen() {
    let device = Device::default().autodiff();
    let loader = Loader::new().device(device.clone());
    let data: Data = loader.load(fixture("training/data.safetensors")).unwrap().module;
    let base: Net = loader.load(fixture("training/base.safetensors")).unwrap().module;
    let loss = |net: &Net| data.loss(net).into_scalar::<f32>();

    let mut net = tuned(&data, &device).unwrap();
    let (before, after) = (bytes(&base), bytes(&net));
    for (path, bytes) in &after {
        assert_eq!(bytes == &before[path], path.starts_with("embed."), "{path}");
    }
    let [tuned, untuned] = [loss(&net), loss(&Net::new(16, 2, 3, &device))];
    assert!(tuned < untuned / 2.0, "{tuned}, {untuned}");

    // a copy to go back to, with the ids that an optimizer knows
    let id = net.head.weight.id;
    let snapshot = Saver::new().snapshot(&net).unwrap();
    Loader::new().keep(["head.*"]).update(&mut net, fixture("training/base.safetensors")).unwrap();
    assert_ne!(bytes(&net), after);
    net.load_weights(&snapshot).unwrap();
    assert_eq!((bytes(&net), net.head.weight.id), (after, id));
}

#[test]
fn a_base_of_another_width_is_refused() {
    let mut net = Net::new(24, 2, 3, &Device::default());
    let loader = Loader::new().keep(["head.*"]);
    let refused = mismatch(loader.update(&mut net, fixture("training/base.safetensors")));
    assert_eq!(refused.dim[0].path, "head.weight", "{refused}");
}

/// All that a training goes on from, as with candle.
#[derive(weighbridge::Module)]
struct Training {
    model: Net,
    exp_avg: Net,
    exp_avg_sq: Net,
    #[param]
    step: i64,
}

impl Training {
    /// Trains up to a number of steps.
    fn run(&mut self, data: &Data, steps: i64) -> Result<(), LoadError> {
        while self.step < steps {
            let loss = data.batch(self.step as usize).loss(&self.model);
            let gradients = GradientsParams::from_grads(loss.backward(), &self.model);
            self.advance::<1>(&gradients)?;
            self.advance::<2>(&gradients)?;
            self.step += 1;
        }
        Ok(())
    }

    /// A step of burn's AdamW for the parameters of one rank. Its state is public, so the moments stay under their names.
    fn advance<const D: usize>(&mut self, gradients: &GradientsParams) -> Result<(), LoadError> {
        let optimizer = AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(0.01).build();
        let [mut first, mut second] = [&mut self.exp_avg, &mut self.exp_avg_sq].map(tensors::<D>);
        let time = self.step as usize;
        self.model.for_each_parameter_mut(|path, param: &mut Param<Tensor<D>>| {
            let Some(gradient) = gradients.get(param.id) else { return };
            let moment = |of: &BTreeMap<String, Tensor<D>>| of[path].clone();
            let state = AdamWState::new(AdaptiveMomentumState::new(time, moment(&first), moment(&second)));
            let (tensor, state) = optimizer.step(0.01, param.val().inner(), gradient, Some(state));
            let AdaptiveMomentumState { moment_1, moment_2, .. } = state.expect("AdamW has a state").momentum;
            first.insert(path.to_owned(), moment_1);
            second.insert(path.to_owned(), moment_2);
            *param = param.clone().map(|_| Tensor::from_inner(tensor));
        })?;
        for (moments, new) in [(&mut self.exp_avg, first), (&mut self.exp_avg_sq, second)] {
            moments.for_each_parameter_mut(|path, param: &mut Param<Tensor<D>>| {
                *param = param.clone().map(|_| Tensor::from_inner(new[path].clone()));
            })?;
        }
        Ok(())
    }
}

/// The parameters of one rank, by their paths.
fn tensors<const D: usize>(net: &mut Net) -> BTreeMap<String, Tensor<D>> {
    let mut tensors = BTreeMap::new();
    let collected = net.for_each_parameter_mut(|path, param: &mut Param<Tensor<D>>| {
        tensors.insert(path.to_owned(), param.val().inner());
    });
    collected.expect("nobody else holds a part of it");
    tensors
}

impl Data {
    /// The points of a step.
    fn batch(&self, step: usize) -> Data {
        let at = step * 32 % self.points.dims()[0];
        Data {
            points: self.points.clone().narrow(0, at, 32),
            quadrants: self.quadrants.clone().narrow(0, at, 32),
            rings: self.rings.clone().narrow(0, at, 32),
        }
    }
}

#[test]
fn a_training_of_torch_s_goes_on_and_is_resumed() {
    let loader = Loader::new().device(Device::default().autodiff());
    let data: Data = loader.load(fixture("training/data.safetensors")).unwrap().module;
    let step = |number: usize| -> Training {
        loader.load(fixture(&format!("training/step-{number}.safetensors"))).unwrap().module
    };
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("training.safetensors");

    let mut stopped = step(10);
    stopped.run(&data, 14).unwrap();
    stopped.save_weights(&file).unwrap();
    let mut resumed: Training = loader.load(&file).unwrap().module;
    resumed.run(&data, 20).unwrap();

    let (mut whole, mut torch) = (step(10), step(20));
    whole.run(&data, 20).unwrap();
    assert_eq!(resumed.step, torch.step);
    let parts: [fn(&mut Training) -> &mut Net; 3] =
        [|all| &mut all.model, |all| &mut all.exp_avg, |all| &mut all.exp_avg_sq];
    for net in parts {
        assert_eq!(bytes(net(&mut resumed)), bytes(net(&mut whole)));
        assert_like(tensors::<1>(net(&mut whole)), &tensors::<1>(net(&mut torch)));
        assert_like(tensors::<2>(net(&mut whole)), &tensors::<2>(net(&mut torch)));
    }
}

#[track_caller]
fn assert_like<const D: usize>(found: BTreeMap<String, Tensor<D>>, expected: &BTreeMap<String, Tensor<D>>) {
    assert_eq!(found.len(), expected.len());
    for (path, found) in found {
        let off = (found - expected[&path].clone()).abs().max().into_scalar::<f32>();
        assert!(off < 1e-4, "{path}: {off}");
    }
}
