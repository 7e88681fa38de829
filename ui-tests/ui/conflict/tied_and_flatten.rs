use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Block {
    #[module(flatten, tied = "norms.0")]
    norm: Norm,
}

fn main() {}
