use weighbridge::Module;

#[derive(Module)]
struct Pair(#[param(rename = "1")] [f32; 4], #[param] [f32; 4]);

fn main() {}
