use weighbridge::Module;

struct Norm;

#[derive(Module)]
struct Block {
    norm: Norm,
}

fn main() {}
