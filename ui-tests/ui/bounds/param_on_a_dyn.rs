use weighbridge::Module;

trait Layer {}

#[derive(Module)]
struct Linear {
    #[param(shape = [4])]
    weight: Box<dyn Layer>,
    layers: Vec<Box<dyn Layer + Send>>,
}

fn main() {}
