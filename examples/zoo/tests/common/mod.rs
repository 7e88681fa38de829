//! What several tests need.

use std::path::PathBuf;

/// The path of a committed checkpoint, such as `llama/model.safetensors`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures")).join(name)
}
