use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(deny_unknown_fields, prefix = "model", case = "camelCase")]
struct Linear {
    #[param(dims(4, 4))]
    weight: Tensor<f32>,
    #[param(shape = [4], type = "BF16")]
    bias: Tensor<f32>,
    #[param(shape = [4], tied_to = "bias")]
    gate: Tensor<f32>,
    #[param(shape = [4], requires_grad = false)]
    mean: Tensor<f32>,
    #[param(shape = [4], serialize_with = "packed")]
    packed: Tensor<f32>,
    #[module(layers = 12)]
    layers: Vec<()>,
}

fn main() {}
