use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Block {
    #[module(rename_all = "camelCase")]
    norm: Norm,
}

fn main() {}
