use weighbridge::{Module, Tensor, verify};

#[derive(Module)]
struct Classifier {
    #[param(shape = [16, 5], rename = "classifier.1.weight")]
    weight: Tensor<f32>,
    #[param(shape = [5], rename = "classifier.1.bias")]
    bias: Tensor<f32>,
}

#[derive(Module)]
#[module(ignore = ["resnet.*"])]
struct Head {
    #[module(flatten)]
    head: Classifier,
}

verify!(Head, "fixtures/resnet");

fn main() {}
