//! Types of other crates by way of their parts: `remote` and `via`.

use std::collections::BTreeMap;
use std::sync::Arc;

use wb::{LoadError, Loader, Module, ParameterError, Remote, Report, Rule, Tensor};

/// Somebody else's types, as this crate sees them.
mod foreign {
    /// It does not show its epsilon.
    #[derive(Debug, PartialEq)]
    pub struct Norm {
        weight: Vec<f32>,
        bias: Option<Vec<f32>>,
        eps: f64,
    }

    impl Norm {
        pub fn new(weight: Vec<f32>, bias: Option<Vec<f32>>, eps: f64) -> Result<Norm, String> {
            match weight.iter().position(|x| x.is_nan()) {
                Some(number) => Err(format!("element {number} is not a number")),
                None => Ok(Norm { weight, bias, eps }),
            }
        }

        pub fn weight(&self) -> &[f32] {
            &self.weight
        }

        pub fn bias(&self) -> Option<&[f32]> {
            self.bias.as_deref()
        }

        pub fn with_weight(&self, weight: Vec<f32>, bias: Option<Vec<f32>>) -> Result<Norm, String> {
            Norm::new(weight, bias, self.eps)
        }

        pub fn is_default(&self) -> bool {
            self.eps == 1e-5
        }
    }

    /// One that is nothing but a row.
    pub struct Row(pub Vec<f32>);

    /// One with parameters of its own, and another of its types in it.
    #[derive(Debug)]
    pub struct Block<const N: usize> {
        pub rows: [f32; N],
        norm: Box<Norm>,
    }

    impl<const N: usize> Block<N> {
        pub fn new(rows: [f32; N], norm: Norm) -> Self {
            Block { rows, norm: Box::new(norm) }
        }

        pub fn norm(&self) -> &Norm {
            &self.norm
        }
    }
}

use foreign::{Block, Norm, Row};

#[derive(Module)]
#[module(crate = wb, remote = Norm)]
struct NormParts {
    #[param(shape = ["width"])]
    weight: Tensor<f32>,
    #[param(shape = ["width"])]
    bias: Option<Tensor<f32>>,
    #[module(skip = 1e-5)]
    eps: f64,
}

fn tensor(elements: &[f32]) -> Tensor<f32> {
    Tensor::new([elements.len()], elements.to_vec()).unwrap()
}

impl Remote for NormParts {
    fn to_parts(norm: &Norm) -> Self {
        NormParts { weight: tensor(norm.weight()), bias: norm.bias().map(tensor), eps: f64::NAN }
    }

    fn from_parts(self) -> Result<Norm, ParameterError> {
        Norm::new(self.weight.into_vec(), self.bias.map(Tensor::into_vec), self.eps).map_err(ParameterError::new)
    }

    fn replace(self, old: &Norm) -> Result<Norm, ParameterError> {
        old.with_weight(self.weight.into_vec(), self.bias.map(Tensor::into_vec)).map_err(ParameterError::new)
    }
}

#[derive(Module)]
#[module(crate = wb, remote = Row)]
struct RowParts {
    #[param(shape = [2])]
    weight: Tensor<f32>,
}

impl Remote for RowParts {
    fn to_parts(row: &Row) -> Self {
        RowParts { weight: tensor(&row.0) }
    }

    fn from_parts(self) -> Result<Row, ParameterError> {
        Ok(Row(self.weight.into_vec()))
    }
}

#[derive(Module)]
#[module(crate = wb, remote = Block<N>)]
struct BlockParts<const N: usize> {
    #[param]
    rows: [f32; N],
    #[module(via = NormParts)]
    norm: Norm,
}

impl<const N: usize> Remote for BlockParts<N> {
    fn to_parts(block: &Block<N>) -> Self {
        let norm = NormParts::to_parts(block.norm()).replace(block.norm()).unwrap();
        BlockParts { rows: block.rows, norm }
    }

    fn from_parts(self) -> Result<Block<N>, ParameterError> {
        Ok(Block::new(self.rows, self.norm))
    }
}

/// Everything that a field of such a type can be.
#[derive(Module, Debug)]
#[module(crate = wb)]
struct Model {
    #[module(via = NormParts)]
    one: Norm,
    #[module(via = NormParts, len = 2, rename = "layer_{}")]
    list: Vec<Norm>,
    #[module(via = NormParts)]
    array: [Norm; 1],
    #[module(via = NormParts)]
    present: Option<Norm>,
    #[module(via = NormParts)]
    absent: Option<Norm>,
    #[module(via = NormParts)]
    tuple: (Norm, Box<Norm>),
    #[module(via = NormParts)]
    map: BTreeMap<String, Norm>,
    #[module(via = NormParts)]
    shared: Arc<Norm>,
    #[module(via = BlockParts<2>)]
    block: Block<2>,
    choice: Choice,
}

