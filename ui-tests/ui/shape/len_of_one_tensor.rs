use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param(shape = [_], len = 4)]
    weight: Vec<f32>,
}

fn main() {}
