use weighbridge::Module;

#[derive(Module)]
#[module(renameall = "camelCase")]
struct Bias {
    #[param]
    bias: [f32; 4],
}

fn main() {}
