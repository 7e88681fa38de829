//! A tensor named like a module: `weight` beside `weight.absmax`, as bitsandbytes writes a weight of 4 bits.

use std::collections::BTreeMap;

use wb::lock::Lock;
use wb::{AnyTensor, Checkpoint, Finding, LoadError, Loader, Module, Report, Tensor};

use crate::{Norm, norm, pairs, there_and_back};

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Linear4bit {
    #[param(shape = [64, 1])]
    weight: Tensor<u8>,
    #[module(rename = "weight")]
    quantised: Quantised,
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Quantised {
    #[param(shape = [2])]
    absmax: Tensor<u8>,
    #[param(shape = [16])]
    quant_map: Tensor<f32>,
    #[param(shape = [90], rename = "quant_state.bitsandbytes__nf4")]
    state: Tensor<u8>,
}

/// The same names in one struct.
#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Flat {
    #[param(shape = [64, 1])]
    weight: Tensor<u8>,
    #[param(shape = [2], rename = "weight.absmax")]
    absmax: Tensor<u8>,
    #[param(shape = [16], rename = "weight.quant_map")]
    quant_map: Tensor<f32>,
    #[param(shape = [90], rename = "weight.quant_state.bitsandbytes__nf4")]
    state: Tensor<u8>,
}

/// The tensor that has others below its name, in whatever they are: a map takes what lies below, and not the tensor itself.
#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Open {
    #[param(shape = [64, 1])]
    weight: Option<Tensor<u8>>,
    #[module(rename = "weight")]
    rest: BTreeMap<String, Rest>,
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
enum Rest {
    One(#[param(shape = [_])] AnyTensor),
    State {
        #[param(shape = [_], rename = "bitsandbytes__nf4")]
        nf4: Tensor<u8>,
    },
}

fn bytes(shape: impl Into<wb::Shape>, value: u8) -> Tensor<u8> {
    let shape = shape.into();
    let count = shape.element_count().unwrap();
    Tensor::new(shape, vec![value; count]).unwrap()
}

fn linear(value: u8) -> Linear4bit {
    let quantised = Quantised {
        absmax: bytes([2], value),
        quant_map: Tensor::new([16], vec![f32::from(value); 16]).unwrap(),
        state: bytes([90], value),
    };
    Linear4bit { weight: bytes([64, 1], value), quantised }
}

const NAMES: [&str; 4] = ["weight", "weight.absmax", "weight.quant_map", "weight.quant_state.bitsandbytes__nf4"];

#[test]
fn it_loads_updates_and_saves() {
    let loaded = there_and_back(&linear(3), &mut linear(0));
    assert_eq!(loaded, linear(3));
    assert_eq!(loaded.parameter_paths(), NAMES);
    let flat = Flat::from_weights(pairs(&loaded)).unwrap();
    assert_eq!((flat.state.clone(), there_and_back(&flat, &mut flat.clone())), (bytes([90], 3), flat));
    let layers = vec![linear(1), linear(2)];
    assert_eq!(there_and_back(&layers, &mut vec![linear(0), linear(0)]), layers);
}

#[test]
fn its_lock_is_that_of_its_files() {
    let lock = wb::lock::<[Linear4bit; 2]>().unwrap();
    let text = "# weighbridge lock 1
{0..=1}.weight                                U8  [64, 1]
{0..=1}.weight.absmax                         U8  [2]
{0..=1}.weight.quant_map                      F32 [16]
{0..=1}.weight.quant_state.bitsandbytes__nf4  U8  [90]
";
    assert_eq!(lock.to_string(), text);
    assert_eq!(text.parse::<Lock>().unwrap(), lock);
    Loader::new().check::<[Linear4bit; 2]>(&lock).unwrap();
    let file = || pairs(&[linear(1), linear(2)]);
    assert_eq!(Checkpoint::open(file()).unwrap().lock().unwrap(), lock);
    wb::lock::check(&lock, "linear.lock", file()).unwrap();
}

#[test]
fn what_is_absent_or_more_is_said_of_each() {
    let report = |pairs: Vec<(String, AnyTensor)>| match Loader::new().check::<Linear4bit>(pairs) {
        Err(LoadError::Mismatch(report)) => *report,
        other => panic!("{other:?}"),
    };
    let paths = |findings: &[Finding]| findings.iter().map(|finding| finding.path.clone()).collect::<Vec<_>>();
    for name in NAMES {
        let mut pairs = pairs(&linear(1));
        pairs.retain(|(own, _)| own != name);
        let report = report(pairs);
        assert_eq!((paths(&report.missing), report.unexpected.len(), report.name.len()), (vec![name.to_owned()], 0, 0));
    }
    let more = |name: &str| [pairs(&linear(1)), vec![(name.to_owned(), bytes([2], 0).into())]].concat();
    let Report { unexpected, .. } = report(more("weight.absmax.nested"));
    assert_eq!(paths(&unexpected), ["weight.absmax.nested"]);
    let Report { unexpected, .. } = report(more("weight.quant_state"));
    assert_eq!(paths(&unexpected), ["weight.quant_state"]);
}

#[test]
fn a_map_has_what_lies_below_the_tensor() {
    let open = Open::from_weights(pairs(&linear(3))).unwrap();
    assert_eq!(open.rest.keys().collect::<Vec<_>>(), ["absmax", "quant_map", "quant_state"]);
    assert_eq!(there_and_back(&open, &mut open.clone()), open);
    // each decides for itself whether it is there
    let weight = Open::from_weights([("weight", bytes([64, 1], 1))]).unwrap();
    assert!(weight.weight.is_some() && weight.rest.is_empty());
    let rest = Open::from_weights([("weight.absmax", bytes([2], 1))]).unwrap();
    assert!(rest.weight.is_none() && rest.rest.len() == 1);
}

#[test]
fn an_alias_is_the_name_of_what_it_can_be() {
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Aliased {
        #[param(shape = [2], alias = "gamma")]
        weight: Tensor<f32>,
        #[module(alias = "gamma.norm")]
        norm: Norm,
    }
    // `weight` is a module in this file and `gamma` the tensor; what is below `gamma` belongs to the other field
    let tensor = || Tensor::<f32>::zeros([2]);
    let names = ["gamma", "gamma.norm.weight"];
    let loaded = Loader::new().load::<Aliased>(names.map(|name| (name, tensor()))).unwrap();
    assert_eq!(loaded.module.norm, norm(0.0));
    assert_eq!(loaded.report.aliased.len(), 2);
    let names = ["weight.x", "gamma", "gamma.norm.weight"];
    let loaded = Loader::new().ignore(["weight.x"]).load::<Aliased>(names.map(|name| (name, tensor()))).unwrap();
    assert_eq!(loaded.report.duplicate.len(), 0);
}

#[test]
fn a_tie_leads_to_what_is_tied() {
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Tied {
        #[module(rename = "weight")]
        inner: Norm,
        #[param(shape = [2])]
        weight: Tensor<f32>,
        #[param(shape = [2], tied = "weight")]
        copy: Tensor<f32>,
        #[module(tied = "weight")]
        other: Norm,
    }
    let names = ["weight", "weight.weight"];
    let loaded = Tied::from_weights(names.map(|name| (name, Tensor::<f32>::zeros([2])))).unwrap();
    assert!(loaded.copy.shares_storage(&loaded.weight) && loaded.other.weight.shares_storage(&loaded.inner.weight));
    assert_eq!(
        wb::lock::<Tied>().unwrap().to_string(),
        "# weighbridge lock 1\nweight         F32 [2]\nweight.weight  F32 [2]\n"
    );
}
