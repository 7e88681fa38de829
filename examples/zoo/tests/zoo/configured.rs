//! Mistakes in a configuration: what the report of each model says of another size, a layer too many, a flag that is not so,
//! and a size that is not there.

use std::fs;

use candle_core::Device;
use serde_json::{Value, json};
use weighbridge::{LoadError, Loader, Module, Report};
use weighbridge_zoo::bert::BertForMaskedLm;
use weighbridge_zoo::deepseek::DeepseekV3;
use weighbridge_zoo::gemma2::Gemma2;
use weighbridge_zoo::gemma4::Gemma4;
use weighbridge_zoo::llama::Llama;
use weighbridge_zoo::llava::Llava;
use weighbridge_zoo::mixtral::Mixtral;
use weighbridge_zoo::t5::T5;
use weighbridge_zoo::whisper::Whisper;

use crate::fixture;

/// The configuration with the values at these keys, of which `null` takes the key away.
fn config(checkpoint: &str, changes: &[(&str, Value)]) -> Value {
    let text = fs::read_to_string(fixture(checkpoint).join("config.json")).unwrap();
    let mut config: Value = serde_json::from_str(&text).unwrap();
    for (path, value) in changes {
        let at = path.split('.').fold(&mut config, |at, key| match key.parse::<usize>() {
            Ok(index) => &mut at[index],
            Err(_) => &mut at[key],
        });
        *at = value.clone();
    }
    config
}

/// What a check of the checkpoint says with the altered configuration.
#[track_caller]
pub(crate) fn checked<M: Module>(checkpoint: &str, changes: &[(&str, Value)]) -> Result<Report, Box<Report>> {
    let checkpoint = format!("configured/{checkpoint}");
    let loader = Loader::new().device(Device::Cpu).config(&config(&checkpoint, changes));
    match loader.check::<M>(fixture(&checkpoint)) {
        Ok(report) => Ok(report),
        Err(LoadError::Mismatch(report)) => Err(report),
        Err(error) => panic!("{error}"),
    }
}

/// The only finding is about the configuration: it names the key, what it holds and what would fit, and the parameters.
#[track_caller]
fn refused<M: Module>(checkpoint: &str, key: &str, value: Value, line: &str, parameters: &[&str]) {
    refused_with::<M>(checkpoint, &[(key, value)], line, parameters);
}

/// The same with more that is altered; the last is wrong.
#[track_caller]
fn refused_with<M: Module>(checkpoint: &str, changes: &[(&str, Value)], line: &str, parameters: &[&str]) {
    let report = checked::<M>(checkpoint, changes).expect_err("not refused");
    let key = changes.last().unwrap().0;
    let text = report.to_string();
    assert!(text.lines().next().unwrap().contains("does not match"), "{text}");
    assert!(text.lines().next().unwrap().contains(": 1 wrong setting ("), "{text}");
    let found = format!("config      {key}  {line} in Loader::config\n");
    assert!(text.contains(&found), "no {found:?} in\n{text}");
    for parameter in parameters {
        assert!(text.contains(parameter), "no {parameter:?} in\n{text}");
    }
}

/// A check that holds with another configuration.
#[track_caller]
fn fits<M: Module>(checkpoint: &str, key: &str, value: Value) -> Report {
    checked::<M>(checkpoint, &[(key, value)]).unwrap_or_else(|report| panic!("{report}"))
}

#[test]
fn llama() {
    let refused = refused::<Llama>;
    let wide = "expected 16, found 24";
    refused("llama/small", "hidden_size", json!(24), wide, &["`model.embed_tokens.weight`", "fit with 16"]);
    refused("llama/small", "num_hidden_layers", json!(3), "expected 2, found 3", &["`model.layers` fits with 2"]);
    refused("llama/small", "num_hidden_layers", json!(1), "expected 2, found 1", &["`model.layers` fits with 2"]);
    let biases = ["`model.layers.{0..=1}.self_attn.k_proj.bias`", "`model.layers.{0..=1}.self_attn.o_proj.bias`"];
    refused("llama/small", "attention_bias", json!(true), "expected false, found true", &biases);
    let biases = ["`model.layers.{0..=2}.self_attn.q_proj.bias`", "`model.layers.{0..=2}.self_attn.o_proj.bias`"];
    refused("llama/large", "attention_bias", json!(false), "expected true, found false", &biases);
    let mlp = ["`model.layers.{0..=2}.mlp.gate_proj.bias`", "`model.layers.{0..=2}.mlp.down_proj.bias`"];
    refused("llama/large", "mlp_bias", json!(false), "expected true, found false", &mlp);
    refused("llama/large", "tie_word_embeddings", json!(false), "expected true, found false", &["`lm_head` fits with"]);
    // where the default would be right
    fits::<Llama>("llama/small", "head_dim", Value::Null);
}

