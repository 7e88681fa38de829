use weighbridge::Module;

#[derive(Module)]
struct Linear {
    #[param(shape = [4])]
    weight: [f32; 3],
}

fn main() {}