#[derive(Module, Debug)]
#[module(crate = wb)]
enum Choice {
    Norm(#[module(via = NormParts)] Norm),
    #[allow(dead_code)]
    Scale(#[param(rename = "scale", shape = [])] Tensor<f32>),
}

const WEIGHTS: [&str; 11] = [
    "one",
    "layer_0",
    "layer_1",
    "array.0",
    "present",
    "tuple.0",
    "tuple.1",
    "map.key",
    "shared",
    "block.norm",
    "choice",
];

/// Weights of which those of each module begin with its number, and `add`.
fn weights(add: f32) -> Vec<(String, Tensor<f32>)> {
    let module = |(number, name): (usize, &&str)| {
        let first = number as f32 + add;
        let bias = (*name != "present").then(|| (format!("{name}.bias"), tensor(&[first + 200., 0.])));
        [(format!("{name}.weight"), tensor(&[first, 0.]))].into_iter().chain(bias)
    };
    let rows = ("block.rows".to_owned(), tensor(&[add, add]));
    WEIGHTS.iter().enumerate().flat_map(module).chain([rows]).collect()
}

fn norms(model: &Model) -> Vec<&Norm> {
    let Model { one, list, array, present, tuple, map, shared, block, choice, .. } = model;
    let Choice::Norm(choice) = choice else { panic!("{choice:?}") };
    let present = present.as_ref().unwrap();
    vec![one, &list[0], &list[1], &array[0], present, &tuple.0, &tuple.1, &map["key"], shared, block.norm(), choice]
}

fn firsts(model: &Model) -> Vec<f32> {
    norms(model).into_iter().map(|norm| norm.weight()[0]).collect()
}

fn model() -> Model {
    Model::from_weights(weights(0.)).unwrap()
}

fn numbers(add: f32) -> Vec<f32> {
    (0..11).map(|number| number as f32 + add).collect()
}

/// An eps that only the value knows.
fn with_own_eps(norm: &Norm) -> Norm {
    Norm::new(norm.weight().to_vec(), norm.bias().map(<[f32]>::to_vec), 0.25).unwrap()
}

#[test]
fn every_place_that_a_module_can_have_holds_foreign_types() {
    let model = model();
    assert_eq!(firsts(&model), numbers(0.));
    assert!(norms(&model).iter().all(|norm| norm.is_default()));
    assert_eq!((model.absent.is_none(), model.block.rows), (true, [0., 0.]));
    assert_eq!(model.present.unwrap().bias(), None);
}

#[test]
fn a_save_shows_the_parts_as_long_as_it_takes() {
    let model = model();
    let views = model.parameters();
    let mut shown: Vec<(String, Vec<u8>)> =
        views.iter().map(|(path, view)| (path.clone(), view.bytes().unwrap().into_owned())).collect();
    let mut expected: Vec<(String, Vec<u8>)> = weights(0.)
        .into_iter()
        .map(|(name, tensor)| (name, tensor.as_slice().iter().flat_map(|x| x.to_le_bytes()).collect()))
        .collect();
    shown.sort();
    expected.sort();
    assert_eq!(shown, expected);

    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("model.safetensors");
    model.save_weights(&path).unwrap();
    assert_eq!(norms(&Model::from_weights(&path).unwrap()), norms(&model));
}

#[test]
fn an_update_joins_new_tensors_with_what_only_the_old_value_knows() {
    let mut model = model();
    model.one = with_own_eps(&model.one);
    model.list[1] = with_own_eps(&model.list[1]);
    model.load_weights(weights(100.)).unwrap();
    assert_eq!((firsts(&model), model.block.rows), (numbers(100.), [100., 100.]));
    let kept: Vec<bool> = norms(&model).iter().map(|norm| !norm.is_default()).collect();
    assert_eq!(kept.iter().filter(|kept| **kept).count(), 2);
    assert!(kept[0] && kept[2]);
}

#[test]
fn a_parameter_that_is_kept_survives_the_join() {
    let mut model = model();
    Loader::new().keep(["*.bias", "layer_1.*"]).update(&mut model, weights(100.)).unwrap();
    let mut expected = numbers(100.);
    expected[2] = 2.;
    assert_eq!(firsts(&model), expected);
    assert_eq!(model.one.bias(), Some(&[200., 0.][..]));
}

#[track_caller]
fn refused<T>(result: Result<T, LoadError>) -> (String, String) {
    match result.err().expect("it was accepted") {
        LoadError::Parameter { path, source } => (path, source.to_string()),
        other => panic!("{other}"),
    }
}

fn broken(name: &str) -> Vec<(String, Tensor<f32>)> {
    let mut weights = weights(100.);
    let place = weights.iter_mut().find(|(path, _)| path == name).unwrap();
    place.1 = tensor(&[100., f32::NAN]);
    weights
}

#[test]
fn parts_that_do_not_fit_name_their_module_and_change_nothing() {
    let why = "element 1 is not a number";
    for module in WEIGHTS {
        let weights = || broken(&format!("{module}.weight"));
        assert_eq!(refused(Model::from_weights(weights())), (module.to_owned(), why.to_owned()));
        let mut model = model();
        assert_eq!(refused(model.load_weights(weights())), (module.to_owned(), why.to_owned()));
        assert_eq!((firsts(&model), model.block.rows), (numbers(0.), [0., 0.]));
    }
}

#[test]
fn a_shared_module_is_not_changed() {
    let mut model = model();
    let other = Arc::clone(&model.shared);
    let (path, why) = refused(model.load_weights(weights(100.)));
    assert_eq!(path, "shared.weight");
    assert!(why.contains("an `Arc` that others hold too"), "{why}");
    assert_eq!(firsts(&model), numbers(0.));
    drop(other);
    model.load_weights(weights(100.)).unwrap();
    assert_eq!(firsts(&model), numbers(100.));
}

#[test]
fn every_parameter_of_a_type_is_reached_in_the_parts() {
    let mut model = model();
    model.one = with_own_eps(&model.one);
    let mut paths = Vec::new();
    let double = |path: &str, tensor: &mut Tensor<f32>| {
        paths.push(path.to_owned());
        if path.ends_with("weight") {
            *tensor = self::tensor(&[tensor.as_slice()[0] * 2., 0.]);
        }
    };
    model.for_each_parameter_mut(double).unwrap();
    assert_eq!(firsts(&model), (0..11).map(|number| number as f32 * 2.).collect::<Vec<_>>());
    // the array of scalars is of another type
    assert_eq!((paths.len(), model.one.is_default()), (WEIGHTS.len() * 2 - 1, false));

    let spoil = |path: &str, tensor: &mut Tensor<f32>| {
        if path == "layer_1.weight" {
            *tensor = self::tensor(&[f32::NAN, 0.]);
        }
    };
    assert_eq!(refused(model.for_each_parameter_mut(spoil)).0, "layer_1");
    assert_eq!(model.list[1].weight()[0], 4.);
}

#[test]
fn a_checkpoint_is_compared_with_the_parts() {
    let mut wrong = weights(0.);
    wrong.retain(|(name, _)| name != "one.weight");
    wrong.push(("one.wieght".to_owned(), tensor(&[1., 2.])));
    wrong.push(("two.weight".to_owned(), tensor(&[1., 2., 3.])));
    let report: Report = match Model::from_weights(wrong).unwrap_err() {
        LoadError::Mismatch(report) => *report,
        other => panic!("{other}"),
    };
    assert_eq!(report.missing[0].path, "one.weight");
    let unexpected: Vec<_> = report.unexpected.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(unexpected, ["one.wieght", "two.weight"]);

    let mut streamed = Vec::new();
    Loader::new()
        .stream::<Model, LoadError>(weights(0.), |parameter| {
            streamed.push(parameter.path.to_owned());
            Ok(())
        })
        .unwrap();
    assert_eq!(streamed.len(), weights(0.).len());
}

#[test]
fn ties_and_flattened_fields() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Tied {
        #[module(via = RowParts)]
        first: Row,
        #[module(via = RowParts, tied = "first")]
        second: Row,
        last: Flat,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Flat {
        #[module(via = NormParts, flatten)]
        norm: Norm,
        #[param]
        scale: f32,
    }
    let scale = Tensor::new([], vec![3.]).unwrap();
    let pairs = |first: f32| {
        let weight = |name: &'static str| (name, tensor(&[first, 2.]));
        [weight("second.weight"), weight("last.weight"), weight("last.bias"), ("last.scale", scale.clone())]
    };
    let mut tied = Tied::from_weights(pairs(1.)).unwrap();
    assert_eq!((&tied.first.0[..], &tied.second.0[..]), (&[1., 2.][..], &[1., 2.][..]));
    assert_eq!((tied.last.norm.bias(), tied.last.scale), (Some(&[1., 2.][..]), 3.));
    tied.load_weights(pairs(5.)).unwrap();
    assert_eq!((tied.first.0[0], tied.second.0[0], tied.last.norm.weight()[0]), (5., 5., 5.));
    let mut spoilt = pairs(5.);
    spoilt[1].1 = tensor(&[f32::NAN, 0.]);
    assert_eq!(refused(Loader::new().unexpected(Rule::Allow).update(&mut tied, spoilt)).0, "last");
}
