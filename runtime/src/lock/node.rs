//! Makes the schema of a lock.
//!
//! Schemas are constants, so this memory is never freed. A lock that does not fold has as many nodes as components of names, so
//! each is as small as it can be: lists have no room left over, names share memory, and so do all parameters of one tensor type.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};

use weighbridge_checkpoint::DType;
use weighbridge_lock::{Component, Lock, Pattern, Tree};

use crate::schema::{Field, Leaf, Len, Node, Schema, Shapes, Summary};

/// What is made so far.
static MADE: Mutex<Option<Made>> = Mutex::new(None);

/// The schema of a lock. Equal locks share one.
pub(super) fn schema(lock: &Lock) -> Schema {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let made = made.get_or_insert_default();
    let digest = made.hashes.each_ref().map(|hashes| hashes.hash_one(lock.lines()));
    if let Some(schema) = made.schemas.get(&digest) {
        return *schema;
    }
    let schema = Schema { root: leak(made.below(lock.tree())) };
    made.schemas.insert(digest, schema);
    schema
}

#[derive(Default)]
struct Made {
    /// By the hashes of their locks' lines. Nobody knows the keys of the hashes, so no two locks can be made to have the same two.
    schemas: HashMap<[u64; 2], Schema>,
    hashes: [RandomState; 2],
    parameters: HashMap<(DType, Vec<usize>), &'static Node>,
    /// Room for further names.
    text: &'static mut [u8],
}

/// How much room for names is made at once.
const TEXT: usize = 1 << 16;

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

impl Made {
    /// The node of a tensor, or of what is below a name that is not a tensor.
    fn place(&mut self, tree: Tree) -> &'static Node {
        match tree.tensor {
            Some((dtype, shape)) => self.parameter(dtype, shape),
            None => leak(self.below(tree)),
        }
    }

    fn below(&mut self, tree: Tree) -> Node {
        if let [(Component::Indices(set), item)] = tree.children.as_slice()
            && !is_both(item)
            && let Some(len) = list(set)
        {
            let item = tree.children.into_iter().next().map(|(_, item)| self.place(item));
            return Node::List { item: item.unwrap_or(EMPTY), len: Len::Is(len) };
        }
        Node::Struct {
            fields: Box::leak(self.fields(tree).into_boxed_slice()),
            ignore: &[],
            declared: None,
            summary: Summary::NONE,
        }
    }

    fn fields(&mut self, tree: Tree) -> Vec<Field> {
        let mut all = Vec::with_capacity(tree.children.len());
        for (component, mut child) in tree.children {
            // a field cannot have an empty name, so it becomes a part of the names below it
            if matches!(&component, Component::Name(name) if name.is_empty()) {
                let tensor = child.tensor.take();
                for field in self.fields(child) {
                    all.push(of_a_lock(self.name(&format!(".{}", field.name)), field.node));
                }
                all.extend(tensor.map(|(dtype, shape)| of_a_lock("", self.parameter(dtype, shape))));
                continue;
            }
            let tensor = if is_both(&child) { child.tensor.take() } else { None };
            let tensor = tensor.map(|(dtype, shape)| self.parameter(dtype, shape));
            let place = self.place(child);
            let mut add = |name: &'static str| {
                all.extend(tensor.map(|tensor| of_a_lock(name, tensor)));
                all.push(of_a_lock(name, place));
            };
            match component {
                Component::Name(name) => add(self.name(&name)),
                several => Pattern { components: vec![several] }.names().for_each(|name| add(self.name(&name))),
            }
        }
        all
    }

    fn parameter(&mut self, dtype: DType, shape: Vec<usize>) -> &'static Node {
        self.parameters.entry((dtype, shape)).or_insert_with_key(|(dtype, shape)| {
            let mut shapes: &'static Shapes = &Shapes::Scalar;
            for &extent in shape.iter().rev() {
                shapes = leak(Shapes::Array(Some(extent), shapes));
            }
            leak(Node::Parameter(Leaf { dtypes: leak([*dtype]), shapes: *shapes, vector: false }))
        })
    }

    fn name(&mut self, name: &str) -> &'static str {
        if self.text.len() < name.len() {
            self.text = vec![0; name.len().max(TEXT)].leak();
        }
        let (text, rest) = std::mem::take(&mut self.text).split_at_mut(name.len());
        self.text = rest;
        text.copy_from_slice(name.as_bytes());
        std::str::from_utf8(text).unwrap_or_default()
    }
}

const EMPTY: &Node = &Node::Struct { fields: &[], ignore: &[], declared: None, summary: Summary::NONE };

/// A field that takes no attributes.
fn of_a_lock(name: &'static str, node: &'static Node) -> Field {
    Field { attributes: None, ..Field::of(name, node) }
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
