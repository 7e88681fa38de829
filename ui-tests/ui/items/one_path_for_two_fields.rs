use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Model {
    layers: Vec<Norm>,
    #[module(rename = "layers", items = 2..)]
    tail: Vec<Norm>,
}

#[derive(Module)]
struct Alone {
    #[module(rename = "layers.0")]
    first: Norm,
    layers: Vec<Norm>,
}

fn main() {}
