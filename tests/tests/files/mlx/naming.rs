//! What counts as a parameter, and what it is called.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use wb::{AnyTensor, LoadError, Loader, Module, SaveError, Tensor, WriteError};
use weighbridge_tests::contents;
use weighbridge_tests::layers::{Linear, full};

use super::{mismatch, paths, unchanged};

/// `Sequential(Linear, ReLU, Linear)`.
#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Sequential {
    layers: (Linear<2, 3>, (), Linear<3, 1>),
}

fn sequential() -> Sequential {
    Sequential { layers: (Linear::full(1.0), (), Linear::full(2.0)) }
}

/// A list that takes the file's length.
#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Stack {
    layers: Vec<Linear<2, 2>>,
}

/// A linear layer's pairs under a name.
fn layer(name: &str) -> [(String, Tensor<f32>); 2] {
    [(format!("{name}.weight"), full([2, 2], 3.0)), (format!("{name}.bias"), full([2], 3.0))]
}

#[test]
fn dictionaries() {
    // MLX's test_model_with_dict: the attribute {"w1", "w2"} flattens to `weights.w1` and `weights.w2`
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [2])]
        weights: HashMap<String, Tensor<f32>>,
    }
    let pairs = [("weights.w2", full([2], 2.0)), ("weights.w1", full([2], 1.0))];
    let model = Model::from_weights(pairs).unwrap();
    assert_eq!(model.parameter_paths(), ["weights.w1", "weights.w2"]);
    assert_eq!(model.weights["w2"], full([2], 2.0));
}

#[test]
fn layers_without_parameters_keep_their_index() {
    // MLX: ReLU is `{}` in the list: Sequential(Linear, ReLU, Linear) is layers.0 and layers.2
    let paths = ["layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias"];
    assert_eq!(sequential().parameter_paths(), paths);
    // MLX's test of tree_flatten: an empty dict has no path
    assert!(BTreeMap::<String, Linear<2, 2>>::new().parameter_paths().is_empty());
    assert!(Vec::<Linear<2, 2>>::new().parameter_paths().is_empty());
}

#[test]
fn tuples() {
    // MLX: a tuple of modules is stored, is no parameter, and is dropped without a word. Here it is a list.
    let mut pair = (Linear::<2, 2>::zeros(), Linear::<2, 2>::zeros());
    assert_eq!(pair.parameter_paths(), ["0.weight", "0.bias", "1.weight", "1.bias"]);
    assert_eq!(paths(&mismatch(pair.load_weights(layer("0"))).missing), ["1.bias", "1.weight"]);
}

#[test]
fn underscores() {
    // MLX: `_x` is no parameter as an attribute, and is one as a key of a dict. Here a name is a name.
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [2])]
        _x: Tensor<f32>,
        #[param(shape = [2])]
        d: BTreeMap<String, Tensor<f32>>,
    }
    let model = Model::from_weights([("_x", full([2], 1.0)), ("d._h", full([2], 2.0))]).unwrap();
    assert_eq!(model.parameter_paths(), ["_x", "d._h"]);
}

#[test]
fn none_is_absent() {
    // MLX: Linear(bias=False) has no `bias`, QuantizedLinear.biases is None in the mx modes. MLX's
    // test_module_attributes goes from None to an array and back.
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [2])]
        weight: Tensor<f32>,
        #[param(shape = [2])]
        bias: Option<Tensor<f32>>,
    }
    let weight = || ("weight", full([2], 1.0));
    let mut model = Model::from_weights([weight()]).unwrap();
    assert!(model.bias.is_none());
    assert_eq!(model.parameter_paths(), ["weight"]);
    // an update keeps the structure of the value
    let with_bias = || [weight(), ("bias", full([2], 1.0))];
    assert_eq!(paths(&mismatch(model.load_weights(with_bias())).unexpected), ["bias"]);
    model.bias = Some(full([2], 0.0));
    model.load_weights(with_bias()).unwrap();
    assert_eq!(paths(&mismatch(model.load_weights([weight()])).missing), ["bias"]);
    model.bias = None;
    assert_eq!(model.parameter_paths(), ["weight"]);
}

