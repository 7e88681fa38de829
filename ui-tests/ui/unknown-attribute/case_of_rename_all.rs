use weighbridge::Module;

#[derive(Module)]
#[module(rename_all = "camelcase")]
struct Bias {
    #[param]
    bias: [f32; 4],
}

fn main() {}
