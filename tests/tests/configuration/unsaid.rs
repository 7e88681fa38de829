//! Names that the configuration lacks and that nothing else says: the checkpoint decides them, and the report notes it.

use serde_json::{Value, json};
use wb::{LoadError, Loader, Module, Report, Tensor, UnsaidNote};
use weighbridge_tests::verify;

#[derive(Debug, Module)]
#[module(crate = wb, args(in, out, bias = false))]
struct Linear {
    #[param(shape = ["out", "in"])]
    weight: Tensor<f32>,
    #[param(shape = ["out"], when = "bias")]
    bias: Option<Tensor<f32>>,
}

/// Five names are misspelt: each in another kind of place.
#[derive(Debug, Module)]
#[module(crate = wb, defaults(head_dim = "hidden_size" / "num_attention_head"))]
struct Model {
    #[param(shape = ["vocab", "hidden_size"])]
    embed: Tensor<f32>,
    #[module(args(in = "hidden_size", out = "intermedate_size", bias = "use_bias"))]
    up: Linear,
    #[module(args(in = "hidden_size", out = "num_attention_heads" * "head_dim"))]
    query: Linear,
    #[module(len = "num_layers", args(in = "hidden_size", out = "hidden_size"))]
    layers: Vec<Linear>,
    #[param(shape = ["vocab", "hidden_size"], tied = "embed", tied_when = "tie_embeddings")]
    head: Tensor<f32>,
}

fn config() -> Value {
    json!({
        "hidden_size": 12, "num_attention_heads": 3, "intermediate_size": 20, "vocab_size": 40, "num_hidden_layers": 2,
        "attention_bias": true, "tie_word_embeddings": false, "hidden_act": "gelu", "layer_norm_eps": 1e-5, "use_cache": true,
    })
}

fn file(has_bias: bool) -> Vec<(String, Tensor<f32>)> {
    let mut file = vec![
        ("embed".to_owned(), Tensor::zeros([40, 12])),
        ("head".to_owned(), Tensor::zeros([40, 12])),
        ("up.weight".to_owned(), Tensor::zeros([20, 12])),
        ("query.weight".to_owned(), Tensor::zeros([15, 12])),
    ];
    file.extend((0..2).map(|layer| (format!("layers.{layer}.weight"), Tensor::zeros([12, 12]))));
    file.extend(has_bias.then(|| ("up.bias".to_owned(), Tensor::zeros([20]))));
    file
}

fn loaded(config: &Value, file: Vec<(String, Tensor<f32>)>) -> Report {
    Loader::new().config(config).load::<Model>(file).unwrap().report
}

fn refused<M: Module>(loader: &Loader, file: Vec<(String, Tensor<f32>)>) -> Report {
    match loader.load::<M>(file) {
        Err(LoadError::Mismatch(report)) => *report,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it loads"),
    }
}

fn names(report: &Report) -> Vec<(&str, Vec<&str>)> {
    let near = |note: &'_ UnsaidNote| note.near.clone();
    assert!(report.unsaid.iter().all(|note| near(note).len() <= 2));
    report.unsaid.iter().map(|note| (note.name.as_str(), note.near.iter().map(String::as_str).collect())).collect()
}

#[test]
fn a_name_that_the_configuration_lacks_is_noted_wherever_it_stands() {
    let expected = [
        ("intermedate_size", vec!["intermediate_size"]),
        ("num_attention_head", vec!["num_attention_heads"]),
        ("num_layers", vec!["num_hidden_layers"]),
        ("tie_embeddings", vec!["tie_word_embeddings"]),
        ("use_bias", vec!["attention_bias"]),
        ("vocab", vec!["vocab_size"]),
    ];
    for has_bias in [false, true] {
        assert_eq!(names(&loaded(&config(), file(has_bias))), expected);
    }
    // in a report that refuses too, and each is a line of its own
    let mut less = file(false);
    less.retain(|(name, _)| name != "query.weight");
    let report = refused::<Model>(&Loader::new().config(&config()), less);
    assert_eq!((names(&report).len(), report.missing.len()), (5, 1), "{report}");
    let line = "\nconfig      `use_bias` is not in the configuration, so the checkpoint decides it; did you mean `attention_bias`?";
    assert!(report.to_string().contains(line), "{report}");
    // as data
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["unsaid"][4], json!({ "name": "vocab", "is_null": false, "near": ["vocab_size"] }));
}

#[test]
fn what_somebody_says_is_no_note() {
    let mut said = config();
    for (key, value) in [
        ("intermedate_size", json!(20)),
        ("num_attention_head", json!(3)),
        ("num_layers", json!(2)),
        ("use_bias", json!(false)),
        ("tie_embeddings", json!(false)),
        ("head_dim", json!(5)),
    ] {
        said[key] = value;
    }
    let loader = Loader::new().config(&said).dim("vocab", 40);
    assert_eq!(loader.load::<Model>(file(false)).unwrap().report.unsaid, []);
    // a default, as it is told what it is computed from
    said.as_object_mut().unwrap().remove("head_dim");
    let mut four = file(false);
    four[3].1 = Tensor::zeros([12, 12]);
    let loader = Loader::new().config(&said).dim("vocab", 40);
    assert_eq!(loader.load::<Model>(four).unwrap().report.unsaid, []);
    // without a configuration, the checkpoint is meant to decide
    assert_eq!(Loader::new().load::<Model>(file(false)).unwrap().report.unsaid, []);
}

