//! Mistakes in a configuration: what the report of each model says of another size, a layer too many, a flag that is not so,
//! and a width that is not there. A model is a row of [`MODELS`].

use std::fs;

use candle_core::Device;
use serde_json::{Value, json};
use weighbridge::{LoadError, Loader, Module, Report};
use weighbridge_zoo::bert::BertForMaskedLm;
use weighbridge_zoo::deepseek::DeepseekV3;
use weighbridge_zoo::gemma2::Gemma2;
use weighbridge_zoo::gemma4::{self, Gemma4};
use weighbridge_zoo::gpt2::{Gpt2, Gpt2Split};
use weighbridge_zoo::llama::Llama;
use weighbridge_zoo::llava::Llava;
use weighbridge_zoo::mixtral::Mixtral;
use weighbridge_zoo::t5::T5;
use weighbridge_zoo::whisper::Whisper;

use crate::fixture;

/// A checkpoint with one setting changed.
struct Mistake {
    checkpoint: &'static str,
    /// Where the setting is in the configuration.
    key: &'static str,
    /// What it is changed to, as JSON; [`ABSENT`] takes it away.
    value: &'static str,
    /// What the report says that it should be, as JSON; [`FITS`] where the file is right all the same.
    expected: &'static str,
    /// A parameter that shows it.
    shown: &'static str,
}

const ABSENT: &str = "absent";
const FITS: &str = "";

const fn wrong(
    checkpoint: &'static str,
    key: &'static str,
    value: &'static str,
    expected: &'static str,
    shown: &'static str,
) -> Mistake {
    Mistake { checkpoint, key, value, expected, shown }
}

const fn fits(checkpoint: &'static str, key: &'static str, value: &'static str) -> Mistake {
    wrong(checkpoint, key, value, FITS, "")
}

/// A load of a checkpoint with this configuration.
type Load = fn(&str, &Value) -> Result<Report, Box<Report>>;

const MODELS: &[(Load, &[Mistake])] = &[
    (load::<Llama>, LLAMA),
    (load::<Llama>, QWEN2),
    (load::<Llama>, QWEN3),
    (load::<Gemma2>, GEMMA2),
    (|checkpoint, config| load::<Gemma4>(checkpoint, &gemma4::for_all_layers(config.clone())), GEMMA4),
    (load::<Mixtral>, MIXTRAL),
    (load::<Gpt2>, GPT2),
    (load::<Gpt2Split>, GPT2),
    (load::<BertForMaskedLm>, BERT),
    (load::<T5>, T5_),
    (load::<Whisper>, WHISPER),
    (load::<DeepseekV3>, DEEPSEEK),
    (load::<Llava>, LLAVA),
];

const LLAMA: &[Mistake] = &[
    wrong("llama/small", "hidden_size", "24", "16", "`model.embed_tokens.weight`"),
    wrong("llama/large", "vocab_size", "48", "56", "`model.embed_tokens.weight` fits with 56"),
    wrong("llama/small", "num_hidden_layers", "3", "2", "`model.layers` fits with 2"),
    wrong("llama/small", "num_hidden_layers", "1", "2", "`model.layers` fits with 2"),
    wrong("llama/small", "attention_bias", "true", "false", "`model.layers.{0..=1}.self_attn.o_proj.bias`"),
    wrong("llama/large", "attention_bias", "false", "true", "`model.layers.{0..=2}.self_attn.q_proj.bias`"),
    wrong("llama/large", "mlp_bias", "false", "true", "`model.layers.{0..=2}.mlp.down_proj.bias`"),
    wrong("llama/large", "tie_word_embeddings", "false", "true", "`lm_head` fits with true"),
    // whether two tensors are equal is seen when they are read
    wrong("llama/small", "tie_word_embeddings", "true", "false", "`lm_head"),
    wrong("llama/small", "head_dim", "8", "4", "`model.layers.{0..=1}.self_attn.q_proj.weight`"),
    fits("llama/small", "head_dim", "null"),
    fits("llama/large", "head_dim", ABSENT),
];

