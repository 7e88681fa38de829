use weighbridge::Module;

#[derive(Module)]
#[module(rename_all = "camelCase")]
struct Norm {
    #[param]
    a_b: [f32; 4],
    #[param]
    a__b: [f32; 4],
}

fn main() {}
