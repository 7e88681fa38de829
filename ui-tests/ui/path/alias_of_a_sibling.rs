use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
    #[param(alias = ["beta", "weight"])]
    bias: [f32; 4],
}

fn main() {}
