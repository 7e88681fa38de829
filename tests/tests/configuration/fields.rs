//! Fields that are in the configuration and in no file: `#[module(config)]`.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};
use wb::{FindingKind, LoadError, Loader, Module, Report, Tensor};

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Norm {
    #[module(config = "rms_norm_eps")]
    eps: f64,
    #[param(shape = ["hidden_size"])]
    weight: Tensor<f32>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Config {
    hidden_size: usize,
    #[serde(default)]
    theta: Option<f32>,
    #[serde(rename = "text_config")]
    rest: HashMap<String, Value>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Model {
    #[module(config)]
    model_type: String,
    norms: Vec<Norm>,
    last: Option<Norm>,
    #[module(config = "text_config.heads")]
    heads: usize,
    /// Neither of these is in the configuration.
    #[module(config = "rows")]
    rows: u16,
    #[param(shape = ["rows", "hidden_size"])]
    table: Tensor<f32>,
    #[module(config)]
    window: Option<usize>,
    #[module(config = ".")]
    config: Config,
    #[module(skip = 7)]
    skipped: usize,
}

fn file() -> Vec<(String, Tensor<f32>)> {
    let norms = ["norms.0.weight", "norms.1.weight", "last.weight"];
    let norms = norms.into_iter().map(|name| (name.to_owned(), Tensor::zeros([4])));
    norms.chain([("table".to_owned(), Tensor::zeros([9, 4]))]).collect()
}

fn config() -> Value {
    json!({
        "model_type": "own", "hidden_size": 4, "rms_norm_eps": 1e-6, "text_config": { "heads": 2 }, "window": null,
        "theta": 0.1,
    })
}

fn with(key: &str, value: Value) -> Value {
    let mut config = config();
    config[key] = value;
    config
}

#[track_caller]
fn report(config: &Value) -> Report {
    match Loader::new().config(config).load::<Model>(file()) {
        Err(LoadError::Mismatch(report)) => *report,
        other => panic!("{other:?}"),
    }
}

/// The findings as lines, each with its hints.
fn lines(report: &Report) -> Vec<String> {
    let line =
        |(kind, finding): (FindingKind, &wb::Finding)| format!("{kind}: {finding}: {}", finding.hints.join(", "));
    report.findings().map(line).collect()
}

#[test]
fn fields_are_what_the_configuration_has() {
    let model = Loader::new().config(&config()).load::<Model>(file()).unwrap().module;
    assert_eq!((model.model_type.as_str(), model.heads, model.window, model.skipped), ("own", 2, None, 7));
    assert!(model.norms.iter().chain(&model.last).all(|norm| norm.eps == 1e-6));
    // the configuration lacks it, and the file has it
    assert_eq!(model.rows, 9);
    assert_eq!(model.config.theta, Some(0.1));
    assert_eq!((model.config.hidden_size, &model.config.rest["heads"]), (4, &json!(2)));
    assert_eq!(model.table.shape()[..], [9, 4]);
}

#[test]
fn a_value_of_another_kind_is_one_finding_for_its_key() {
    let expected = "config: `rms_norm_eps`: expected f64 for `last.eps`, `norms.{0..=1}.eps`, found \"tiny\" in \
                    Loader::config: invalid type: string \"tiny\", expected f64; correct the value, or the type of the field";
    assert_eq!(lines(&report(&with("rms_norm_eps", json!("tiny")))), [expected]);
    let expected = "config: `text_config.heads`: expected usize for `heads`, found -2 in Loader::config: invalid value: \
                    integer `-2`, expected usize; correct the value, or the type of the field";
    assert_eq!(lines(&report(&with("text_config", json!({ "heads": -2 })))), [expected]);
}

#[test]
fn a_key_that_is_absent_names_the_nearest() {
    let mut config = with("rms_norm_epsilon", json!(1e-5));
    config["rms_norm_eps"] = Value::Null;
    let expected = "config: `rms_norm_eps`: expected f64 for `last.eps`, `norms.{0..=1}.eps`, found nothing in \
                    Loader::config: the configuration has no such key; did you mean `rms_norm_epsilon`?";
    assert_eq!(lines(&report(&config)), [expected]);
    let expected = "config: `text_config.heads`: expected usize for `heads`, found nothing in Loader::config: the \
                    configuration has no such key; did you mean `text_config.head`?";
    assert_eq!(lines(&report(&with("text_config", json!({ "head": 2 })))), [expected]);
}

#[test]
fn a_configuration_that_is_none_of_the_type_is_a_finding() {
    let mut config = config();
    config.as_object_mut().unwrap().remove("text_config");
    let report = report(&config);
    let whole = "config: `the configuration`: expected Config for `config`, found another object in Loader::config: \
                 missing field `text_config`; correct the value, or the type of the field";
    assert_eq!(lines(&report)[1], whole);
    assert_eq!(report.config.len(), 2);
}

#[test]
fn everything_that_is_wrong_is_in_one_report() {
    let file: Vec<_> = file().into_iter().filter(|(name, _)| name != "last.weight" && name != "table").collect();
    let refused = Loader::new().config(&with("model_type", json!(3))).check::<Model>(file).unwrap_err();
    let report = refused.report().unwrap();
    let found: Vec<_> = report.findings().map(|(kind, finding)| (kind, finding.path.as_str())).collect();
    // `rows` comes from the table
    let expected =
        [(FindingKind::Config, "model_type"), (FindingKind::Config, "rows"), (FindingKind::Missing, "table")];
    assert_eq!(found, expected);
    let text = report.to_string();
    assert!(text.contains("2 wrong settings"), "{text}");
    let json = serde_json::to_value(report).unwrap();
    assert_eq!(json["config"][0]["file"], "Loader::config");
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), *report);
}

