use weighbridge::Module;

#[derive(Module)]
enum Norm {
    Plain,
    Scaled { #[param] weight: [f32; 4] },
}

#[derive(Module)]
struct Block<M> {
    #[module(flatten)]
    inner: M,
    #[param]
    weight: [f32; 4],
}

fn main() {
    let _ = Block::<Norm>::from_weights("weights.npz");
}
