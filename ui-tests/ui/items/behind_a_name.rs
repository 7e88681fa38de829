use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Model {
    #[module(items = .."n")]
    layers: Vec<Norm>,
    #[module(rename = "layers.7")]
    tail: Norm,
}

fn main() {}
