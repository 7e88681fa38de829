use weighbridge::Module;

#[derive(Module)]
enum Norm {
    #[param]
    None,
    Rms(#[param] [f32; 4]),
}

fn main() {}
