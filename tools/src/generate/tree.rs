//! A checkpoint's names as a tree. Refuses names that no struct can have.

use std::collections::BTreeMap;

use weighbridge_checkpoint::{Checkpoint, DType};

use super::error::GenerateError;
use crate::shown::shown;

/// How many components a name may have. Real models have fewer than 15, and compilers recurse.
const DEPTH: usize = 64;

/// A tensor, or a module with what is below it.
#[derive(Debug)]
pub(super) enum Tree {
    Tensor(DType, Vec<usize>),
    Module(BTreeMap<String, Tree>),
}

/// The names of a checkpoint, split at their dots.
pub(super) fn tree(checkpoint: &Checkpoint) -> Result<BTreeMap<String, Tree>, GenerateError> {
    let mut root = BTreeMap::new();
    for entry in checkpoint.iter() {
        let name = entry.name();
        let refuse = |problem: String| Err(GenerateError::Entry { name: name.to_owned(), problem });
        if name.split('.').count() > DEPTH {
            return refuse(format!("its name has more than {DEPTH} components; rename it first"));
        }
        if let Some(problem) = name.split('.').find_map(unnameable) {
            return refuse(format!("{problem}; rename it first"));
        }
        let tensor = Tree::Tensor(entry.dtype(), entry.shape().to_vec());
        if let Err(problem) = insert(&mut root, name, tensor) {
            return refuse(problem);
        }
    }
    Ok(root)
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

fn insert(root: &mut BTreeMap<String, Tree>, name: &str, tensor: Tree) -> Result<(), String> {
    let mut children = root;
    let mut components = name.split('.').peekable();
    let mut end = 0;
    while let Some(component) = components.next() {
        end += component.len() + 1;
        if components.peek().is_none() {
            return match children.insert(component.to_owned(), tensor) {
                None => Ok(()),
                Some(Tree::Tensor(..)) => {
                    Err("the file has this name twice, so a load refuses it; keep one of the two".to_owned())
                }
                Some(Tree::Module(_)) => {
                    Err("it is a tensor, and a module because other names begin with it and a dot; rename it first"
                        .to_owned())
                }
            };
        }
        match children.entry(component.to_owned()).or_insert_with(|| Tree::Module(BTreeMap::new())) {
            Tree::Module(below) => children = below,
            Tree::Tensor(..) => {
                let prefix = shown(&name[..end - 1]);
                return Err(format!("`{prefix}` is a tensor, and would be a module too; rename one of the two first"));
            }
        }
    }
    Ok(())
}
