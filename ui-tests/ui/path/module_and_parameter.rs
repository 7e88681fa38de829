use std::collections::BTreeMap;

use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Block {
    norm: Norm,
    #[param(rename = "norm")]
    scales: BTreeMap<String, [f32; 4]>,
}

fn main() {}