#[test]
fn without_a_configuration_the_module_is_refused() {
    let refused = Loader::new().load::<Model>(file()).unwrap_err();
    let report = refused.report().unwrap();
    assert_eq!(report.config.len(), 6);
    let hint = "the module has fields from a configuration; give it with `Loader::config(&config)` or \
                `Loader::config_file(\"config.json\")`";
    assert!(report.config.iter().all(|finding| finding.hints == [hint]), "{refused}");
    assert!(Loader::new().check::<Model>(file()).is_err());
    // nothing is built
    Loader::new().stream::<Model, LoadError>(file(), |_| Ok(())).unwrap();
}

#[test]
fn an_update_leaves_them_and_a_save_has_nothing_of_them() {
    let loaded = Loader::new().config(&config()).load::<Model>(file()).unwrap();
    let mut model = loaded.module;
    let other = with("rms_norm_eps", json!(0.5));
    for loader in [Loader::new(), Loader::new().config(&other), Loader::new().config(&with("model_type", json!(1)))] {
        loader.update(&mut model, file()).unwrap();
        assert_eq!((model.norms[0].eps, model.model_type.as_str(), model.rows), (1e-6, "own", 9));
    }
    assert_eq!(model.parameter_paths(), ["norms.0.weight", "norms.1.weight", "last.weight", "table"]);
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("model.safetensors");
    model.save_weights(&path).unwrap();
    Loader::new().config(&config()).load::<Model>(&path).unwrap();
}

#[test]
fn fields_stand_wherever_modules_do() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Pair(#[module(config = "first")] i8, #[param(shape = [1])] Tensor<f32>, #[module(config = "a.1")] bool);

    #[derive(Debug, Module)]
    #[module(crate = wb)]
    enum Either {
        One {
            #[module(config)]
            first: i8,
            #[param(shape = [1])]
            one: Tensor<f32>,
        },
        Two(#[module(config = "a")] Vec<bool>, Norm),
    }

    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Only {
        #[module(config)]
        first: u8,
    }

    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct All<T> {
        pairs: [Pair; 2],
        #[module(flatten)]
        only: Only,
        either: HashMap<String, Either>,
        #[module(config = "first")]
        own: T,
        norm: Box<Norm>,
    }

    let file = [
        ("pairs.0.1", Tensor::<f32>::zeros([1])),
        ("pairs.1.1", Tensor::zeros([1])),
        ("either.a.one", Tensor::zeros([1])),
        ("either.b.weight", Tensor::zeros([2])),
        ("norm.weight", Tensor::zeros([2])),
    ];
    let config = json!({ "first": 3, "a": [false, true], "rms_norm_eps": 0.25 });
    let all = Loader::new().config(&config).load::<All<f32>>(file).unwrap().module;
    assert!(all.pairs.iter().all(|pair| pair.0 == 3 && pair.2 && pair.1.shape()[..] == [1]), "{all:?}");
    assert_eq!((all.only.first, all.own, all.norm.eps), (3, 3.0, 0.25));
    let Either::One { first, one } = &all.either["a"] else { panic!("{all:?}") };
    assert_eq!((*first, one.shape().len()), (3, 1));
    let Either::Two(list, norm) = &all.either["b"] else { panic!("{all:?}") };
    assert_eq!((list.as_slice(), norm.eps), ([false, true].as_slice(), 0.25));
}

#[test]
fn many_fields_are_built_in_their_order() {
    macro_rules! many {
        ($($field:ident)*) => {
            #[derive(Module)]
            #[module(crate = wb)]
            struct Many {
                #[module(config)]
                a: usize,
                $(#[param(shape = ["n"])] $field: Tensor<f32>,)*
                #[module(config)]
                b: String,
                norm: Norm,
                #[module(config)]
                n: usize,
            }
            const FIELDS: &[&str] = &[$(stringify!($field)),*];
        };
    }
    many!(c d e f g h i j k l m o p q r s t u v w x y z);
    let file: Vec<_> = FIELDS.iter().map(|name| ((*name).to_owned(), Tensor::<f32>::zeros([5]))).collect();
    let file: Vec<_> = file.into_iter().chain([("norm.weight".to_owned(), Tensor::zeros([2]))]).collect();
    let many =
        Loader::new().config(&json!({ "a": 1, "b": "x", "rms_norm_eps": 0.5 })).load::<Many>(file).unwrap().module;
    assert_eq!((many.a, many.b.as_str(), many.n, many.norm.eps), (1, "x", 5, 0.5));
}

#[test]
fn a_key_that_an_argument_gives_and_the_configuration_lacks_may_be_a_value_there() {
    #[derive(Debug, Module)]
    #[module(crate = wb, args(dim, eps))]
    struct Norm {
        #[param(shape = ["dim"])]
        weight: Tensor<f32>,
        #[module(config)]
        eps: f64,
    }
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Named {
        #[module(args(dim = 2, eps = "layer_norm_eps"))]
        norm: Norm,
    }
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Valued {
        #[module(args(dim = 2), with(eps = 1e-5))]
        norm: Norm,
    }
    let file = || [("norm.weight", Tensor::<f32>::zeros([2]))];
    let loader = Loader::new().config(&json!({ "hidden_size": 2 }));
    let refused = loader.check::<Named>(file()).unwrap_err();
    let hint = "the configuration has no such key; give it there, or give `eps` a value where the field with its type is, with `with(eps = ..)` in place of `args(eps = ..)`";
    assert_eq!(refused.report().unwrap().config[0].hints, [hint]);
    assert_eq!(loader.load::<Valued>(file()).unwrap().module.norm.eps, 1e-5);
}
