//! Options, lists, maps: what only the file, or the value, decides.

use std::collections::BTreeMap;

use wb::{AnyTensor, Checkpoint, LoadError, Loader, Module, ProblemKind, Tensor};

use super::{Pair, accepted, mismatch, pair, paths, refused, vector};

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Model {
    adapter: Option<Pair>,
    layers: Vec<Pair>,
    experts: BTreeMap<String, Pair>,
}

fn both(at: &str) -> [(String, AnyTensor); 2] {
    [(format!("{at}.a"), vector(&[5.0, 6.0])), (format!("{at}.b"), vector(&[7.0, 8.0]))]
}

fn model() -> Model {
    Model { adapter: Some(pair()), layers: vec![pair(); 2], experts: BTreeMap::from([("x".to_owned(), pair())]) }
}

#[test]
fn the_file_decides_on_load() {
    let pairs = [both("adapter"), both("layers.0"), both("layers.1"), both("experts.x"), both("experts.y")].concat();
    let model = Model::from_weights(pairs).unwrap();
    assert_eq!((model.layers.len(), model.experts.len()), (2, 2));
    assert_eq!(model.adapter, Some(model.experts["y"].clone()));
    let empty = Model::from_weights(Vec::<(String, AnyTensor)>::new()).unwrap();
    assert_eq!(empty, Model { adapter: None, layers: vec![], experts: BTreeMap::new() });
}

#[test]
fn the_value_decides_on_update() {
    let own = [both("adapter"), both("layers.0"), both("layers.1"), both("experts.x")].concat();
    let mut updated = model();
    updated.load_weights(&own[..]).unwrap();
    assert_eq!(updated.layers[1].b.as_slice(), [7.0, 8.0]);
    let more = [&own[..], &both("layers.2"), &both("experts.y")].concat();
    let report = mismatch(updated.load_weights(more));
    assert_eq!(paths(&report.unexpected), ["experts.y.a", "experts.y.b", "layers.2.a", "layers.2.b"]);
    let report = mismatch(updated.load_weights(&own[2..4]));
    assert_eq!(
        paths(&report.missing),
        ["adapter.a", "adapter.b", "experts.x.a", "experts.x.b", "layers.1.a", "layers.1.b"]
    );
    let mut without = Model { adapter: None, ..model() };
    assert_eq!(paths(&mismatch(without.load_weights(own)).unexpected), ["adapter.a", "adapter.b"]);
}

#[test]
fn half_of_an_option() {
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Maybe {
        adapter: Option<Pair>,
    }
    let half = [("adapter.b", vector(&[1.0, 2.0]))];
    let report = refused(&Loader::new(), &mut Maybe { adapter: Some(pair()) }, &half);
    assert_eq!(paths(&report.missing), ["adapter.a"]);
    assert!(report.missing[0].hints.iter().any(|hint| hint.contains("adapter")), "{:?}", report.missing[0].hints);
    // `strict(false)` has nothing to keep in a new module
    let loader = Loader::new().strict(false);
    assert_eq!(paths(&mismatch(loader.load::<Maybe>(&half[..])).missing), ["adapter.a"]);
    let mut maybe = Maybe { adapter: Some(pair()) };
    assert_eq!(loader.update(&mut maybe, &half[..]).unwrap().kept, ["adapter.a"]);
    assert_eq!(maybe.adapter.unwrap().b.as_slice(), [1.0, 2.0]);
    // a value without it has no place for half of it
    assert_eq!(
        paths(&mismatch(Loader::new().update(&mut Maybe { adapter: None }, &half[..])).unexpected),
        ["adapter.b"]
    );
}

#[test]
fn a_gap_in_a_list() {
    let gap = [both("layers.0"), both("layers.2"), both("layers.3")].concat();
    for strict in [true, false] {
        let report = mismatch(Loader::new().strict(strict).load::<Model>(&gap[..]));
        assert_eq!(paths(&report.name), ["layers"]);
        let found = report.name[0].found.as_deref().unwrap();
        assert_eq!(found, "3 of them, the last is 3, the first absent one is 1");
        // nothing else is made up about the items that are there
        assert!(report.missing.is_empty() && report.unexpected.is_empty());
    }
    let report = mismatch(Loader::new().load::<Model>(both("layers.1")));
    assert!(report.name[0].found.as_deref().unwrap().ends_with("the first absent one is 0"), "{:?}", report.name[0]);
}

#[test]
fn names_that_contradict_each_other() {
    let loose = [both("layers.0"), both("layers.01")].concat();
    for strict in [true, false] {
        let loader = Loader::new().strict(strict);
        assert_eq!(paths(&mismatch(loader.load::<Model>(&loose[..])).name), ["layers.01"]);
    }
    // a tensor may be named like a module, whether the module knows the name or not
    for name in ["layers", "z"] {
        let over = [&both("layers.0")[..], &[(name.to_owned(), vector(&[1.0])), (format!("{name}.y"), vector(&[1.0]))]];
        let report = mismatch(Loader::new().load::<Model>(&over.concat()[..]));
        assert_eq!((paths(&report.unexpected), report.name.len()), (vec![name, &*format!("{name}.y")], 0));
    }
}

#[test]
fn a_damaged_file_is_no_mismatch() {
    let mut file = weighbridge_tests::files::safetensors(&[("a", wb::DType::F32, &[2], &[0; 8])]);
    file.pop();
    for strict in [true, false] {
        let loader = Loader::new().strict(strict);
        let mut module = pair();
        let errors = [
            loader.load::<Pair>(&file).unwrap_err(),
            loader.check::<Pair>(&file).unwrap_err(),
            loader.update(&mut module, &file).unwrap_err(),
        ];
        for error in errors {
            let LoadError::Container { problems, .. } = error else { panic!("{error:?}") };
            assert_eq!(problems[0].kind, ProblemKind::Truncated);
        }
        assert_eq!(module, pair());
    }
}

#[test]
fn lists_and_maps_at_the_root() {
    let list: Vec<Pair> = Module::from_weights([both("0"), both("1")].concat()).unwrap();
    assert_eq!(list.len(), 2);
    let map: BTreeMap<String, Pair> = Module::from_weights([both("x"), both("0")].concat()).unwrap();
    assert_eq!(map.keys().collect::<Vec<_>>(), ["0", "x"]);
    let maybe: Option<Pair> = Module::from_weights(two()).unwrap();
    assert!(maybe.is_some());
    let none: Option<Pair> = Module::from_weights(Vec::<(String, AnyTensor)>::new()).unwrap();
    assert!(none.is_none());
    let (boxed, _) = accepted(&Loader::new(), &mut Box::new(pair()), &two());
    assert_eq!(boxed.a.as_slice(), [5.0, 6.0]);
}

fn two() -> [super::Named; 2] {
    [("a", vector(&[5.0, 6.0])), ("b", vector(&[7.0, 8.0]))]
}

#[test]
fn a_checkpoint_serves_many_loads() {
    let checkpoint = Checkpoint::open(two()).unwrap();
    assert_eq!(checkpoint.len(), 2);
    let first = Pair::from_weights(&checkpoint).unwrap();
    let second = Pair::from_weights(checkpoint).unwrap();
    assert_eq!(first, second);
    let empty = Tensor::<f32>::zeros([2]);
    assert_ne!(first.a, empty);
}
