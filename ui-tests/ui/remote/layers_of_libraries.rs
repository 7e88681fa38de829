use weighbridge::Module;

// as the crates have them
mod candle_nn {
    pub struct Linear;
}
mod burn {
    pub mod nn {
        pub struct Lstm;
    }
}

#[derive(Module)]
struct Model {
    q: candle_nn::Linear,
    layers: Vec<burn::nn::Lstm>,
}

fn main() {}
