//! A file that imports candle's trait `Module` too. `docs/attributes.md` shows it.

use candle_core::Device;
use weighbridge_library_tests::{fixture, mismatch};

use candle_core::{Result, Tensor};
use candle_nn::Module;
use weighbridge::Module as _;

#[derive(weighbridge::Module, Debug)]
struct Linear {
    #[param(shape = [10, 10], dtype = "F32")]
    weight: Tensor,
    #[param(shape = [10], dtype = "F32")]
    bias: Tensor,
}

impl Module for Linear {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)
    }
}

#[test]
fn a_module_of_both_is_loaded_and_computes() {
    let linear = Linear::from_weights(fixture("mlx/linear.safetensors")).unwrap();
    let model = candle_nn::seq().add(linear).add(candle_nn::Activation::Relu);
    let out = model.forward(&Tensor::eye(10, candle_core::DType::F32, &Device::Cpu).unwrap()).unwrap();

    let file = candle_core::safetensors::load(fixture("mlx/linear.safetensors"), &Device::Cpu).unwrap();
    let expected = file["weight"].t().unwrap().broadcast_add(&file["bias"]).unwrap().relu().unwrap();
    assert_eq!(out.to_vec2::<f32>().unwrap(), expected.to_vec2::<f32>().unwrap());
    assert!(out.sum_all().unwrap().to_scalar::<f32>().unwrap() > 0.0);

    let refused = mismatch(Linear::from_weights(fixture("mlx/cnn.safetensors")));
    assert_eq!(refused.missing.len(), 2);
}
