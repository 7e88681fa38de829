//! `nn.Transformer` of MLX: weights alone.

use weighbridge::Module;

use crate::plain::{LayerNorm, Linear, Projection};

/// The committed checkpoint.
pub type Tiny = Transformer<16, 64, 2, 2>;

/// `nn.Transformer(dims, num_encoder_layers, num_decoder_layers, mlp_dims)`. MLX's own default for `MLP` is four times
/// `DIMS`, which is said here because stable Rust does not compute const arguments.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Transformer<const DIMS: usize, const MLP: usize, const ENCODER: usize, const DECODER: usize> {
    /// Reads the source.
    pub encoder: Stack<EncoderLayer<DIMS, MLP>, ENCODER, DIMS>,
    /// Writes the target.
    pub decoder: Stack<DecoderLayer<DIMS, MLP>, DECODER, DIMS>,
}

/// `TransformerEncoder` and `TransformerDecoder`, which differ in their layers.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Stack<L, const LAYERS: usize, const DIMS: usize> {
    /// The layers.
    pub layers: [L; LAYERS],
    /// Behind the last layer.
    pub ln: LayerNorm<DIMS>,
}

/// `TransformerEncoderLayer`.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct EncoderLayer<const DIMS: usize, const MLP: usize> {
    /// To the sequence itself.
    pub attention: MultiHeadAttention<DIMS>,
    /// Around the attention.
    pub ln1: LayerNorm<DIMS>,
    /// Around the feed-forward network.
    pub ln2: LayerNorm<DIMS>,
    /// Out of the residual stream.
    pub linear1: Linear<DIMS, MLP>,
    /// Back into it.
    pub linear2: Linear<MLP, DIMS>,
}

/// `TransformerDecoderLayer`.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct DecoderLayer<const DIMS: usize, const MLP: usize> {
    /// To the sequence itself.
    pub self_attention: MultiHeadAttention<DIMS>,
    /// To the encoder's output.
    pub cross_attention: MultiHeadAttention<DIMS>,
    /// Around the first attention.
    pub ln1: LayerNorm<DIMS>,
    /// Around the second attention.
    pub ln2: LayerNorm<DIMS>,
    /// Around the feed-forward network.
    pub ln3: LayerNorm<DIMS>,
    /// Out of the residual stream.
    pub linear1: Linear<DIMS, MLP>,
    /// Back into it.
    pub linear2: Linear<MLP, DIMS>,
}

/// `MultiHeadAttention`, whose projections have no bias unless that is asked for.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct MultiHeadAttention<const DIMS: usize> {
    /// Queries.
    pub query_proj: Projection<DIMS, DIMS>,
    /// Keys.
    pub key_proj: Projection<DIMS, DIMS>,
    /// Values.
    pub value_proj: Projection<DIMS, DIMS>,
    /// Output.
    pub out_proj: Projection<DIMS, DIMS>,
}
