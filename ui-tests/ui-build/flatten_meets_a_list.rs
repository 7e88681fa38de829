use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Stack<L> {
    #[module(flatten)]
    layers: L,
    #[module(rename = "3")]
    last: Norm,
}

fn main() {
    let _ = Stack::<[Norm; 3]>::from_weights("weights.npz"); // 0, 1 and 2
    let _ = Stack::<[Norm; 4]>::from_weights("weights.npz");
}
