use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Block {
    #[module(tied = "norm.weight")]
    norm: Norm,
}

fn main() {}
