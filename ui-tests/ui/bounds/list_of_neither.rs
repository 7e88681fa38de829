use weighbridge::Module;

struct Norm;

#[derive(Module)]
struct Block {
    norms: Vec<Option<Norm>>,
}

fn main() {}
