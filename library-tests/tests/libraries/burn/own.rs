//! What burn's own store lets through, and what the same files meet here.

use super::*;
use burn_core as burn;
use burn_core::module::Param;
use burn_store::{ModuleSnapshot, SafetensorsStore};
use safetensors::tensor::{Dtype, TensorView};

#[derive(burn_core::module::Module, Debug)]
struct Theirs {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

type Ours = Linear<3, 2>;

fn models() -> (Theirs, Ours) {
    let device = Device::flex();
    let (weight, bias) = (Tensor::zeros([2, 3], &device), Tensor::zeros([2], &device));
    let theirs = Theirs { weight: Param::from_tensor(weight.clone()), bias: Param::from_tensor(bias.clone()) };
    (theirs, Ours { weight, bias })
}

fn file(tensors: &[(&str, Dtype, &[usize], &[u8])]) -> Vec<u8> {
    let view = |dtype, shape: &[usize], bytes| TensorView::new(dtype, shape.to_vec(), bytes).unwrap();
    let views = tensors.iter().map(|&(name, dtype, shape, bytes)| (name, view(dtype, shape, bytes)));
    safetensors::serialize(views, None).unwrap()
}

fn ones(count: usize) -> Vec<u8> {
    1_f32.to_le_bytes().repeat(count)
}

#[test]
fn a_load_that_fails_leaves_half_of_the_file_in_the_model() {
    let without_bias = file(&[("weight", Dtype::F32, &[2, 3], &ones(6))]);
    let wrong_bias = file(&[("weight", Dtype::F32, &[2, 3], &ones(6)), ("bias", Dtype::F32, &[3], &ones(3))]);
    for bytes in [without_bias, wrong_bias] {
        let (mut theirs, mut ours) = models();
        theirs.load_from(&mut SafetensorsStore::from_bytes(Some(bytes.clone()))).unwrap_err();
        assert_eq!(floats(theirs.weight.val().to_data()), [1.0; 6]);
        assert_eq!(floats(theirs.bias.val().to_data()), [0.0; 2]);

        let refused = report(ours.load_weights(bytes).map(|_| ()));
        assert_eq!(refused.missing.len() + refused.shape.len(), 1);
        assert_eq!(floats(ours.weight.to_data()), [0.0; 6]);
    }
}

#[test]
fn a_name_that_is_nobody_s_and_another_float_dtype_are_no_error() {
    let doubles = 1_f64.to_le_bytes().repeat(2);
    let bytes = file(&[
        ("weight", Dtype::F32, &[2, 3], &ones(6)),
        ("bias", Dtype::F64, &[2], &doubles),
        ("bais", Dtype::F32, &[2], &ones(2)),
    ]);
    let (mut theirs, _) = models();
    let applied = theirs.load_from(&mut SafetensorsStore::from_bytes(Some(bytes.clone()))).unwrap();
    assert_eq!(applied.unused, ["bais"]);
    // an F32 model has an F64 bias now, which no F32 tensor can be added to
    assert_eq!(theirs.bias.val().dtype(), BurnDType::F64);

    #[derive(Module, Debug)]
    struct Ours {
        #[param(shape = [2, 3], dtype = "F32")]
        weight: Tensor<2>,
        #[param(shape = [2], dtype = "F32")]
        bias: Tensor<1>,
    }
    let refused = report(Ours::from_weights(bytes));
    assert_eq!((&*refused.dtype[0].path, &*refused.unexpected[0].path), ("bias", "bais"));
}
