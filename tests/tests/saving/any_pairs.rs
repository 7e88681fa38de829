//! Any pairs for a module that uses everything: refused with a report, or loaded, and then saved as they were.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use wb::{AnyTensor, Cast, Checkpoint, LoadError, Loader, Module, Tensor};
use weighbridge_tests::verify;

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Everything {
    #[param(shape = ["a", "b"], from = transpose)]
    turned: Tensor<f32>,
    #[param(shape = ["n", 2], from = stack("experts.{}.w"))]
    stacked: Option<Tensor<f32>>,
    #[param(shape = [4, "b"], from = concat(dim = 0, "q": 2, "k", "v"))]
    joined: Option<Tensor<f32>>,
    #[param(shape = [2], from = slice(dim = 0, of = "fused"))]
    first: Option<Tensor<f32>>,
    #[param(shape = [1], from = slice(dim = 0, of = "fused", start = 2))]
    last: Option<Tensor<f32>>,
    kind: Kind,
    layers: Vec<Kind>,
    #[param(shape = ["a"], tied = "base", alias = "head_")]
    head: Tensor<f32>,
    #[param(shape = ["a"])]
    base: Tensor<f32>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
enum Kind {
    Row {
        #[param(shape = ["b"])]
        w: Tensor<f32>,
    },
    Square {
        #[param(shape = [2, 2], from = transpose)]
        w: Tensor<f32>,
        #[param(shape = [2, 2], tied = "w")]
        copy: Tensor<f32>,
    },
    None,
}

/// What loads as it stands.
const GOOD: &[(&str, &[usize])] = &[
    ("turned", &[3, 2]),
    ("experts.0.w", &[2]),
    ("experts.1.w", &[2]),
    ("q", &[2, 3]),
    ("k", &[1, 3]),
    ("v", &[1, 3]),
    ("fused", &[3]),
    ("kind.w", &[3]),
    ("layers.0.w", &[2, 2]),
    ("layers.1.w", &[3]),
    ("base", &[2]),
    ("head", &[2]),
];

const NAMES: &[&str] = &[
    "experts.2.w",
    "experts.00.w",
    "experts.0",
    "experts.18446744073709551615.w",
    "fused",
    "kind.copy",
    "layers.0.copy",
    "layers.2.w",
    "layers.3.copy",
    "head",
    "head_",
    "joined",
    "first",
    "base.w",
    "extra",
    "",
];

const SHAPES: &[&[usize]] =
    &[&[], &[0], &[1], &[2], &[3], &[4], &[0, 2], &[1, 3], &[2, 2], &[2, 3], &[3, 2], &[1, 1, 2]];

#[derive(Clone, Debug)]
enum Change {
    Drop(prop::sample::Index),
    Reshape(prop::sample::Index, &'static [usize]),
    Halve(prop::sample::Index),
    Fill(prop::sample::Index, u8),
    Add(&'static str, &'static [usize]),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    let shape = || prop::sample::select(SHAPES);
    prop_oneof![
        4 => at().prop_map(Change::Drop),
        2 => (at(), shape()).prop_map(|(at, shape)| Change::Reshape(at, shape)),
        1 => at().prop_map(Change::Halve),
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Fill(at, byte)),
        3 => (prop::sample::select(NAMES), shape()).prop_map(|(name, shape)| Change::Add(name, shape)),
    ]
}

/// Every tensor with elements of its own, but for those that are tied.
fn tensor(name: &str, shape: &[usize]) -> AnyTensor {
    let first = if name.starts_with("head") || name == "base" || name.ends_with("copy") { 0 } else { name.len() * 100 };
    let count: usize = shape.iter().product();
    Tensor::new(shape, (first..first + count).map(|i| i as f32).collect()).unwrap().into()
}

fn apply(pairs: &mut Vec<(String, AnyTensor)>, change: &Change) {
    match change {
        Change::Add(name, shape) => pairs.push(((*name).to_owned(), tensor(name, shape))),
        _ if pairs.is_empty() => {}
        Change::Drop(at) => {
            let at = at.index(pairs.len());
            pairs.remove(at);
        }
        Change::Reshape(at, shape) => {
            let at = at.index(pairs.len());
            pairs[at].1 = tensor(&pairs[at].0, shape);
        }
        Change::Halve(at) => {
            let at = at.index(pairs.len());
            let shape = pairs[at].1.shape().clone();
            pairs[at].1 = Tensor::<half::bf16>::zeros(shape).into();
        }
        Change::Fill(at, byte) => {
            let at = at.index(pairs.len());
            let (shape, len) = (pairs[at].1.shape().clone(), pairs[at].1.as_bytes().len());
            let dtype = pairs[at].1.dtype();
            pairs[at].1 = AnyTensor::new(dtype, shape, &vec![*byte; len]).unwrap();
        }
    }
}

#[test]
fn what_is_good_loads() {
    let pairs: Vec<_> = GOOD.iter().map(|(name, shape)| (*name, tensor(name, shape))).collect();
    let module = Everything::from_weights(pairs).unwrap();
    assert!(matches!(&module.layers[..], [Kind::Square { .. }, Kind::Row { .. }]));
    assert_eq!(module.stacked.unwrap().shape()[..], [2, 2]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn a_check_while_compiling_has_the_rows_of_a_load(changes in prop::collection::vec(change(), 0..5)) {
        let mut pairs: Vec<_> = GOOD.iter().map(|(name, shape)| ((*name).to_owned(), tensor(name, shape))).collect();
        changes.iter().for_each(|change| apply(&mut pairs, change));
        // no lock has a name twice
        if let Ok(lock) = Checkpoint::open(&pairs[..]).unwrap().lock() {
            let names = Checkpoint::open(&lock).unwrap();
            let refused = Loader::new().check::<Everything>(&names).err();
            let rows = refused.map(|error| verify::rows(error.report().expect("the names can be read")));
            prop_assert_eq!(verify::text::<Everything>(&names), rows);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn refused_or_loaded_and_saved_as_it_was(changes in prop::collection::vec(change(), 0..5), cast in any::<bool>()) {
        let mut pairs: Vec<_> = GOOD.iter().map(|(name, shape)| ((*name).to_owned(), tensor(name, shape))).collect();
        changes.iter().for_each(|change| apply(&mut pairs, change));
        let loader = if cast { Loader::new().cast(Cast::Lossless) } else { Loader::new() };
        match loader.load::<Everything>(&pairs[..]) {
            Err(LoadError::Mismatch(report)) => {
                prop_assert!(!report.ok && report.fitting_count <= report.parameter_count, "{}", report);
                prop_assert!(report.to_string().lines().count() >= 3, "{}", report);
            }
            Err(other) => prop_assert!(false, "{other}"),
            Ok(loaded) => {
                prop_assert_eq!(loaded.report.fitting_count, loaded.module.parameters().len());
                prop_assert_eq!(loaded.report.parameter_count, loaded.report.fitting_count);
                let scratch = tempfile::tempdir().unwrap();
                let path = scratch.path().join("all.safetensors");
                loaded.save_weights(&path).unwrap();
                let checkpoint = Checkpoint::open(&path).unwrap();
                prop_assert_eq!(checkpoint.len(), pairs.len());
                for (name, given) in &pairs {
                    // an alias is saved by the field's own name, and a cast is saved as it was made
                    let name = if name == "head_" { "head" } else { name };
                    let saved = checkpoint.tensor(name).unwrap();
                    prop_assert_eq!(saved.shape(), given.shape());
                    prop_assert!(saved == *given || saved.dtype() != given.dtype(), "{}", name);
                }
            }
        }
    }

    /// An update changes all of a module or nothing of it.
    #[test]
    fn an_update_is_all_or_nothing(changes in prop::collection::vec(change(), 0..4), strict in any::<bool>()) {
        let good: Vec<_> = GOOD.iter().map(|(name, shape)| ((*name).to_owned(), tensor(name, shape))).collect();
        let mut module = Everything::from_weights(&good[..]).unwrap();
        let bytes = |module: &Everything| -> Vec<Vec<u8>> {
            module.parameters().iter().map(|(_, view)| view.bytes().unwrap().into_owned()).collect()
        };
        let before = bytes(&module);
        let mut pairs = good;
        changes.iter().for_each(|change| apply(&mut pairs, change));
        match Loader::new().strict(strict).update(&mut module, &pairs[..]) {
            Ok(report) => prop_assert!(report.ok),
            Err(error) => {
                prop_assert!(error.report().is_some(), "{}", error);
                prop_assert_eq!(bytes(&module), before);
            }
        }
        prop_assert!(module.head.shares_storage(&module.base));
    }
}
