use weighbridge::Module;

#[derive(Module)]
enum Norm {
    None,
    Layer {
        #[module(flatten)]
        rms: Rms,
        #[param]
        weight: [f32; 4],
    },
}

#[derive(Module)]
struct Rms {
    #[param]
    weight: [f32; 4],
}

fn main() {}
