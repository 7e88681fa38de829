use weighbridge::Module;

#[derive(Module)]
#[module(rename = "norm")]
enum Norm {
    None,
    Rms(#[param] [f32; 4]),
}

fn main() {}
