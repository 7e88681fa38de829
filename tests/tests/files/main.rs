//! Checkpoints as others write them, and what others do with them: transformers, MLX, numpy.

mod blocks;
mod converters;
mod dequantised;
mod directories;
mod fixtures;
mod footprint;
mod foreign;
mod gguf;
mod mlx;
mod no_arrays;
mod several;
mod slashes;
mod torch;
