//! What is loaded through a layout is saved as the file had it: the same names, shapes and bytes.

use wb::{AnyTensor, Checkpoint, Loader, Module, SaveError, Tensor};

use crate::{any, counted, counted_from};

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
    let loader = Loader::new().ignore(["fused"]);
    let module = loader.load::<Gap>(any([("fused", &counted([6]))])).unwrap().module;
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("gap.safetensors");
    let error = module.save_weights(&path).unwrap_err();
    assert!(matches!(&error, SaveError::Parameter { path, .. } if path == "q"), "{error}");
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(why, "`fused` cannot be written: the parameters hold 4 of its elements, and not all");
    assert!(!path.exists());
}