#[test]
fn a_part_of_a_condition_that_decides_nothing_is_no_note() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Query {
        #[param(shape = [2], when = "model_type" == "qwen2" || "attention_bias")]
        bias: Option<Tensor<f32>>,
    }
    let load = |kind: &str| {
        let file = [("bias", Tensor::<f32>::zeros([2]))];
        Loader::new().config(&json!({ "model_type": kind })).load::<Query>(file).unwrap().report
    };
    assert_eq!(load("qwen2").unsaid, []);
    assert_eq!(names(&load("llama")), [("attention_bias", vec![])]);
    let text = load("llama").to_string();
    assert!(
        text.ends_with("so the checkpoint decides it; give it there, or correct the name if it is misspelt"),
        "{text}"
    );
}

#[test]
fn a_key_that_is_null_or_in_a_part_of_the_configuration_is_named_as_it_is() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Inner {
        #[param(shape = ["hidden"])]
        weight: Tensor<f32>,
    }
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Outer {
        #[module(config_scope = "text_config")]
        inner: Inner,
    }
    let load = |config: Value| {
        let file = [("inner.weight", Tensor::<f32>::zeros([2]))];
        Loader::new().config(&config).load::<Outer>(file).unwrap().report
    };
    let report = load(json!({ "hidden": 2, "text_config": { "hidden_size": 2, "hidden_act": "gelu" } }));
    assert_eq!(names(&report), [("text_config.hidden", vec!["text_config.hidden_size"])]);
    let report = load(json!({ "text_config": { "hidden": null } }));
    assert!(report.unsaid[0].is_null, "{report}");
    let line = "`text_config.hidden` is null in the configuration, so the checkpoint decides it; give it there, or correct the name";
    assert!(report.to_string().contains(line), "{report}");
    assert_eq!(names(&load(json!({}))), [("text_config.hidden", vec![])]);
}

#[test]
fn tensors_that_differ_under_an_open_tie_are_told_what_is_open() {
    let mut other = file(false);
    other[1].1 = Tensor::new([40, 12], vec![1.0; 480]).unwrap();
    let report = refused::<Model>(&Loader::new().config(&config()), other.clone());
    let [tied] = report.tied.as_slice() else { panic!("{report}") };
    let hints = [
        "the module holds them as one tensor, as nobody says whether `tied_when` holds; if they are two, say so in the configuration",
        "nobody says what `tie_embeddings` in `tied_when` is, as the configuration lacks it; did you mean `tie_word_embeddings`?",
    ];
    assert_eq!(tied.hints, hints);
    // without a key that is near, what to add; without a configuration, to give one. Both work
    let mut bare = config();
    bare.as_object_mut().unwrap().remove("tie_word_embeddings");
    let report = refused::<Model>(&Loader::new().config(&bare), other.clone());
    assert!(report.tied[0].hints[1].ends_with("lacks it; give it there: `\"tie_embeddings\": false`"), "{report}");
    bare["tie_embeddings"] = json!(false);
    Loader::new().config(&bare).load::<Model>(other.clone()).unwrap();
    let report = refused::<Model>(&Loader::new(), other);
    let remedy = "; give the configuration with `Loader::config_file(\"config.json\")`";
    assert!(report.tied[0].hints[1].ends_with(remedy), "{report}");
}

#[test]
fn a_condition_that_tensors_decide_is_compared_at_the_end() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Parts {
        #[param(shape = [2], when = "width" == 3 && "flag")]
        first: Option<Tensor<f32>>,
        #[param(shape = [2], when = "width" == 3)]
        second: Option<Tensor<f32>>,
        #[param(shape = ["width"])]
        weight: Tensor<f32>,
        // `width` is known here
        #[param(shape = [2], when = "width" == 3 && "flag")]
        third: Option<Tensor<f32>>,
    }
    let file = |width: usize, optional: &[&str]| {
        let mut file = vec![("weight".to_owned(), Tensor::<f32>::zeros([width]))];
        file.extend(optional.iter().map(|name| ((*name).to_owned(), Tensor::zeros([2]))));
        file
    };
    let both = |width: usize, optional: &[&str]| {
        let checked = Loader::new().check::<Parts>(file(width, optional));
        let text = verify::text::<Parts>(&wb::Checkpoint::open(file(width, optional)).unwrap());
        let report = match checked {
            Ok(_) => None,
            Err(error) => Some(error.report().unwrap().clone()),
        };
        assert_eq!(report.as_ref().map(verify::rows), text);
        report
    };
    assert_eq!(both(3, &["first", "second", "third"]), None);
    assert_eq!(both(3, &["second"]), None);
    assert_eq!(both(4, &[]), None);
    // what is left of both conditions is one flag
    let report = both(3, &["first", "second"]).unwrap();
    let [one] = report.config.as_slice() else { panic!("{report}") };
    assert_eq!(one.expected.as_deref(), Some("the same wherever a part is there by `flag`"));
    // the width was open where the condition stands, and decides it
    let report = both(4, &["second"]).unwrap();
    let [one] = report.config.as_slice() else { panic!("{report}") };
    assert_eq!(
        one.to_string(),
        "`second`: expected nothing, as `width == 3` is false, where width = 4 (from `weight`), found it is there"
    );
    let report = both(3, &["first", "third"]).unwrap();
    let [one] = report.config.as_slice() else { panic!("{report}") };
    assert_eq!(
        one.to_string(),
        "`second`: expected it is there, as `width == 3` is true, where width = 3 (from `weight`), found nothing"
    );
}
