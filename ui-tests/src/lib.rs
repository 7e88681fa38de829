//! A model that the cases in `ui/verify` and `ui-build` verify. Only tests: see `tests/ui.rs`.

use weighbridge::{Element, Module, Tensor};

/// The sizes of a llama, and what its elements are.
pub trait Config {
    /// The elements.
    type Element: Element;
    /// The vocabulary.
    const VOCAB: usize = 128;
    /// The width.
    const HIDDEN: usize = 32;
    /// The width between.
    const BETWEEN: usize = 64;
    /// The width of the keys and values.
    const KEYS: usize = 16;
    /// The layers.
    const LAYERS: usize = 3;
}

/// Whose sizes are those of `fixtures/llama`.
pub struct Small;

impl Config for Small {
    type Element = half::bf16;
}

/// A layer.
#[derive(Module)]
pub struct Layer<C: Config> {
    #[param(shape = [C::HIDDEN], rename = "input_layernorm.weight")]
    before: Tensor<C::Element>,
    #[param(shape = [C::HIDDEN], rename = "post_attention_layernorm.weight")]
    between: Tensor<C::Element>,
    self_attn: Attention<C>,
    mlp: Mlp<C>,
}

#[derive(Module)]
struct Attention<C: Config> {
    #[param(shape = [C::HIDDEN, C::HIDDEN], rename = "q_proj.weight")]
    q: Tensor<C::Element>,
    #[param(shape = [C::KEYS, C::HIDDEN], rename = "k_proj.weight")]
    k: Tensor<C::Element>,
    #[param(shape = [C::KEYS, C::HIDDEN], rename = "v_proj.weight")]
    v: Tensor<C::Element>,
    #[param(shape = [C::HIDDEN, C::HIDDEN], rename = "o_proj.weight")]
    o: Tensor<C::Element>,
}

#[derive(Module)]
struct Mlp<C: Config> {
    #[param(shape = [C::BETWEEN, C::HIDDEN], rename = "gate_proj.weight")]
    gate: Tensor<C::Element>,
    #[param(shape = [C::BETWEEN, C::HIDDEN], rename = "up_proj.weight")]
    up: Tensor<C::Element>,
    #[param(shape = [C::HIDDEN, C::BETWEEN], rename = "down_proj.weight")]
    down: Tensor<C::Element>,
}

/// What stands before and behind the layers, and they.
#[derive(Module)]
pub struct Body<C: Config> {
    #[param(shape = [C::VOCAB, C::HIDDEN], rename = "embed_tokens.weight")]
    embed: Tensor<C::Element>,
    #[module(len = C::LAYERS)]
    layers: Vec<Layer<C>>,
    #[param(shape = [C::HIDDEN], rename = "norm.weight")]
    norm: Tensor<C::Element>,
}

/// A llama, as `fixtures/llama` has it.
#[derive(Module)]
pub struct Llama<C: Config> {
    model: Body<C>,
    #[param(shape = [C::VOCAB, C::HIDDEN], rename = "lm_head.weight")]
    head: Tensor<C::Element>,
}
