//! Projections in one tensor on one side, and apart on the other.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use wb::{DType, Module, Tensor};

use crate::{Held, both, same};

#[derive(Module)]
#[module(crate = wb)]
struct Matrix<const ROWS: usize, const COLUMNS: usize> {
    #[param(shape = [ROWS, COLUMNS])]
    weight: Tensor<f32>,
    #[param(shape = [ROWS])]
    bias: Option<Tensor<f32>>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Apart {
    q_proj: Matrix<4, 6>,
    k_proj: Matrix<2, 6>,
    v_proj: Matrix<2, 6>,
    gate_proj: Matrix<4, 4>,
    up_proj: Matrix<4, 4>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Fused {
    qkv: Matrix<8, 6>,
    gates: Matrix<8, 4>,
}

/// Several of a kind, of which the parts make up one.
#[derive(Module)]
#[module(crate = wb)]
struct Numbered {
    #[module(flatten)]
    gates: [Matrix<8, 4>; 3],
}

#[derive(Module)]
#[module(crate = wb)]
struct Model<L> {
    layers: [L; 3],
}

/// A part or a whole, beside the names in the two structs.
const TENSORS: &[(&str, &[usize])] = &[
    ("q_proj.weight", &[4, 6]),
    ("k_proj.weight", &[2, 6]),
    ("v_proj.weight", &[2, 6]),
    ("q_proj.bias", &[4]),
    ("k_proj.bias", &[2]),
    ("v_proj.bias", &[2]),
    ("gate_proj.weight", &[4, 4]),
    ("up_proj.weight", &[4, 4]),
    ("qkv.weight", &[8, 6]),
    ("qkv.weight", &[6, 8]),
    ("qkv.bias", &[8]),
    ("in_proj_weight", &[8, 6]),
    ("0.weight", &[8, 4]),
    ("1.weight", &[8, 4]),
    ("1.weight", &[4, 8]),
];

fn tensor(layer: &str, name: &str, shape: &[usize]) -> Held {
    (if layer.is_empty() { name.to_owned() } else { format!("layers.{layer}.{name}") }, DType::F32, shape.to_vec())
}

/// These of [`TENSORS`], in layers.
fn file(layers: &[&str], kept: impl Fn(&str) -> bool) -> Vec<Held> {
    let of_layer = |layer: &&str| {
        let layer = (*layer).to_owned();
        TENSORS.iter().map(move |(name, shape)| tensor(&layer, name, shape)).collect::<Vec<_>>()
    };
    let all = layers.iter().flat_map(of_layer).filter(|(name, ..)| kept(name));
    let mut kept: Vec<Held> = Vec::new();
    for one in all {
        if kept.iter().all(|(name, ..)| *name != one.0) {
            kept.push(one);
        }
    }
    kept
}

#[test]
fn one_tensor_in_the_lock() {
    let fused = |name: &str| name.contains("qkv.weight");
    let text = same::<Model<Apart>>(&file(&["0", "1", "2"], fused));
    let slice = "`layers.{0..=2}.qkv.weight` looks like `q_proj`, `k_proj`, `v_proj` in one tensor; take this part with `#[param(shape = [2, 6], from = slice(dim = 0, of = \"qkv.weight\", start = 6))]` on a field of `layers.{0..=2}`";
    assert!(text.contains(slice), "{text}");
    // the parts may be missing in some of the layers alone
    let some = |name: &str| fused(name) && !name.contains("layers.1.");
    let apart = |name: &str| name.contains("layers.1.") && name.contains("_proj.");
    let text = same::<Model<Apart>>(&file(&["0", "1", "2"], |name| some(name) || apart(name)));
    assert!(text.contains("`layers.{0, 2}.qkv.weight` looks like"), "{text}");
    // at the root
    let text = same::<Apart>(&file(&[""], |name| name == "in_proj_weight"));
    assert!(text.contains("of = \"in_proj_weight\", start = 4"), "{text}");
}

#[test]
fn a_square_and_a_tensor_in_the_other_order() {
    let text = same::<Model<Apart>>(&[tensor("2", "gate_up.weight", &[4, 8]), tensor("2", "qkv.weight", &[6, 8])]);
    assert!(text.contains("transpose(of = slice(dim = 1, of = \"qkv.weight\", start = 6))"), "{text}");
    assert!(text.contains("slice(dim = 1, of = \"gate_up.weight\", start = 4)"), "{text}");
    let text = same::<Apart>(&[tensor("", "gate_up.weight", &[8, 4])]);
    assert!(text.contains("slice(dim = 0, of = \"gate_up.weight\", start = 4)"), "{text}");
}

#[test]
fn one_of_several_tensors_is_made_up() {
    let in_one = |name: &str| name.ends_with("0.weight") || name.ends_with("1.weight");
    let text = same::<Model<Apart>>(&file(&["0", "1"], in_one));
    assert!(text.contains("`layers.{0..=1}.0.weight` looks like `gate_proj`, `up_proj` in one tensor"), "{text}");
    assert!(!text.contains("1.weight` looks like"), "{text}");
    let apart = |name: &str| name.contains("gate_proj") || name.contains("up_proj");
    let text = same::<Model<Numbered>>(&file(&["0", "1"], apart));
    assert!(text.contains("`layers.{0..=1}.0.weight` looks like `gate_proj`, `up_proj` in one tensor"), "{text}");
    assert!(!text.contains("1.weight` looks like"), "{text}");
}

#[test]
fn apart_in_the_lock() {
    let text = same::<Model<Fused>>(&file(&["0", "1", "2"], |name| name.contains("_proj.")));
    let concat = "concat(dim = 0, \"q_proj.weight\": 4, \"k_proj.weight\": 2, \"v_proj.weight\": 2)";
    assert!(text.contains(concat), "{text}");
    assert!(
        text.contains("`layers.{0..=2}.qkv.weight` looks like `q_proj`, `k_proj`, `v_proj` in one tensor"),
        "{text}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn any_parts_are_told_alike(
        kept in prop::collection::vec(prop::collection::vec(prop::sample::select(TENSORS), 0..9), 1..5),
        same_in_all in any::<bool>(),
    ) {
        let layer = |number: usize| if same_in_all { &kept[0] } else { &kept[number] };
        let tensors: Vec<_> = (0..kept.len())
            .flat_map(|number| layer(number).iter().map(move |(name, shape)| tensor(&number.to_string(), name, shape)))
            .collect();
        if let Some((compiled, loaded)) = both::<Model<Apart>>(&tensors) {
            prop_assert_eq!(compiled, loaded);
        }
        if let Some((compiled, loaded)) = both::<Model<Fused>>(&tensors) {
            prop_assert_eq!(compiled, loaded);
        }
        let at_the_root: Vec<_> = kept[0].iter().map(|(name, shape)| tensor("", name, shape)).collect();
        if let Some((compiled, loaded)) = both::<Apart>(&at_the_root) {
            prop_assert_eq!(compiled, loaded);
        }
    }
}
