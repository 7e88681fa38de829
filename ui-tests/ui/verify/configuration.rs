use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(config = "fixtures/llama/config.json")]
struct Alone {
    #[param(shape = [2])]
    weight: Tensor<f32>,
}

#[derive(Module)]
#[module(verify = "fixtures/mlx/linear.safetensors", config = "locks/no-such.json")]
struct Absent {
    #[param(shape = [2])]
    weight: Tensor<f32>,
}

weighbridge::verify!(Absent, "fixtures/mlx/linear.safetensors", config = 3);
weighbridge::verify!(Absent, "fixtures/mlx/linear.safetensors", konfig = "config.json");

fn main() {}
