//! Lists whose items are named `block_0` and not `block.0`.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use wb::{DType, Module, Tensor};

use crate::{Held, same};

#[derive(Module)]
#[module(crate = wb)]
struct Norm {
    #[param(shape = [2])]
    w: Tensor<f32>,
    #[param(shape = [2])]
    b: Option<Tensor<f32>>,
}

#[derive(Module)]
#[module(crate = wb, ignore = ["block_*.old"])]
struct Open {
    #[module(rename = "block_{}", alias = "l.{}")]
    blocks: Vec<Norm>,
    #[module(rename = "block_norm")]
    norm: Option<Norm>,
    #[module(rename = "h.x{}y", alias = "z{}")]
    inner: Option<Vec<Either>>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Closed {
    #[module(rename = "block_{}", len = 3)]
    blocks: Vec<Norm>,
    #[module(rename = "l.{}", len = "n")]
    others: Vec<Norm>,
    h: Inner,
    #[param(shape = [2], tied = "block_1.w")]
    tied: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb, ignore = ["x2y.*"])]
struct Inner {
    #[module(rename = "x{}y", len = "n")]
    items: Vec<Either>,
    #[module(rename = "3")]
    map: BTreeMap<String, Norm>,
}

#[derive(Module)]
#[module(crate = wb)]
enum Either {
    Norm(Norm),
    Items {
        #[param(shape = [2], rename = "w{}")]
        items: [Tensor<f32>; 2],
    },
}

const NAMES: [&str; 22] = [
    "block_0.w",
    "block_0.b",
    "block_1.w",
    "block_1.b",
    "block_2.w",
    "block_3.w",
    "block_10.w",
    "block_00.w",
    "block_x.w",
    "block_norm.w",
    "block_1.old",
    "l.0.w",
    "l.1.w",
    "l.2.w",
    "h.x0y.w",
    "h.x1y.w",
    "h.x2y.w0",
    "h.x2y.w1",
    "h.x1y.w0",
    "h.0.w",
    "h.3.x1y.w",
    "tied",
];

fn held(names: &[&str]) -> Vec<Held> {
    names.iter().map(|name| ((*name).to_owned(), DType::F32, vec![2])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, rng_seed: RngSeed::Fixed(9), ..ProptestConfig::default() })]

    #[test]
    fn a_load_and_the_compiler_find_the_same(
        names in proptest::sample::subsequence(NAMES.to_vec(), 0..=NAMES.len()),
        other in 0usize..48,
    ) {
        let mut tensors = held(&names);
        if let Some(one) = tensors.get_mut(other) {
            one.2 = vec![3];
        }
        same::<Open>(&tensors);
        same::<Closed>(&tensors);
        same::<[Open; 2]>(&tensors.iter().map(|(name, dtype, shape)| (format!("1.{name}"), *dtype, shape.clone())).collect::<Vec<_>>());
    }
}

#[test]
fn what_fits_a_load_compiles() {
    let all = |count: usize| (0..count).map(|i| format!("block_{i}.w")).collect::<Vec<_>>();
    let names = all(12);
    assert_eq!(same::<Open>(&held(&names.iter().map(String::as_str).collect::<Vec<_>>())), "");
    let closed = ["block_0.w", "block_1.w", "block_2.w", "block_2.b", "l.0.w", "h.x0y.w0", "h.x0y.w1", "h.3.a.w"];
    assert_eq!(same::<Closed>(&held(&closed)), "");
    let text = same::<Closed>(&held(&closed[1..]));
    assert!(text.contains("\nmissing     block_0.w  F32 [2]"), "{text}");
}

/// Fields, keys and items whose numbers a lock folds.
#[derive(Module)]
#[module(crate = wb, ignore = ["block_2.old", "*ck_1.b", "keys.k3.*", "fc1*.x"])]
struct Numbered {
    fc1: Norm,
    fc2: Option<Norm>,
    fc4: Either,
    #[module(rename = "block_{}")]
    blocks: Vec<Norm>,
    keys: BTreeMap<String, Norm>,
    #[param(shape = [2], from = concat(dim = 0, "half0", "half1"))]
    halves: Tensor<f32>,
    #[module(rename = "c1d_{}")]
    convolutions: Vec<Norm>,
}

