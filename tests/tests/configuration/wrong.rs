//! What is wrong in a configuration, beside a checkpoint that is right: one finding for each setting.

use serde_json::{Value, json};
use wb::{AnyTensor, Checkpoint, FindingKind, LoadError, Loader, Module, Report, Tensor};
use weighbridge_tests::verify;

#[derive(Debug, Module)]
#[module(crate = wb, args(in, out, bias = false))]
struct Linear {
    #[param(shape = ["out", "in"])]
    weight: Tensor<f32>,
    #[param(shape = ["out"], when = "bias")]
    bias: Option<Tensor<f32>>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Attention {
    #[module(args(in = "hidden_size", out = "num_attention_heads" * "head_dim", bias = "attention_bias"))]
    q_proj: Linear,
    #[module(args(in = "hidden_size", out = "num_key_value_heads" * "head_dim", bias = "attention_bias"))]
    k_proj: Linear,
    #[module(args(in = "num_attention_heads" * "head_dim", out = "hidden_size"))]
    o_proj: Linear,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Layer {
    self_attn: Attention,
    #[module(args(in = "hidden_size", out = "intermediate_size"))]
    up_proj: Linear,
    #[param(shape = ["hidden_size"])]
    norm: Tensor<f32>,
}

#[derive(Debug, Module)]
#[module(crate = wb, defaults(head_dim = "hidden_size" / "num_attention_heads"))]
struct Model {
    #[param(shape = ["vocab_size", "hidden_size"])]
    embed: Tensor<f32>,
    #[module(len = "num_hidden_layers")]
    layers: Vec<Layer>,
    #[param(shape = ["vocab_size", "hidden_size"], tied = "embed", tied_when = "tie_word_embeddings")]
    head: Tensor<f32>,
}

fn config() -> Value {
    json!({
        "hidden_size": 12, "num_attention_heads": 3, "num_key_value_heads": 1, "intermediate_size": 20, "vocab_size": 40,
        "num_hidden_layers": 2, "attention_bias": false, "tie_word_embeddings": false, "head_dim": 5,
    })
}

/// A checkpoint that is right, with or without what the flags are about.
fn file(head_dim: usize, has_bias: bool, has_head: bool) -> Vec<(String, Tensor<f32>)> {
    let mut file = vec![("embed".to_owned(), Tensor::zeros([40, 12]))];
    for layer in 0..2 {
        let mut linear = |name: &str, out: usize, into: usize, bias: bool| {
            file.push((format!("layers.{layer}.{name}.weight"), Tensor::zeros([out, into])));
            if bias {
                file.push((format!("layers.{layer}.{name}.bias"), Tensor::zeros([out])));
            }
        };
        linear("self_attn.q_proj", 3 * head_dim, 12, has_bias);
        linear("self_attn.k_proj", head_dim, 12, has_bias);
        linear("self_attn.o_proj", 12, 3 * head_dim, false);
        linear("up_proj", 20, 12, false);
        file.push((format!("layers.{layer}.norm"), Tensor::zeros([12])));
    }
    file.extend(has_head.then(|| ("head".to_owned(), Tensor::zeros([40, 12]))));
    file
}

fn right() -> Vec<(String, Tensor<f32>)> {
    file(5, false, true)
}

fn with(changes: &[(&str, Value)]) -> Value {
    let mut config = config();
    changes.iter().for_each(|(key, value)| config[*key] = value.clone());
    config
}

#[track_caller]
fn report(file: Vec<(String, Tensor<f32>)>, changes: &[(&str, Value)]) -> Report {
    match Loader::new().config(&with(changes)).load::<Model>(file) {
        Err(LoadError::Mismatch(report)) => *report,
        other => panic!("{other:?}"),
    }
}

/// The settings that are wrong, with what would fit and what is there. There is nothing else in the report.
#[track_caller]
fn wrong(file: Vec<(String, Tensor<f32>)>, changes: &[(&str, Value)]) -> Vec<[String; 3]> {
    let report = report(file, changes);
    let one = |(kind, finding): (FindingKind, &wb::Finding)| {
        assert_eq!((kind, finding.file.as_deref()), (FindingKind::Config, Some("Loader::config")), "{report}");
        let (expected, found) = (finding.expected.as_deref().unwrap(), finding.found.as_deref().unwrap());
        [&finding.path, expected, found].map(str::to_owned)
    };
    report.findings().map(one).collect()
}

#[track_caller]
fn one(file: Vec<(String, Tensor<f32>)>, changes: &[(&str, Value)], expected: [&str; 3]) {
    assert_eq!(wrong(file.clone(), changes), [expected]);
    // the remedy works
    let fixed = [changes, &[(expected[0], serde_json::from_str(expected[1]).unwrap())]].concat();
    Loader::new().config(&with(&fixed)).load::<Model>(file).unwrap();
}

#[test]
fn the_right_configuration_loads() {
    for (has_bias, has_head) in [(false, true), (true, true), (false, false)] {
        let config = with(&[("attention_bias", json!(has_bias)), ("tie_word_embeddings", json!(!has_head))]);
        Loader::new().config(&config).load::<Model>(file(5, has_bias, has_head)).unwrap();
    }
    Loader::new().config(&with(&[("head_dim", Value::Null)])).load::<Model>(file(4, false, true)).unwrap();
}

#[test]
fn a_number_that_is_wrong_is_one_finding() {
    one(right(), &[("hidden_size", json!(16))], ["hidden_size", "12", "16"]);
    one(right(), &[("vocab_size", json!(41))], ["vocab_size", "40", "41"]);
    one(right(), &[("intermediate_size", json!(0))], ["intermediate_size", "20", "0"]);
    one(right(), &[("num_hidden_layers", json!(3))], ["num_hidden_layers", "2", "3"]);
    one(right(), &[("num_hidden_layers", json!(1))], ["num_hidden_layers", "2", "1"]);
    // of products, the factor whose other value fits everywhere
    one(right(), &[("head_dim", json!(10))], ["head_dim", "5", "10"]);
    one(right(), &[("num_attention_heads", json!(6))], ["num_attention_heads", "3", "6"]);
    one(right(), &[("num_key_value_heads", json!(3))], ["num_key_value_heads", "1", "3"]);
}

#[test]
fn a_number_that_a_default_is_made_of_is_the_one_that_is_wrong() {
    let four = || file(4, false, true);
    one(four(), &[("head_dim", Value::Null), ("hidden_size", json!(24))], ["hidden_size", "12", "24"]);
    one(four(), &[("head_dim", Value::Null), ("hidden_size", json!(13))], ["hidden_size", "12", "13"]);
    // the default rule is not what the checkpoint has
    one(
        right(),
        &[("head_dim", Value::Null)],
        ["head_dim", "5", "nothing, and so 4 (by default hidden_size / num_attention_heads)"],
    );
}

#[test]
fn a_setting_of_another_kind_is_one_finding() {
    one(right(), &[("hidden_size", json!(12.0))], ["hidden_size", "12", "12.0"]);
    one(right(), &[("vocab_size", json!("40"))], ["vocab_size", "40", "\"40\""]);
    one(right(), &[("num_hidden_layers", json!([2]))], ["num_hidden_layers", "2", "[2]"]);
}

#[test]
fn a_flag_that_is_flipped_is_one_finding() {
    one(right(), &[("attention_bias", json!(true))], ["attention_bias", "false", "true"]);
    one(file(5, true, true), &[], ["attention_bias", "true", "false"]);
    one(file(5, false, false), &[], ["tie_word_embeddings", "true", "false"]);
}

#[test]
fn a_flag_that_ties_what_differs_is_one_finding() {
    let tied = [("tie_word_embeddings", json!(true))];
    let mut file = right();
    // two that are one tensor are as good as one
    Loader::new().config(&with(&tied)).load::<Model>(file.clone()).unwrap();
    file.pop();
    file.push(("head".to_owned(), Tensor::new([40, 12], vec![1.0; 480]).unwrap()));
    one(file.clone(), &tied, ["tie_word_embeddings", "false", "true"]);
    // a stream compares them too
    let refused = Loader::new().config(&with(&tied)).stream::<Model, LoadError>(file, |_| Ok(())).unwrap_err();
    let hint = &refused.report().unwrap().config[0].hints[0];
    assert!(hint.starts_with("`head` and `embed` differ, from element 0 on; "), "{hint}");

    // headers show it where the dtypes differ
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Open {
        #[param(shape = ["n"])]
        embed: AnyTensor,
        #[param(shape = ["n"], tied = "embed", tied_when = "tied")]
        head: AnyTensor,
    }
    let file: [(&str, AnyTensor); 2] =
        [("embed", Tensor::<f32>::zeros([2]).into()), ("head", Tensor::<f64>::zeros([2]).into())];
    let refused = Loader::new().config(&json!({ "tied": true })).check::<Open>(file.to_vec()).unwrap_err();
    let report = refused.report().unwrap();
    assert_eq!((report.config[0].path.as_str(), report.findings().count()), ("tied", 1), "{report}");
}

#[test]
fn several_settings_are_wrong_at_once() {
    let changes = [("hidden_size", json!(16)), ("intermediate_size", json!(32)), ("attention_bias", json!(true))];
    let found = wrong(right(), &changes);
    let expected =
        [["attention_bias", "false", "true"], ["hidden_size", "12", "16"], ["intermediate_size", "20", "32"]];
    assert_eq!(found, expected);
}

#[test]
fn a_product_alone_does_not_show_which_factor_is_wrong() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Fused {
        #[param(shape = ["heads" * "size"])]
        weight: Tensor<f32>,
    }
    let config = json!({ "heads": 4, "size": 8 });
    let refused = Loader::new().config(&config).load::<Fused>([("weight", Tensor::<f32>::zeros([64]))]).unwrap_err();
    let [finding] = refused.report().unwrap().config.as_slice() else { panic!("{refused}") };
    let other = "`size` with 16 would fit as well; the checkpoint shows only what they come to together, so look which one is wrong";
    assert_eq!(
        (finding.path.as_str(), finding.expected.as_deref(), finding.hints[1].as_str()),
        ("heads", Some("8"), other)
    );
}

#[test]
fn a_variant_that_a_wrong_number_hides_is_found() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    enum Kind {
        Dense {
            #[param(shape = ["intermediate_size", "hidden_size"])]
            dense: Tensor<f32>,
        },
        Sparse {
            #[param(shape = ["num_experts", "hidden_size"])]
            router: Tensor<f32>,
        },
    }
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Mixed {
        layers: Vec<Kind>,
    }
    let config = json!({ "hidden_size": 16, "intermediate_size": 20, "num_experts": 5 });
    let file = [
        ("layers.0.dense", Tensor::<f32>::zeros([20, 12])),
        ("layers.1.router", Tensor::zeros([5, 12])),
        ("layers.2.router", Tensor::zeros([5, 12])),
    ];
    let refused = Loader::new().config(&config).load::<Mixed>(file).unwrap_err();
    let report = refused.report().unwrap();
    assert_eq!((report.config[0].path.as_str(), report.findings().count()), ("hidden_size", 1), "{report}");
}

