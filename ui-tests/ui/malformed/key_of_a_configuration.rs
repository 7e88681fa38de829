use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[module(config = "")]
    eps: f64,
    #[module(config = "text_config.")]
    heads: usize,
    #[module(config = n_layer)]
    layers: usize,
}

#[derive(Module)]
struct Pair(#[module(config)] f64);

fn main() {}
