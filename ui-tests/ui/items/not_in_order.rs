use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Rest {
    #[module(items = 1..)]
    layers: Vec<Norm>,
    #[module(rename = "layers.0")]
    first: Norm,
}

#[derive(Module)]
struct Backwards(#[module(rename = "layers", items = 3..1)] Vec<Norm>);

#[derive(Module)]
struct Array(#[module(rename = "layers", items = ..3)] [Norm; 2]);

fn main() {}
