use weighbridge::Module;

#[derive(Module)]
struct Linear {
    #[param(rename = "attention..self")]
    weight: [f32; 4],
}

fn main() {}
