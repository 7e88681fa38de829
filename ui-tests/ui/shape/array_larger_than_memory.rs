use weighbridge::Module;

#[derive(Module)]
struct Linear {
    #[param]
    weight: [[f32; 1 << 32]; 1 << 32],
}

fn main() {}
