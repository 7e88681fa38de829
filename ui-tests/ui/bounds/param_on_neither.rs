use weighbridge::Module;

#[derive(Module)]
struct Linear {
    #[param(shape = [4])]
    name: String,
}

fn main() {}