#[test]
fn a_number_that_fits_here_and_not_there_is_no_setting_that_is_wrong() {
    // the checkpoint contradicts itself, so the configuration may be right
    let mut file = right();
    file[0].1 = Tensor::zeros([41, 12]);
    let report = report(file, &[]);
    assert_eq!((report.config.len(), report.dim.len(), report.shape.len()), (0, 0, 1), "{report}");
    assert_eq!(report.shape[0].path, "embed");
}

#[test]
fn what_is_wrong_beside_the_configuration_is_reported_too() {
    let mut file = right();
    file.retain(|(name, _)| name != "layers.1.norm");
    file.push(("extra".to_owned(), Tensor::zeros([1])));
    let report = report(file, &[("hidden_size", json!(16))]);
    let found: Vec<_> = report.findings().map(|(kind, finding)| (kind, finding.path.as_str())).collect();
    let expected = [
        (FindingKind::Config, "hidden_size"),
        (FindingKind::Missing, "layers.1.norm"),
        (FindingKind::Unexpected, "extra"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_finding_says_where_and_what_to_do() {
    let report = report(right(), &[("hidden_size", json!(16))]);
    insta::assert_snapshot!(report.to_string());
}

#[test]
fn layers_under_another_prefix_are_missing_and_not_a_wrong_number_of_layers() {
    let renamed: Vec<_> =
        file(5, false, true).into_iter().map(|(name, tensor)| (name.replace("layers.", "blocks."), tensor)).collect();
    let refused = Loader::new().config(&config()).check::<Model>(renamed.clone()).unwrap_err();
    let report = refused.report().unwrap();
    assert!(report.config.is_empty() && report.dim.is_empty(), "{report}");
    assert_eq!((report.missing.len(), report.unexpected.len()), (10, 10), "{report}");
    // and so says the compiler
    let (checkpoint, constant) = (Checkpoint::open(renamed).unwrap(), super::verified::constant(&config()));
    assert_eq!(verify::text_with::<Model>(&checkpoint, constant), Some(verify::rows(report)));
    // a number that no model has is no reason to list as many
    let mut many = config();
    many["num_hidden_layers"] = json!(1_000_000_000_000_usize);
    let refused = Loader::new().config(&many).check::<Model>(file(5, false, true)[..1].to_vec()).unwrap_err();
    assert!(refused.report().unwrap().missing.len() < 100, "{refused}");
}

/// The file without the tensors whose names begin so.
fn without(prefix: &str) -> Vec<(String, Tensor<f32>)> {
    right().into_iter().filter(|(name, _)| !name.starts_with(prefix)).collect()
}

#[test]
fn a_layer_that_is_absent_before_the_last_one_is_missing_and_no_wrong_number_of_layers() {
    for (layer, there) in [(0, "{1}"), (1, "{0, 2}")] {
        let mut file = without(&format!("layers.{layer}."));
        if layer == 1 {
            // a third one
            let third = right()
                .into_iter()
                .filter_map(|(name, tensor)| Some((format!("layers.2.{}", name.strip_prefix("layers.0.")?), tensor)));
            file.extend(third);
        }
        let layers = json!(layer + 2);
        let report = report(file.clone(), &[("num_hidden_layers", layers)]);
        assert_eq!((report.findings().count(), report.missing.len()), (5, 5), "{report}");
        assert!(report.missing.iter().all(|one| one.path.starts_with(&format!("layers.{layer}."))), "{report}");
        let hint = format!(
            "`layers` has the items {there} in the checkpoint, and {{{layer}}} is missing; look for the part of the checkpoint that has it"
        );
        assert_eq!(report.hints, [hint]);
        // a number that the list does not end at does not say which are missing
        let report = self::report(file, &[("num_hidden_layers", json!(7))]);
        let found = (report.name.len(), report.dim.len(), report.dim[0].found.as_deref());
        assert_eq!(found, (1, 1, Some(if layer == 0 { "2" } else { "3" })), "{report}");
    }
}

#[test]
fn one_layer_less_than_the_setting_says_is_read_both_ways() {
    let report = report(without("layers.1."), &[]);
    let [one] = report.config.as_slice() else { panic!("{report}") };
    assert_eq!((one.path.as_str(), one.expected.as_deref(), one.hints.len()), ("num_hidden_layers", Some("1"), 2));
    let other =
        "or the setting is right, and the checkpoint lacks `layers.1`; look for the part of the checkpoint that has it";
    assert_eq!(one.hints[1], other);
    // more than it says have one reading
    let report = self::report(right(), &[("num_hidden_layers", json!(1))]);
    assert_eq!(report.config[0].hints.len(), 1, "{report}");
}

/// A weight in blocks has a scale for each, of which the last may be smaller.
#[derive(Debug, Module)]
#[module(crate = wb, args(out))]
enum Weight {
    Blocks {
        #[param(shape = ["out", "hidden_size"])]
        weight: Tensor<f32>,
        #[param(shape = [ceil_div("out", "block_size"), ceil_div("hidden_size", "block_size")])]
        scale: Tensor<f32>,
    },
    Plain {
        #[param(shape = ["out", "hidden_size"])]
        weight: Tensor<f32>,
    },
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Blocked {
    #[module(args(out = "width"))]
    up: Weight,
    #[module(args(out = "hidden_size"))]
    down: Weight,
}

#[test]
fn a_wrong_size_of_blocks_is_one_finding() {
    let file = |width: usize, block: usize| {
        let scale = |out: usize| Tensor::<f32>::zeros([out.div_ceil(block), 12_usize.div_ceil(block)]);
        [
            ("up.weight", Tensor::<f32>::zeros([width, 12])),
            ("up.scale", scale(width)),
            ("down.weight", Tensor::zeros([12, 12])),
            ("down.scale", scale(12)),
        ]
    };
    let config = |block: usize| json!({ "hidden_size": 12, "width": 40, "block_size": block });
    for (right, wrong) in [(4, 8), (8, 4), (8, 16), (2, 3), (4, 1)] {
        let report = Loader::new().config(&config(wrong)).check::<Blocked>(file(40, right)).unwrap_err();
        let report = report.report().unwrap();
        let findings: Vec<_> = report.findings().collect();
        let [(FindingKind::Config, finding)] = findings.as_slice() else { panic!("{report}") };
        let (is, was) = (right.to_string(), wrong.to_string());
        assert_eq!((finding.expected.as_deref(), finding.found.as_deref()), (Some(&*is), Some(&*was)), "{report}");
        assert!(finding.hints[0].starts_with(&format!("`down.scale`, `up.scale` fit with {right}; ")), "{report}");
        Loader::new().config(&config(right)).load::<Blocked>(file(40, right)).unwrap();
    }
    // several sizes are as many blocks
    let small = json!({ "hidden_size": 12, "width": 12, "block_size": 4 });
    let report = Loader::new().config(&small).check::<Blocked>(file(12, 16)).unwrap_err();
    let report = report.report().unwrap();
    assert_eq!(report.config[0].expected.as_deref(), Some("16 or 32 or 64 or 128 or more"), "{report}");
}
