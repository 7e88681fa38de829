use weighbridge::Module;

#[derive(Module)]
struct Model {
    layers: Vec<Box<dyn Module>>,
}

fn main() {}
