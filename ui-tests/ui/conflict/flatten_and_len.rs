use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Block {
    #[module(flatten, len = 4)]
    norms: Vec<Norm>,
}

fn main() {}
