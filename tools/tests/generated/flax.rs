// Loads `flax.safetensors` strictly: 65 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.
// The file has other names, or more of them: load it with `Loader::new().separator('/')`.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

pub const BLOCKS: usize = 3;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Vit {
    pub embedding: Embedding,
    #[module(rename = "Transformer")]
    pub transformer: Transformer,
    pub odd: Odd,
    #[param(shape = [1, 1, 8])]
    pub cls: Tensor<Float>,
}

/// At `embedding`.
#[derive(Clone, Debug, Module)]
pub struct Embedding {
    #[param(shape = [4, 4, 3, 8])]
    pub kernel: Tensor<Float>,
    #[param(shape = [8])]
    pub bias: Tensor<Float>,
}

/// At `Transformer`.
#[derive(Clone, Debug, Module)]
pub struct Transformer {
    pub encoder_norm: LayerNorm,
    #[module(rename = "encoderblock_{}", len = BLOCKS)]
    pub encoderblock: Vec<Encoderblock>,
    pub posembed_input: PosembedInput,
}

/// At `Transformer.encoder_norm`, `Transformer.encoderblock_*.LayerNorm_0`, `Transformer.encoderblock_*.LayerNorm_2`.
#[derive(Clone, Debug, Module)]
pub struct LayerNorm {
    #[param(shape = [8])]
    pub scale: Tensor<Float>,
    #[param(shape = [8])]
    pub bias: Tensor<Float>,
}

/// At `Transformer.encoderblock_*`.
#[derive(Clone, Debug, Module)]
pub struct Encoderblock {
    #[module(rename = "LayerNorm_0")]
    pub layer_norm_0: LayerNorm,
    #[module(rename = "LayerNorm_2")]
    pub layer_norm_2: LayerNorm,
    #[module(rename = "MlpBlock_3")]
    pub mlp_block_3: MlpBlock,
    #[module(rename = "MultiHeadDotProductAttention_1")]
    pub multi_head_dot_product_attention_1: MultiHeadDotProductAttention,
}

/// At `Transformer.encoderblock_*.MlpBlock_3`.
#[derive(Clone, Debug, Module)]
pub struct MlpBlock {
    #[module(rename = "Dense_0")]
    pub dense_0: Dense<8, 16>,
    #[module(rename = "Dense_1")]
    pub dense_1: Dense<16, 8>,
}

/// At `Transformer.encoderblock_*.MlpBlock_3.Dense_*`.
#[derive(Clone, Debug, Module)]
pub struct Dense<const DIM: usize, const DIM_B: usize> {
    #[param(shape = [DIM, DIM_B])]
    pub kernel: Tensor<Float>,
    #[param(shape = [DIM_B])]
    pub bias: Tensor<Float>,
}

/// At `Transformer.encoderblock_*.MultiHeadDotProductAttention_1`.
#[derive(Clone, Debug, Module)]
pub struct MultiHeadDotProductAttention {
    pub query: KernelBias,
    pub key: KernelBias,
    pub value: KernelBias,
    pub out: MultiHeadDotProductAttentionOut,
}

/// At `Transformer.encoderblock_*.MultiHeadDotProductAttention_1.query`, `Transformer.encoderblock_*.MultiHeadDotProductAttention_1.key`, `Transformer.encoderblock_*.MultiHeadDotProductAttention_1.value`.
#[derive(Clone, Debug, Module)]
pub struct KernelBias {
    #[param(shape = [8, 2, 4])]
    pub kernel: Tensor<Float>,
    #[param(shape = [2, 4])]
    pub bias: Tensor<Float>,
}

/// At `Transformer.encoderblock_*.MultiHeadDotProductAttention_1.out`.
#[derive(Clone, Debug, Module)]
pub struct MultiHeadDotProductAttentionOut {
    #[param(shape = [2, 4, 8])]
    pub kernel: Tensor<Float>,
    #[param(shape = [8])]
    pub bias: Tensor<Float>,
}

/// At `Transformer.posembed_input`.
#[derive(Clone, Debug, Module)]
pub struct PosembedInput {
    #[param(shape = [1, 5, 8])]
    pub pos_embedding: Tensor<Float>,
}

/// At `odd`.
#[derive(Clone, Debug, Module)]
pub struct Odd {
    #[param(rename = "\"x\" {}", len = 2, shape = [3])]
    pub x: Vec<Tensor<Float>>,
    #[param(shape = [5])]
    pub both0: Tensor<Float>,
    #[param(shape = [5])]
    pub both1: Tensor<Float>,
    #[module(rename = "both1")]
    pub both1_parts: Both,
    #[param(shape = [4])]
    pub late1: Tensor<Float>,
    #[param(shape = [4])]
    pub late2: Tensor<Float>,
    #[param(shape = [1])]
    pub uneven0: Tensor<Float>,
    #[param(shape = [2])]
    pub uneven1: Tensor<Float>,
    #[param(rename = "{{}}{{{}", len = 2, shape = [2])]
    pub field: Vec<Tensor<Float>>,
}

/// At `odd.both*`.
#[derive(Clone, Debug, Module)]
pub struct Both {
    #[param(shape = [6])]
    pub below: Tensor<Float>,
}
