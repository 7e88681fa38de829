//! Maps of modules whose own structure is the file's to decide.

use std::collections::BTreeMap;

use wb::{AnyTensor, Loader, Module, Tensor};

fn tensor(first: f32) -> AnyTensor {
    Tensor::new([2], vec![first, first]).unwrap().into()
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Linear {
    #[param(shape = [2])]
    weight: Tensor<f32>,
    #[param(shape = [2])]
    bias: Option<Tensor<f32>>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Model {
    map: BTreeMap<String, Linear>,
    #[param(shape = [2])]
    last: Tensor<f32>,
}

#[test]
fn a_map_of_what_has_options_keeps_its_keys_and_its_tensors() {
    let pairs = [
        ("map.a.weight", tensor(1.0)),
        ("map.a.bias", tensor(2.0)),
        ("map.b.weight", tensor(3.0)),
        ("last", tensor(4.0)),
    ];
    let loaded = Loader::new().load::<Model>(pairs).unwrap();
    assert_eq!(loaded.report.fitting_count, 4);
    let Model { map, last } = loaded.module;
    assert_eq!(last.as_slice(), [4.0, 4.0]);
    assert_eq!(map.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(map["a"].weight.as_slice(), [1.0, 1.0]);
    assert_eq!(map["a"].bias.as_ref().unwrap().as_slice(), [2.0, 2.0]);
    assert!(map["b"].bias.is_none());
}
