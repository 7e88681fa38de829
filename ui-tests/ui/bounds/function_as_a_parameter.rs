use weighbridge::Module;

trait Layer {}

#[derive(Module)]
struct Model {
    #[param(shape = [4])]
    activation: fn(f32) -> f32,
    #[param]
    layer: &'static dyn Layer,
    #[param]
    nothing: (),
}

fn main() {}
