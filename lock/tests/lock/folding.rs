//! Lines: what folds, what does not, and that nothing is lost.

use proptest::prelude::*;
use weighbridge_lock::{Component, DType, Lock};

use crate::{lock, names, paths};

#[test]
fn repeated_blocks_are_one_line_each() {
    let lock = lock((0..32).flat_map(|layer| {
        ["norm.weight", "attn.k.weight"].map(|name| (format!("model.layers.{layer}.{name}"), DType::BF16, vec![4096]))
    }));
    assert_eq!(paths(&lock), ["model.layers.{0..=31}.attn.k.weight", "model.layers.{0..=31}.norm.weight"]);
    assert_eq!(lock.len(), 64);
}

#[test]
fn a_gap_is_shown_and_an_odd_layer_has_its_own_line() {
    let shape = |layer| if layer == 3 { vec![7] } else { vec![2] };
    let lock = lock((0..8).filter(|&i| i != 5).map(|i| (format!("layers.{i}.w"), DType::F32, shape(i))));
    assert_eq!(paths(&lock), ["layers.{0..=2, 4, 6..=7}.w", "layers.3.w"]);
}

#[test]
fn another_dtype_does_not_fold() {
    let dtype = |i| if i == 1 { DType::F16 } else { DType::F32 };
    let lock = lock((0..3).map(|i| (format!("layers.{i}.w"), dtype(i), vec![2])));
    assert_eq!(paths(&lock), ["layers.{0, 2}.w", "layers.1.w"]);
}

#[test]
fn lists_in_lists_fold_from_the_deepest() {
    let all = (0..3).flat_map(|layer| (0..4).map(move |expert| (layer, expert)));
    let lock = names(all.filter(|&at| at != (1, 3)).map(|(i, k)| format!("layers.{i}.experts.{k}.w")));
    assert_eq!(paths(&lock), ["layers.{0, 2}.experts.{0..=3}.w", "layers.1.experts.{0..=2}.w"]);
}

#[test]
fn deep_indices_are_kept_one_by_one() {
    let deep = "a.".repeat(24);
    let lock = names((0..3).map(|i| format!("{deep}{i}")));
    assert_eq!(paths(&lock), [0, 1, 2].map(|i| format!("{deep}{i}")));
    assert_eq!(lock.to_string().parse(), Ok(lock));
}

#[test]
fn what_is_no_canonical_index_is_a_name() {
    let lock = names(["l.00.w", "l.01.w", "l.99999999999999999999999.w", "l.-1.w"].map(str::to_owned));
    assert_eq!(paths(&lock), ["l.-1.w", "l.00.w", "l.01.w", "l.99999999999999999999999.w"]);
    let names = lock.lines().iter().map(|line| &line.pattern.components[1]);
    assert!(names.clone().all(|component| matches!(component, Component::Name(_))), "{:?}", names.collect::<Vec<_>>());
}

#[test]
fn numbers_are_ordered_by_value() {
    let lock = names(["x.10.b", "x.9.c", "x.10.a", "head", "x.9"].map(str::to_owned));
    assert_eq!(paths(&lock), ["head", "x.9", "x.9.c", "x.10.a", "x.10.b"]);
}

#[test]
fn tensors_come_in_natural_order() {
    let lock = names(["l.{0..=1}.b", "l.0.b", "l.1.b", "l.0.a", "l.1.a", "l.10.a"].map(str::to_owned));
    let names: Vec<String> = lock.tensors().map(|(name, ..)| name).collect();
    assert_eq!(names, ["l.0.a", "l.0.b", "l.1.a", "l.1.b", "l.10.a", "l.{0..=1}.b"]);
}

#[test]
fn a_name_that_comes_twice_is_refused() {
    let twice = ["a", "b", "a"].map(|name| (name.to_owned(), DType::F32, vec![]));
    assert_eq!(Lock::of(twice).unwrap_err().0, "a");
}

#[test]
fn a_large_model_is_few_lines() {
    let experts = |layer| (0..256).map(move |expert| format!("layers.{layer}.experts.{expert}.w"));
    let lock = names((3..61).flat_map(experts).chain((0..61).map(|layer| format!("layers.{layer}.norm"))));
    assert_eq!(paths(&lock), ["layers.{0..=60}.norm", "layers.{3..=60}.experts.{0..=255}.w"]);
    assert_eq!(lock.len(), 58 * 256 + 61);
}

/// Components that are hard to write, and those that fold.
fn component() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (0usize..5).prop_map(|index| index.to_string()),
        3 => "[abw]",
        1 => "[^.]{0,4}",
        1 => r##"[ {}"#\\\t\u{202e}\u{200b}0-9=,\[\]]{0,4}"##,
        1 => Just("00".to_owned()),
        1 => Just("18446744073709551615".to_owned()),
    ]
}

fn tensors() -> impl Strategy<Value = Vec<(String, DType, Vec<usize>)>> {
    let name = prop::collection::vec(component(), 1..5).prop_map(|components| components.join("."));
    let dtype = prop_oneof![5 => Just(DType::F32), 1 => Just(DType::F8_E4M3FNUZ)];
    let shape = prop_oneof![5 => Just(vec![2]), 1 => prop::collection::vec(0usize..9, 0..3)];
    let tensors = prop::collection::btree_map(name, (dtype, shape), 0..60);
    tensors
        .prop_map(|all| all.into_iter().map(|(name, (dtype, shape))| (name, dtype, shape)).collect::<Vec<_>>())
        .prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn nothing_is_lost(tensors in tensors()) {
        let lock = Lock::of(tensors.clone()).unwrap();
        let text = lock.to_string();
        let read: Lock = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
        prop_assert_eq!(&read, &lock, "{}", &text);
        prop_assert_eq!(read.to_string(), text);
        prop_assert_eq!(lock.len(), tensors.len());

        let mut expected = tensors.clone();
        expected.sort_by(|a, b| weighbridge_lock::natural(&a.0, &b.0));
        let listed: Vec<_> = lock.tensors().map(|(name, dtype, shape)| (name, dtype, shape.to_vec())).collect();
        prop_assert_eq!(&listed, &expected);
        let mut by_lines: Vec<String> = lock.lines().iter().flat_map(|line| line.pattern.names()).collect();
        by_lines.sort_by(|a, b| weighbridge_lock::natural(a, b));
        prop_assert!(by_lines.iter().eq(expected.iter().map(|(name, ..)| name)));
    }

    #[test]
    fn the_order_of_the_tensors_does_not_matter(tensors in tensors(), seed in any::<prop::sample::Index>()) {
        let mut turned = tensors.clone();
        if !turned.is_empty() {
            let by = seed.index(turned.len());
            turned.rotate_left(by);
            turned.reverse();
        }
        prop_assert_eq!(Lock::of(turned), Lock::of(tensors));
    }

    #[test]
    fn lines_that_are_not_folded_mean_the_same(tensors in tensors()) {
        let mut text = String::from("# weighbridge lock 1\n");
        for tensor in &tensors {
            let one = Lock::of([tensor.clone()]).unwrap();
            text.push_str(one.to_string().lines().nth(1).unwrap());
            text.push('\n');
        }
        prop_assert_eq!(text.parse::<Lock>(), Ok(Lock::of(tensors).unwrap()));
    }
}
