use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Tower(#[param(shape = ["hidden"])] Tensor<f32>);

#[derive(Module)]
struct Model {
    #[module(config_scope = "")]
    a: Tower,
    #[module(config_scope = "text config")]
    b: Tower,
    #[module(config_scope = text_config)]
    c: Tower,
    #[module(config_scope = "text.")]
    d: Tower,
}

fn main() {}
