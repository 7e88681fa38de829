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
//! The [page about attributes](crate::docs::attributes) has the arguments and the parameters of each. Names and shapes are those of
//! PyTorch's files, whatever burn calls them and however it lays them out: burn's `Linear` is [in, out], and its `Lstm` has a layer for
//! each gate. Defaults are PyTorch's too.
//!
//! An update keeps what is in no file, and the ids of burn's `Param`s, by which its optimizers know them. It also keeps whether each is
//! trained. `BatchNorm` has no place for `num_batches_tracked`, so that name is ignored, and noted in the report.
//!
//! A recurrent layer is one layer, as in burn: `Lstm` and `Gru` in one direction, `BiLstm` and `BiGru` in both. For a stack, rename the names of the others:
//! `Loader::rename("lstm.weight_ih_l1", "second.weight_ih_l0")`. What a layer has that PyTorch's has not, such as `clip`, an update keeps. An
//! `Lstm` whose forget gate is coupled to its input gate is saved with the forget gate that computes the same, and cannot be updated.
//!
//! A kernel of `Conv2d` is square unless `kernel_width` says otherwise, and `kernel` is its height; so are strides, paddings and
//! dilations. For another layout, write the [parts](crate::Remote) of the layer yourself.

mod convolution;
mod norm;
mod plain;
mod recurrent;
mod weight;

use burn_nn::conv::{Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d};
use burn_nn::{BatchNorm, BiGru, BiLstm, Embedding, GroupNorm, Gru, LayerNorm, Linear, Lstm, RmsNorm};

use self::convolution::{Conv1dParts, Conv2dParts, ConvTranspose1dParts, ConvTranspose2dParts};
use self::norm::{BatchNormParts, GroupNormParts, LayerNormParts, RmsNormParts};
use self::plain::{EmbeddingParts, LinearParts};
use self::recurrent::{BiGruParts, BiLstmParts, GruParts, LstmParts};

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
    BiLstm: BiLstmParts;
    BiGru: BiGruParts;
}
