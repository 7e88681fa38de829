use weighbridge::Module;

#[derive(Module)]
#[weighbridge(param, shape = [4])]
struct Linear {
    weight: [f32; 4],
}

fn main() {}
