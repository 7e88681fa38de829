use weighbridge::Module;

#[derive(Module)]
#[module(rename_all = "camelCase", rename_all = "PascalCase")]
struct Bias {
    #[param]
    bias: [f32; 4],
}

fn main() {}
