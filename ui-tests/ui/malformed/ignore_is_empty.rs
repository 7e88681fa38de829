use weighbridge::Module;

#[derive(Module)]
#[module(ignore = [""])]
struct Bias {
    #[param]
    bias: [f32; 4],
}

fn main() {}
