use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[module(config, skip)]
    eps: f64,
    #[module(config, flatten)]
    heads: usize,
    #[module(config = "n_layer", rename = "layers")]
    layers: usize,
    #[module(config)]
    text: Option<&'static str>,
}

fn main() {}
