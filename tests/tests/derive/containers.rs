//! Lists, options, maps, tuples and pointers: of modules and of parameters.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use wb::{AnyTensor, Module, Tensor};
use weighbridge_tests::layers::full;

use super::{Norm, norm, pairs, there_and_back};

type Map = BTreeMap<String, Norm>;

fn map<V>(entries: [(&str, V); 2]) -> BTreeMap<String, V> {
    entries.map(|(key, value)| (key.to_owned(), value)).into()
}

#[test]
fn of_modules() {
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Model {
        array: [Norm; 2],
        empty: [Norm; 0],
        vec: Vec<Norm>,
        some: Option<Norm>,
        none: Option<Norm>,
        boxed: Box<Norm>,
        shared: Arc<Norm>,
        tuple: (Norm, (), (Norm,), Norm),
        tree: BTreeMap<String, Norm>,
        hash: HashMap<String, Norm>,
        hasher: HashMap<String, Norm, BuildHasherDefault<DefaultHasher>>,
        deep: Option<Vec<Arc<[Map; 1]>>>,
    }
    let model = |value| Model {
        array: [norm(value), norm(value)],
        empty: [],
        vec: vec![norm(value); 11],
        some: Some(norm(value)),
        none: None,
        boxed: Box::new(norm(value)),
        shared: Arc::new(norm(value)),
        tuple: (norm(value), (), (norm(value),), norm(value)),
        tree: map([("b", norm(value)), ("a", norm(value))]),
        hash: map([("b", norm(value)), ("a", norm(value))]).into_iter().collect(),
        hasher: map([("10", norm(value)), ("9", norm(value))]).into_iter().collect(),
        deep: Some(vec![Arc::new([map([("y", norm(value)), ("x", norm(value))])])]),
    };
    let paths = model(0.0).parameter_paths();
    for path in [
        "array.1.weight",
        "vec.10.weight",
        "some.weight",
        "boxed.weight",
        "shared.weight",
        "tuple.2.0.weight",
        "tuple.3.weight",
        "hash.a.weight",
        "deep.0.0.x.weight",
    ] {
        assert!(paths.contains(&path.to_owned()), "{path}");
    }
    assert!(
        !paths.iter().any(|path| path.starts_with("tuple.1") || path.starts_with("none") || path.starts_with("empty"))
    );
    assert_eq!(there_and_back(&model(1.0), &mut model(0.0)), model(1.0));
}

#[test]
fn of_parameters() {
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [2])]
        array: [Tensor<f32>; 2],
        #[param(shape = [2])]
        vec: Vec<Tensor<f32>>,
        #[param(shape = [2])]
        some: Option<Tensor<f32>>,
        #[param(shape = [2])]
        none: Option<Tensor<f32>>,
        #[param(shape = [2])]
        boxed: Box<Tensor<f32>>,
        #[param(shape = [2])]
        shared: Arc<Tensor<f32>>,
        #[param(shape = [2])]
        tree: BTreeMap<String, Tensor<f32>>,
        #[param(shape = [2])]
        hash: HashMap<String, Tensor<f32>>,
        #[param(shape = [2])]
        deep: Vec<[Option<Tensor<f32>>; 2]>,
        #[param(shape = [2], len = 3)]
        three: Vec<Tensor<f32>>,
        #[param(shape = [2], len = 1)]
        maybe: Option<Vec<Tensor<f32>>>,
    }
    let model = |value| {
        let tensor = || full([2], value);
        Model {
            array: [tensor(), tensor()],
            vec: vec![tensor(); 11],
            some: Some(tensor()),
            none: None,
            boxed: Box::new(tensor()),
            shared: Arc::new(tensor()),
            tree: map([("b", tensor()), ("a", tensor())]),
            hash: map([("b", tensor()), ("a", tensor())]).into_iter().collect(),
            deep: vec![[None, Some(tensor())], [Some(tensor()), Some(tensor())]],
            three: vec![tensor(); 3],
            maybe: Some(vec![tensor()]),
        }
    };
    let paths = model(0.0).parameter_paths();
    for path in ["array.1", "vec.10", "some", "boxed", "shared", "tree.a", "hash.b", "deep.1.1", "three.2", "maybe.0"] {
        assert!(paths.contains(&path.to_owned()), "{path}");
    }
    assert_eq!(there_and_back(&model(1.0), &mut model(0.0)), model(1.0));
}

#[test]
fn a_shared_tensor_is_replaced_for_its_holder_alone() {
    // an `Arc` of a tensor is a place that is written anew; others keep what they hold
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [2])]
        shared: Arc<Tensor<f32>>,
    }
    let other = Arc::new(full([2], 0.0));
    let mut model = Model { shared: Arc::clone(&other) };
    model.load_weights([("shared", full([2], 1.0))]).unwrap();
    assert_eq!((&*model.shared, &*other), (&full([2], 1.0), &full([2], 0.0)));
}

#[test]
fn tuples_of_twelve() {
    type N = Norm;
    type Twelve = (N, N, N, N, N, N, N, N, N, N, (), N);
    let all = |value| -> Twelve {
        let n = || norm(value);
        (n(), n(), n(), n(), n(), n(), n(), n(), n(), n(), (), n())
    };
    assert_eq!(all(0.0).parameter_paths().last().unwrap(), "11.weight");
    assert_eq!(there_and_back(&all(1.0), &mut all(0.0)), all(1.0));
}

#[test]
fn a_tuple_is_a_list() {
    let model: (Norm, (), Norm) =
        Module::from_weights([("0.weight", full([2], 1.0)), ("2.weight", full([2], 2.0))]).unwrap();
    assert_eq!((model.0, model.2), (norm(1.0), norm(2.0)));
    let refused =
        <(Norm, (), Norm)>::from_weights([("0.weight", full([2], 1.0)), ("1.weight", full([2], 2.0))]).unwrap_err();
    let report = refused.report().unwrap();
    assert_eq!((&*report.missing[0].path, &*report.unexpected[0].path), ("2.weight", "1.weight"));
}

#[test]
fn any_tensors() {
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [_])]
        state: BTreeMap<String, AnyTensor>,
    }
    let state = |n: usize| Model {
        state: map([("a", full([3], n as f32).into()), ("b", Tensor::new([1], vec![n as u8]).unwrap().into())]),
    };
    assert_eq!(there_and_back(&state(1), &mut state(0)), state(1));
}

#[test]
fn a_tuple_of_parameters() {
    #[derive(Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Gates {
        #[param(shape = [2, "hidden"])]
        weights: (Tensor<f32>, Tensor<half::bf16>),
        #[param]
        scales: (f32, [f32; 3]),
    }
    const SECOND: wb::ParameterSchema = Gates::SCHEMA.get("weights.1").unwrap();
    assert_eq!((SECOND.dim(0), SECOND.dtypes()), (wb::DimSchema::Is(2), &[wb::DType::BF16][..]));
    let gates = |value: f32| Gates {
        weights: (full([2, 5], value), Tensor::new([2, 5], vec![half::bf16::from_f32(value); 10]).unwrap()),
        scales: (value, [value; 3]),
    };
    assert_eq!(gates(0.0).parameter_paths(), ["weights.0", "weights.1", "scales.0", "scales.1"]);
    assert_eq!(there_and_back(&gates(1.0), &mut gates(0.0)), gates(1.0));
    let uneven = Gates { weights: (full([2, 5], 0.0), Tensor::zeros([2, 6])), ..gates(0.0) };
    let error = Gates::from_weights(pairs(&uneven)).unwrap_err();
    assert_eq!(error.report().unwrap().dim[0].path, "weights.1");
}
