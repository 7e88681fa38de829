use weighbridge::Module;

#[derive(Module)]
struct Linear {
    #[param(skip)]
    cache: Vec<f32>,
}

fn main() {}