const QWEN2: &[Mistake] = &[
    wrong("qwen2/small", "hidden_size", "24", "16", "`model.embed_tokens.weight`"),
    wrong("qwen2/large", "intermediate_size", "32", "28", "`model.layers.{0..=2}.mlp.down_proj.weight`"),
    wrong("qwen2/large", "num_hidden_layers", "4", "3", "`model.layers` fits with 3"),
    wrong("qwen2/small", "num_key_value_heads", "4", "2", "`model.layers.{0..=1}.self_attn.k_proj.bias`"),
    wrong("qwen2/small", "tie_word_embeddings", "false", "true", "`lm_head` fits with true"),
    wrong("qwen2/large", "tie_word_embeddings", "true", "false", "`lm_head"),
    // it has no such key, and the rule for what is absent would be right
    wrong("qwen2/small", "head_dim", "8", "4", "`model.layers.{0..=1}.self_attn.k_proj.weight`"),
];

const QWEN3: &[Mistake] = &[
    wrong("qwen3/small", "hidden_size", "24", "16", "`model.embed_tokens.weight`"),
    wrong("qwen3/small", "num_hidden_layers", "3", "2", "`model.layers` fits with 2"),
    wrong("qwen3/small", "attention_bias", "true", "false", "`model.layers.{0..=1}.self_attn.o_proj.bias`"),
    wrong("qwen3/large", "attention_bias", "false", "true", "`model.layers.{0..=1}.self_attn.q_proj.bias`"),
    wrong("qwen3/small", "tie_word_embeddings", "false", "true", "`lm_head` fits with true"),
    wrong("qwen3/large", "tie_word_embeddings", "true", "false", "`lm_head"),
    wrong("qwen3/small", "head_dim", "4", "8", "`model.layers.{0..=1}.self_attn.k_norm.weight`"),
    wrong("qwen3/small", "head_dim", "null", "8", "`model.layers.{0..=1}.self_attn.k_norm.weight`"),
    wrong("qwen3/large", "head_dim", ABSENT, "4", "`model.layers.{0..=1}.self_attn.k_proj.weight`"),
    wrong("qwen3/small", "model_type", r#""llama""#, r#""qwen3""#, "`model.layers.{0..=1}.self_attn.k_norm`"),
];

const GEMMA2: &[Mistake] = &[
    wrong("gemma2/large", "hidden_size", "16", "20", "`model.embed_tokens.weight`"),
    wrong("gemma2/large", "num_hidden_layers", "4", "3", "`model.layers` fits with 3"),
    wrong("gemma2/small", "attention_bias", "true", "false", "`model.layers.{0..=1}.self_attn.k_proj.bias`"),
    wrong("gemma2/small", "tie_word_embeddings", "false", "true", "`lm_head` fits with true"),
    wrong("gemma2/small", "head_dim", "8", "6", "`model.layers.{0..=1}.self_attn.q_proj.weight`"),
    // the heads and the file say what it is, and the forward pass has it from there
    fits("gemma2/small", "head_dim", "null"),
    fits("gemma2/large", "head_dim", ABSENT),
];

const GEMMA4: &[Mistake] = &[
    wrong("gemma4/small", "hidden_size", "24", "16", "`model.embed_tokens.weight`"),
    wrong("gemma4/small", "hidden_size_per_layer_input", "8", "4", "`model.embed_tokens_per_layer.weight`"),
    wrong("gemma4/small", "num_hidden_layers", "5", "4", "`model.embed_tokens_per_layer.weight`, `model.layers`, "),
    wrong("gemma4/large", "attention_bias", "true", "false", "`model.layers.{0..=3}.self_attn.k_proj.bias`"),
    wrong("gemma4/small", "tie_word_embeddings", "false", "true", "`lm_head` fits with true"),
    wrong("gemma4/small", "head_dim", "6", "4", "`model.layers.{0..=1}.self_attn.k_proj.weight`"),
    // the other width is known, so the file says which layers have this one
    fits("gemma4/small", "head_dim", "null"),
    fits("gemma4/large", "head_dim", ABSENT),
];

const MIXTRAL: &[Mistake] = &[
    wrong("mixtral/small", "hidden_size", "24", "16", "`model.embed_tokens.weight`"),
    wrong("mixtral/large", "num_hidden_layers", "2", "1", "`model.layers` fits with 1"),
    wrong("mixtral/small", "num_local_experts", "4", "3", "`model.layers.{0..=1}.block_sparse_moe.experts`"),
    wrong("mixtral/small", "tie_word_embeddings", "true", "false", "`lm_head"),
    wrong("mixtral/small", "head_dim", "8", "4", "`model.layers.{0..=1}.self_attn.q_proj.weight`"),
    wrong("mixtral/large", "head_dim", "null", "4", "`model.layers.0.self_attn.q_proj.weight`"),
    wrong("mixtral/large", "head_dim", ABSENT, "4", "`model.layers.0.self_attn.q_proj.weight`"),
];

const GPT2: &[Mistake] = &[
    wrong("gpt2", "n_embd", "40", "32", "`transformer.h.{0..=1}.attn.c_proj.weight`"),
    wrong("gpt2", "n_layer", "3", "2", "`transformer.h` fits with 2"),
    wrong("gpt2", "n_layer", "1", "2", "`transformer.h` fits with 2"),
    wrong("gpt2", "n_positions", "64", "32", "`transformer.wpe.weight` fits with 32"),
    wrong("gpt2", "tie_word_embeddings", "false", "true", "`lm_head` fits with true"),
    wrong("gpt2", "n_inner", "64", "128", "`transformer.h.{0..=1}.mlp.c_fc.weight`"),
    fits("gpt2", "n_inner", ABSENT),
];

const BERT: &[Mistake] = &[
    wrong("bert/small", "hidden_size", "24", "16", "`bert.embeddings.LayerNorm.bias`"),
    wrong("bert/small", "type_vocab_size", "1", "2", "`bert.embeddings.token_type_embeddings.weight` fits with 2"),
    wrong("bert/large", "num_hidden_layers", "4", "3", "`bert.encoder.layer` fits with 3"),
    wrong("bert/large", "num_hidden_layers", "2", "3", "`bert.encoder.layer` fits with 3"),
    wrong("bert/small", "tie_word_embeddings", "false", "true", "`cls.predictions.decoder.weight` fits with true"),
];

const T5_: &[Mistake] = &[
    wrong("t5/small", "d_model", "24", "16", "`decoder.block.{0..=1}.layer.0.SelfAttention.k.weight`"),
    wrong("t5/large", "num_layers", "25", "24", "`encoder.block` fits with 24"),
    wrong("t5/large", "num_decoder_layers", "2", "3", "`decoder.block` fits with 3"),
    wrong("t5/small", "num_layers", "1", "2", "`encoder.block` fits with 2"),
    wrong("t5/gated", "is_gated_act", "false", "true", "`decoder.block.0.layer.2.DenseReluDense.wi`"),
    wrong("t5/small", "tie_word_embeddings", "false", "true", "`lm_head` fits with true"),
    wrong("t5/small", "d_kv", "8", "4", "`decoder.block.{0..=1}.layer.0.SelfAttention.q.weight`"),
];

const WHISPER: &[Mistake] = &[
    wrong("whisper/small", "d_model", "24", "16", "`model.decoder.embed_tokens.weight`"),
    wrong("whisper/small", "encoder_ffn_dim", "25", "24", "`model.encoder.layers.0.fc1.bias`"),
    wrong("whisper/large", "encoder_layers", "3", "2", "`model.encoder.layers` fits with 2"),
    wrong("whisper/small", "decoder_layers", "3", "2", "`model.decoder.layers` fits with 2"),
    wrong("whisper/small", "num_mel_bins", "80", "6", "`model.encoder.conv1.weight` fits with 6"),
    wrong("whisper/small", "tie_word_embeddings", "false", "true", "`proj_out` fits with true"),
];

const DEEPSEEK: &[Mistake] = &[
    wrong("deepseek/small", "hidden_size", "24", "16", "`model.embed_tokens.weight`"),
    wrong("deepseek/small", "intermediate_size", "24", "136", "`model.layers.0.mlp.down_proj.weight`"),
    wrong("deepseek/small", "n_routed_experts", "5", "4", "`model.layers.{1..=3}.mlp.experts`"),
    // one list has three kinds of layers, and each number is told from the others
    wrong("deepseek/large", "num_hidden_layers", "4", "3", "`model.layers` fits with 3"),
    wrong("deepseek/small", "num_hidden_layers", "2", "3", "`model.layers` fits with 3"),
    wrong("deepseek/small", "first_k_dense_replace", "0", "1", "`model.layers` fits with 1"),
    wrong("deepseek/large", "first_k_dense_replace", "3", "2", "`model.layers` fits with 2"),
    wrong("deepseek/large", "num_nextn_predict_layers", "2", "1", "`model.layers` fits with 1"),
    wrong("deepseek/small", "num_nextn_predict_layers", "0", "1", "`model.layers` fits with 1"),
    wrong("deepseek/small", "attention_bias", "true", "false", "`model.layers.{0..=3}.self_attn.o_proj.bias`"),
    wrong("deepseek/small", "tie_word_embeddings", "true", "false", "`lm_head"),
    wrong("deepseek/small", "v_head_dim", "4", "3", "`model.layers.{0..=3}.self_attn.o_proj.weight`"),
];

const LLAVA: &[Mistake] = &[
    wrong("llava/small", "text_config.hidden_size", "32", "16", "`language_model.model.embed_tokens.weight`"),
    wrong("llava/small", "vision_config.hidden_size", "16", "12", "`vision_tower.embeddings.class_embedding`"),
    wrong("llava/small", "vision_config.patch_size", "2", "4", "`vision_tower.embeddings.patch_embedding.weight`"),
    wrong("llava/small", "text_config.num_hidden_layers", "3", "2", "`language_model.model.layers` fits with 2"),
    wrong("llava/large", "vision_config.num_hidden_layers", "4", "3", "`vision_tower.encoder.layers` fits with 3"),
    wrong("llava/small", "multimodal_projector_bias", "false", "true", "`multi_modal_projector.linear_1.bias`"),
    wrong(
        "llava/small",
        "text_config.attention_bias",
        "true",
        "false",
        "`language_model.model.layers.{0..=1}.self_attn.k_proj.bias`",
    ),
    wrong("llava/small", "text_config.tie_word_embeddings", "true", "false", "`language_model.lm_head"),
    wrong(
        "llava/small",
        "text_config.head_dim",
        "8",
        "4",
        "`language_model.model.layers.{0..=1}.self_attn.k_proj.weight`",
    ),
    fits("llava/small", "text_config.head_dim", "null"),
    fits("llava/large", "text_config.head_dim", ABSENT),
];

/// Where the checkpoint of a row lies.
fn folder(checkpoint: &str) -> String {
    if checkpoint.contains('/') { format!("configured/{checkpoint}") } else { checkpoint.to_owned() }
}

fn load<M: Module>(checkpoint: &str, config: &Value) -> Result<Report, Box<Report>> {
    let loader = Loader::new().device(Device::Cpu).config(config);
    match loader.load::<M>(fixture(&folder(checkpoint))) {
        Ok(loaded) => Ok(loaded.report),
        Err(LoadError::Mismatch(report)) => Err(report),
        Err(error) => panic!("{checkpoint}: {error}"),
    }
}

/// The checkpoint's configuration.
fn config(checkpoint: &str) -> Value {
    let text = fs::read_to_string(fixture(&folder(checkpoint)).join("config.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Puts a value at a key, with dots into maps and lists, or takes the key away.
fn set(config: &mut Value, key: &str, value: Option<Value>) {
    let (way, last) = key.rsplit_once('.').map_or((None, key), |(way, last)| (Some(way), last));
    let at = way.into_iter().flat_map(|way| way.split('.')).fold(config, |at, key| &mut at[key]);
    match (value, last.parse::<usize>()) {
        (Some(value), Ok(index)) => at[index] = value,
        (Some(value), Err(_)) => at[last] = value,
        (None, _) => drop(at.as_object_mut().unwrap().remove(last)),
    }
}

/// What a load says with these settings.
#[track_caller]
pub(crate) fn checked<M: Module>(checkpoint: &str, changes: &[(&str, Value)]) -> Result<Report, Box<Report>> {
    let mut config = config(checkpoint);
    for (key, value) in changes {
        set(&mut config, key, Some(value.clone()));
    }
    load::<M>(checkpoint, &config)
}

impl Mistake {
    /// The load does not say what the row has.
    fn differs(&self, load: Load) -> Option<String> {
        let &Mistake { checkpoint, key, value, expected, shown } = self;
        let mut config = config(checkpoint);
        set(&mut config, key, (value != ABSENT).then(|| serde_json::from_str(value).unwrap()));
        let found = if value == ABSENT || value == "null" { "nothing" } else { value };
        let text = match (load(checkpoint, &config), expected) {
            (Ok(_), FITS) => return None,
            (Ok(_), _) => "not refused".to_owned(),
            (Err(report), FITS) => report.to_string(),
            (Err(report), _) => {
                let text = report.to_string();
                let line = format!("\nconfig      {key}  expected {expected}, found {found}");
                if text.contains(": 1 wrong setting (") && text.contains(&line) && text.contains(shown) {
                    return None;
                }
                text
            }
        };
        Some(format!("{checkpoint} with {key} {value}, where {expected} is right and {shown} shows it:\n{text}\n"))
    }
}

#[test]
fn a_mistake_in_the_configuration_is_the_only_finding() {
    let all = MODELS.iter().flat_map(|(load, mistakes)| mistakes.iter().map(|mistake| mistake.differs(*load)));
    let failed: Vec<String> = all.flatten().collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// What any model may have wrong: a size, the number of layers, and each of these that its configuration has.
#[test]
fn each_model_has_the_mistakes_that_its_configuration_allows() {
    for (_, mistakes) in MODELS {
        let checkpoint = mistakes[0].checkpoint;
        let config = config(checkpoint);
        let parts = ["text_config", "vision_config"].map(|part| &config[part]);
        let has = |key: &str| [&config].into_iter().chain(parts).any(|part| part.get(key).is_some());
        let planted = |keys: &[&str], value: &dyn Fn(&str) -> bool| {
            mistakes.iter().any(|row| keys.iter().any(|key| row.key.ends_with(key)) && value(row.value))
        };
        let any = |_: &str| true;
        assert!(planted(&["hidden_size", "n_embd", "d_model"], &any), "{checkpoint}");
        assert!(planted(&["num_hidden_layers", "n_layer", "num_layers", "encoder_layers"], &any), "{checkpoint}");
        for flag in ["attention_bias", "tie_word_embeddings"] {
            assert!(!has(flag) || planted(&[flag], &any), "{checkpoint}: {flag}");
        }
        // DeepSeek has a `head_dim` of which its parts are the truth
        let width = if has("v_head_dim") { "v_head_dim" } else { "head_dim" };
        let wrong = |value: &str| value.parse::<usize>().is_ok();
        assert!(!has(width) || planted(&[width], &wrong), "{checkpoint}");
        for absent in [ABSENT, "null"] {
            assert!(width != "head_dim" || !has(width) || planted(&[width], &|value| value == absent), "{checkpoint}");
        }
    }
}

/// Without the kind of model, and without a key for biases, three projections have what the fourth has not.
#[test]
fn qwen2_that_is_called_a_llama() {
    let text = checked::<Llama>("qwen2/small", &[("model_type", json!("llama"))]).unwrap_err().to_string();
    for words in ["attention_bias", "`model.layers.0.self_attn.o_proj.bias`"] {
        assert!(text.contains(words), "{text}");
    }
}

/// A setting that a field needs and that is absent, and one of another kind.
#[test]
fn settings_of_fields() {
    let text = checked::<Llama>("qwen3/small", &[("rope_parameters.rope_theta", Value::Null)]).unwrap_err().to_string();
    let absent = "config      rope_parameters.rope_theta  expected f64 for `model.rope_theta`, found nothing";
    assert!(text.contains(absent), "{text}");
    let text = checked::<Gemma2>("gemma2/small", &[("layer_types", json!("all"))]).unwrap_err().to_string();
    let kind = r#"config      layer_types  expected Vec<String> for `model.layer_types`, found "all""#;
    assert!(text.contains(kind), "{text}");
}

/// The width that the default has no right to is the one that the file says.
#[test]
fn what_the_file_says_of_a_width_is_in_the_report() {
    let report = checked::<Gemma2>("gemma2/small", &[("head_dim", Value::Null)]).unwrap();
    assert_eq!(report.dim("head_dim"), Some(6));
    let report = checked::<Llama>("qwen3/small", &[("head_dim", Value::Null)]).unwrap_err();
    assert!(report.to_string().contains("and so 4 (by default hidden_size / num_attention_heads)"), "{report}");
}

/// Other sizes give as many blocks, too; of those, the report names the powers of two.
#[test]
fn deepseek_with_other_blocks() {
    let wrong = [("quantization_config.weight_block_size.0", json!(64))];
    let text = checked::<DeepseekV3>("deepseek/small", &wrong).unwrap_err().to_string();
    let found = "config      quantization_config.weight_block_size.0  expected 128, found 64 in ";
    assert!(text.contains("1 wrong setting") && text.contains(found), "{text}");
}
