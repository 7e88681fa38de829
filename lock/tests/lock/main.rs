//! Locks: the text, what folds to a line, the tree, and mistakes in a text.

mod dtypes;
mod folding;
mod mistakes;
mod text;
mod tree;

use weighbridge_lock::{DType, Lock};

fn lock(tensors: impl IntoIterator<Item = (String, DType, Vec<usize>)>) -> Lock {
    Lock::of(tensors).unwrap()
}

/// A lock of tensors that are alike.
fn names(names: impl IntoIterator<Item = String>) -> Lock {
    lock(names.into_iter().map(|name| (name, DType::F32, vec![2])))
}

fn paths(lock: &Lock) -> Vec<String> {
    lock.lines().iter().map(|line| line.pattern.to_string()).collect()
}

fn read(lines: &str) -> Lock {
    text(lines).parse().unwrap_or_else(|error| panic!("{error} in\n{lines}"))
}

/// A lock's text, of which these are the lines below the first.
fn text(lines: &str) -> String {
    format!("# weighbridge lock 1\n{lines}")
}
