//! LLaVA, a model of pictures and text, of any size: weights alone.
//!
//! Its configuration has one for each half, and both have a `hidden_size`. A field with a `config_scope` takes its half's, so
//! the text model is [`Llama`] as it is.

use candle_core::Tensor;
use candle_nn::{Conv2d, Embedding, LayerNorm, Linear};
use weighbridge::Module;

use crate::llama::Llama;

/// The whole.
#[derive(Module)]
pub struct Llava {
    /// From pictures.
    #[module(config_scope = "vision_config")]
    pub vision_tower: VisionTower,
    /// From the width of the one half to that of the other.
    pub multi_modal_projector: Projector,
    /// To text.
    #[module(config_scope = "text_config")]
    pub language_model: Llama,
}

/// Two linear layers between the halves.
#[derive(Module)]
pub struct Projector {
    /// Out of the one half.
    #[module(args(
        in = "vision_config.hidden_size",
        out = "text_config.hidden_size",
        bias = "multimodal_projector_bias"
    ))]
    pub linear_1: Linear,
    /// Into the other.
    #[module(args(
        in = "text_config.hidden_size",
        out = "text_config.hidden_size",
        bias = "multimodal_projector_bias"
    ))]
    pub linear_2: Linear,
}

/// CLIP's model of pictures.
#[derive(Module)]
pub struct VisionTower {
    /// Pictures in patches.
    pub embeddings: Embeddings,
    /// Before the layers.
    #[module(rename = "pre_layrnorm", args(dim = "hidden_size", eps = "layer_norm_eps"))]
    pub pre_layernorm: LayerNorm,
    /// The layers.
    #[module(rename = "encoder.layers", len = "num_hidden_layers")]
    pub layers: Vec<Layer>,
    /// Behind the layers.
    #[module(args(dim = "hidden_size", eps = "layer_norm_eps"))]
    pub post_layernorm: LayerNorm,
}

/// Patches, their places, and what stands before them.
#[derive(Module)]
pub struct Embeddings {
    /// What stands before the patches.
    #[param(shape = ["hidden_size"], dtype = ["F32", "BF16", "F16"])]
    pub class_embedding: Tensor,
    /// From a patch to the residual stream.
    #[module(args(
        in = "num_channels",
        out = "hidden_size",
        kernel = "patch_size",
        stride = "patch_size",
        bias = false
    ))]
    pub patch_embedding: Conv2d,
    /// A row for each place, and one for what stands before.
    #[module(args(count = ("image_size" / "patch_size") * ("image_size" / "patch_size") + 1, dim = "hidden_size"))]
    pub position_embedding: Embedding,
}

/// One layer.
#[derive(Module)]
pub struct Layer {
    /// Before the attention.
    #[module(args(dim = "hidden_size", eps = "layer_norm_eps"))]
    pub layer_norm1: LayerNorm,
    /// The attention.
    pub self_attn: Attention,
    /// Before the feed-forward network.
    #[module(args(dim = "hidden_size", eps = "layer_norm_eps"))]
    pub layer_norm2: LayerNorm,
    /// Out of the residual stream.
    #[module(rename = "mlp.fc1", args(in = "hidden_size", out = "intermediate_size"))]
    pub fc1: Linear,
    /// Back into it.
    #[module(rename = "mlp.fc2", args(in = "intermediate_size", out = "hidden_size"))]
    pub fc2: Linear,
}

/// The projections of the attention.
#[derive(Module)]
pub struct Attention {
    /// Queries.
    #[module(args(in = "hidden_size", out = "hidden_size"))]
    pub q_proj: Linear,
    /// Keys.
    #[module(args(in = "hidden_size", out = "hidden_size"))]
    pub k_proj: Linear,
    /// Values.
    #[module(args(in = "hidden_size", out = "hidden_size"))]
    pub v_proj: Linear,
    /// Output.
    #[module(args(in = "hidden_size", out = "hidden_size"))]
    pub out_proj: Linear,
}
