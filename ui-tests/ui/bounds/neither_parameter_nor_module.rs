use weighbridge::Module;

#[derive(Module)]
struct Linear {
    #[param]
    weight: [f32; 4],
    activation: String,
}

fn main() {}
