//! GPT-2 in four steps, from a first guess to a struct that loads the file. `docs/porting.md` tells the story.

use weighbridge::{LoadError, Loader, Module, Report, Tensor};

/// Written by transformers.
pub const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/gpt2/model.safetensors");

/// What `config.json` says.
pub const WIDTH: usize = 32;

/// Step 1: layers as you would write them today, with linear layers as [out, in].
pub mod guess {
    use super::*;

    #[derive(Module)]
    pub struct Linear<const IN: usize, const OUT: usize> {
        #[param(shape = [OUT, IN])]
        pub weight: Tensor<f32>,
        #[param(shape = [OUT])]
        pub bias: Tensor<f32>,
    }

    #[derive(Module)]
    pub struct Norm {
        #[param(shape = [WIDTH])]
        pub weight: Tensor<f32>,
        #[param(shape = [WIDTH])]
        pub bias: Tensor<f32>,
    }

    #[derive(Module)]
    pub struct Embedding<const ROWS: usize> {
        #[param(shape = [ROWS, WIDTH])]
        pub weight: Tensor<f32>,
    }

    #[derive(Module)]
    pub struct Attention {
        pub q_proj: Linear<WIDTH, WIDTH>,
        pub k_proj: Linear<WIDTH, WIDTH>,
        pub v_proj: Linear<WIDTH, WIDTH>,
        pub c_proj: Linear<WIDTH, WIDTH>,
    }

    #[derive(Module)]
    pub struct FeedForward<Up, Down> {
        pub c_fc: Up,
        pub c_proj: Down,
    }

    #[derive(Module)]
    pub struct Layer<A, Up, Down> {
        pub ln_1: Norm,
        pub attn: A,
        pub ln_2: Norm,
        pub mlp: FeedForward<Up, Down>,
    }

    pub type Block = Layer<Attention, Linear<WIDTH, { 4 * WIDTH }>, Linear<{ 4 * WIDTH }, WIDTH>>;

    #[derive(Module)]
    pub struct Gpt2 {
        pub wte: Embedding<128>,
        pub wpe: Embedding<32>,
        pub h: [Block; 2],
        pub ln_f: Norm,
        pub lm_head: Embedding<128>,
    }
}

/// Step 3: the struct after the reports.
pub mod declared {
    use super::guess::{Embedding, Layer, Norm};
    use super::*;

    #[derive(Module)]
    pub struct Linear<const IN: usize, const OUT: usize> {
        #[param(shape = [OUT, IN], from = transpose)]
        pub weight: Tensor<f32>,
        #[param(shape = [OUT])]
        pub bias: Tensor<f32>,
    }

    #[derive(Module)]
    pub struct Attention {
        #[param(shape = [WIDTH, WIDTH], from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = 0)))]
        pub q: Tensor<f32>,
        #[param(shape = [WIDTH, WIDTH], from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = WIDTH)))]
        pub k: Tensor<f32>,
        #[param(shape = [WIDTH, WIDTH], from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = 2 * WIDTH)))]
        pub v: Tensor<f32>,
        #[param(shape = [3 * WIDTH], rename = "c_attn.bias")]
        pub qkv_bias: Tensor<f32>,
        pub c_proj: Linear<WIDTH, WIDTH>,
    }

    pub type Block = Layer<Attention, Linear<WIDTH, { 4 * WIDTH }>, Linear<{ 4 * WIDTH }, WIDTH>>;

    #[derive(Module)]
    pub struct Gpt2 {
        #[module(rename = "transformer.wte")]
        pub wte: Embedding<128>,
        #[module(rename = "transformer.wpe")]
        pub wpe: Embedding<32>,
        #[module(rename = "transformer.h")]
        pub h: [Block; 2],
        #[module(rename = "transformer.ln_f")]
        pub ln_f: Norm,
        #[module(tied = "transformer.wte")]
        pub lm_head: Embedding<128>,
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
    let stripped = Loader::new().strip_prefix("transformer.");
    Ok(vec![
        ("A first guess", refused(Loader::new().check::<guess::Gpt2>(FILE))?),
        ("The names", refused(stripped.check::<guess::Gpt2>(FILE))?),
        ("The layouts", Loader::new().load::<declared::Gpt2>(FILE)?.report),
    ])
}
