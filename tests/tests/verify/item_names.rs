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
