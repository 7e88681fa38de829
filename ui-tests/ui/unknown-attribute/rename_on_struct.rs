use weighbridge::Module;

#[derive(Module)]
#[module(rename = "bias")]
struct Bias {
    #[param]
    bias: [f32; 4],
}

fn main() {}
