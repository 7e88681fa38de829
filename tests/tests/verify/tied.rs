//! Tied parameters: one name of a group is enough, whichever it is and wherever it stands.

use wb::{DType, Module, Tensor};

use crate::{Held, same};

#[derive(Module)]
#[module(crate = wb)]
struct Shared {
    #[param(shape = [4, 2], tied = "shared")]
    encoder: Tensor<f32>,
    #[param(shape = [4, 2], tied = "shared")]
    decoder: Tensor<f32>,
    #[param(shape = [4, 2])]
    shared: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Layer {
    #[param(shape = [4, 2])]
    weight: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct IntoAList {
    #[param(shape = [4, 2], tied = "layers.1.weight")]
    head: Tensor<f32>,
    layers: [Layer; 3],
    #[module(tied = "layers.2")]
    last: Layer,
}

#[derive(Module)]
#[module(crate = wb)]
struct Open {
    #[param(shape = [_, 2])]
    embed: Tensor<f32>,
    #[param(shape = [_, 2], tied = "embed")]
    head: Tensor<f32>,
}

/// Every choice of these names.
fn choices(names: &[&str]) -> Vec<Vec<Held>> {
    let held = |name: &str| (name.to_owned(), DType::F32, vec![4, 2]);
    let choose = |bits: usize| (0..names.len()).filter(|i| bits >> i & 1 == 1).map(|i| held(names[i])).collect();
    (0..1 << names.len()).map(choose).collect()
}

#[test]
fn any_name_of_a_group_is_enough() {
    let texts: Vec<_> = choices(&["encoder", "decoder", "shared"]).iter().map(|one| same::<Shared>(one)).collect();
    assert!(texts[0].contains("missing     shared  F32 [4, 2]"), "{}", texts[0]);
    assert!(texts[1..].iter().all(String::is_empty), "{texts:?}");
}

#[test]
fn a_group_reaches_into_a_list() {
    let names = ["head", "layers.0.weight", "layers.1.weight", "layers.2.weight", "last.weight"];
    for one in choices(&names) {
        let has = |name: &str| one.iter().any(|(held, ..)| held == name);
        let fits = has(names[1]) && (has(names[0]) || has(names[2])) && (has(names[3]) || has(names[4]));
        assert_eq!(same::<IntoAList>(&one).is_empty(), fits, "{one:?}");
    }
}

#[test]
fn two_that_are_there_must_be_alike() {
    let mut all = choices(&["encoder", "decoder", "shared"]).pop().unwrap();
    all[0].1 = DType::F16;
    same::<Shared>(&all);
    all[0] = ("encoder".to_owned(), DType::F32, vec![2, 4]);
    same::<Shared>(&all);
    // each fits by itself
    let tensors = ["embed", "head"].map(|name| (name.to_owned(), DType::F32, vec![4 + name.len(), 2]));
    let text = same::<Open>(&tensors);
    assert!(text.contains("expected F32 [9, 2], as `embed` is, found F32 [8, 2]"), "{text}");
}
