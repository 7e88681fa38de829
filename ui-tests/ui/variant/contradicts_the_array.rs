use weighbridge::Module;

#[derive(Module)]
enum Norm {
    None,
    Rms {
        #[param(shape = [4])]
        weight: [f32; 3],
    },
}

fn main() {}
