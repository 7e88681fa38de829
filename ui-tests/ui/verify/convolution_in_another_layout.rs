use weighbridge::{Module, Tensor, verify};

#[derive(Module)]
struct Conv {
    #[param(shape = [16, 8, 3, 3])]
    weight: Tensor<f32>,
}

#[derive(Module)]
#[module(ignore = ["bn1.*", "conv1.*", "fc.*"])]
struct Cnn {
    conv2: Conv,
}

verify!(Cnn, "fixtures/mlx/cnn.safetensors");

fn main() {}
