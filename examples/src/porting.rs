//! GPT-2 in three steps, from a first guess to a struct that loads the file. `docs/porting.md` tells the story.

use weighbridge::{LoadError, Loader, Module, Report, Tensor};

/// Written by transformers.
pub const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/gpt2/model.safetensors");

/// What transformers says of it.
pub const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/gpt2/config.json");

/// Step 1: layers as you would write them today, with linear layers as [out, in].
pub mod guess {
    use super::*;

    #[derive(Module)]
    #[module(args(in, out))]
    pub struct Linear {
        #[param(shape = ["out", "in"])]
        pub weight: Tensor<f32>,
        #[param(shape = ["out"])]
        pub bias: Tensor<f32>,
    }

    #[derive(Module)]
    pub struct Norm {
        #[param(shape = ["n_embd"])]
        pub weight: Tensor<f32>,
        #[param(shape = ["n_embd"])]
        pub bias: Tensor<f32>,
    }

    #[derive(Module)]
    #[module(args(rows))]
    pub struct Embedding {
        #[param(shape = ["rows", "n_embd"])]
        pub weight: Tensor<f32>,
    }

    #[derive(Module)]
    pub struct Attention {
        #[module(args(in = "n_embd", out = "n_embd"))]
        pub q_proj: Linear,
        #[module(args(in = "n_embd", out = "n_embd"))]
        pub k_proj: Linear,
        #[module(args(in = "n_embd", out = "n_embd"))]
        pub v_proj: Linear,
        #[module(args(in = "n_embd", out = "n_embd"))]
        pub c_proj: Linear,
    }

    #[derive(Module)]
    pub struct FeedForward {
        #[module(args(in = "n_embd", out = 4 * "n_embd"))]
        pub c_fc: Linear,
        #[module(args(in = 4 * "n_embd", out = "n_embd"))]
        pub c_proj: Linear,
    }

    #[derive(Module)]
    pub struct Block<A, F> {
        pub ln_1: Norm,
        pub attn: A,
        pub ln_2: Norm,
        pub mlp: F,
    }

    #[derive(Module)]
    pub struct Gpt2 {
        #[module(args(rows = "vocab_size"))]
        pub wte: Embedding,
        #[module(args(rows = "n_positions"))]
        pub wpe: Embedding,
        #[module(len = "n_layer")]
        pub h: Vec<Block<Attention, FeedForward>>,
        pub ln_f: Norm,
        #[module(args(rows = "vocab_size"))]
        pub lm_head: Embedding,
    }
}

/// Step 3: the struct after the reports.
pub mod declared {
    use super::guess::{Block, Embedding, Norm};
    use super::*;

    #[derive(Module)]
    #[module(args(in, out))]
    pub struct Linear {
        #[param(shape = ["out", "in"], from = transpose)]
        pub weight: Tensor<f32>,
        #[param(shape = ["out"])]
        pub bias: Tensor<f32>,
    }

    #[derive(Module)]
    pub struct Attention {
        #[param(
            shape = ["n_embd", "n_embd"],
            from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = 0)),
        )]
        pub q: Tensor<f32>,
        #[param(
            shape = ["n_embd", "n_embd"],
            from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = "n_embd")),
        )]
        pub k: Tensor<f32>,
        #[param(
            shape = ["n_embd", "n_embd"],
            from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = 2 * "n_embd")),
        )]
        pub v: Tensor<f32>,
        #[param(shape = [3 * "n_embd"], rename = "c_attn.bias")]
        pub qkv_bias: Tensor<f32>,
        #[module(args(in = "n_embd", out = "n_embd"))]
        pub c_proj: Linear,
    }

    #[derive(Module)]
    pub struct FeedForward {
        #[module(args(in = "n_embd", out = 4 * "n_embd"))]
        pub c_fc: Linear,
        #[module(args(in = 4 * "n_embd", out = "n_embd"))]
        pub c_proj: Linear,
    }

    #[derive(Module)]
    pub struct Gpt2 {
        #[module(rename = "transformer.wte", args(rows = "vocab_size"))]
        pub wte: Embedding,
        #[module(rename = "transformer.wpe", args(rows = "n_positions"))]
        pub wpe: Embedding,
        #[module(rename = "transformer.h", len = "n_layer")]
        pub h: Vec<Block<Attention, FeedForward>>,
        #[module(rename = "transformer.ln_f")]
        pub ln_f: Norm,
        #[module(tied = "transformer.wte", args(rows = "vocab_size"))]
        pub lm_head: Embedding,
    }
}

/// The report of each step.
///
/// # Errors
/// If the last step does not load, or the file cannot be read.
pub fn reports() -> Result<Vec<(&'static str, Report)>, LoadError> {
    let refused = |result: Result<Report, LoadError>| match result {
        Err(LoadError::Mismatch(report)) => Ok(*report),
        other => other,
    };
    let loader = Loader::new().config_file(CONFIG);
    let stripped = loader.clone().strip_prefix("transformer.");
    Ok(vec![
        ("A first guess", refused(loader.check::<guess::Gpt2>(FILE))?),
        ("The names", refused(stripped.check::<guess::Gpt2>(FILE))?),
        ("The layouts", loader.load::<declared::Gpt2>(FILE)?.report),
    ])
}
