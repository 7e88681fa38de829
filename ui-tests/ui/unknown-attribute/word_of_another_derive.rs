use weighbridge::Module;

#[derive(Module)]
struct Linear {
    #[module(constant)]
    epsilon: (),
}

fn main() {}
