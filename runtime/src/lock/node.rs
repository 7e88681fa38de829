//! Makes the schema of a lock.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};

use weighbridge_checkpoint::DType;
use weighbridge_lock::{Component, Line, Lock, Tree};

use crate::schema::{Field, Leaf, Len, Node, Schema, Shapes};

/// The schemas so far, which are never freed.
static MADE: Mutex<Option<HashMap<Vec<Line>, Schema>>> = Mutex::new(None);

/// The schema of a lock. Equal locks share one.
pub(super) fn schema(lock: &Lock) -> Schema {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let made = made.get_or_insert_default();
    if let Some(schema) = made.get(lock.lines()) {
        return *schema;
    }
    let schema = Schema { root: leak(below(&lock.tree())) };
    made.insert(lock.lines().to_vec(), schema);
    schema
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// The node of a tensor, or of what is below a name that is not a tensor.
fn place(tree: &Tree) -> &'static Node {
    match &tree.tensor {
        Some((dtype, shape)) => parameter(*dtype, shape),
        None => leak(below(tree)),
    }
}

fn below(tree: &Tree) -> Node {
    match tree.children.as_slice() {
        [(Component::Indices(set), item)] if !is_both(item) => match list(set) {
            Some(len) => Node::List { item: place(item), len: Len::Is(len) },
            None => Node::Struct { fields: fields(tree).leak(), ignore: &[] },
        },
        _ => Node::Struct { fields: fields(tree).leak(), ignore: &[] },
    }
}

/// Whether there is a tensor with tensors below it, which takes two fields.
fn is_both(tree: &Tree) -> bool {
    tree.tensor.is_some() && !tree.children.is_empty()
}

/// The length of the list that has these indices, if they begin at 0 and have no gap.
fn list(set: &[RangeInclusive<usize>]) -> Option<usize> {
    match set {
        [range] if *range.start() == 0 => range.end().checked_add(1),
        _ => None,
    }
}

/// A field that takes no attributes.
fn of_a_lock(name: &'static str, node: &'static Node) -> Field {
    Field { spec: None, ..Field::of(name, node) }
}

fn fields(tree: &Tree) -> Vec<Field> {
    let mut all = Vec::new();
    for (component, child) in &tree.children {
        let names: Vec<String> = match component {
            Component::Name(name) => vec![name.clone()],
            Component::Indices(set) => set.iter().cloned().flatten().map(|index| index.to_string()).collect(),
        };
        // a field cannot have an empty name, so it becomes a part of the names below it
        if names == [""] {
            for field in fields(child) {
                all.push(of_a_lock(format!(".{}", field.name).leak(), field.node));
            }
            if child.tensor.is_some() {
                all.push(of_a_lock("", tensor(child)));
            }
            continue;
        }
        let nodes: Vec<&'static Node> = match is_both(child) {
            true => vec![tensor(child), leak(below(child))],
            false => vec![place(child)],
        };
        for name in names {
            let name: &'static str = name.leak();
            all.extend(nodes.iter().map(|node| of_a_lock(name, node)));
        }
    }
    all
}

fn tensor(tree: &Tree) -> &'static Node {
    tree.tensor.as_ref().map_or(&Node::Struct { fields: &[], ignore: &[] }, |(dtype, shape)| parameter(*dtype, shape))
}

fn parameter(dtype: DType, shape: &[usize]) -> &'static Node {
    let mut shapes: &'static Shapes = &Shapes::Scalar;
    for &extent in shape.iter().rev() {
        shapes = leak(Shapes::Array(Some(extent), shapes));
    }
    leak(Node::Parameter(Leaf { dtypes: vec![dtype].leak(), shapes: *shapes, vector: false }))
}