#[test]
fn frozen_parameters_count() {
    // MLX: running_mean and running_var are frozen, and are in files; here no parameter is less than another
    let cnn = weighbridge_tests::mlx::Cnn::from_weights(weighbridge_tests::fixture("mlx/cnn.npz")).unwrap();
    assert!(cnn.parameter_paths().contains(&"bn1.running_var".to_owned()));
}

#[test]
fn one_module_in_two_places() {
    // MLX: both paths are listed, required and saved; on a load with differing values the one applied last wins.
    // Here a load makes two of them, and an update of a shared one is refused, for one value cannot be two.
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Model {
        a: Arc<Linear<2, 2>>,
        b: Arc<Linear<2, 2>>,
    }
    let shared = Arc::new(Linear::full(1.0));
    let mut model = Model { a: Arc::clone(&shared), b: shared };
    assert_eq!(model.parameter_paths(), ["a.weight", "a.bias", "b.weight", "b.bias"]);
    assert_eq!(paths(&mismatch(Model::from_weights(layer("a"))).missing), ["b.bias", "b.weight"]);
    let differing = || {
        [
            layer("a"),
            layer("b")
                .map(|(name, _)| (name.clone(), if name == "b.bias" { full([2], 9.0) } else { full([2, 2], 9.0) })),
        ]
        .concat()
    };
    let error = unchanged(&mut model, |model| model.load_weights(differing()).map(|_| ()));
    assert!(matches!(&error, LoadError::Parameter { path, .. } if path == "a.weight"), "{error:?}");
    let built = Model::from_weights(differing()).unwrap();
    assert_eq!((built.a.bias.as_slice()[0], built.b.bias.as_slice()[0]), (3.0, 9.0));
}

#[test]
fn tied_tensors() {
    // MLX: `head.weight = embedding.weight` saves both with full data, and loading unties them; so it is here
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [2, 2])]
        embedding: Tensor<f32>,
        #[param(shape = [2, 2])]
        head: Tensor<f32>,
    }
    let embedding = full([2, 2], 1.0);
    let model = Model { head: embedding.clone(), embedding };
    assert!(model.head.shares_storage(&model.embedding));
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("tied.safetensors");
    model.save_weights(&path).unwrap();
    let again = Model::from_weights(&path).unwrap();
    assert_eq!(contents(&again), contents(&model));
    assert!(!again.head.shares_storage(&again.embedding));
}

#[test]
fn the_order_of_paths() {
    // MLX: attributes as they were set, lists by number, not by letter
    let stack = Stack { layers: vec![Linear::zeros(); 11] };
    let paths = stack.parameter_paths();
    assert_eq!((&*paths[18], &*paths[20]), ("layers.9.weight", "layers.10.weight"));
    // a HashMap has no order: numbers among its keys are ordered as numbers
    let map: HashMap<_, _> =
        HashMap::from_iter(["10", "9", "b", "a"].map(|key| (key.to_owned(), Linear::<2, 2>::zeros())));
    let keys: Vec<_> = map.parameter_paths().iter().map(|path| path.split('.').next().unwrap().to_owned()).collect();
    let (mut numbers, mut letters) = (keys.clone(), keys);
    numbers.retain(|key| key.parse::<u8>().is_ok());
    letters.retain(|key| key.parse::<u8>().is_err());
    assert_eq!(
        (numbers, letters),
        (["9", "9", "10", "10"].map(String::from).into(), ["a", "a", "b", "b"].map(String::from).into())
    );
}

