//! What a type can declare: what derives `Module`, what its fields can be, layouts, ties and enums. What a type cannot
//! declare is in `ui-tests/`.

// `::core` and `::alloc` lead here: generated code may not need either
extern crate self as alloc;
extern crate self as core;

mod choosing;
mod containers;
mod elements;
mod hygiene;
mod item_names;
mod layouts;
mod maps;
mod one_name;
mod remedies;
mod remote;
mod schema;
mod structs;
mod tied;
mod variants;
mod weighbridge_attribute;
mod wide;

use wb::{AnyTensor, Module, Tensor};
use weighbridge_tests::contents;
use weighbridge_tests::layers::full;

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Norm {
    #[param(shape = [2])]
    weight: Tensor<f32>,
}

fn norm(value: f32) -> Norm {
    Norm { weight: full([2], value) }
}

/// A pair of name and tensor.
type Named = (String, AnyTensor);

/// The module's own parameters as pairs.
fn pairs<M: Module>(module: &M) -> Vec<Named> {
    let parameters = contents(module).into_iter();
    parameters.map(|(path, dtype, shape, bytes)| (path, AnyTensor::new(dtype, shape, &bytes).unwrap())).collect()
}

/// Loads the module's parameters into a new one and into `other` by an update, and saves and loads in both formats:
/// each must have the same paths, dtypes, shapes and bytes.
#[track_caller]
fn there_and_back<M: Module>(module: &M, other: &mut M) -> M {
    let wanted = contents(module);
    let loaded = M::from_weights(pairs(module)).unwrap_or_else(|error| panic!("{error}"));
    assert!(contents(&loaded) == wanted, "loaded from pairs");
    other.load_weights(pairs(module)).unwrap_or_else(|error| panic!("{error}"));
    assert!(contents(other) == wanted, "updated");
    let scratch = tempfile::tempdir().unwrap();
    for name in ["module.safetensors", "module.npz"] {
        let path = scratch.path().join(name);
        module.save_weights(&path).unwrap_or_else(|error| panic!("{error}"));
        let loaded = M::from_weights(&path).unwrap_or_else(|error| panic!("{error}"));
        assert!(contents(&loaded) == wanted, "{name}");
    }
    loaded
}
