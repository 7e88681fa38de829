use weighbridge::Module;

#[derive(Module)]
enum Activation {
    Relu,
    Gelu,
}

fn main() {}
