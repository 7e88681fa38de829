use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Block<M> {
    #[module(flatten)]
    inner: M,
    #[param(alias = "weight")]
    scale: [f32; 4],
}

fn main() {
    let _ = Block::<Norm>::from_weights("weights.npz");
}
