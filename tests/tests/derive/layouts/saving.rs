//! What is loaded through a layout is saved as the file had it: the same names, shapes and bytes.

use wb::{AnyTensor, Checkpoint, Loader, Module, SaveError, Tensor};

use super::{any, counted, counted_from};

/// Loads, saves and reads back, and compares every tensor with what was given.
fn comes_back<M: Module>(pairs: &[(String, AnyTensor)]) {
    let module = M::from_weights(pairs).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    for name in ["model.safetensors", "model.npz"] {
        let path = scratch.path().join(name);
        module.save_weights(&path).unwrap();
        let checkpoint = Checkpoint::open(&path).unwrap();
        assert_eq!(checkpoint.len(), pairs.len());
        for (name, tensor) in pairs {
            assert_eq!(checkpoint.tensor(name).unwrap(), *tensor, "{name}");
        }
        let again = M::from_weights(&path).unwrap();
        let both = module.parameters().into_iter().zip(again.parameters());
        for ((path, view), (_, other)) in both {
            assert_eq!(view.bytes().unwrap(), other.bytes().unwrap(), "{path}");
        }
    }
}

#[derive(Module)]
#[module(crate = wb)]
struct Moved {
    #[param(shape = [5, 3], from = transpose)]
    transposed: Tensor<f32>,
    #[param(shape = [4, 3, 2, 5], from = permute(0, 2, 3, 1))]
    permuted: Tensor<f32>,
    #[param(shape = [2, 3, 2], from = reshape(6, 2, of = transpose))]
    reshaped: Tensor<f32>,
    #[param(shape = [8, 3], from = concat(dim = 0, "q.weight": 4, "k.weight", "v.weight"))]
    qkv: Tensor<f32>,
    #[param(shape = [4, 2, 2], from = stack(dim = 1, transpose(of = "experts.{}.w2.weight")))]
    experts: Tensor<f32>,
}

#[test]
fn moves_joins_and_stacks() {
    let (transposed, permuted, reshaped) = (counted([3, 5]), counted_from([4, 5, 3, 2], 7), counted_from([2, 6], 9));
    let (q, k, v) = (counted([4, 3]), counted_from([2, 3], 100), counted_from([2, 3], 200));
    let (e0, e1) = (counted_from([2, 4], 300), counted_from([2, 4], 400));
    comes_back::<Moved>(&any([
        ("transposed", &transposed),
        ("permuted", &permuted),
        ("reshaped", &reshaped),
        ("q.weight", &q),
        ("k.weight", &k),
        ("v.weight", &v),
        ("experts.0.w2.weight", &e0),
        ("experts.1.w2.weight", &e1),
    ]));
}

#[derive(Module)]
#[module(crate = wb)]
struct Apart {
    #[param(shape = [4, 3], from = transpose(of = slice(dim = 1, of = "c_attn.weight")))]
    q: Tensor<f32>,
    #[param(shape = [2, 3], from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = 4)))]
    k: Tensor<f32>,
    #[param(shape = [2, 3], from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = 6)))]
    v: Tensor<f32>,
    #[param(shape = [4, 5], from = reshape(2, 1, 2, 5, of = slice(dim = 1, start = 0, of = reshape(8, 5, of = "both"))))]
    first: Tensor<f32>,
    #[param(shape = [4, 5], from = reshape(2, 1, 2, 5, of = slice(dim = 1, start = 1, of = reshape(8, 5, of = "both"))))]
    second: Tensor<f32>,
}

#[test]
fn parts_are_put_together_again() {
    comes_back::<Apart>(&any([("c_attn.weight", &counted([3, 8])), ("both", &counted([8, 5]))]));
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Gap {
    #[param(shape = [2], from = slice(dim = 0, of = "fused"))]
    q: Tensor<f32>,
    #[param(shape = [2], from = slice(dim = 0, of = "fused", start = 4))]
    v: Tensor<f32>,
}

#[test]
fn what_no_parameter_holds_cannot_be_written() {
    let loader = Loader::new().unexpected(wb::Rule::Allow);
    let module = loader.load::<Gap>(any([("fused", &counted([6]))])).unwrap().module;
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("gap.safetensors");
    let error = module.save_weights(&path).unwrap_err();
    assert!(matches!(&error, SaveError::Parameter { path, .. } if path == "q"), "{error}");
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(
        why,
        "`fused` cannot be written: the parameters have only 4 of its elements; declare a parameter for the rest"
    );
    assert!(!path.exists());
}

#[derive(Module)]
#[module(crate = wb)]
struct Layer {
    #[param(shape = [4, 3], from = concat(dim = 0, "q.weight", "k.weight"))]
    qk: Tensor<f32>,
    #[param(shape = [3], from = reshape(1, 3))]
    norm: Tensor<half::f16>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Model {
    layers: Vec<Layer>,
}

#[test]
fn names_of_sources_are_written_below_their_module() {
    let (q, k) = (counted([2, 3]), counted_from([2, 3], 9));
    // 6 bytes, which are no whole number of words
    let norm = Tensor::new([1, 3], [1.0, 2.0, 3.0].map(half::f16::from_f32).to_vec()).unwrap();
    let mut pairs = Vec::new();
    for layer in 0..2 {
        pairs.push((format!("layers.{layer}.q.weight"), q.clone().into()));
        pairs.push((format!("layers.{layer}.k.weight"), k.clone().into()));
        pairs.push((format!("layers.{layer}.norm"), norm.clone().into()));
    }
    comes_back::<Model>(&pairs);
}

/// Two parts of one tensor, whose types or shapes a value may have apart.
#[derive(Debug, Module)]
#[module(crate = wb)]
struct Loose {
    #[param(shape = [2, _], dtype = ["F32", "F16"], from = slice(dim = 0, of = "fused"))]
    front: AnyTensor,
    #[param(shape = [1, _], dtype = ["F32", "F16"], from = slice(dim = 0, of = "fused", start = 2))]
    back: AnyTensor,
}

#[test]
fn parts_that_are_not_of_one_tensor_are_not_written_as_one() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("loose.safetensors");
    let front = || AnyTensor::from(counted([2, 3]));
    let other_dtype = Tensor::<half::f16>::zeros([1, 3]).into();
    for (back, why) in [(other_dtype, "has another dtype or rank"), (counted([1, 2]).into(), "only 8 of its")] {
        let error = Loose { front: front(), back }.save_weights(&path).unwrap_err();
        assert!(matches!(error, SaveError::Parameter { .. }), "{error}");
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains(why), "{source}");
        assert!(!path.exists());
    }
    Loose { front: front(), back: counted([1, 3]).into() }.save_weights(&path).unwrap();
}
