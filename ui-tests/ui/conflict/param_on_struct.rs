use weighbridge::Module;

#[derive(Module)]
#[param(shape = [4])]
struct Bias {
    #[param]
    bias: [f32; 4],
}

fn main() {}
