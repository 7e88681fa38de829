use weighbridge::Module;

#[derive(Module)]
struct Linear {
    #[param(rename = "__metadata__")]
    weight: [f32; 4],
}

fn main() {}
