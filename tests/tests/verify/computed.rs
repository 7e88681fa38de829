//! Layouts whose numbers are computed from names.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use wb::{DType, Module, Tensor};

use crate::{Held, same};

/// GPT-2's: three in one, whose widths the parameters before and behind it say.
#[derive(Module)]
#[module(crate = wb, args(width = "n_embd"))]
struct Attention {
    #[param(shape = ["width", "width"], from = transpose(of = slice(dim = 1, of = "c_attn.weight")))]
    q: Tensor<f32>,
    #[param(shape = ["width", "width"], from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = "width")))]
    k: Tensor<f32>,
    #[param(shape = ["width", "width"], from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = 2 * "width", len = "width")))]
    v: Tensor<f32>,
}

/// Llama's: apart in the file, and together in the module.
#[derive(Module)]
#[module(crate = wb)]
struct Fused {
    #[param(shape = [_, "n_embd"], from = concat(
        dim = 0,
        "q.weight": "heads" * "head_dim",
        "k.weight": "kv" * "head_dim",
        "v.weight": "kv" * "head_dim",
    ))]
    qkv: Tensor<f32>,
    #[param(shape = ["heads", "head_dim", "n_embd"], from = reshape("heads" * "head_dim", "n_embd", of = "out.weight"))]
    out: Tensor<f32>,
    #[param(shape = ["gates" + "gates", "n_embd"], from = concat(dim = 0, "gate.weight", "up.weight"))]
    gates: Tensor<f32>,
    #[param(shape = ["experts", "heads", "head_dim"], from = stack(reshape("heads" * "head_dim", of = "experts.{}.weight")))]
    experts: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
enum Mlp {
    Gated {
        #[param(shape = ["n_embd", "inner"], from = slice(dim = 0, of = "both", start = "n_embd"))]
        up: Tensor<f32>,
        #[param(shape = ["n_embd", "inner"], from = slice(dim = 0, of = "both"))]
        gate: Tensor<f32>,
    },
    Plain {
        #[param(shape = ["n_embd", "inner"])]
        up: Tensor<f32>,
    },
}

#[derive(Module)]
#[module(crate = wb)]
struct Model {
    attention: Attention,
    fused: Fused,
    mlp: Mlp,
    #[param(shape = ["vocab", "n_embd"])]
    embed: Tensor<f32>,
    #[param(shape = ["heads"])]
    sinks: Tensor<f32>,
    #[param(shape = ["head_dim"])]
    norm: Tensor<f32>,
    #[param(shape = ["kv"])]
    bias: Tensor<f32>,
    #[param(shape = ["gates"])]
    gate: Tensor<f32>,
}

/// The checkpoint of a model of these sizes.
fn tensors(width: usize, heads: usize, kv: usize, head_dim: usize) -> Vec<Held> {
    let all = [
        ("attention.c_attn.weight", vec![width, 3 * width]),
        ("fused.q.weight", vec![heads * head_dim, width]),
        ("fused.k.weight", vec![kv * head_dim, width]),
        ("fused.v.weight", vec![kv * head_dim, width]),
        ("fused.out.weight", vec![heads * head_dim, width]),
        ("fused.gate.weight", vec![5, width]),
        ("fused.up.weight", vec![5, width]),
        ("fused.experts.0.weight", vec![heads * head_dim]),
        ("fused.experts.1.weight", vec![heads * head_dim]),
        ("mlp.both", vec![2 * width, 7]),
        ("embed", vec![9, width]),
        ("sinks", vec![heads]),
        ("norm", vec![head_dim]),
        ("bias", vec![kv]),
        ("gate", vec![5]),
    ];
    all.map(|(name, shape)| (name.to_owned(), DType::F32, shape)).to_vec()
}

#[test]
fn names_that_stand_behind_a_layout_are_known_in_it() {
    assert_eq!(same::<Model>(&tensors(6, 4, 2, 3)), "");
    assert_eq!(same::<Model>(&tensors(8, 2, 1, 8)), "");
}

#[test]
fn a_wrong_part_is_told_with_numbers() {
    let mut all = tensors(6, 4, 2, 3);
    all[2].2[0] = 7;
    all[0].2[1] = 17;
    let text = same::<Model>(&all);
    assert!(text.contains("fused.k.weight           expected [kv * head_dim = 6, 6], found [7, 6]"), "{text}");
    assert!(text.contains("attention.c_attn.weight  expected [n_embd = 6, at least 18], found [6, 17]"), "{text}");
    // what no slice takes is left over
    all[0].2[1] = 19;
    let text = same::<Model>(&all);
    assert!(text.contains("attention.c_attn.weight  F32 [6, 19], of which no parameter takes [.., 18..19]"), "{text}");
}