/// Whether two tensors are equal is seen when they are read.
#[test]
fn llama_whose_head_is_said_to_be_its_embedding() {
    let config = config("configured/llama/small", &[("tie_word_embeddings", json!(true))]);
    let loader = Loader::new().device(Device::Cpu).config(&config);
    let Err(LoadError::Mismatch(report)) = loader.load::<Llama>(fixture("configured/llama/small")) else { panic!() };
    let text = report.to_string();
    assert!(text.contains("config      tie_word_embeddings  expected false, found true in Loader::config"), "{text}");
    assert!(text.contains("`lm_head"), "{text}");
}

#[test]
fn qwen2() {
    let refused = refused::<Llama>;
    let heads = ["`model.layers.{0..=1}.self_attn.k_proj.bias`", "`model.layers.{0..=1}.self_attn.v_proj.weight`"];
    refused("qwen2/small", "num_key_value_heads", json!(4), "expected 2, found 4", &heads);
    refused("qwen2/small", "tie_word_embeddings", json!(false), "expected true, found false", &["`lm_head` fits with"]);
    let inner = ["`model.layers.{0..=2}.mlp.down_proj.weight`"];
    refused("qwen2/large", "intermediate_size", json!(32), "expected 28, found 32", &inner);
}

/// Without the kind of model, and without a key for biases, three projections have what the fourth has not.
#[test]
fn qwen2_that_is_called_a_llama() {
    let text = checked::<Llama>("qwen2/small", &[("model_type", json!("llama"))]).unwrap_err().to_string();
    for words in ["attention_bias", "`model.layers.0.self_attn.o_proj.bias`"] {
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn qwen3() {
    let refused = refused::<Llama>;
    let norms = ["`model.layers.{0..=1}.self_attn.k_norm`", "`model.layers.{0..=1}.self_attn.q_norm`"];
    refused("qwen3/small", "model_type", json!("llama"), r#"expected "qwen3", found "llama""#, &norms);
    let heads = ["`model.layers.{0..=1}.self_attn.k_norm.weight`", "`model.layers.{0..=1}.self_attn.k_proj.weight`"];
    let default = "expected 8, found nothing, and so 4 (by default hidden_size / num_attention_heads)";
    refused("qwen3/small", "head_dim", Value::Null, default, &heads);
    refused("qwen3/small", "head_dim", json!(4), "expected 8, found 4", &heads);
    let theta = "expected f64 for `model.rope_theta`, found nothing";
    refused("qwen3/small", "rope_parameters.rope_theta", Value::Null, theta, &[]);
}

#[test]
fn gemma2() {
    let refused = refused::<Gemma2>;
    let kinds = r#"expected Vec<String> for `model.layer_types`, found "all""#;
    refused("gemma2/small", "layer_types", json!("all"), kinds, &[]);
    refused("gemma2/large", "hidden_size", json!(16), "expected 20, found 16", &["`model.embed_tokens.weight`"]);
    // the heads and the file say what it is, and the forward pass has it from there
    let report = fits::<Gemma2>("gemma2/small", "head_dim", Value::Null);
    assert_eq!(report.dim("head_dim"), Some(6));
}

/// transformers says the second width for each layer, and Google for all of them.
#[test]
fn gemma4() {
    let given = |key, value| [("global_head_dim", json!(8)), ("num_global_key_value_heads", json!(2)), (key, value)];
    let parts = ["`model.embed_tokens_per_layer.weight`", "`model.per_layer_model_projection.weight`"];
    let wrong = given("hidden_size_per_layer_input", json!(8));
    refused_with::<Gemma4>("gemma4/small", &wrong, "expected 4, found 8", &parts);
}

#[test]
fn mixtral() {
    let experts =
        ["`model.layers.{0..=1}.block_sparse_moe.experts`", "`model.layers.{0..=1}.block_sparse_moe.gate.weight`"];
    refused::<Mixtral>("mixtral/small", "num_local_experts", json!(4), "expected 3, found 4", &experts);
    refused::<Mixtral>("mixtral/large", "num_hidden_layers", json!(2), "expected 1, found 2", &["`model.layers` fits"]);
}

#[test]
fn deepseek() {
    let refused = refused::<DeepseekV3>;
    let inner = ["`model.layers.0.mlp.down_proj.weight`"];
    refused("deepseek/small", "intermediate_size", json!(24), "expected 136, found 24", &inner);
    let experts = ["`model.layers.{1..=3}.mlp.experts`", "`model.layers.{1..=3}.mlp.gate.weight`"];
    refused("deepseek/small", "n_routed_experts", json!(5), "expected 4, found 5", &experts);
}

/// Several sizes of blocks fit, so the report names none.
#[test]
fn deepseek_with_other_blocks() {
    let wrong = [("quantization_config.weight_block_size.0", json!(64))];
    let text = checked::<DeepseekV3>("deepseek/small", &wrong).unwrap_err().to_string();
    for words in
        ["weight_block_size.0 = 64 (from Loader::config", "`model.layers.0.mlp.gate_proj.weight_scale_inv` is 2"]
    {
        assert!(text.contains(words), "{text}");
    }
}

/// The file has one list of both kinds of layers, so either number may be the wrong one.
#[test]
fn deepseek_with_a_layer_too_many() {
    let report = checked::<DeepseekV3>("deepseek/large", &[("num_nextn_predict_layers", json!(2))]).unwrap_err();
    let text = report.to_string();
    for words in
        ["config      num_hidden_layers  expected 2, found 3", "`num_nextn_predict_layers` with 1 would fit as well"]
    {
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn t5() {
    let refused = refused::<T5>;
    refused(
        "t5/small",
        "d_model",
        json!(24),
        "expected 16, found 24",
        &["`decoder.block.{0..=1}.layer.0.SelfAttention.k.weight`"],
    );
    refused("t5/large", "num_layers", json!(25), "expected 24, found 25", &["`encoder.block` fits with 24"]);
    refused("t5/large", "num_decoder_layers", json!(2), "expected 3, found 2", &["`decoder.block` fits with 3"]);
    let layers = ["`decoder.block.0.layer.2.DenseReluDense.wi`", "`encoder.block.0.layer.1.DenseReluDense.wi_{0..=1}`"];
    refused("t5/gated", "is_gated_act", json!(false), "expected true, found false", &layers);
    let head = ["`lm_head` fits with true"];
    refused("t5/small", "tie_word_embeddings", json!(false), "expected true, found false", &head);
}

#[test]
fn whisper() {
    let refused = refused::<Whisper>;
    let inner = ["`model.encoder.layers.0.fc1.bias`", "`model.encoder.layers.0.fc2.weight`"];
    refused("whisper/small", "encoder_ffn_dim", json!(25), "expected 24, found 25", &inner);
    refused(
        "whisper/small",
        "decoder_layers",
        json!(3),
        "expected 2, found 3",
        &["`model.decoder.layers` fits with 2"],
    );
    refused("whisper/small", "num_mel_bins", json!(80), "expected 6, found 80", &["`model.encoder.conv1.weight` fits"]);
}

#[test]
fn bert() {
    let refused = refused::<BertForMaskedLm>;
    refused("bert/small", "hidden_size", json!(24), "expected 16, found 24", &["`bert.embeddings.LayerNorm.bias`"]);
    let types = ["`bert.embeddings.token_type_embeddings.weight` fits with 2"];
    refused("bert/small", "type_vocab_size", json!(1), "expected 2, found 1", &types);
    refused("bert/large", "num_hidden_layers", json!(2), "expected 3, found 2", &["`bert.encoder.layer` fits with 3"]);
}

#[test]
fn llava() {
    let refused = refused::<Llava>;
    let patches = [
        "`vision_tower.embeddings.patch_embedding.weight`",
        "`vision_tower.embeddings.position_embedding.weight` fit with 4",
    ];
    refused("llava/small", "vision_config.patch_size", json!(2), "expected 4, found 2", &patches);
    let text = ["`language_model.model.embed_tokens.weight`"];
    refused("llava/small", "text_config.hidden_size", json!(32), "expected 16, found 32", &text);
    let biases = ["`multi_modal_projector.linear_1.bias`", "`multi_modal_projector.linear_2.bias`"];
    refused("llava/small", "multimodal_projector_bias", json!(false), "expected true, found false", &biases);
}
