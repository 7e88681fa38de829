use weighbridge::Module;

#[derive(Module)]
enum Norm {
    None,
    Rms(#[param] [f32; 4], String),
}

fn main() {}