#[test]
fn a_name_that_nothing_binds_is_told() {
    let all: Vec<Held> = tensors(6, 4, 2, 3).into_iter().filter(|(name, ..)| name != "bias").collect();
    let text = same::<Model>(&all);
    assert!(text.contains("fused.qkv  expected a number for `kv * head_dim`, where head_dim = 3 (from `norm`), found nothing says what `kv` is"), "{text}");
}

#[test]
fn a_layout_that_cannot_be_is_told_with_its_names() {
    let mut all = tensors(6, 4, 2, 3);
    all[14].2[0] = 6;
    let text = same::<Model>(&all);
    // the two halves are of another length than what is to be shared
    assert!(text.contains("fused.gate.weight  expected [6, n_embd = 6], found [5, 6]"), "{text}");
    // a width that is no multiple of its heads
    let mut all = tensors(6, 4, 2, 3);
    all[4].2[0] = 13;
    assert!(same::<Model>(&all).contains("fused.out.weight"));
}

/// A vocabulary that may be padded.
#[derive(Module)]
#[module(crate = wb)]
struct Padded {
    #[param(shape = [at_least("vocab"), "n_embd"])]
    embed: Tensor<f32>,
    #[param(shape = [at_least(2 * "n_embd" + EXTRA)])]
    wide: Tensor<f32>,
    blocks: Vec<Block>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Block {
    #[param(shape = [at_least("vocab")])]
    mask: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Known {
    #[module(flatten)]
    padded: Padded,
    #[param(shape = ["vocab"])]
    bias: Tensor<f32>,
}

const EXTRA: usize = 1;

fn padded(embed: usize, wide: usize, mask: usize, bias: Option<usize>) -> Vec<Held> {
    let all = [
        ("embed", Some(vec![embed, 3])),
        ("wide", Some(vec![wide])),
        ("blocks.0.mask", Some(vec![mask])),
        ("blocks.1.mask", Some(vec![7])),
        ("bias", bias.map(|bias| vec![bias])),
    ];
    all.into_iter().filter_map(|(name, shape)| Some((name.to_owned(), DType::F32, shape?))).collect()
}

#[test]
fn a_dim_that_may_be_larger() {
    for (embed, wide, mask) in [(7, 7, 7), (8, 9, 20)] {
        assert_eq!(same::<Known>(&padded(embed, wide, mask, Some(7))), "");
    }
    let text = same::<Known>(&padded(6, 6, 5, Some(7)));
    for line in [
        "blocks.0.mask  expected at least vocab = 7, where vocab = 7 (from `bias`), found 5",
        "embed          expected at least vocab = 7, where vocab = 7 (from `bias`), found 6",
        "wide           expected at least 2 * n_embd + 1 = 7, where n_embd = 3 (from `embed`), found 6",
    ] {
        assert!(text.contains(line), "{text}");
    }
    // nothing says how many they are
    let text = same::<Padded>(&padded(8, 9, 7, None));
    assert!(text.contains("embed                expected at least vocab, which nothing says, found 8"), "{text}");
    let pairs = || vec![("embed", Tensor::<f32>::zeros([8, 3])), ("wide", Tensor::zeros([7]))];
    let loaded = wb::Loader::new().dim("vocab", 7).load::<Padded>(pairs()).unwrap();
    assert_eq!(loaded.module.embed.shape(), &[8, 3]);
    assert!(wb::Loader::new().dim("vocab", 9).load::<Padded>(pairs()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn any_sizes_and_any_mistakes_are_told_alike(
        sizes in (1usize..9, 1usize..5, 1usize..4, 1usize..5),
        mistakes in prop::collection::vec((0usize..15, 0usize..2, 0usize..12), 0..3),
        gone in prop::collection::vec(0usize..15, 0..3),
    ) {
        let mut all = tensors(sizes.0, sizes.1, sizes.2, sizes.3);
        for (tensor, dim, size) in mistakes {
            if let Some(extent) = all[tensor].2.get_mut(dim) {
                *extent = size;
            }
        }
        let all: Vec<Held> = all.into_iter().enumerate().filter(|(i, _)| !gone.contains(i)).map(|(_, one)| one).collect();
        same::<Model>(&all);
    }

    #[test]
    fn any_padding_is_told_alike(sizes in (5usize..9, 5usize..9, 5usize..9), bias in prop::option::of(5usize..9)) {
        let all = padded(sizes.0, sizes.1, sizes.2, bias);
        same::<Known>(&all);
        same::<Padded>(&all);
    }
}
