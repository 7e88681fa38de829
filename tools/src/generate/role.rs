//! The role of a module in its model.

use super::tree::Children;
use super::types::Role;
use super::words::{is_conv, is_embedding, is_linear, is_norm};

/// The role of a module with this name of its own and these children.
pub(super) fn role(name: &str, children: &Children<'_>) -> Role {
    let mut ranks = Vec::new();
    for (child, tree) in children.iter() {
        match &tree.tensor {
            Some((_, shape)) if tree.below.is_empty() => ranks.push((child, shape.len())),
            _ => return Role::Plain,
        }
    }
    match ranks.as_slice() {
        [("weight", 2)] | [("biases", 2), ("scales", 2), ("weight", 2)] if is_embedding(name) => Role::Embedding,
        [("weight", 2)] if is_linear(name) => Role::Linear,
        [("weight", 1)] | [("bias", 1), ("weight", 1)] if is_norm(name) => Role::Norm,
        [("weight", 3..)] | [("bias", 1), ("weight", 3..)] if is_conv(name) => Role::Conv,
        _ => Role::Plain,
    }
}
