//! Modules that take arguments, conditions and defaults: a load and the compiler find the same.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use wb::{DType, Module, Tensor};

use crate::{Held, same};

#[derive(Module)]
#[module(crate = wb, args(in, out, bias = false))]
struct Linear {
    #[param(shape = ["out", "in"])]
    weight: Tensor<f32>,
    #[param(shape = ["out"], when = "bias")]
    bias: Option<Tensor<f32>>,
}

#[derive(Module)]
#[module(crate = wb, args(dim, is_shifted = false))]
struct Norm {
    #[param(shape = ["dim"])]
    weight: Tensor<f32>,
    #[param(shape = ["dim"], when = "is_shifted" && !"plain")]
    shift: Option<Tensor<f32>>,
}

#[derive(Module)]
#[module(crate = wb, args(count))]
struct Sinks {
    #[param(shape = ["count", _])]
    sinks: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb, args(dim, inner = 4 * "dim"))]
enum Mlp {
    Gated {
        #[module(args(in = "dim", out = "inner"))]
        gate: Linear,
        #[module(args(in = "inner", out = "dim"))]
        down: Linear,
    },
    Plain {
        #[module(args(in = "dim", out = "inner", bias = true))]
        up: Linear,
        #[module(args(in = "inner", out = "dim", bias = "mlp_bias"))]
        down: Linear,
    },
}

