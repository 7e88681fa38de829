use weighbridge::Module;

#[derive(Module)]
#[module(verify = "weights.lock")]
struct Bias {
    #[param]
    bias: [f32; 4],
}

fn main() {}
