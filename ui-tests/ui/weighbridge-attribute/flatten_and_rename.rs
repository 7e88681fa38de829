use weighbridge::Module;

#[derive(Module)]
struct Norm;

#[derive(Module)]
struct Linear {
    #[weighbridge(flatten, rename = "norm")]
    norm: Norm,
}

fn main() {}
