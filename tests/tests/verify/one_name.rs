//! Names of both a tensor and a module.

use std::collections::BTreeMap;

use wb::{DType, Module, Tensor};

use crate::{Held, same};

#[derive(Module)]
#[module(crate = wb)]
struct Named {
    #[param(shape = [2], alias = "gamma")]
    weight: Tensor<f32>,
    #[module(rename = "weight")]
    rest: Rest,
}

#[derive(Module)]
#[module(crate = wb)]
struct Rest {
    #[param(shape = [2])]
    absmax: Tensor<f32>,
    #[param(shape = [2], rename = "quant.nf4")]
    nf4: Option<Tensor<f32>>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Open {
    #[param(shape = [2])]
    weight: Option<Tensor<f32>>,
    #[module(rename = "weight")]
    all: BTreeMap<String, Either>,
    #[module(rename = "gamma")]
    list: Vec<Either>,
}

#[derive(Module)]
#[module(crate = wb)]
enum Either {
    One(#[param(shape = [2])] Tensor<f32>),
    Norm {
        #[param(shape = [2])]
        absmax: Tensor<f32>,
    },
    Both(Named),
}

const NAMES: [&str; 9] = [
    "gamma",
    "gamma.0",
    "gamma.0.absmax",
    "gamma.0.weight.absmax",
    "gamma.absmax",
    "weight",
    "weight.absmax",
    "weight.absmax.x",
    "weight.quant.nf4",
];

#[test]
fn a_load_and_the_compiler_read_them_alike() {
    // every third of all sets of names, which has each pair of them together, alone and absent
    for chosen in (0..1 << NAMES.len()).step_by(3) {
        let names = NAMES.iter().enumerate().filter(|(i, _)| chosen >> i & 1 == 1);
        let tensors: Vec<Held> = names.map(|(_, name)| ((*name).to_owned(), DType::F32, vec![2])).collect();
        let (closed, open) = (same::<Named>(&tensors), same::<Open>(&tensors));
        assert!(!closed.contains("\nname ") && !open.contains("\nname "), "{closed}{open}");
    }
}
