use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param(shape = [2, 3])]
    scale: f32,
}

#[derive(Module)]
struct Mean {
    #[param(shape = ["n"])]
    scale: half::bf16,
}

fn main() {}
