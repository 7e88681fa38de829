use std::collections::{BTreeMap, HashMap, VecDeque};

use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [4])]
    codes: HashMap<u32, Tensor<f32>>,
    layers: BTreeMap<usize, Norm>,
    queue: VecDeque<Norm>,
}

#[derive(Module)]
struct Norm {
    #[param(shape = [4])]
    weight: Tensor<f32>,
}

fn main() {}
