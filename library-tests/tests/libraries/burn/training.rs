//! A base of torch's gets a new head, and burn trains it. `docs/training.md` shows it.

use burn_core as burn;
use burn_core::module::Module;
use burn_core::tensor::{Device, Int, Tensor};
use burn_nn::loss::CrossEntropyLossConfig;
use burn_nn::{Linear, LinearConfig, Relu};
use burn_optim::{AdamWConfig, GradientsParams};
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
