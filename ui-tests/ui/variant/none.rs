use weighbridge::Module;

#[derive(Module)]
enum Activation {}

fn main() {}
