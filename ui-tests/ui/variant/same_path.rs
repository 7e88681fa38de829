use weighbridge::Module;

#[derive(Module)]
enum Norm {
    None,
    Layer {
        #[param]
        weight: [f32; 4],
        #[param(rename = "weight")]
        scale: [f32; 4],
    },
}

fn main() {}
