//! Models as their authors would publish them, each loaded strictly from a real checkpoint.
//!
//! | model | computes on | shows |
//! |---|---|---|
//! | [`llama`] | candle | Llama, Qwen2 and Qwen3 as one struct, of any size: layers of candle-nn, sizes and biases by `config.json`; a head that is tied or not; projections fused by `from = concat(..)` |
//! | [`llama_gguf`] | candle | Llama in the names of GGUF: quantised matrices as `QMatMul`, sizes from the file's own metadata, rows of queries and keys put back |
//! | [`gemma2`] | candle | a norm of one's own beside candle's layers; lists and options of the configuration as fields |
//! | [`mixtral`] | candle | a list of experts in each layer |
//! | [`gpt2`] | candle | weights stored [in, out]; one stored tensor as three, by `from = transpose(of = slice(..))`; a default where the configuration has `null` |
//! | [`bert`] | candle | names that Rust does not have; `tied` across the model; `alias` |
//! | [`t5`] | candle | a gate that is there or not; what only the first block has; an activation of the configuration as a field |
//! | [`whisper`] | candle | convolutions; a field of the configuration by an argument; `flatten` |
//! | [`deepseek`] | | dense layers and experts in one list, as an enum; scales for blocks, by `ceil_div` |
//! | [`gemma4`] | | two kinds of attention with sizes of their own, as variants of an enum |
//! | [`llava`] | | a model of two halves, each with a scope of the configuration |
//! | [`resnet`] | | layers of unlike types as tuples; a layer that is there or not by its type; scalars |
//! | [`mlx_transformer`] | | sizes that are fixed: const generics and arrays |
//! | [`mlx_cnn`] | | kernels as MLX has them, and as torch has them by `from = permute(..)` |
//! | [`mlx_quantized`] | | packed layers, their bit width and mode in the type |
//! | [`quantised`] | | layers in the published quantised layouts, of any size, bits and groups; a layer that is quantised or not |
//!
//! Those that compute have a forward pass; the others are weights alone. Those that transformers saves, all but [`resnet`], take their
//! sizes from a configuration when they are loaded, so one struct is the model in every size.

pub mod bert;
pub mod deepseek;
pub mod gemma2;
pub mod gemma4;
pub mod gpt2;
pub mod layers;
pub mod llama;
pub mod llama_gguf;
pub mod llava;
pub mod mixtral;
pub mod mlx_cnn;
pub mod mlx_quantized;
pub mod mlx_transformer;
pub mod plain;
pub mod quantised;
pub mod resnet;
pub mod t5;
pub mod whisper;
