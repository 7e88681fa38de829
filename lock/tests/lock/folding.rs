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
fn numbers_in_components_fold() {
    let lock = names((0..12).flat_map(|i| {
        let block = |name: &str| format!("Transformer.encoderblock_{i}.{name}");
        [block("LayerNorm_0.scale"), block("LayerNorm_2.scale"), block("MlpBlock_3.Dense_0.bias"), format!("h{i}w")]
    }));
    assert_eq!(
        paths(&lock),
        [
            "Transformer.encoderblock_{0..=11}.LayerNorm_{0, 2}.scale",
            "Transformer.encoderblock_{0..=11}.MlpBlock_3.Dense_0.bias",
            "h{0..=11}w",
        ]
    );
    assert_eq!((lock.len(), lock.to_string().parse()), (48, Ok(lock)));
}

#[test]
fn several_numbers_of_one_component_fold() {
    let all = (1..4).flat_map(|block| (1..=block + 1).map(move |conv| format!("block_{block}_conv2d_{conv}/kernel:0")));
    let expected = [
        "block_1_conv2d_1/kernel:0",
        "block_1_conv2d_2/kernel:0",
        "block_2_conv2d_{1..=3}/kernel:0",
        "block_3_conv2d_{1..=4}/kernel:0",
    ];
    assert_eq!(paths(&names(all)), expected);
    let lock = names((0..6).map(|i| format!("block_{}_conv2d_{}.w", i / 3, i % 3)));
    assert_eq!(paths(&lock), ["block_{0..=1}_conv2d_{0..=2}.w"]);
}

#[test]
fn a_first_item_without_a_number_has_its_own_line() {
    let all = ["dense.w", "dense_1.w", "dense_2.w", "dense_4.w"];
    assert_eq!(paths(&names(all.map(str::to_owned))), ["dense.w", "dense_{1..=2, 4}.w"]);
}

#[test]
fn two_numbers_are_a_list_only_if_one_is_zero() {
    let of = |name: &str| name.to_owned();
    let pairs = ["h.0.fc1", "h.0.fc2", "h.1.fc1", "h.1.fc2", "w1.b", "w3.b", "d_0", "d_1", "x.1", "x.2"].map(of);
    let lock = names(pairs);
    assert_eq!(paths(&lock), ["d_{0..=1}", "h.{0..=1}.fc1", "h.{0..=1}.fc2", "w1.b", "w3.b", "x.{1..=2}"]);
    assert_eq!(lock.to_string().parse(), Ok(lock));
    let written: Lock = crate::text("fc{1..=2}.{0..=9} F32 [2]\n").parse().unwrap();
    assert_eq!(paths(&written), ["fc1.{0..=9}", "fc2.{0..=9}"]);
    // a line that stands for many of them stays one
    let many = format!("{} F32 [2]\n", ["a{1..=2}"; 20].join("."));
    assert_eq!(crate::text(&many).parse::<Lock>().unwrap().lines().len(), 1);
}

#[test]
fn zeros_before_a_number_and_huge_numbers_are_text() {
    let all = [
        "b_00",
        "b_01",
        "b_9",
        "b_10",
        "b_11",
        "b_99999999999999999998",
        "b_99999999999999999999",
        "b_001x1",
        "b_001x0",
    ];
    let lock = names(all.map(str::to_owned));
    let expected = ["b_00", "b_{9..=11}", "b_01", "b_001x{0..=1}", "b_99999999999999999998", "b_99999999999999999999"];
    let mut sorted = paths(&lock);
    sorted.sort();
    let mut expected = expected.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(sorted, expected);
    let largest = names([usize::MAX, usize::MAX - 1, usize::MAX - 2].map(|i| format!("b_{i}")));
    assert_eq!(paths(&largest), [format!("b_{{{}..={}}}", usize::MAX - 2, usize::MAX)]);
    assert_eq!(largest.to_string().parse(), Ok(largest));
}

#[test]
fn names_with_braces_are_not_patterns() {
    let odd = ["b_{0..=3}", "b_{0, 2}", "b_0", "b_1", "{2, 3}", "b_0}", "b_1}", "c {0}", "c {1}", "\"0\"", "\"1\""];
    let lock = names(odd.map(str::to_owned));
    let mut texts = paths(&lock);
    texts.sort();
    let expected = [
        r#""\""{0..=1}"\"""#,
        r#""b_{0".""."=3}""#,
        r#""b_{0, 2}""#,
        r#""c {"{0..=1}"}""#,
        r#""{2, 3}""#,
        "b_{0..=1}",
        r#"b_{0..=1}"}""#,
    ];
    assert_eq!(texts, expected);
    let mut listed: Vec<String> = lock.tensors().map(|(name, ..)| name).collect();
    listed.sort();
    let mut expected = odd.map(str::to_owned);
    expected.sort();
    assert_eq!(listed, expected);
    assert_eq!(lock.to_string().parse(), Ok(lock));
}

#[test]
fn only_the_first_numbers_of_a_name_fold() {
    let many = "x1y".repeat(24);
    assert_eq!(paths(&names((0..2).map(|i| format!("{many}{i}")))), [0, 1].map(|i| format!("{many}{i}")));
    let fewer = "x1y".repeat(23);
    assert_eq!(paths(&names((0..2).map(|i| format!("{fewer}{i}z")))), [format!("{fewer}{{0..=1}}z")]);
}

#[test]
fn a_lock_without_folded_numbers_is_still_read() {
    let old: Lock = crate::text("b_0.w F32 [2]  # the first\nb_1.w F32 [2]\nb_2.w F32 [3]\n").parse().unwrap();
    assert_eq!(old.to_string(), crate::text("b_{0..=1}.w  F32 [2]  # the first\nb_2.w        F32 [3]\n"));
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
        2 => (0usize..4).prop_map(|number| format!("b_{number}")),
        1 => (0usize..3, 0usize..3).prop_map(|(a, b)| format!("b{a}c_{b}")),
        1 => (0usize..3, 0usize..3, r#"[{}\\" 0a]"#).prop_map(|(a, b, odd)| format!("{a}{odd}{b}")),
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
