//! Qwen2 of any size, declared: the right side of the page "From VarBuilder".
//!
//! `cargo run -p weighbridge-zoo --example qwen2`

use std::error::Error;

use candle_core::{Device, Result, Tensor, safetensors};
use candle_nn::{Embedding, Linear, Module as _, RmsNorm};
use weighbridge::{Loader, Module};
use weighbridge_zoo::layers::{Rope, attention, causal, split_heads};

#[derive(Module)]
#[module(defaults(head_dim = "hidden_size" / "num_attention_heads"))]
struct Qwen2 {
    #[module(rename = "model.embed_tokens", args(count = "vocab_size", dim = "hidden_size"))]
    embed_tokens: Embedding,
    #[module(rename = "model.layers", len = "num_hidden_layers")]
    layers: Vec<Layer>,
    #[module(rename = "model.norm", args(dim = "hidden_size", eps = "rms_norm_eps"))]
    norm: RmsNorm,
    #[module(
        args(in = "hidden_size", out = "vocab_size", bias = false),
        tied = "model.embed_tokens",
        tied_when = "tie_word_embeddings"
    )]
    lm_head: Linear,
    #[module(config)]
    head_dim: usize,
    #[module(config = "rope_parameters.rope_theta")]
    rope_theta: f64,
}

#[derive(Module)]
struct Layer {
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    input_layernorm: RmsNorm,
    self_attn: Attention,
    #[module(args(dim = "hidden_size", eps = "rms_norm_eps"))]
    post_attention_layernorm: RmsNorm,
    mlp: Mlp,
}

#[derive(Module)]
struct Attention {
    #[module(args(in = "hidden_size", out = "num_attention_heads" * "head_dim"))]
    q_proj: Linear,
    #[module(args(in = "hidden_size", out = "num_key_value_heads" * "head_dim"))]
    k_proj: Linear,
    #[module(args(in = "hidden_size", out = "num_key_value_heads" * "head_dim"))]
    v_proj: Linear,
    #[module(args(in = "num_attention_heads" * "head_dim", out = "hidden_size", bias = false))]
    o_proj: Linear,
}

#[derive(Module)]
struct Mlp {
    #[module(args(in = "hidden_size", out = "intermediate_size", bias = false))]
    gate_proj: Linear,
    #[module(args(in = "hidden_size", out = "intermediate_size", bias = false))]
    up_proj: Linear,
    #[module(args(in = "intermediate_size", out = "hidden_size", bias = false))]
    down_proj: Linear,
}

fn load(folder: &str) -> std::result::Result<Qwen2, Box<dyn Error>> {
    let loader = Loader::new().device(Device::Cpu).config_file(format!("{folder}/config.json"));
    Ok(loader.load(folder)?.module)
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
