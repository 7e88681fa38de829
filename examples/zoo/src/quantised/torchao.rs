//! torchao, as `flatten_tensor_state_dict` writes its tensors into safetensors: int8, fp8, and integers of fewer bits.
//!
//! - The tensors of `proj.weight` are `proj._weight_qdata`, `proj._weight_scale` …: they lie in the layer, beside its bias.
//! - Which class of torchao they belong to, and its block size, is JSON in the file's metadata, under the name of the weight. Read it
//!   with `Checkpoint::metadata`.
//! - Integers of fewer bits have a byte each, as they were made without a GPU. `Int4Tensor`, which has two in a byte and a column of scales
//!   for each output, is refused by its shapes. No type here is its.
//! - `_weight_zero_point` is there where the class has one, even if all of it is 0.

use weighbridge::{AnyTensor, Module, Tensor};

/// A linear layer with a scale for each `group` of a row; for a row where nothing is said.
#[derive(Module, Clone, Debug, PartialEq)]
#[module(args(in, out, group = "in"))]
pub struct Linear {
    /// A row for each output.
    #[param(rename = "_weight_qdata", shape = ["out", "in"], dtype = ["I8", "F8_E4M3"])]
    pub weight: AnyTensor,
    /// What each group is multiplied by.
    #[param(rename = "_weight_scale", shape = ["out", "in" / "group"], dtype = ["BF16", "F16", "F32"])]
    pub scales: AnyTensor,
    /// What is subtracted before.
    #[param(rename = "_weight_zero_point", shape = ["out", "in" / "group"])]
    pub zeros: Option<Tensor<i8>>,
    /// Added to each output.
    #[param(shape = ["out"], dtype = ["BF16", "F16", "F32"])]
    pub bias: Option<AnyTensor>,
}
