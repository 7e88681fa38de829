//! Shows what a checkpoint holds: as a folded tree, as a list, as JSON, or as a page for a browser.
//!
//! ```
//! # fn main() -> Result<(), weighbridge::LoadError> {
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/llama-sharded");
//! let inspection = weighbridge_tools::inspect::inspect(&weighbridge::Checkpoint::open(path)?)?;
//! println!("{inspection}"); // `layers.{0..=2}` is there once, because all of the layers are the same
//! # assert!(inspection.to_string().contains("layers.{0..=2}"));
//! # assert_eq!(inspection.total.tensor_count, 30);
//! # Ok(())
//! # }
//! ```
//!
//! # The JSON form
//!
//! [`Inspection`] serializes with the names of its fields. The fields of a [`Total`] stand directly in the object that has it,
//! and so do the `dtype` and `shape` of a [`TreeNode`] that is a tensor. A `byte_len` is a size in bytes, a dtype has its name
//! in the safetensors format. Later versions may add fields; the present ones keep their meaning.
//!
//! ```json
//! {
//!   "checkpoint": "fixtures/mlx/linear.safetensors",
//!   "total": { "tensor_count": 2, "element_count": 110, "byte_len": 440 },
//!   "files": [{ "name": "fixtures/mlx/linear.safetensors", "tensor_count": 2, "element_count": 110, "byte_len": 440 }],
//!   "dtypes": [{ "dtype": "F32", "tensor_count": 2, "element_count": 110, "byte_len": 440, "share": 1.0 }],
//!   "metadata": {},
//!   "duplicates": [],
//!   "tree": [{ "name": "bias", "copy_count": 1, "dtype": "F32", "shape": [10], "tensor_count": 1, "element_count": 10,
//!              "byte_len": 40, "share": 0.09, "children": [] }],
//!   "tensors": [{ "name": "bias", "dtype": "F32", "shape": [10], "element_count": 10, "byte_len": 40,
//!                 "file": "fixtures/mlx/linear.safetensors", "offset": 152 }]
//! }
//! ```

mod html;
mod inspection;
mod text;
mod tree;
mod units;

use std::collections::{BTreeMap, HashMap};

use weighbridge_checkpoint::{Checkpoint, CheckpointError, DType, NamesRoom};

use self::inspection::share;
pub use self::inspection::{DTypeTotal, Duplicate, FileTotal, Inspection, ListedTensor, TensorType, Total, TreeNode};

/// What the list and the tree take.
const ROOM: NamesRoom = NamesRoom { tensor: 1280, component: 280, copies: 4 };

/// Lists what a checkpoint holds. Reads no tensor.
///
/// # Errors
/// [`CheckpointError::Container`] if there is no memory for the list.
pub fn inspect(checkpoint: &Checkpoint) -> Result<Inspection, CheckpointError> {
    checkpoint.room_for("the list of tensors", ROOM)?;
    let tensors: Vec<ListedTensor> = checkpoint.iter().map(|entry| ListedTensor::of(&entry)).collect();
    let tensors = weighbridge_lock::natural_sorted(tensors, |tensor| &tensor.name);

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
        .map(|(dtype, own)| DTypeTotal { dtype, total: own, share: share(own.byte_len, total.byte_len) })
        .collect();
    dtypes.sort_by_key(|dtype| std::cmp::Reverse(dtype.total.byte_len));
    let duplicates = tensors
        .chunk_by(|a, b| a.name == b.name)
        .filter(|same| same.len() > 1)
        .map(|same| Duplicate { name: same[0].name.clone(), tensor_count: same.len() as u64 })
        .collect();

    Ok(Inspection {
        checkpoint: checkpoint.label().to_owned(),
        total,
        files,
        dtypes,
        metadata: checkpoint.metadata().clone(),
        duplicates,
        tree: tree::nodes(&tensors, total.byte_len),
        tensors,
        is_lock: checkpoint.is_lock(),
    })
}
