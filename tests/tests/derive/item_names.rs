//! Lists whose items are named `block_0` and not `block.0`.

use std::collections::BTreeMap;

use wb::lock::Lock;
use wb::{AnyTensor, Checkpoint, Finding, LoadError, Loader, Module, Report, Tensor};
use weighbridge_tests::layers::full;

use crate::{Norm, norm, pairs, there_and_back};

/// As Flax names its modules.
#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Encoder {
    #[module(rename = "encoderblock_{}", len = 2)]
    blocks: Vec<Block>,
    encoder_norm: Norm,
    #[module(rename = "encoderblock_norm")]
    norm: Norm,
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Block {
    #[param(shape = [2], rename = "w_{}")]
    parts: [Tensor<f32>; 3],
    #[module(rename = "Dense_{}")]
    layers: Option<Vec<Layer>>,
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
enum Layer {
    One(Norm),
    Other {
        #[module(rename = "experts.e{}_x")]
        experts: Vec<Vec<Norm>>,
    },
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Model {
    #[module(flatten)]
    encoder: Encoder,
    #[module(rename = "h.{}_ln")]
    norms: Vec<Norm>,
    #[module(rename = "{}")]
    bare: [Norm; 2],
    map: BTreeMap<String, Encoder>,
    #[param(shape = [2], tied = "encoderblock_1.w_2")]
    tied: Tensor<f32>,
    other: Encoders,
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Encoders {
    one: Fixed,
    #[module(tied = "one")]
    two: Fixed,
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Fixed {
    #[module(rename = "n{}")]
    norms: [Norm; 2],
}

fn block(value: f32) -> Block {
    let experts = vec![vec![norm(value), norm(value + 0.25)], vec![norm(value + 0.5)]];
    Block {
        parts: [0.0, 0.1, 0.2].map(|more| full([2], value + more)),
        layers: Some(vec![Layer::One(norm(value)), Layer::Other { experts }, Layer::One(norm(value))]),
    }
}

fn encoder(value: f32) -> Encoder {
    let blocks = vec![block(value), Block { layers: None, ..block(value + 1.0) }];
    Encoder { blocks, encoder_norm: norm(value), norm: norm(-value) }
}

fn model(value: f32) -> Model {
    let encoder = encoder(value);
    let fixed = Fixed { norms: [norm(value), norm(value)] };
    Model {
        norms: (0..12).map(|i| norm(i as f32)).collect(),
        bare: [norm(value), norm(value)],
        map: BTreeMap::from([("encoderblock_7".to_owned(), encoder.clone())]),
        tied: encoder.blocks[1].parts[2].clone(),
        other: Encoders { one: fixed.clone(), two: fixed },
        encoder,
    }
}

fn refused<M: Module>(pairs: Vec<(String, AnyTensor)>) -> Report {
    match Loader::new().check::<M>(pairs) {
        Err(LoadError::Mismatch(report)) => *report,
        Err(other) => panic!("{other}"),
        Ok(report) => panic!("{report}"),
    }
}

fn paths(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.path.as_str()).collect()
}

fn named(names: &[&str]) -> Vec<(String, AnyTensor)> {
    names.iter().map(|name| ((*name).to_owned(), Tensor::<f32>::zeros([2]).into())).collect()
}

#[test]
fn they_load_update_and_save_by_these_names() {
    let loaded = there_and_back(&model(3.0), &mut model(0.0));
    assert_eq!(loaded, model(3.0));
    assert!(loaded.tied.shares_storage(&loaded.encoder.blocks[1].parts[2]));
    assert!(loaded.other.two.norms[1].weight.shares_storage(&loaded.other.one.norms[1].weight));
    let paths = loaded.parameter_paths();
    for path in [
        "encoderblock_0.w_0",
        "encoderblock_0.Dense_0.weight",
        "encoderblock_0.Dense_1.experts.e0_x.1.weight",
        "encoderblock_0.Dense_1.experts.e1_x.0.weight",
        "encoderblock_1.w_2",
        "encoder_norm.weight",
        "encoderblock_norm.weight",
        "h.11_ln.weight",
        "0.weight",
        "map.encoderblock_7.encoderblock_0.w_1",
        "other.two.n1.weight",
    ] {
        assert!(paths.iter().any(|own| own == path), "{path}: {paths:?}");
    }
    let mut streamed = Vec::new();
    let stream = Loader::new().stream::<Model, LoadError>(pairs(&loaded), |parameter| {
        streamed.push(parameter.path.to_owned());
        Ok(())
    });
    stream.unwrap();
    streamed.sort();
    let mut paths = paths;
    paths.sort();
    assert_eq!(streamed, paths);
}

#[test]
fn a_schema_knows_them() {
    type Norms = Fixed;
    assert_eq!(Norms::SCHEMA.parameter(1).unwrap().path(), "n1.weight");
    assert_eq!(Norms::SCHEMA.get("n1.weight").unwrap().path(), "n1.weight");
    for absent in ["n2.weight", "n01.weight", "n.1.weight", "1.weight", "norms.1.weight"] {
        assert!(Norms::SCHEMA.get(absent).is_none(), "{absent}");
    }
    let lock = wb::lock::<[Fixed; 2]>().unwrap();
    assert_eq!(
        lock.tensors().map(|(name, ..)| name).collect::<Vec<_>>(),
        ["0.n0", "0.n1", "1.n0", "1.n1"].map(|name| format!("{name}.weight"))
    );
    assert_eq!(lock.to_string().parse::<Lock>().unwrap(), lock);
    Loader::new().check::<[Fixed; 2]>(&lock).unwrap();
    let file = || pairs(&[Fixed { norms: [norm(0.0), norm(1.0)] }, Fixed { norms: [norm(0.0), norm(1.0)] }]);
    assert_eq!(Checkpoint::open(file()).unwrap().lock().unwrap(), lock);
    wb::lock::check(&lock, "norms.lock", file()).unwrap();
    // what a type leaves open is named as it is declared
    let open = wb::lock::<Block>().unwrap_err();
    assert_eq!(open.open[0].path, "");
    let open = wb::lock::<Model>().unwrap_err();
    assert!(open.to_string().contains("\n  h.{}_ln: the file says how many there are"), "{open}");
}

#[test]
fn the_rules_of_lists_hold() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Open {
        #[module(rename = "block_{}")]
        blocks: Vec<Norm>,
        #[module(rename = "block_{}_x", len = "blocks")]
        others: Vec<Norm>,
        #[param(shape = [2], rename = "block_1_0")]
        apart: Tensor<f32>,
    }
    let good = ["block_1.weight", "block_0.weight", "block_10.weight", "block_1_0", "block_0_x.weight"];
    let eleven: Vec<String> = (0..11).rev().map(|i| format!("block_{i}.weight")).collect();
    let eleven: Vec<&str> = eleven.iter().map(String::as_str).chain(["block_1_0"]).collect();
    assert_eq!(Open::from_weights(named(&eleven)).unwrap().blocks.len(), 11);
    // a gap
    let report = refused::<Open>(named(&good));
    assert_eq!(paths(&report.name), ["block_{}"]);
    assert_eq!(report.name[0].found.as_deref(), Some("3 of them, the last is 10, the first absent one is 2"));
    // an index with leading zeros is none, and what begins alike is no item
    let report = refused::<Open>(named(&["block_00.weight", "block_1_0", "block_-1.weight", "block_.weight"]));
    assert_eq!(paths(&report.name), ["block_00"]);
    assert_eq!(paths(&report.unexpected), ["block_.weight", "block_-1.weight"]);
    // a given length
    let report = refused::<[Encoder; 1]>(named(&["0.encoderblock_2.w_0"]));
    assert!(paths(&report.missing).contains(&"0.encoderblock_1.w_2"), "{report}");
    assert_eq!(paths(&report.unexpected), ["0.encoderblock_2.w_0"]);
    assert!(
        report.hints[0].starts_with("`0.encoderblock_{}` has the items {2} in the checkpoint, and 2 in the module; "),
        "{report}"
    );
}

#[test]
fn an_alias_names_items_too() {
    #[derive(Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Aliased {
        #[module(rename = "block_{}", alias = ["layers", "old.l{}", "{}"])]
        blocks: Vec<Norm>,
        #[module(alias = "norm_{}")]
        norms: Option<[Norm; 2]>,
    }
    for (name, said) in [("block_", None), ("layers.", Some("layers")), ("old.l", Some("old.l{}")), ("", Some("{}"))] {
        let names = [0, 1, 2].map(|i| format!("{name}{i}.weight"));
        let loaded = Loader::new().load::<Aliased>(named(&names.each_ref().map(String::as_str))).unwrap();
        assert_eq!((loaded.module.blocks.len(), loaded.module.norms.is_some()), (3, false));
        let aliased = loaded.report.aliased.iter().map(|note| (note.path.as_str(), note.name.as_str()));
        assert!(aliased.eq(said.map(|said| ("block_{}", said))), "{}", loaded.report);
    }
    let loaded = Loader::new().load::<Aliased>(named(&["norm_0.weight", "norm_1.weight"])).unwrap();
    assert!(loaded.module.norms.is_some());
    assert_eq!(loaded.report.aliased[0].name, "norm_{}");
    let report = refused::<Aliased>(named(&["block_0.weight", "layers.0.weight", "old.l0.weight", "old.x"]));
    assert_eq!(report.duplicate[0].path, "block_{}");
    assert_eq!(report.duplicate[0].found.as_deref(), Some("`block_{}` and `layers` and `old.l{}` are all there"));
    assert_eq!(paths(&report.unexpected), ["old.x"]);
}

#[test]
fn a_brace_of_a_name_is_written_twice() {
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Braces {
        #[param(shape = [2], rename = "{{}}")]
        empty: Tensor<f32>,
        #[param(shape = [2], rename = "w{{0}}", alias = "{{")]
        zero: Tensor<f32>,
        #[param(shape = [2], rename = "{{{}}}")]
        items: Vec<Tensor<f32>>,
    }
    let names = ["{}", "w{0}", "{0}", "{1}"];
    let braces = Braces::from_weights(named(&names)).unwrap();
    assert_eq!(braces.parameter_paths(), names);
    assert_eq!(there_and_back(&braces, &mut braces.clone()), braces);
    assert_eq!(Loader::new().load::<Braces>(named(&["{}", "{"])).unwrap().report.aliased[0].name, "{");
}
