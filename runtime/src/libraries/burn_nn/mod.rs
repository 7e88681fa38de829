//! Layers of burn-nn, 0.22, with the feature `burn-nn`, which turns on `burn`. They are modules as they are, also in a struct that
//! derives burn's `Module` too:
//!
//! ```no_run
//! use burn_core as burn;
//! use burn_core::module::Module;
//! use burn_nn::{Embedding, Linear};
//! use weighbridge::Loader;
//!
//! #[derive(Module, weighbridge::Module, Debug)]
//! struct Model {
//!     #[weighbridge(args(count = "vocab_size", dim = "hidden_size"))]
//!     embed: Embedding,
//!     #[weighbridge(args(in = "hidden_size", out = "vocab_size", bias = false))]
//!     head: Linear,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let device = burn_core::tensor::Device::default();      // or `.autodiff()` of it, to train
//! let model = Loader::new().device(device).config_file("config.json").load::<Model>("model.safetensors")?.module;
//! println!("{} parameters to train", model.num_params());
//! # Ok(())
//! # }
//! ```
//!
//! # What they take
//!
//! Names and shapes are those of PyTorch's files, whatever burn calls them and however it lays them out, and so are the defaults of
//! arguments: a layer has a bias unless `bias` says otherwise.
//!
//! | type | arguments | parameters in the file |
//! |---|---|---|
//! | `Linear` | `in`, `out`, `bias = true` | `weight` `[out, in]`, which burn has as `[in, out]`, `bias` `[out]` |
//! | `Embedding` | `count`, `dim` | `weight` `[count, dim]` |
//! | `LayerNorm` | `dim`, `eps`, `bias = true` | `weight` `[dim]`, `bias` `[dim]` |
//! | `RmsNorm` | `dim`, `eps` | `weight` `[dim]` |
//! | `GroupNorm` | `groups`, `dim`, `eps`, `affine = true` | `weight` `[dim]`, `bias` `[dim]` |
//! | `BatchNorm` | `dim`, `eps` | `weight` `[dim]`, `bias` `[dim]`, `running_mean` `[dim]`, `running_var` `[dim]` |
//! | `Conv1d` | `in`, `out`, `kernel`, `stride = 1`, `padding = 0`, `dilation = 1`, `groups = 1`, `bias = true` | `weight` `[out, in / groups, kernel]`, `bias` `[out]` |
//! | `Conv2d` | the same | `weight` `[out, in / groups, kernel, kernel]`, `bias` `[out]` |
//! | `ConvTranspose1d` | the same, and `output_padding = 0` | `weight` `[in, out / groups, kernel]`, `bias` `[out]` |
//! | `ConvTranspose2d` | the same | `weight` `[in, out / groups, kernel, kernel]`, `bias` `[out]` |
//! | `Lstm` | `in`, `hidden`, `bias = true` | `weight_ih_l0` `[4 · hidden, in]`, `weight_hh_l0` `[4 · hidden, hidden]`, `bias_ih_l0` and `bias_hh_l0` `[4 · hidden]`, which burn has as four gates |
//! | `Gru` | `in`, `hidden`, `bias = true` | the same with 3 in place of 4 |
//!
//! An `eps` is a name of the configuration, `args(eps = "layer_norm_eps")`, or a value that no file has: `with(eps = 1e-5)`. What
//! a file does not have, such as a stride, is a constant or a name of the configuration.
//!
//! An update keeps what is in no file, and the ids of burn's `Param`s, by which its optimizers know them. It also keeps whether each is
//! trained. `BatchNorm` has no place for `num_batches_tracked`, so that name is ignored, and noted in the report.
//!
//! An `Lstm` or a `Gru` is one layer in one direction, as in burn. For a stack, rename the names of the others:
//! `Loader::rename("lstm.weight_ih_l1", "second.weight_ih_l0")`. What a layer has that PyTorch's has not, such as `clip`, an update keeps. An
//! `Lstm` whose forget gate is coupled to its input gate is saved with the forget gate that computes the same, and cannot be updated.
//!
//! For kernels that are not square, or another layout, write the [parts](crate::Remote) of the layer yourself.

mod convolution;
mod norm;
mod plain;
mod recurrent;
mod weight;

use burn_nn::conv::{Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d};
use burn_nn::{BatchNorm, Embedding, GroupNorm, Gru, LayerNorm, Linear, Lstm, RmsNorm};

use self::convolution::{Conv1dParts, Conv2dParts, ConvTranspose1dParts, ConvTranspose2dParts};
use self::norm::{BatchNormParts, GroupNormParts, LayerNormParts, RmsNormParts};
use self::plain::{EmbeddingParts, LinearParts};
use self::recurrent::{GruParts, LstmParts};

layers! {
    Linear: LinearParts;
    Embedding: EmbeddingParts;
    LayerNorm: LayerNormParts;
    RmsNorm: RmsNormParts;
    GroupNorm: GroupNormParts;
    BatchNorm: BatchNormParts;
    Conv1d: Conv1dParts;
    Conv2d: Conv2dParts;
    ConvTranspose1d: ConvTranspose1dParts;
    ConvTranspose2d: ConvTranspose2dParts;
    Lstm: LstmParts;
    Gru: GruParts;
}
