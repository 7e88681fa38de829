use weighbridge::Module;

#[derive(Module)]
struct Model<const K: usize> {
    #[param]
    scale: [f32; K],
    #[module(skip = { [0.0; K * 2].to_vec() })]
    cache: Vec<f32>,
}

fn main() {}
