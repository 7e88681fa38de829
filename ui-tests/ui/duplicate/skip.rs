use weighbridge::Module;

#[derive(Module)]
struct Linear {
    #[module(skip, skip = Vec::new())]
    cache: Vec<f32>,
}

fn main() {}
