use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Block {
    #[module(flatten)]
    first: Norm,
    #[module(flatten)]
    second: Norm,
}

fn main() {}
