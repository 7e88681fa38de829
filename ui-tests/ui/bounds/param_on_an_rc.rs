use std::rc::Rc;
use std::sync::{Arc, Mutex};

use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear {
    #[param(shape = [4])]
    weight: Rc<Tensor<f32>>,
    #[param(shape = [4])]
    bias: Mutex<Tensor<f32>>,
    #[param(shape = [4])]
    scale: Arc<[f32; 4]>,
    norm: Rc<Norm>,
}

#[derive(Module)]
struct Norm;

fn main() {}
