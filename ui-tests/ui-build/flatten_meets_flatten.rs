use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Pair<A, B> {
    #[module(flatten)]
    first: A,
    #[module(flatten)]
    second: B,
}

fn main() {
    let _ = Pair::<Norm, Norm>::from_weights("weights.npz");
}