#[derive(Module)]
#[module(crate = wb, args(dim, is_wide), defaults(head_dim = "hidden" / "heads", plain = false, has_norms = "plain"))]
struct Block {
    #[module(args(in = "dim", out = "heads" * "head_dim", bias = "qkv_bias"))]
    q: Linear,
    #[module(args(in = "dim", out = "kv" * "head_dim", bias = "qkv_bias"))]
    kv: [Linear; 2],
    #[module(args(dim = "head_dim", is_shifted = false, count = "heads"), when = "is_wide" || "has_norms")]
    norms: Option<(Norm, Sinks)>,
    #[module(args(dim = "dim"))]
    mlp: Mlp,
    #[module(flatten, args(dim = "dim", is_shifted = "is_wide"))]
    norm: Norm,
    #[module(args(in = "dim", out = _, bias = "adapter_bias" == "all"))]
    adapter: Option<Linear>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Tower {
    #[param(shape = [round_up("vocab", 4), "hidden"])]
    embed: Tensor<f32>,
    #[module(len = "depth", args(dim = "hidden", is_wide = true))]
    blocks: Vec<Block>,
    #[param(shape = ["depth", "vocab"], when = "depth" == 2)]
    scales: Option<Tensor<f32>>,
    #[param(shape = [round_up("vocab", 4), "hidden"], tied = "embed", tied_when = "is_tied")]
    head: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Model {
    #[module(config_scope = "text")]
    text: Tower,
    #[module(config_scope = "image")]
    image: Option<Tower>,
    #[module(args(in = "text.hidden", out = "classes", bias = true))]
    heads: BTreeMap<String, Linear>,
    #[module(args(in = "text.hidden", out = "image.hidden"), when = !"apart")]
    joint: Option<Linear>,
}

#[derive(Clone, Copy, Debug)]
struct Sizes {
    vocab: usize,
    hidden: usize,
    heads: usize,
    kv: usize,
    depth: usize,
    is_gated: bool,
    has_bias: bool,
    has_adapter: bool,
}

fn tower(all: &mut Vec<(String, Vec<usize>)>, at: &str, sizes: Sizes) {
    let Sizes { vocab, hidden, heads, kv, depth, is_gated, has_bias, has_adapter } = sizes;
    let (head_dim, inner) = (hidden / heads, 4 * hidden);
    let mut add = |name: String, shape: &[usize]| all.push((format!("{at}.{name}"), shape.to_vec()));
    add("embed".into(), &[vocab.next_multiple_of(4), hidden]);
    if depth == 2 {
        add("scales".into(), &[depth, vocab]);
    }
    for layer in 0..depth {
        let mut add = |name: &str, shape: &[usize]| add(format!("blocks.{layer}.{name}"), shape);
        for (name, count) in [("q", heads), ("kv.0", kv), ("kv.1", kv)] {
            add(&format!("{name}.weight"), &[count * head_dim, hidden]);
            if has_bias {
                add(&format!("{name}.bias"), &[count * head_dim]);
            }
        }
        add("norms.0.weight", &[head_dim]);
        add("norms.1.sinks", &[heads, 3]);
        if is_gated {
            add("mlp.gate.weight", &[inner, hidden]);
        } else {
            add("mlp.up.weight", &[inner, hidden]);
            add("mlp.up.bias", &[inner]);
        }
        add("mlp.down.weight", &[hidden, inner]);
        add("weight", &[hidden]);
        add("shift", &[hidden]);
        if has_adapter {
            add("adapter.weight", &[5 + layer, hidden]);
            add("adapter.bias", &[5 + layer]);
        }
    }
}

fn model(text: Sizes, image: Option<Sizes>) -> Vec<Held> {
    let mut all = Vec::new();
    tower(&mut all, "text", text);
    if let Some(image) = image {
        tower(&mut all, "image", image);
        all.push(("joint.weight".into(), vec![image.hidden, text.hidden]));
    }
    all.push(("heads.a.weight".into(), vec![3, text.hidden]));
    all.push(("heads.a.bias".into(), vec![3]));
    all.into_iter().map(|(name, shape)| (name, DType::F32, shape)).collect()
}

const SMALL: Sizes =
    Sizes { vocab: 7, hidden: 6, heads: 3, kv: 1, depth: 2, is_gated: true, has_bias: true, has_adapter: true };

#[test]
fn every_model_that_agrees_is_taken() {
    assert_eq!(same::<Model>(&model(SMALL, None)), "");
    let other = Sizes { vocab: 4, hidden: 8, heads: 2, kv: 2, depth: 1, is_gated: false, has_bias: false, ..SMALL };
    assert_eq!(same::<Model>(&model(other, Some(SMALL))), "");
    assert_eq!(same::<Model>(&model(SMALL, Some(other))), "");
}

fn without(name: &str) -> Vec<Held> {
    let mut tensors = model(SMALL, Some(SMALL));
    tensors.retain(|tensor| tensor.0 != name);
    assert_ne!(tensors.len(), model(SMALL, Some(SMALL)).len());
    tensors
}

#[test]
fn what_conditions_say_is_found_alike() {
    // a layer that lost its bias, in one tower: the other is another part of the configuration
    let report = same::<Model>(&without("image.blocks.1.q.bias"));
    assert!(report.contains("wherever a part is there by `image.qkv_bias`"), "{report}");
    assert!(!report.contains("text.blocks"), "{report}");
    // by constants and defaults
    let report = same::<Model>(&without("text.blocks.1.shift"));
    assert!(report.contains("text.blocks.1.shift") && report.contains("missing"), "{report}");
    let report = same::<Model>(&without("text.scales"));
    assert!(report.contains("text.scales") && report.contains("missing"), "{report}");
}

/// Changes a list of tensors: takes one away, adds one of a further name, or changes a dim.
fn change(tensors: &mut Vec<Held>, (which, what, dim, size): (usize, u8, usize, usize)) {
    let at = which % tensors.len();
    match what {
        0 => _ = tensors.remove(at),
        1 => {
            let layers = ["text.blocks.0", "text.blocks.1", "image.blocks.0", "text", "image"];
            let names =
                ["q.bias", "kv.1.bias", "shift", "mlp.down.bias", "adapter.weight", "adapter.bias", "scales", "head"];
            let name = format!("{}.{}", layers[which % layers.len()], names[dim % names.len()]);
            if tensors.iter().all(|tensor| tensor.0 != name) {
                tensors.push((name, DType::F32, vec![size]));
            }
        }
        _ => {
            let shape = &mut tensors[at].2;
            let dim = dim % shape.len();
            shape[dim] = size;
        }
    }
}

fn sizes() -> impl Strategy<Value = Sizes> {
    (1..9_usize, 1..4_usize, 1..4_usize, 1..4_usize, 0..4_usize, any::<[bool; 3]>()).prop_map(
        |(vocab, head_dim, heads, kv, depth, [is_gated, has_bias, has_adapter])| {
            let hidden = head_dim * heads;
            Sizes { vocab, hidden, heads, kv, depth, is_gated, has_bias, has_adapter }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(29), ..ProptestConfig::with_cases(30) })]

    #[test]
    fn a_load_and_the_compiler_agree(
        text in sizes(),
        image in prop::option::of(sizes()),
        changes in prop::collection::vec((0..200_usize, 0..4_u8, 0..8_usize, 0..14_usize), 0..4),
    ) {
        let mut tensors = model(text, image);
        for one in changes {
            change(&mut tensors, one);
        }
        same::<Model>(&tensors);
    }
}
