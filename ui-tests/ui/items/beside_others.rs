use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Model {
    #[module(items = 1.., len = 3)]
    a: Vec<Norm>,
    #[module(items = 1.., tied = "a")]
    b: Vec<Norm>,
    #[module(items = .."n", args(dim = "hidden"))]
    c: Vec<Norm>,
}

fn main() {}
