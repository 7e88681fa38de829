//! What `weighbridge` and its derive share: dtypes, locks, and what lies at a path.
//!
//! Use it through the crate `weighbridge`, which re-exports it.
//!
//! ```
//! use weighbridge_lock::{DType, Lock};
//!
//! let tensors = (0..32).map(|i| (format!("layers.{i}.weight"), DType::BF16, vec![64, 64]));
//! let lock = Lock::of(tensors).unwrap();
//! assert_eq!(lock.to_string(), "# weighbridge lock 1\nlayers.{0..=31}.weight  BF16 [64, 64]\n");
//! assert_eq!(lock.to_string().parse(), Ok(lock));
//! ```
#![forbid(unsafe_code)]

// names → sets of indices → components → patterns → lines → text
mod comments;
mod component;
mod count;
mod dtype;
mod files;
mod folded;
mod indices;
mod line;
mod lock;
mod message;
mod nearest;
mod order;
mod parse;
mod pattern;
mod shard;
mod shell;
mod shown;
mod tree;
mod wildcard;

pub use crate::component::Component;
pub use crate::count::counted;
pub use crate::dtype::{Block, DType, UnknownDType};
pub use crate::files::{
    FileKind, NoCheckpoint, broken_link, checkpoint_in, contradiction, file_kind, hub_download, hub_path,
    is_index_name, is_safetensors_name, is_torch_index_name, is_torch_name, not_a_path, other_json, quoted, shard_path,
    weights_in, why_absent,
};
pub use crate::folded::{folded_names, listed_names};
pub use crate::line::Line;
pub use crate::lock::{DuplicateName, Lock};
pub use crate::message::{cause_and_remedy, parts};
pub use crate::nearest::{distance, nearest};
pub use crate::order::{index, is_canonical, natural, natural_component, natural_sorted, nth_number, numbers};
pub use crate::parse::ParseError;
pub use crate::pattern::Pattern;
pub use crate::shell::{shell_word, switch};
pub use crate::shown::{
    Escaped, LONGEST_LINE, LONGEST_NAME, Visible, cut, escaped, is_hidden, line, literal, next_escaped, shown, visible,
    visible_json, visible_lines,
};
pub use crate::tree::{Branch, Tree};
pub use crate::wildcard::matches;
