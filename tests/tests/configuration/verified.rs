//! A model of any size, beside a checkpoint and a configuration that transformers wrote: loaded, and verified while compiling.

use serde_json::{Value, json};
use wb::__private::{ConfigSetting, Configured};
use wb::{AnyTensor, Checkpoint, FindingKind, LoadError, Loader, Module};
use weighbridge_tests::{fixture, verify};

#[derive(Module)]
#[module(crate = wb, args(in, out, bias = false))]
struct Linear {
    #[param(shape = ["out", "in"])]
    weight: AnyTensor,
    #[param(shape = ["out"], when = "bias")]
    bias: Option<AnyTensor>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Norm {
    #[param(shape = ["hidden_size"])]
    weight: AnyTensor,
    #[module(config = "rms_norm_eps")]
    eps: f64,
}

#[derive(Module)]
#[module(crate = wb)]
struct Attention {
    #[module(args(in = "hidden_size", out = "num_attention_heads" * "head_dim", bias = "attention_bias"))]
    q_proj: Linear,
    #[module(args(in = "hidden_size", out = "num_key_value_heads" * "head_dim", bias = "attention_bias"))]
    k_proj: Linear,
    #[module(args(in = "hidden_size", out = "num_key_value_heads" * "head_dim", bias = "attention_bias"))]
    v_proj: Linear,
    #[module(args(in = "num_attention_heads" * "head_dim", out = "hidden_size", bias = "attention_bias"))]
    o_proj: Linear,
}

#[derive(Module)]
#[module(crate = wb)]
struct Mlp {
    #[module(args(in = "hidden_size", out = "intermediate_size"))]
    gate_proj: Linear,
    #[module(args(in = "hidden_size", out = "intermediate_size"))]
    up_proj: Linear,
    #[module(args(in = "intermediate_size", out = "hidden_size"))]
    down_proj: Linear,
}

#[derive(Module)]
#[module(crate = wb)]
struct Layer {
    input_layernorm: Norm,
    self_attn: Attention,
    post_attention_layernorm: Norm,
    mlp: Mlp,
}

#[derive(Module)]
#[module(crate = wb)]
struct Body {
    #[param(rename = "embed_tokens.weight", shape = ["vocab_size", "hidden_size"])]
    embed: AnyTensor,
    #[module(len = "num_hidden_layers")]
    layers: Vec<Layer>,
    norm: Norm,
}

#[derive(Module)]
#[module(crate = wb, defaults(head_dim = "hidden_size" / "num_attention_heads"))]
#[module(verify = "../fixtures/llama/model.safetensors", config = "../fixtures/llama/config.json")]
struct Llama {
    model: Body,
    #[param(rename = "lm_head.weight", shape = ["vocab_size", "hidden_size"], tied = "model.embed_tokens.weight",
            tied_when = "tie_word_embeddings")]
    lm_head: AnyTensor,
}

wb::verify!(Llama, "../fixtures/llama-tied/model.safetensors", config = "../fixtures/llama-tied/config.json");

fn config() -> Value {
    serde_json::from_slice(&std::fs::read(fixture("llama/config.json")).unwrap()).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint::open(fixture("llama/model.safetensors")).unwrap()
}

#[test]
fn one_struct_loads_every_size_and_flag() {
    for model in ["llama", "llama-tied"] {
        let loader = Loader::new().config_file(fixture(model).join("config.json"));
        let Llama { model: body, lm_head } =
            loader.load(fixture(&format!("{model}/model.safetensors"))).unwrap().module;
        assert_eq!(lm_head.shape(), body.embed.shape());
        assert_eq!((body.norm.eps, body.norm.weight.shape().len(), body.layers.len()), (1e-6, 1, 3));
        for Layer { input_layernorm, self_attn, post_attention_layernorm, mlp } in &body.layers {
            let Attention { q_proj, k_proj, v_proj, o_proj } = self_attn;
            let Mlp { gate_proj, up_proj, down_proj } = mlp;
            let linears = [q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj];
            assert!(linears.iter().all(|linear| linear.bias.is_none() && linear.weight.shape().len() == 2));
            assert_eq!((input_layernorm.eps, post_attention_layernorm.eps), (1e-6, 1e-6));
        }
    }
}

