use weighbridge::Module;

#[derive(Module)]
struct Linear {
    #[param(shape = [3, 2])]
    weight: [[f32; 3]; 2],
}

fn main() {}
