//! What an inspection finds.

use std::collections::BTreeMap;

use serde::Serialize;
use weighbridge_checkpoint::DType;

/// What a checkpoint holds. [`Display`](std::fmt::Display) is the folded tree without colours.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The path of the file or of the index, or the label of a source that is no path.
    pub checkpoint: String,
    /// Count and size of all tensors.
    pub total: Total,
    /// The files in natural order of their names: one, or the shards.
    pub files: Vec<FileTotal>,
    /// The dtypes, the largest first.
    pub dtypes: Vec<DTypeTotal>,
    /// What the file's writer said about it, such as `format: pt`.
    pub metadata: BTreeMap<String, String>,
    /// Names that the file has more than once. A load refuses such a file.
    pub duplicates: Vec<Duplicate>,
    /// The folded tree. If the file has a name more than once, the tree has its first tensor.
    pub tree: Vec<TreeNode>,
    /// Every tensor, in natural order (`layers.9` before `layers.10`).
    pub tensors: Vec<ListedTensor>,
    /// Whether this is a lock, in which nothing has a place.
    #[serde(skip)]
    pub(super) is_lock: bool,
}

/// Count and size of a number of tensors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Total {
    /// How many tensors.
    pub tensor_count: u64,
    /// How many elements they have together, which people call the parameters of a model.
    pub element_count: u64,
    /// The size of their elements in bytes.
    pub byte_len: u64,
}

/// One file of a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FileTotal {
    /// The checkpoint's label, or a shard's name.
    pub name: String,
    /// Count and size of its tensors.
    #[serde(flatten)]
    pub total: Total,
}

/// One dtype of a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DTypeTotal {
    /// The dtype.
    #[serde(serialize_with = "crate::dtype::name")]
    pub dtype: DType,
    /// Count and size of the tensors that have it.
    #[serde(flatten)]
    pub total: Total,
    /// The share of the checkpoint's bytes that are of this dtype, from 0 to 1.
    pub share: f64,
}

/// A name that the file has more than once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Duplicate {
    /// The name.
    pub name: String,
    /// How many tensors have it.
    pub tensor_count: u64,
}

/// A node of the folded tree: a tensor, a module, or both if the file is odd.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TreeNode {
    /// Its name below its parent, written as in a lock: `layers.{0..=31}` stands for 32 modules with the same contents, and
    /// a component that could be mistaken for something else is quoted. A module with one child is one node with it:
    /// `norm.weight`.
    pub name: String,
    /// How many modules or tensors the node stands for. If its parent stands for 3 modules, it stands for 3 at least.
    pub copy_count: u64,
    /// The dtype and shape of each copy, if the copies are tensors.
    #[serde(flatten)]
    pub tensor: Option<TensorType>,
    /// Count and size of all tensors in the node and below it, in all copies.
    #[serde(flatten)]
    pub total: Total,
    /// The share of the checkpoint's bytes that the node has, from 0 to 1.
    pub share: f64,
    /// The nodes below.
    pub children: Vec<TreeNode>,
}

/// The dtype and the shape of a tensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TensorType {
    /// The dtype of its elements.
    #[serde(serialize_with = "crate::dtype::name")]
    pub dtype: DType,
    /// Its dims, outermost first.
    pub shape: Vec<usize>,
}

/// One tensor of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ListedTensor {
    /// The name as the file has it. Escape it before you show it.
    pub name: String,
    /// Its dtype and shape.
    #[serde(flatten)]
    pub tensor_type: TensorType,
    /// How many elements it has.
    pub element_count: u64,
    /// The size of its elements in bytes.
    pub byte_len: u64,
    /// The file that has it.
    pub file: String,
    /// Where it begins in that file, in bytes. In an `.npz`, where its member begins.
    pub offset: u64,
}

impl Total {
    /// The sums saturate: a hostile header may describe more bytes than `u64` can count.
    pub(super) fn add(&mut self, other: Total) {
        self.tensor_count = self.tensor_count.saturating_add(other.tensor_count);
        self.element_count = self.element_count.saturating_add(other.element_count);
        self.byte_len = self.byte_len.saturating_add(other.byte_len);
    }
}

impl TensorType {
    /// Count and size of this many tensors of the type.
    pub(super) fn total(&self, tensor_count: u64) -> Total {
        let product = self.shape.iter().fold(1u64, |product, &dim| product.saturating_mul(dim as u64));
        let elements = if self.shape.contains(&0) { 0 } else { product };
        let block = self.dtype.block();
        // in 128 bits, so that the multiplication cannot overflow
        let bytes = (u128::from(elements) * block.bytes as u128).div_ceil(block.elements as u128);
        Total {
            tensor_count,
            element_count: elements.saturating_mul(tensor_count),
            byte_len: u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(tensor_count),
        }
    }
}

impl ListedTensor {
    pub(super) fn of(entry: &weighbridge_checkpoint::Entry<'_>) -> ListedTensor {
        let tensor_type = TensorType { dtype: entry.dtype(), shape: entry.shape().to_vec() };
        let Total { element_count, byte_len, .. } = tensor_type.total(1);
        ListedTensor {
            name: entry.name().to_owned(),
            tensor_type,
            element_count,
            byte_len,
            file: entry.file().to_owned(),
            offset: entry.offset(),
        }
    }
}

/// A part as a share of the whole; 0 if the whole is nothing.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
