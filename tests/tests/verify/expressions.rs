//! Dims that are computed from names.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use wb::{DType, Module, Tensor};

use crate::{Held, same};

const EXTRA: usize = 1;

/// The norm comes last, so that its number is open in the two above it.
#[derive(Module)]
#[module(crate = wb)]
struct Attention {
    #[param(shape = [("heads" + 2 * "kv") * "head_dim", "hidden"])]
    qkv: Tensor<f32>,
    #[param(shape = ["hidden", "heads" * "head_dim"])]
    out: Tensor<f32>,
    #[param(shape = ["head_dim"])]
    norm: Tensor<f32>,
    #[param(shape = ["kv"])]
    sinks: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Model {
    #[param(shape = [round_up("vocab", 4), "hidden"])]
    embed: Tensor<f32>,
    #[module(len = "depth" - EXTRA)]
    layers: Vec<Attention>,
    #[param(shape = ["depth"])]
    scales: Tensor<f32>,
    #[param(shape = ["vocab"])]
    bias: Tensor<f32>,
    #[module(rename = "mlp")]
    mlp: Mlp,
}

#[derive(Module)]
#[module(crate = wb)]
enum Mlp {
    Wide {
        #[param(shape = [4 * "hidden", "hidden"])]
        up: Tensor<f32>,
    },
    Gated {
        #[param(shape = ["hidden" / 2, "hidden"])]
        up: Tensor<f32>,
    },
}

/// The checkpoint of a model of these sizes.
fn tensors(vocab: usize, hidden: usize, heads: usize, kv: usize, head_dim: usize) -> Vec<Held> {
    let mut all = vec![
        ("embed", vec![vocab.div_ceil(4) * 4, hidden]),
        ("scales", vec![3]),
        ("bias", vec![vocab]),
        ("mlp.up", vec![4 * hidden, hidden]),
    ];
    for layer in ["layers.0", "layers.1"] {
        let [qkv, out, norm, sinks] = match layer {
            "layers.0" => ["layers.0.qkv", "layers.0.out", "layers.0.norm", "layers.0.sinks"],
            _ => ["layers.1.qkv", "layers.1.out", "layers.1.norm", "layers.1.sinks"],
        };
        all.extend([
            (qkv, vec![(heads + 2 * kv) * head_dim, hidden]),
            (out, vec![hidden, heads * head_dim]),
            (norm, vec![head_dim]),
            (sinks, vec![kv]),
        ]);
    }
    all.into_iter().map(|(name, shape)| (name.to_owned(), DType::F32, shape)).collect()
}

/// The same with one dim changed.
fn with(mut tensors: Vec<Held>, name: &str, dim: usize, size: usize) -> Vec<Held> {
    tensors.iter_mut().find(|tensor| tensor.0 == name).unwrap().2[dim] = size;
    tensors
}

#[test]
fn every_size_that_agrees_is_taken() {
    assert_eq!(same::<Model>(&tensors(7, 6, 4, 2, 5)), "");
    assert_eq!(same::<Model>(&tensors(8, 2, 1, 1, 1)), "");
    // the other variant
    assert_eq!(same::<Model>(&with(tensors(7, 6, 4, 2, 5), "mlp.up", 0, 3)), "");
}

#[test]
fn a_conflict_shows_the_expression_its_value_and_the_names() {
    let model = || tensors(7, 6, 4, 2, 5);
    // the dims of `norm` and `sinks` say what is in `qkv`, wherever they are declared
    let report = same::<Model>(&with(model(), "layers.1.out", 1, 25));
    assert!(report.contains("expected heads * head_dim = 20, where heads = 4 (from `layers.0.qkv`) and head_dim = 5 (from `layers.0.norm`)"), "{report}");
    let report = same::<Model>(&with(model(), "layers.0.out", 1, 21));
    assert!(report.contains("heads * head_dim"), "{report}");
    let report = same::<Model>(&with(model(), "embed", 0, 12));
    assert!(report.contains("round_up(vocab, 4) = 8, where vocab = 7 (from `bias`)"), "{report}");
    let report = same::<Model>(&with(model(), "scales", 0, 4));
    assert!(report.contains("layers  expected depth - 1 = 3, where depth = 4 (from `scales`), found 2"), "{report}");
    let report = same::<Model>(&with(model(), "mlp.up", 0, 25));
    assert!(report.contains("4 * hidden = 24, where hidden = 6 (from `embed`)"), "{report}");
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Open {
    #[param(shape = ["a" * "b", 3 * "c"])]
    first: Tensor<f32>,
    #[param(shape = ["a" * "b", 1 / "d"])]
    second: Tensor<f32>,
}

#[test]
fn what_stays_open_has_one_value_for_each_expression() {
    let tensors = |first: [usize; 2], second: [usize; 2]| {
        [("first", first), ("second", second)].map(|(name, shape)| (name.to_owned(), DType::F32, shape.to_vec()))
    };
    assert_eq!(same::<Open>(&tensors([6, 9], [6, 1])), "");
    let report = same::<Open>(&tensors([6, 9], [8, 1]));
    assert!(report.contains("expected a * b = 6 (from `first`)") && report.contains("found 8"), "{report}");
    let report = same::<Open>(&tensors([6, 10], [6, 1]));
    assert!(report.contains("1 conflicting dim (1 of 2 parameters fit)"), "{report}");
    assert!(report.contains("expected 3 * c for a whole number c") && report.contains("found 10"), "{report}");
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(14), ..ProptestConfig::with_cases(40) })]

    #[test]
    fn a_load_and_the_compiler_compute_alike(
        sizes in [1..9_usize, 1..9, 1..5, 1..5, 1..5],
        changes in prop::collection::vec((0..12_usize, 0..2_usize, 0..30_usize), 0..4),
    ) {
        let [vocab, hidden, heads, kv, head_dim] = sizes;
        let mut tensors = tensors(vocab, hidden, heads, kv, head_dim);
        for (tensor, dim, size) in changes {
            let shape = &mut tensors[tensor].2;
            let dim = dim.min(shape.len() - 1);
            shape[dim] = size;
        }
        same::<Model>(&tensors);
    }
}
