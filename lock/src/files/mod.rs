//! What lies at a path, for everything that opens one: the loader, the command, and the derive.
//!
//! Nothing here trusts a name or a byte: it uses only checked arithmetic, and bounds every list.
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects, clippy::indexing_slicing)]

mod absent;
mod below;
mod cache;
mod directory;
mod foreign;
mod hub;
mod listing;
mod name;
mod signature;
mod text;

pub use self::absent::{broken_link, not_a_path, why_absent};
pub use self::cache::{hub_download, hub_path};
pub use self::directory::{NoCheckpoint, checkpoint_in};
pub use self::listing::weights_in;
pub use self::name::{is_index_name, is_safetensors_name, is_torch_index_name, is_torch_name, shard_path};
pub use self::signature::{FileKind, contradiction, file_kind};
pub use self::text::{other_json, quoted};
