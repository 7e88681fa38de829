//! Ours beside the crate `safetensors`: what we accept strictly it accepts, equal in every name, dtype, shape and byte.

use std::collections::BTreeMap;

use crate::opened;

/// Opens the bytes with both.
pub fn run(bytes: &[u8]) {
    let is_ours = bytes.get(8) == Some(&b'{') || bytes.get(8).is_some_and(u8::is_ascii_whitespace);
    let Some(checkpoint) = is_ours.then(|| opened::open(bytes)).flatten() else { return };
    // a lock begins otherwise, and an index has no bytes of tensors
    let Some(ours) = opened::contents(&checkpoint) else { return };
    if has_what_theirs_lacks(bytes) {
        return;
    }
    let theirs = safetensors::SafeTensors::deserialize(bytes)
        .unwrap_or_else(|error| panic!("we accept it, and they say: {error}"));
    let theirs: BTreeMap<String, _> = theirs.tensors().into_iter().collect();
    assert_eq!(ours.len(), theirs.len());
    for (name, dtype, shape, bytes) in &ours {
        let view = theirs.get(name).unwrap_or_else(|| panic!("they lack {name:?}"));
        assert_eq!(
            (&view.dtype().to_string(), view.shape(), view.data()),
            (dtype, shape.as_slice(), bytes.as_slice()),
            "{name:?}"
        );
    }
}

/// Whether the header begins with white space, or has `null` for the metadata: both exist in files of writers, and the crate
/// refuses them.
fn has_what_theirs_lacks(bytes: &[u8]) -> bool {
    bytes.get(8).is_some_and(u8::is_ascii_whitespace) || bytes.windows(4).any(|four| four == b"null")
}
