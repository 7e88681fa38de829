use weighbridge::Module;

#[derive(Module)]
enum Norm {
    #[module(rename = "identity")]
    None,
    #[param(shape = [4])]
    Rms(#[param] [f32; 4]),
}

fn main() {}
