use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
enum Block<M> {
    Plain(Norm),
    Scaled {
        #[module(flatten)]
        inner: M,
        #[param]
        weight: [f32; 4],
    },
}

fn main() {
    let _ = Block::<Norm>::from_weights("weights.npz");
}
