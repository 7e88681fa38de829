//! What a checkpoint holds, for someone who has never seen it: as a folded tree, as a list, as data, as a page.
//!
//! ```
//! # fn main() -> Result<(), weighbridge::LoadError> {
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/llama-sharded");
//! let inspection = weighbridge_tools::inspect::inspect(&weighbridge::Checkpoint::open(path)?);
//! println!("{inspection}"); // `layers.{0..=2}` is there once, because all of the layers are the same
//! # assert!(inspection.to_string().contains("layers.{0..=2}"));
//! # assert_eq!(inspection.total.tensors, 30);
//! # Ok(())
//! # }
//! ```
//!
//! # The JSON form
//!
//! [`Inspection`] serializes as its fields say, each under its own name; [`Total`] stands in place, without a name of its
//! own, and so do the `dtype` and `shape` of a [`TreeNode`] that is a tensor. Sizes are in bytes, dtypes have the names of the
//! safetensors format. Fields may be added; those that are there keep their meaning.
//!
//! ```json
//! {
//!   "checkpoint": "fixtures/mlx/linear.safetensors",
//!   "total": { "tensors": 2, "parameters": 110, "bytes": 440 },
//!   "files": [{ "name": "fixtures/mlx/linear.safetensors", "tensors": 2, "parameters": 110, "bytes": 440 }],
//!   "dtypes": [{ "dtype": "F32", "tensors": 2, "parameters": 110, "bytes": 440, "share": 1.0 }],
//!   "metadata": {},
//!   "duplicates": [],
//!   "tree": [{ "name": "bias", "copies": 1, "dtype": "F32", "shape": [10], "tensors": 1, "parameters": 10, "bytes": 40,
//!              "share": 0.09, "children": [] }],
//!   "tensors": [{ "name": "bias", "dtype": "F32", "shape": [10], "parameters": 10, "bytes": 40,
//!                 "file": "fixtures/mlx/linear.safetensors", "offset": 152 }]
//! }
//! ```

mod html;
mod inspection;
mod text;
mod tree;
mod units;

use std::collections::{BTreeMap, HashMap};

use weighbridge_checkpoint::{Checkpoint, DType};

use self::inspection::share;
pub use self::inspection::{DTypeTotal, Duplicate, FileTotal, Inspection, Tensor, TensorType, Total, TreeNode};

/// What the checkpoint holds. Reads no tensor.
pub fn inspect(checkpoint: &Checkpoint) -> Inspection {
    let mut tensors: Vec<Tensor> = checkpoint.iter().map(|entry| Tensor::of(&entry)).collect();
    tensors.sort_by(|a, b| weighbridge_lock::natural(&a.name, &b.name));

    let mut total = Total::default();
    let mut files: Vec<FileTotal> = Vec::new();
    let mut dtypes: BTreeMap<DType, Total> = BTreeMap::new();
    let mut number_of: HashMap<&str, usize> = HashMap::new();
    for entry in checkpoint.iter() {
        let one = TensorType { dtype: entry.dtype(), shape: entry.shape().to_vec() }.total(1);
        total.add(one);
        dtypes.entry(entry.dtype()).or_default().add(one);
        let number = *number_of.entry(entry.file()).or_insert_with(|| {
            files.push(FileTotal { name: entry.file().to_owned(), total: Total::default() });
            files.len() - 1
        });
        files[number].total.add(one);
    }
    files.sort_by(|a, b| weighbridge_lock::natural(&a.name, &b.name));
    if files.is_empty() {
        files.push(FileTotal { name: checkpoint.label().to_owned(), total });
    }
    let mut dtypes: Vec<DTypeTotal> = dtypes
        .into_iter()
        .map(|(dtype, of)| DTypeTotal { dtype, total: of, share: share(of.bytes, total.bytes) })
        .collect();
    dtypes.sort_by_key(|dtype| std::cmp::Reverse(dtype.total.bytes));
    let duplicates = tensors
        .chunk_by(|a, b| a.name == b.name)
        .filter(|same| same.len() > 1)
        .map(|same| Duplicate { name: same[0].name.clone(), times: same.len() as u64 })
        .collect();

    Inspection {
        checkpoint: checkpoint.label().to_owned(),
        total,
        files,
        dtypes,
        metadata: checkpoint.metadata().clone(),
        duplicates,
        tree: tree::nodes(&tensors, total.bytes),
        tensors,
    }
}
