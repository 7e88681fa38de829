use weighbridge::Module;

struct Norm;

#[derive(Module)]
#[module(remote = "Norm")]
struct NormParts;

#[derive(Module)]
struct Model {
    #[module(via = "NormParts")]
    norm: Norm,
    #[module(via = NormParts, skip)]
    skipped: (),
}

fn main() {}
