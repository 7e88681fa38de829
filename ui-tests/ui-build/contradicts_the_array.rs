use weighbridge::Module;

#[derive(Module)]
struct Scale<const N: usize> {
    #[param(shape = [N])]
    scale: [f32; 3],
}

fn main() {
    let _ = Scale::<4>::from_weights("weights.npz");
}
