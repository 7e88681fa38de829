//! Models as their authors would publish them, each loaded strictly from a real checkpoint.
//!
//! | model | computes on | shows |
//! |---|---|---|
//! | [`llama`] | candle | one model for every configuration; a head that is tied or not; projections fused by `from = concat(..)` |
//! | [`gpt2`] | candle | weights stored [in, out]; one stored tensor as three, by `from = transpose(of = slice(..))`; `tied` |
//! | [`bert`] | candle | names that Rust does not have; `tied` across the model; `alias` |
//! | [`resnet`] | | layers of unlike types as tuples; a layer that is there or not by its type; scalars |
//! | [`whisper`] | | what a family of models differs in as named dimensions; `flatten`; `tied` |
//! | [`mlx_transformer`] | | const generics and arrays |
//! | [`mlx_cnn`] | | kernels as MLX has them, and as torch has them by `from = permute(..)` |
//! | [`mlx_quantized`] | | packed layers, their bit width and mode in the type |
//!
//! The first three have weights in `candle_core::Tensor` and a forward pass; the others are weights alone.

pub mod bert;
pub mod gpt2;
pub mod layers;
pub mod llama;
pub mod mlx_cnn;
pub mod mlx_quantized;
pub mod mlx_transformer;
pub mod plain;
pub mod resnet;
pub mod sizes;
pub mod whisper;