#[test]
fn a_mistake_in_the_configuration_is_one_finding_that_names_the_key() {
    let planted = [
        ("hidden_size", json!(64), "32"),
        ("num_hidden_layers", json!(4), "3"),
        ("num_key_value_heads", json!(4), "2"),
        ("num_attention_heads", json!(8), "4"),
        ("head_dim", json!(16), "8"),
        ("intermediate_size", json!(63), "64"),
        ("vocab_size", json!(129), "128"),
        ("attention_bias", json!(true), "false"),
        ("attention_bias", json!("yes"), "false"),
        ("tie_word_embeddings", json!(0), "false"),
    ];
    for (key, value, right) in planted {
        let mut config = config();
        config[key] = value.clone();
        let error = Loader::new().config(&config).check::<Llama>(checkpoint()).unwrap_err();
        let LoadError::Mismatch(report) = &error else { panic!("{error}") };
        let findings: Vec<_> = report.findings().collect();
        let [(FindingKind::Config, finding)] = findings.as_slice() else { panic!("{key}: {report}") };
        assert_eq!((finding.path.as_str(), finding.expected.as_deref()), (key, Some(right)), "{report}");
        assert_eq!(finding.found.as_deref(), Some(value.to_string().as_str()));
    }
}

#[test]
fn the_default_rule_is_followed_where_the_key_is_absent_or_null() {
    for head_dim in [None, Some(Value::Null)] {
        let mut config = config();
        config.as_object_mut().unwrap().remove("head_dim");
        if let Some(null) = head_dim {
            config["head_dim"] = null;
        }
        let report = Loader::new().config(&config).check::<Llama>(checkpoint()).unwrap();
        assert_eq!(report.dim("head_dim"), Some(8));
    }
}

/// The configuration as the compiler has it.
pub(super) fn constant(config: &Value) -> &'static [Configured] {
    let object = config.as_object().unwrap();
    let of = |(key, value): (&String, &Value)| {
        let setting = match value {
            Value::Number(number) if number.is_u64() => ConfigSetting::Number(number.as_u64().unwrap() as usize),
            Value::Bool(is) => ConfigSetting::Truth(*is),
            Value::String(text) => ConfigSetting::Text(text.clone().leak()),
            _ => return None,
        };
        let origin = format!("Loader::config: {key:?}: {value}");
        Some(Configured { key: key.clone().leak(), setting, origin: origin.leak() })
    };
    object.iter().filter_map(of).collect::<Vec<_>>().leak()
}

#[test]
fn the_compiler_has_the_verdict_of_a_load() {
    let planted = [
        ("hidden_size", json!(32), None),
        ("hidden_size", json!(64), Some("hidden_size = 64 (from Loader::config: \"hidden_size\": 64)")),
        ("num_hidden_layers", json!(4), Some("num_hidden_layers = 4 (from Loader::config: \"num_hidden_layers\": 4)")),
        ("head_dim", Value::Null, None),
        (
            "head_dim",
            json!(16),
            Some("where num_attention_heads = 4 (from Loader::config: \"num_attention_heads\": 4)"),
        ),
        ("attention_bias", json!(true), Some("model.layers.{0..=2}.self_attn.k_proj.bias")),
        ("tie_word_embeddings", json!(true), None),
    ];
    for (key, value, expected) in planted {
        let mut config = config();
        config[key] = value;
        let text = verify::text_with::<Llama>(&checkpoint(), constant(&config));
        let is_refused = Loader::new().config(&config).check::<Llama>(checkpoint()).is_err();
        assert_eq!(text.is_some(), is_refused, "{key}: {text:?}");
        if let Some(expected) = expected {
            let text = text.unwrap();
            assert!(text.contains(expected), "{text}");
        }
    }
}
