//! Qwen2 of any size by way of `VarBuilder`: the left side of the page "From VarBuilder".
//!
//! `cargo run -p weighbridge-zoo --example qwen2_varbuilder`

use std::error::Error;
use std::fs::File;

use candle_core::{DType, Device, Result, Tensor, safetensors};
use candle_nn::{Embedding, Linear, Module as _, RmsNorm, VarBuilder, embedding, linear, linear_no_bias, rms_norm};
use serde::Deserialize;
use weighbridge_zoo::layers::{Rope, attention, causal, split_heads};

#[derive(Deserialize)]
struct Config {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: usize,
    rms_norm_eps: f64,
    rope_parameters: RopeParameters,
    tie_word_embeddings: bool,
}

#[derive(Deserialize)]
struct RopeParameters {
    rope_theta: f64,
}

struct Qwen2 {
    embed_tokens: Embedding,
    layers: Vec<Layer>,
    norm: RmsNorm,
    lm_head: Linear,
    head_dim: usize,
    rope_theta: f64,
}

impl Qwen2 {
    fn new(config: &Config, vb: VarBuilder) -> Result<Qwen2> {
        let (hidden, vocab, model) = (config.hidden_size, config.vocab_size, vb.pp("model"));
        let embed_tokens = embedding(vocab, hidden, model.pp("embed_tokens"))?;
        let layer = |at| Layer::new(config, model.pp("layers").pp(at));
        let layers = (0..config.num_hidden_layers).map(layer).collect::<Result<_>>()?;
        let norm = rms_norm(hidden, config.rms_norm_eps, model.pp("norm"))?;
        let lm_head = match config.tie_word_embeddings {
            true => Linear::new(embed_tokens.embeddings().clone(), None),
            false => linear_no_bias(hidden, vocab, vb.pp("lm_head"))?,
        };
        let (head_dim, rope_theta) = (hidden / config.num_attention_heads, config.rope_parameters.rope_theta);
        Ok(Qwen2 { embed_tokens, layers, norm, lm_head, head_dim, rope_theta })
    }
}

struct Layer {
    input_layernorm: RmsNorm,
    self_attn: Attention,
    post_attention_layernorm: RmsNorm,
    mlp: Mlp,
}

impl Layer {
    fn new(config: &Config, vb: VarBuilder) -> Result<Layer> {
        let norm = |name| rms_norm(config.hidden_size, config.rms_norm_eps, vb.pp(name));
        Ok(Layer {
            input_layernorm: norm("input_layernorm")?,
            self_attn: Attention::new(config, vb.pp("self_attn"))?,
            post_attention_layernorm: norm("post_attention_layernorm")?,
            mlp: Mlp::new(config, vb.pp("mlp"))?,
        })
    }
}

struct Attention {
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    o_proj: Linear,
}

impl Attention {
    fn new(config: &Config, vb: VarBuilder) -> Result<Attention> {
        let head_dim = config.hidden_size / config.num_attention_heads;
        let (queries, keys) = (config.num_attention_heads * head_dim, config.num_key_value_heads * head_dim);
        Ok(Attention {
            q_proj: linear(config.hidden_size, queries, vb.pp("q_proj"))?,
            k_proj: linear(config.hidden_size, keys, vb.pp("k_proj"))?,
            v_proj: linear(config.hidden_size, keys, vb.pp("v_proj"))?,
            o_proj: linear_no_bias(queries, config.hidden_size, vb.pp("o_proj"))?,
        })
    }
}

struct Mlp {
    gate_proj: Linear,
    up_proj: Linear,
    down_proj: Linear,
}

impl Mlp {
    fn new(config: &Config, vb: VarBuilder) -> Result<Mlp> {
        Ok(Mlp {
            gate_proj: linear_no_bias(config.hidden_size, config.intermediate_size, vb.pp("gate_proj"))?,
            up_proj: linear_no_bias(config.hidden_size, config.intermediate_size, vb.pp("up_proj"))?,
            down_proj: linear_no_bias(config.intermediate_size, config.hidden_size, vb.pp("down_proj"))?,
        })
    }
}

fn load(folder: &str) -> std::result::Result<Qwen2, Box<dyn Error>> {
    let config: Config = serde_json::from_reader(File::open(format!("{folder}/config.json"))?)?;
    let tensors = safetensors::load(format!("{folder}/model.safetensors"), &Device::Cpu)?;
    Ok(Qwen2::new(&config, VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu))?)
}

impl Qwen2 {
    fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        let mut x = self.embed_tokens.forward(tokens)?;
        let (rope, mask) = (Rope::new(&x, self.head_dim, self.rope_theta)?, causal(&x, None)?);
        for Layer { input_layernorm, self_attn, post_attention_layernorm, mlp } in &self.layers {
            let y = input_layernorm.forward(&x)?;
            let heads = |layer: &Linear| split_heads(&layer.forward(&y)?, self.head_dim);
            let (q, k) = (rope.turn(&heads(&self_attn.q_proj)?)?, rope.turn(&heads(&self_attn.k_proj)?)?);
            let mixed = attention(&q, &k, &heads(&self_attn.v_proj)?, Some(&mask))?;
            x = (x + self_attn.o_proj.forward(&mixed)?)?;
            let y = post_attention_layernorm.forward(&x)?;
            x = (x + mlp.down_proj.forward(&(mlp.gate_proj.forward(&y)?.silu()? * mlp.up_proj.forward(&y)?)?)?)?;
        }
        self.lm_head.forward(&self.norm.forward(&x)?)
    }
}

fn main() -> std::result::Result<(), Box<dyn Error>> {
    for size in ["small", "large"] {
        let folder = format!("{}/../../fixtures/configured/qwen2/{size}", env!("CARGO_MANIFEST_DIR"));
        let expected = safetensors::load(format!("{folder}.safetensors"), &Device::Cpu)?;
        let logits = load(&folder)?.forward(&expected["input_ids"])?;
        let off = (&logits - &expected["logits"])?.abs()?.max_all()?.to_scalar::<f32>()?;
        println!("{size}: {:?}, at most {off:.1e} from what transformers computes", logits.dims());
    }
    Ok(())
}
