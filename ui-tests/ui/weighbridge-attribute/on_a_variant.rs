use weighbridge::Module;

#[derive(Module)]
enum Norm {
    #[weighbridge(rename = "rms")]
    Rms(#[weighbridge(param)] [f32; 4]),
    None,
}

fn main() {}
