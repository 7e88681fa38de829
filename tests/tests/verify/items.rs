//! Fields that share a list.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use wb::{DType, Module, Tensor};

use crate::{Held, same};

#[derive(Module)]
#[module(crate = wb, ignore = ["inv_freq"])]
struct Dense {
    #[param(shape = ["hidden"])]
    up: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
enum Kind {
    Sparse {
        #[param(shape = ["hidden"])]
        gate: Tensor<f32>,
    },
    Plain {
        #[param(shape = ["hidden"])]
        plain: Tensor<f32>,
    },
}

#[derive(Module)]
#[module(crate = wb)]
struct Tail {
    #[param(shape = ["hidden"])]
    proj: Tensor<f32>,
    #[param(shape = ["hidden"])]
    norm: Option<Tensor<f32>>,
}

/// Its numbers stand in tensors before and behind the list.
#[derive(Module)]
#[module(crate = wb)]
struct Model {
    #[param(shape = ["dense"])]
    before: Tensor<f32>,
    #[module(rename = "layers", items = .."dense")]
    first: Vec<Dense>,
    #[module(rename = "layers", items = "dense".."count")]
    rest: Vec<Kind>,
    #[module(rename = "layers", items = "count".."count" + "extra")]
    tail: Vec<Tail>,
    #[param(shape = ["count"])]
    behind: Tensor<f32>,
    #[param(shape = ["extra"])]
    extra: Tensor<f32>,
}

/// Constants, an array, one item alone, and names with text around the index.
#[derive(Module)]
#[module(crate = wb)]
struct Fixed {
    #[module(rename = "block_0")]
    alone: Dense,
    #[module(rename = "block_{}", items = 1..3)]
    pair: [Kind; 2],
    #[module(rename = "block_{}", items = 3..4)]
    one: Vec<Dense>,
    #[module(rename = "block_{}", items = 4..)]
    rest: Vec<Tail>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Alone {
    layers: Vec<Dense>,
}

fn tensor(name: String, len: usize) -> Held {
    (name, DType::F32, vec![len])
}

fn items(names: &[&str], name: impl Fn(usize) -> String) -> Vec<Held> {
    names.iter().enumerate().map(|(i, last)| tensor(format!("{}.{last}", name(i)), 2)).collect()
}

fn model(numbers: [usize; 3], names: &[&str]) -> Vec<Held> {
    let mut all = items(names, |i| format!("layers.{i}"));
    let numbers = ["before", "behind", "extra"].into_iter().zip(numbers);
    all.extend(numbers.map(|(name, number)| tensor(name.to_owned(), number)));
    all
}

#[test]
fn the_items_of_each_field_are_found_alike() {
    let names = ["up", "gate", "plain", "proj"];
    assert_eq!(same::<Model>(&model([1, 3, 1], &names)), "");
    assert_eq!(same::<Model>(&model([0, 2, 0], &names[1..3])), "");
    for numbers in [[2, 3, 1], [0, 3, 1], [1, 2, 1], [1, 4, 1], [1, 3, 0], [1, 3, 2], [3, 2, 1], [9, 3, 1], [1, 9, 1]] {
        assert!(!same::<Model>(&model(numbers, &names)).is_empty(), "{numbers:?}");
    }
    // what none of the fields holds
    let mut more = model([1, 3, 1], &names);
    more.push(tensor("layers.4.up".to_owned(), 2));
    assert!(same::<Model>(&more).contains("layers.4.up"));
    more.push(tensor("layers.0.inv_freq".to_owned(), 2));
    let text = same::<Model>(&more);
    assert!(!text.contains("inv_freq"), "{text}");
    // an index far behind the others
    for numbers in [[1, 3, 1], [1, 9, 1], [0, 0, 0]] {
        let mut far = model(numbers, &names);
        far.push(tensor(format!("layers.{}.up", usize::MAX - 1), 2));
        assert!(!same::<Model>(&far).is_empty());
        for index in [99, usize::MAX - 1, usize::MAX] {
            let mut far = items(&names, |i| format!("block_{i}"));
            far.push(tensor(format!("block_{index}.proj"), 2));
            assert!(!same::<Fixed>(&far).is_empty());
        }
    }
    // and in a list that no other field shares
    for index in [usize::MAX - 1, usize::MAX] {
        let mut far = items(&["up"], |i| format!("layers.{i}"));
        far.push(tensor(format!("layers.{index}.up"), 2));
        let text = same::<Alone>(&far);
        assert!(text.contains(&format!("2 of them, the last is {index}, the first absent one is 1")), "{text}");
    }
}

#[test]
fn constants_arrays_and_single_items_are_found_alike() {
    let name = |i| format!("block_{i}");
    let names = ["up", "gate", "plain", "up", "proj", "proj"];
    for count in 0..=names.len() {
        assert_eq!(same::<Fixed>(&items(&names[..count], name)).is_empty(), count >= 4, "{count}");
    }
    for wrong in 0..names.len() {
        let mut names = names;
        names[wrong] = "other";
        assert!(same::<Fixed>(&items(&names, name)).contains(&format!("block_{wrong}.other")));
    }
    for absent in 0..names.len() - 1 {
        let mut tensors = items(&names, name);
        tensors.remove(absent);
        assert!(!same::<Fixed>(&tensors).is_empty());
    }
}

#[test]
fn a_number_that_nothing_says_is_told_alike() {
    let mut tensors = model([1, 3, 1], &["up", "gate", "plain", "proj"]);
    for name in ["extra", "behind", "before"] {
        tensors.retain(|(other, ..)| other != name);
        let text = same::<Model>(&tensors);
        assert!(text.contains("nothing says what"), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn any_layers_and_numbers_are_told_alike(
        numbers in [0..4usize, 0..6usize, 0..3usize],
        names in proptest::collection::vec(prop::sample::select(vec!["up", "gate", "plain", "proj", "other", "inv_freq"]), 0..6),
        absent in proptest::option::of(0..9usize),
    ) {
        let mut tensors = model(numbers, &names);
        if let Some(absent) = absent.filter(|absent| *absent < tensors.len()) {
            tensors.remove(absent);
        }
        same::<Model>(&tensors);
        tensors.retain(|(name, ..)| name.starts_with("layers."));
        tensors.iter_mut().for_each(|(name, ..)| *name = name.replacen("layers.", "block_", 1));
        same::<Fixed>(&tensors);
    }
}
