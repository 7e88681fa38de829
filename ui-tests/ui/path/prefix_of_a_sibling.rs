use std::collections::BTreeMap;

use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: BTreeMap<String, [f32; 4]>,
    #[param(rename = "weight.bias")]
    bias: [f32; 4],
}

fn main() {}
