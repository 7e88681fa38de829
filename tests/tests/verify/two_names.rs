//! Modules and lists that a checkpoint has under two of their names: a finding covers everything below the second.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use wb::{DType, Module, Tensor};

use crate::{Held, same};

#[derive(Module)]
#[module(crate = wb)]
struct Norm {
    #[param(shape = [2], alias = "gamma")]
    w: Tensor<f32>,
    #[param(shape = [2])]
    b: Option<Tensor<f32>>,
}

#[derive(Module)]
#[module(crate = wb)]
enum Either {
    Norm(#[module(alias = "ln")] Norm),
    Two {
        #[param(shape = [2])]
        p: Tensor<f32>,
        #[module(alias = "other")]
        q: Norm,
    },
}

#[derive(Module)]
#[module(crate = wb, ignore = ["old.skip", "z1.skip"])]
struct Two {
    #[module(alias = ["old", "older"])]
    norm: Norm,
    #[module(alias = "perhaps")]
    maybe: Option<Norm>,
    #[module(alias = "z{}")]
    list: Vec<Either>,
    #[module(rename = "x{}y", alias = "k")]
    stemmed: Option<Vec<Norm>>,
    #[module(alias = "m")]
    map: BTreeMap<String, Norm>,
}

const NAMES: [&str; 32] = [
    "norm.w",
    "norm.gamma",
    "norm.b",
    "norm.more",
    "old.w",
    "old.b",
    "old.c.d",
    "old.skip",
    "older.w",
    "old",
    "maybe.w",
    "perhaps.w",
    "perhaps.x",
    "list.0.p",
    "list.0.q.w",
    "list.0.other.w",
    "list.0.other.x",
    "list.1.0.w",
    "list.1.ln.w",
    "z0.p",
    "z0.q.w",
    "z0.a.b",
    "z1.skip",
    "z01.w",
    "zz.w",
    "x0y.w",
    "x0y.c",
    "k.0.w",
    "k.1.w",
    "k.c",
    "map.a.w",
    "m.b.w",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(4), ..ProptestConfig::default() })]

    #[test]
    fn a_load_and_the_compiler_find_the_same(names in proptest::sample::subsequence(NAMES.to_vec(), 0..=NAMES.len())) {
        let held = |prefix: &str| -> Vec<Held> {
            names.iter().map(|name| (format!("{prefix}{name}"), DType::F32, vec![2])).collect()
        };
        same::<Two>(&held(""));
        same::<[Two; 2]>(&held("1."));
    }
}

#[test]
fn what_lies_below_the_second_name_is_not_told_again() {
    let names = ["norm.w", "old.w", "old.c.d", "list.0.p", "list.0.q.w", "z0.p", "z0.a.b", "other"];
    let text = same::<Two>(&names.map(|name| (name.to_owned(), DType::F32, vec![2])));
    assert!(text.starts_with("model.lock does not match Two: 1 unexpected, 2 duplicates"), "{text}");
    assert!(text.contains("\nduplicate   norm  `norm` and `old` are both there"), "{text}");
    assert!(text.contains("\nunexpected  other  F32 [2]"), "{text}");
}