#[test]
fn indices_that_python_would_read() {
    // MLX: `int()` takes "00", "+1", " 1" and "1_0"; "-1" is appended in front: strict=False overwrites layers[0] by
    // what `layers.-1.weight` holds
    for index in ["00", "-1", "+1", " 1", "1 ", "1_0", "01"] {
        let stray = (format!("layers.{index}.weight"), full([1, 3], 8.0));
        for strict in [true, false] {
            let loader = Loader::new().strict(strict);
            let mut model = sequential();
            let error = unchanged(&mut model, |model| loader.update(model, [stray.clone()]));
            assert_eq!(paths(&error.report().unwrap().name), [format!("layers.{index}")], "strict: {strict}");
            // the same beside a list whose length the file says
            let pairs = [&layer("layers.0")[..], std::slice::from_ref(&stray)].concat();
            let report = mismatch(loader.load::<Stack>(pairs));
            assert_eq!(paths(&report.name), [format!("layers.{index}")], "strict: {strict}");
        }
    }
}

#[test]
fn two_spellings_of_one_index() {
    // MLX's test_tree: "01" beside "1" makes the level a dict. Here "01" is no index.
    let pairs = [layer("layers.0"), layer("layers.1"), layer("layers.01")].concat();
    assert_eq!(paths(&mismatch(Stack::from_weights(pairs)).name), ["layers.01"]);
}

#[test]
fn a_foreign_name_beside_indices() {
    // MLX, strict=False: one `layers.foo` makes the level a dict, and the good `layers.0.weight` is skipped too
    let pairs = || [("layers.foo.weight", full([3, 2], 7.0)), ("layers.0.weight", full([3, 2], 7.0))];
    let mut model = sequential();
    let report = Loader::new().strict(false).update(&mut model, pairs()).unwrap();
    assert_eq!(model.layers.0.weight, full([3, 2], 7.0));
    assert_eq!(report.ignored, ["layers.foo.weight"]);
    assert_eq!(paths(&mismatch(model.load_weights(pairs())).unexpected), ["layers.foo.weight"]);
}

#[test]
fn an_index_beyond_everything() {
    // MLX: as many `{}` are allocated as the index says
    for index in ["1000000000", "18446744073709551615"] {
        let pairs = || [layer("layers.0"), layer(&format!("layers.{index}"))].concat();
        let report = mismatch(Stack::from_weights(pairs()));
        assert_eq!(paths(&report.name), ["layers"]);
        assert!(report.to_string().len() < 4096);
        let mut model = Stack { layers: vec![Linear::zeros()] };
        assert_eq!(paths(&mismatch(model.load_weights(pairs())).unexpected).len(), 2);
        Loader::new().strict(false).update(&mut model, pairs()).unwrap();
        assert_eq!(model.layers, [Linear::full(3.0)]);
    }
}

#[test]
fn a_tensor_above_tensors() {
    // MLX, strict=False: "weight" beside "weight.x" silently puts {'': …, 'x': …} in place of the array, and
    // ("weight.x", …) alone replaces the array by {'x': …}. Here both are names.
    let pairs = [("weight", full([2, 2], 1.0)), ("bias", full([2], 1.0)), ("weight.x", full([2], 1.0))];
    let mut model = Linear::<2, 2>::zeros();
    let error = unchanged(&mut model, |model| Loader::new().update(model, pairs.clone()));
    assert_eq!(paths(&error.report().unwrap().unexpected), ["weight.x"]);
    let report = Loader::new().strict(false).update(&mut model, pairs).unwrap();
    assert_eq!((&model, report.ignored), (&Linear::full(1.0), vec!["weight.x".to_owned()]));
    let mut model = Linear::<2, 2>::zeros();
    let report = Loader::new().strict(false).update(&mut model, [("weight.x", full([2], 1.0))]).unwrap();
    assert_eq!((model, report.ignored), (Linear::zeros(), vec!["weight.x".to_owned()]));
}

