//! A checkpoint's names as a tree. Refuses names that no struct can have.

use std::collections::BTreeMap;

use weighbridge_checkpoint::{Checkpoint, DType};

use super::error::GenerateError;

/// How many components a name may have. Real models have fewer than 15, and compilers recurse.
const DEPTH: usize = 64;

/// What has one name: a tensor, a module with what is below it, or both.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) tensor: Option<(DType, Vec<usize>)>,
    pub(super) below: BTreeMap<String, Tree>,
}

/// The names of a checkpoint, split at their dots.
pub(super) fn tree(checkpoint: &Checkpoint) -> Result<BTreeMap<String, Tree>, GenerateError> {
    let mut root = Tree::default();
    for entry in checkpoint.iter() {
        let name = entry.name();
        let refuse = |problem: String| Err(GenerateError::Entry { name: name.to_owned(), problem });
        if name.split('.').count() > DEPTH {
            return refuse(format!("its name has more than {DEPTH} components; rename it first"));
        }
        if let Some(problem) = name.split('.').find_map(unnameable) {
            return refuse(format!("{problem}; rename it first"));
        }
        let components = name.split('.');
        let place = components.fold(&mut root, |place, component| place.below.entry(component.to_owned()).or_default());
        if place.tensor.replace((entry.dtype(), entry.shape().to_vec())).is_some() {
            return refuse("two tensors have this name, so a load refuses them; keep one of the two".to_owned());
        }
    }
    Ok(root.below)
}

/// Why no field can have this component of a name.
fn unnameable(component: &str) -> Option<&'static str> {
    match component {
        "" => Some("a component of its name is empty"),
        "__metadata__" => Some("`__metadata__` is not the name of a tensor in a safetensors file"),
        _ if component.contains(['\0', '\n', '\r']) => Some("its name has a NUL or a line break"),
        _ => None,
    }
}
