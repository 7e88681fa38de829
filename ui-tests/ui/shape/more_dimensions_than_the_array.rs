use weighbridge::Module;

#[derive(Module)]
struct Linear {
    #[param(shape = [3, 1])]
    weight: [f32; 3],
}

fn main() {}
