//! A wrong number of layers, or of those of one kind, beside a checkpoint that is right: one finding for each setting.

use serde_json::{Value, json};
use wb::__private::{ConfigSetting, Configured};
use wb::{FindingKind, LoadError, Loader, Module, Tensor};
use weighbridge_tests::verify;

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Dense {
    #[param(shape = ["hidden_size"])]
    norm: Tensor<f32>,
    #[param(shape = ["hidden_size"])]
    up: Tensor<f32>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Sparse {
    #[param(shape = ["hidden_size"])]
    norm: Tensor<f32>,
    #[param(shape = ["hidden_size"])]
    gate: Tensor<f32>,
}

/// A layer like the others, and more.
#[derive(Debug, Module)]
#[module(crate = wb)]
struct Tail {
    #[module(flatten)]
    layer: Sparse,
    #[param(shape = ["hidden_size"])]
    proj: Tensor<f32>,
}

#[derive(Debug, Module)]
#[module(crate = wb, defaults(num_nextn_predict_layers = 0))]
struct Body {
    #[module(rename = "layers", items = .."first_k_dense_replace")]
    dense: Vec<Dense>,
    #[module(rename = "layers", items = "first_k_dense_replace".."num_hidden_layers")]
    sparse: Vec<Sparse>,
    #[module(rename = "layers", items = "num_hidden_layers".."num_hidden_layers" + "num_nextn_predict_layers")]
    tail: Vec<Tail>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Model {
    #[module(config_scope = "text_config")]
    model: Body,
}

fn config(dense: usize, count: usize, extra: usize) -> Value {
    json!({ "text_config": {
        "hidden_size": 2, "first_k_dense_replace": dense, "num_hidden_layers": count, "num_nextn_predict_layers": extra,
    } })
}

fn file(dense: usize, count: usize, extra: usize) -> Vec<(String, Tensor<f32>)> {
    let names = |i: usize| match i {
        i if i < dense => &["norm", "up"][..],
        i if i < count => &["norm", "gate"],
        _ => &["norm", "gate", "proj"],
    };
    let named = |i: usize| names(i).iter().map(move |name| (format!("model.layers.{i}.{name}"), Tensor::zeros([2])));
    (0..count + extra).flat_map(named).collect()
}

#[track_caller]
fn one(file: Vec<(String, Tensor<f32>)>, config: &Value, [key, right, found]: [&str; 3]) {
    let error = Loader::new().config(config).check::<Model>(file.clone()).unwrap_err();
    let LoadError::Mismatch(report) = &error else { panic!("{error}") };
    let findings: Vec<_> = report.findings().collect();
    let [(FindingKind::Config, finding)] = findings.as_slice() else { panic!("{key}: {report}") };
    let told = [finding.path.as_str(), finding.expected.as_deref().unwrap(), finding.found.as_deref().unwrap()];
    assert_eq!(told, [&format!("text_config.{key}"), right, found], "{report}");
    assert!(finding.hints[0].starts_with("`model.layers` fits with "), "{report}");
    // the remedy works
    let mut fixed = config.clone();
    fixed["text_config"][key] = serde_json::from_str(right).unwrap();
    Loader::new().config(&fixed).load::<Model>(file).unwrap();
}

#[test]
fn a_wrong_number_of_layers_is_one_finding() {
    for (dense, count, extra) in [(1, 4, 1), (2, 3, 0), (0, 3, 1), (3, 3, 0)] {
        Loader::new().config(&config(dense, count, extra)).load::<Model>(file(dense, count, extra)).unwrap();
    }
    let right = file(1, 4, 1);
    for wrong in [0, 2, 3] {
        one(right.clone(), &config(wrong, 4, 1), ["first_k_dense_replace", "1", &wrong.to_string()]);
    }
    one(right.clone(), &config(9, 4, 1), ["first_k_dense_replace", "1", "9"]);
    for wrong in [2, 3, 5] {
        one(right.clone(), &config(1, wrong, 1), ["num_hidden_layers", "4", &wrong.to_string()]);
    }
    for wrong in [0, 2, 3] {
        one(right.clone(), &config(1, 4, wrong), ["num_nextn_predict_layers", "1", &wrong.to_string()]);
    }
    one(file(2, 3, 0), &config(2, 4, 0), ["num_hidden_layers", "3", "4"]);
    one(file(2, 3, 0), &config(2, 3, 1), ["num_nextn_predict_layers", "0", "1"]);
    one(file(0, 3, 0), &config(1, 3, 0), ["first_k_dense_replace", "0", "1"]);
}

#[test]
fn the_compiler_has_the_verdict_of_a_load() {
    let lock = |file: Vec<(String, Tensor<f32>)>| {
        let tensors = file.into_iter().map(|(name, _)| (name, wb::DType::F32, vec![2]));
        wb::Checkpoint::open(wb::Source::lock("model.lock", &wb::lock::Lock::of(tensors).unwrap())).unwrap()
    };
    let names = lock(file(1, 4, 1));
    for config in [[1, 4, 1], [0, 4, 1], [2, 4, 1], [9, 4, 1], [1, 3, 1], [1, 5, 0], [1, 4, 0], [1, 0, 1], [1, 4, 9]] {
        let [dense, count, extra] = config;
        let keys =
            [("first_k_dense_replace", dense), ("num_hidden_layers", count), ("num_nextn_predict_layers", extra)];
        let constant = keys.map(|(key, number)| Configured {
            key: format!("text_config.{key}").leak(),
            setting: ConfigSetting::Number(number),
            origin: "config.json",
        });
        let text = verify::text_with::<Model>(&names, Vec::from(constant).leak());
        let loaded = Loader::new().config(&self::config(dense, count, extra)).check::<Model>(&names);
        assert_eq!(text.is_some(), loaded.is_err(), "{config:?}: {text:?}");
        assert_eq!(text.is_some(), config != [1, 4, 1]);
    }
}