#[test]
fn empty_parts_of_names() {
    // MLX, strict=False: "weight." is loaded as "weight"; "" is silently nothing
    for name in ["weight.", "", ".weight", "."] {
        let mut model = Linear::<2, 2>::zeros();
        let pairs = || [(name, full([2, 2], 1.0))];
        assert_eq!(paths(&mismatch(model.load_weights(pairs())).unexpected), [name]);
        let report = Loader::new().strict(false).update(&mut model, pairs()).unwrap();
        assert_eq!((model, report.ignored), (Linear::zeros(), vec![name.to_owned()]));
    }
}

#[test]
fn maps_with_numbers_for_keys() {
    // MLX: saved, and then KeyError '0' on load
    let map = BTreeMap::from(["0", "7"].map(|key| (key.to_owned(), Linear::<2, 2>::full(1.0))));
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("map.npz");
    map.save_weights(&path).unwrap();
    assert_eq!(BTreeMap::from_weights(&path).unwrap(), map);
    let mut empty = map.clone();
    empty.values_mut().for_each(|linear| *linear = Linear::zeros());
    assert_eq!(*empty.load_weights(&path).unwrap(), map);
}

#[test]
fn maps_with_dots_in_keys() {
    // MLX: `{"a.b": …}` is saved as `d.a.b`, the strict check passes, and the load silently does nothing. Here a key is
    // one component of a path: what could not be loaded again is not saved, and a load says so.
    let mut model = BTreeMap::from([("a.b".to_owned(), Linear::<2, 2>::full(0.0))]);
    let error = unchanged(&mut model, |model| model.load_weights(layer("a.b")).map(|_| ()));
    assert_eq!(paths(&error.report().unwrap().missing), ["a.b.bias", "a.b.weight"]);
    assert!(!error.to_string().contains("did you mean `a.b.weight`"), "a name is not near to itself:\n{error}");
    let scratch = tempfile::tempdir().unwrap();
    for name in ["map.npz", "map.safetensors"] {
        match model.save_weights(scratch.path().join(name)) {
            Err(SaveError::Write(WriteError::Name { name, .. })) => assert_eq!(name, "a.b.weight"),
            other => panic!("saved, and cannot be loaded again: {other:?}"),
        }
    }
    // a new map takes the parts of the name that it finds
    let report = mismatch(BTreeMap::<String, Linear<2, 2>>::from_weights(layer("a.b")));
    assert_eq!(paths(&report.missing), ["a.bias", "a.weight"]);
}

#[test]
fn what_is_no_container_is_not_made_one() {
    // MLX's test_update: {"value": 0}, "hello" and {"weight": "hi"} for a layer are ValueErrors; load_weights skips
    // them silently. Here a name below a tensor, or of a module, is one that the model does not have.
    let mut model = sequential();
    for name in ["layers.0.value", "layers.0", "layers", "layers.1", "layers.1.weight", "layers.3.weight"] {
        let error = unchanged(&mut model, |model| model.load_weights([(name, full([1], 0.0))]).map(|_| ()));
        let report = mismatch::<()>(Err(error));
        assert_eq!((paths(&report.unexpected), report.missing.len()), (vec![name], 4));
    }
}

#[test]
fn prefixes_of_other_houses() {
    // MLX: Sequential's list is the attribute `layers`, torch's has no such name: users' commonest renaming
    let pairs: Vec<_> = sequential()
        .parameters()
        .iter()
        .map(|(path, view)| {
            (
                path.strip_prefix("layers.").unwrap().to_owned(),
                AnyTensor::new(view.dtype(), view.shape().to_vec(), &view.bytes().unwrap()).unwrap(),
            )
        })
        .collect();
    let report = mismatch(Sequential::from_weights(&pairs[..]));
    assert!(report.hints.iter().any(|hint| hint.contains("add_prefix(\"layers.\")")), "{report}");
    assert_eq!(Loader::new().add_prefix("layers.").load::<Sequential>(&pairs[..]).unwrap().module, sequential());
}
