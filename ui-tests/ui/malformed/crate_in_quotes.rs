use weighbridge::Module;

#[derive(Module)]
#[module(crate = "weighbridge")]
struct Bias {
    #[param]
    bias: [f32; 4],
}

fn main() {}
