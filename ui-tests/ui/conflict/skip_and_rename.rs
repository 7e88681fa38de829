use weighbridge::Module;

#[derive(Module)]
struct Linear {
    #[module(skip, rename = "cache")]
    cache: Vec<f32>,
}

fn main() {}
