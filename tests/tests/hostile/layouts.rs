//! Files with very many tensors at odds with a layout or a tie: each is reported, in the time that the file's size asks for.
//! (Nothing here looks at a clock: a square of these numbers would be noticed by whoever waits for it.)

use std::collections::BTreeMap;

use wb::{AnyTensor, Loader, Module, Report, Tensor};

const MANY: usize = 40_000;

fn pairs(count: usize, name: impl Fn(usize) -> String, shape: &[usize]) -> Vec<(String, AnyTensor)> {
    let tensor = AnyTensor::from(Tensor::<f32>::zeros(shape));
    (0..count).map(|i| (name(i), tensor.clone())).collect()
}

fn refused<M: Module>(pairs: Vec<(String, AnyTensor)>) -> Report {
    Loader::new().check::<M>(pairs).unwrap_err().report().unwrap().clone()
}

#[derive(Module)]
#[module(crate = wb)]
struct Experts {
    #[param(shape = ["experts", 2], from = stack("e.{}.w"))]
    w: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Linear {
    #[param(shape = [2, 3], from = transpose)]
    w: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Layers {
    layers: Vec<Linear>,
}

#[test]
fn misshapen_parts() {
    assert_eq!(refused::<Experts>(pairs(MANY, |i| format!("e.{i}.w"), &[3])).shape.len(), MANY);
    assert_eq!(refused::<Layers>(pairs(MANY, |i| format!("layers.{i}.w"), &[3])).shape.len(), MANY);
}

#[derive(Module)]
#[module(crate = wb)]
struct Packed {
    #[param(shape = [8, 2])]
    qweight: Tensor<i32>,
    #[param(shape = [1, 2])]
    scales: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct PackedLayers {
    layers: Vec<Packed>,
}

#[test]
fn scales_of_another_group_size() {
    let mut all = pairs(MANY, |i| format!("layers.{i}.scales"), &[2, 2]);
    let weight = AnyTensor::from(Tensor::<i32>::zeros([8, 2]));
    all.extend((0..MANY).map(|i| (format!("layers.{i}.qweight"), weight.clone())));
    let report = refused::<PackedLayers>(all);
    assert_eq!(report.shape.len(), MANY);
    assert!(report.shape[MANY - 1].hints[0].contains("another group size"), "{:?}", report.shape[MANY - 1]);
}

#[derive(Module)]
#[module(crate = wb)]
struct Tied {
    #[param(shape = [2])]
    a: Tensor<f32>,
    #[param(shape = [2], tied = "a")]
    b: Tensor<f32>,
    #[param(shape = [2])]
    c: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct TiedLayers {
    layers: Vec<Tied>,
}

#[test]
fn ties_beside_what_is_missing() {
    let report = refused::<TiedLayers>(pairs(MANY, |i| format!("layers.{i}.b"), &[2]));
    assert_eq!((report.missing.len(), report.shared.len()), (MANY, MANY));
}

#[derive(Module)]
#[module(crate = wb)]
struct Sliced {
    #[param(shape = [2], from = slice(dim = 0, of = "ab"))]
    a: Tensor<f32>,
    #[param(shape = [2], from = slice(dim = 0, of = "ab", start = 2))]
    b: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct SlicedLayers {
    layers: Vec<Sliced>,
}

#[test]
fn parts_that_do_not_reach_or_are_left_over() {
    assert_eq!(refused::<SlicedLayers>(pairs(MANY, |i| format!("layers.{i}.ab"), &[5])).unexpected.len(), MANY);
    assert_eq!(refused::<SlicedLayers>(pairs(MANY, |i| format!("layers.{i}.ab"), &[3])).shape.len(), MANY);
}

#[derive(Module)]
#[module(crate = wb)]
struct Plain {
    #[param(shape = [2])]
    a: Tensor<f32>,
    #[param(shape = [2])]
    c: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Keys {
    m: BTreeMap<String, Plain>,
}

#[test]
fn long_names_are_not_compared_letter_by_letter() {
    let key = |i: usize| format!("{}{i:04}", "k".repeat(4000));
    let mut all = pairs(100, |i| format!("m.{}.a", key(i)), &[2]);
    all.extend(pairs(100, |i| format!("x.{}.c.y", key(i + 100)), &[2]));
    let report = refused::<Keys>(all);
    assert_eq!((report.missing.len(), report.unexpected.len()), (100, 100));
}

#[derive(Module)]
#[module(crate = wb)]
struct Lists {
    #[param(shape = ["n", 2], from = stack("e.{}.w"))]
    w: Tensor<f32>,
    #[param(shape = [2])]
    list: Vec<Tensor<f32>>,
}

#[test]
fn the_largest_index_is_only_a_number() {
    let names = ["e.18446744073709551615.w", "e.0.w", "list.18446744073709551615", "list.18446744073709551616"];
    let report = refused::<Lists>(names.map(|name| (name.to_owned(), Tensor::<f32>::zeros([2]).into())).into());
    assert_eq!((report.missing.len(), &*report.missing[0].path), (1, "e.1.w"));
    assert_eq!((report.name.len(), &*report.name[0].path), (1, "list"));
    let gap = "1 of them, the last is 18446744073709551615, the first absent one is 0";
    assert_eq!(report.name[0].found.as_deref(), Some(gap));
    // too large to be an index, and written as one: it is a name that nothing takes
    assert!(report.unexpected.iter().any(|extra| extra.path == "list.18446744073709551616"), "{report}");
}
