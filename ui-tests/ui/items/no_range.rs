use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Model {
    #[module(items = 3)]
    a: Vec<Norm>,
    #[module(items = 0..=3)]
    b: Vec<Norm>,
    #[module(items = ..)]
    c: Vec<Norm>,
    #[module(items = -1..)]
    d: Vec<Norm>,
    #[module(items = .., len = 3)]
    e: Vec<Norm>,
}

fn main() {}
