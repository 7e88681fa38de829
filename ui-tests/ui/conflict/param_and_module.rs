use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Block {
    #[param]
    #[module]
    norm: Norm,
}

fn main() {}