fn numbered() -> Vec<String> {
    let all = ["fc1", "fc2", "fc3", "fc4", "fc14", "keys.k0", "keys.k1", "keys.k3", "keys.0", "keys.1", "keys.k01"];
    let blocks = (0..5).map(|i| format!("block_{i}"));
    let others = ["block_01", "block_1_2", "block1_", "c1d_0", "c1d_1", "c2d_1", "c1d_01"];
    let all = all.into_iter().chain(others).map(str::to_owned).chain(blocks);
    let below = |name: String| ["w", "b", "old", "x", "w0", "w1"].map(|rest| format!("{name}.{rest}"));
    all.flat_map(below).chain(["half0", "half1", "half2"].map(str::to_owned)).collect()
}

/// A part of the names. With most of the others beside them, a lock folds them.
fn part() -> impl Strategy<Value = Vec<String>> {
    let (fits, all) = (fitting(), numbered());
    let most = fits.len().saturating_sub(4);
    let fits = proptest::sample::subsequence(fits.clone(), most..=fits.len());
    (fits, proptest::sample::subsequence(all, 0..6)).prop_map(|(fits, mut others)| {
        others.retain(|name| !fits.contains(name));
        [fits, others].concat()
    })
}

fn fitting() -> Vec<String> {
    let both = |name: String| ["w", "b"].map(|rest| format!("{name}.{rest}"));
    let modules = ["fc1", "fc2", "fc4", "keys.k0", "keys.k1", "c1d_0", "c1d_1", "c1d_2"].map(str::to_owned);
    let modules = modules.into_iter().chain((0..5).map(|i| format!("block_{i}")));
    modules.flat_map(both).chain(["half0", "half1"].map(str::to_owned)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, rng_seed: RngSeed::Fixed(4), ..ProptestConfig::default() })]

    #[test]
    fn numbers_that_are_no_items_are_told_alike(names in part(), other in 0usize..40) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut tensors = held(&names);
        for (name, _, shape) in &mut tensors {
            if name.starts_with("half") {
                *shape = vec![1];
            }
        }
        if let Some(one) = tensors.get_mut(other) {
            one.2 = vec![3];
        }
        same::<Numbered>(&tensors);
    }
}

#[test]
fn numbers_that_fold_fit_a_load_and_compile() {
    let names = fitting();
    let mut tensors = held(&names.iter().map(String::as_str).collect::<Vec<_>>());
    tensors.iter_mut().filter(|(name, ..)| name.starts_with("half")).for_each(|(_, _, shape)| *shape = vec![1]);
    // a pattern hides the biases of two items
    let text = same::<Numbered>(&tensors);
    assert_eq!(text, "");
    let text = same::<Numbered>(&tensors[1..]);
    assert!(text.contains("\nmissing     fc1.w  F32 [2]"), "{text}");
    // the lock has the wrong shapes of 50 layers in one line
    let shape = |i: usize| if i < 50 { vec![2] } else { vec![3] };
    tensors.extend((5..100).map(|i| (format!("block_{i}.w"), DType::F32, shape(i))));
    let text = same::<Numbered>(&tensors);
    assert!(text.contains("\nshape       block_{50..=99}.w  expected [2], found [3]"), "{text}");
}

#[test]
fn a_named_length_is_told_with_the_name_of_the_items() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Groups {
        #[module(rename = "g_{}", len = "n")]
        groups: Vec<Norm>,
        #[module(rename = "h.x_{}y", len = "n")]
        others: Vec<Norm>,
        #[module(len = 2 * "n")]
        plain: Vec<Norm>,
    }
    let text = same::<Groups>(&held(&["g_0.w", "g_1.w", "h.x_0y.w", "plain.0.w"]));
    assert!(text.contains("g_{}"), "{text}");
    assert!(text.contains("(from `g_{}`)"), "{text}");
    assert!(text.contains("h.x_{}y"), "{text}");
    assert!(!text.contains("``"), "{text}");
}
