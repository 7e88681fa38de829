use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Gap {
    #[module(rename = "layers.0")]
    first: Norm,
    #[module(items = 2..)]
    layers: Vec<Norm>,
}

#[derive(Module)]
struct Overlap {
    #[module(rename = "layers", items = ..3)]
    first: Vec<Norm>,
    #[module(items = 2..)]
    layers: Vec<Norm>,
}

fn main() {}
