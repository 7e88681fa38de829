//! What an inspection finds.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use weighbridge_checkpoint::DType;

/// What a checkpoint holds. [`Display`](std::fmt::Display) is the folded tree without colours.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// Where it came from: a path, or what was given instead.
    pub checkpoint: String,
    /// Of all tensors.
    pub total: Total,
    /// The files, in natural order of their names: one, or the shards.
    pub files: Vec<FileTotal>,
    /// The dtypes, the one with the most bytes first.
    pub dtypes: Vec<DTypeTotal>,
    /// What the writer said about the whole, such as `format: pt`.
    pub metadata: BTreeMap<String, String>,
    /// Names that the file has more than once. Such a file is hostile or broken, and a load refuses it.
    pub duplicates: Vec<Duplicate>,
    /// The folded tree. Of a name that the file has more than once, it has the first tensor.
    pub tree: Vec<TreeNode>,
    /// Every tensor, in natural order (`layers.9` before `layers.10`).
    pub tensors: Vec<Tensor>,
}

/// How much some tensors are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Total {
    /// The number of tensors.
    pub tensors: u64,
    /// The number of their elements.
    pub parameters: u64,
    /// The size of their elements in bytes.
    pub bytes: u64,
}

/// One file of a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FileTotal {
    /// The checkpoint's label, or a shard's name.
    pub name: String,
    /// Of its tensors.
    #[serde(flatten)]
    pub total: Total,
}

/// One dtype of a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DTypeTotal {
    /// The dtype.
    #[serde(serialize_with = "name")]
    pub dtype: DType,
    /// Of the tensors that have it.
    #[serde(flatten)]
    pub total: Total,
    /// Its bytes as a share of all, from 0 to 1.
    pub share: f64,
}

/// A name that the file has more than once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Duplicate {
    /// The name.
    pub name: String,
    /// How many tensors have it.
    pub times: u64,
}

/// A node of the folded tree: a tensor, a module, or both if the file is odd.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TreeNode {
    /// Its name below its parent, written as in a lock: `layers.{0..=31}` stands for 32 modules with the same contents, and
    /// a component that could be mistaken for something else is quoted. A module with one child is one node with it:
    /// `norm.weight`.
    pub name: String,
    /// For how many modules or tensors the node stands, copies of its parents included.
    pub copies: u64,
    /// The type of each copy, if the copies are tensors.
    #[serde(flatten)]
    pub tensor: Option<TensorType>,
    /// Of the node and everything below it, in all copies.
    #[serde(flatten)]
    pub total: Total,
    /// Its bytes as a share of the checkpoint's, from 0 to 1.
    pub share: f64,
    /// What is below.
    pub children: Vec<TreeNode>,
}

/// The dtype and the shape of a tensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TensorType {
    /// The dtype of its elements.
    #[serde(serialize_with = "name")]
    pub dtype: DType,
    /// The shape, outermost extent first.
    pub shape: Vec<usize>,
}

/// One tensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Tensor {
    /// The name as the file has it: escape it where it is shown.
    pub name: String,
    /// Its dtype and shape.
    #[serde(flatten)]
    pub kind: TensorType,
    /// The number of its elements.
    pub parameters: u64,
    /// The size of its elements in bytes.
    pub bytes: u64,
    /// The file that it is in.
    pub file: String,
    /// The first byte of the tensor (safetensors) or of its member (npz) in its file.
    pub offset: u64,
}

impl Total {
    /// The sums saturate: a hostile header may describe more bytes than `u64` can count.
    pub(super) fn add(&mut self, other: Total) {
        self.tensors = self.tensors.saturating_add(other.tensors);
        self.parameters = self.parameters.saturating_add(other.parameters);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

impl TensorType {
    /// Of so many tensors of this type.
    pub(super) fn total(&self, copies: u64) -> Total {
        let product = self.shape.iter().fold(1u64, |product, &extent| product.saturating_mul(extent as u64));
        let parameters = if self.shape.contains(&0) { 0 } else { product };
        // in 128 bits, so that the multiplication cannot overflow
        let bytes = (u128::from(parameters) * self.dtype.bits() as u128).div_ceil(8);
        Total {
            tensors: copies,
            parameters: parameters.saturating_mul(copies),
            bytes: u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(copies),
        }
    }
}

impl Tensor {
    pub(super) fn of(entry: &weighbridge_checkpoint::Entry<'_>) -> Tensor {
        let kind = TensorType { dtype: entry.dtype(), shape: entry.shape().to_vec() };
        let Total { parameters, bytes, .. } = kind.total(1);
        Tensor {
            name: entry.name().to_owned(),
            kind,
            parameters,
            bytes,
            file: entry.file().to_owned(),
            offset: entry.offset(),
        }
    }
}

/// A part as a share of the whole; 0 if the whole is nothing.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn name<S: Serializer>(dtype: &DType, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(dtype.name())
}
