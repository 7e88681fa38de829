use weighbridge::Module;

#[derive(Module)]
struct Linear {
    #[param(rename = "")]
    weight: [f32; 4],
}

fn main() {}
