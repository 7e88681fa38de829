//! What a pickle builds: values that refer to one another by number, so that nothing here calls itself.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::globals::{Global, TorchType};
use super::other::Other;
use crate::container::room::{none, push};
use crate::error::Problem;

/// What the memory is for.
pub(super) const WHAT: &str = "what the pickle describes";

/// A value on the stack, in the memo, or in a container. Small, because one byte of a pickle can make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float,
    Text(u32),
    Tuple(u32),
    List(u32),
    Dict(u32),
    Global(Global),
    Storage(u32),
    Tensor(u32),
    Other(Other),
}

/// A storage as the pickle describes it. The file has its bytes elsewhere, under its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Storage {
    /// The number of its key among the texts.
    pub(super) key: u32,
    /// What its elements are; `None` if they are bytes, of which each tensor says what they are.
    pub(super) of: Option<TorchType>,
    /// How many elements it has.
    pub(super) count: u64,
}

/// A tensor as the pickle describes it. Nothing of it is proved yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct TensorView {
    pub(super) storage: u32,
    /// What its elements are, if the storage does not say it.
    pub(super) of: Option<TorchType>,
    /// Where the first element is in the storage, in elements.
    pub(super) offset: i64,
    /// The tuples of its dims and of its strides.
    pub(super) size: u32,
    pub(super) stride: u32,
}

/// The values that a pickle has built.
#[derive(Default)]
pub(super) struct Arena {
    /// All texts, one after another, each once.
    text: String,
    /// Where each ends.
    ends: Vec<usize>,
    /// The number of each text, by its hash, or by the next number that was free.
    numbers: HashMap<u64, u32>,
    hasher: RandomState,
    /// The items of tuples and lists, and the keys and values of dictionaries in turn.
    nodes: Vec<Vec<Value>>,
    /// The nodes that are dictionaries.
    dicts: Vec<u32>,
    pub(super) storages: Vec<Storage>,
    /// The number of each storage, by that of its key.
    keys: HashMap<u32, u32>,
    pub(super) tensors: Vec<TensorView>,
}

impl Arena {
    /// The number of a text.
    pub(super) fn text_of(&mut self, text: &str) -> Result<Value, Problem> {
        let mut hash = self.hasher.hash_one(text);
        while let Some(&number) = self.numbers.get(&hash) {
            if self.text(number) == text {
                return Ok(Value::Text(number));
            }
            hash = hash.wrapping_add(1);
        }
        let number = count(self.ends.len());
        if self.text.try_reserve(text.len()).is_err() || self.numbers.try_reserve(1).is_err() {
            return Err(none(self.text.len().saturating_add(text.len()), WHAT));
        }
        self.text.push_str(text);
        push(&mut self.ends, self.text.len(), WHAT)?;
        self.numbers.insert(hash, number);
        Ok(Value::Text(number))
    }

    /// The text with this number.
    pub(super) fn text(&self, number: u32) -> &str {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(number).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or_default()
    }

    /// The number of a new node with these items.
    pub(super) fn node(&mut self, items: Vec<Value>) -> Result<u32, Problem> {
        push(&mut self.nodes, items, WHAT)?;
        Ok(count(self.nodes.len().saturating_sub(1)))
    }

    /// A new dictionary with these keys and values in turn.
    pub(super) fn dict(&mut self, items: Vec<Value>) -> Result<Value, Problem> {
        let node = self.node(items)?;
        push(&mut self.dicts, node, WHAT)?;
        Ok(Value::Dict(node))
    }

    pub(super) fn dicts(&self) -> &[u32] {
        &self.dicts
    }

    /// The items of a tuple or a list; the keys and values of a dictionary in turn.
    pub(super) fn items(&self, node: u32) -> &[Value] {
        usize::try_from(node).ok().and_then(|node| self.nodes.get(node)).map_or(&[], Vec::as_slice)
    }

    /// Adds items to a list, or keys and values to a dictionary.
    pub(super) fn extend(&mut self, node: u32, items: &[Value]) -> Result<(), Problem> {
        let Some(node) = usize::try_from(node).ok().and_then(|node| self.nodes.get_mut(node)) else { return Ok(()) };
        if node.try_reserve(items.len()).is_err() {
            let count = node.len().saturating_add(items.len());
            return Err(none(count.saturating_mul(size_of::<Value>()), WHAT));
        }
        node.extend_from_slice(items);
        Ok(())
    }

    /// Takes the items of a list. What uses it again finds that it is no list any more.
    pub(super) fn taken(&mut self, node: u32) -> Vec<Value> {
        let Some(node) = usize::try_from(node).ok().and_then(|node| self.nodes.get_mut(node)) else {
            return Vec::new();
        };
        if node.is_empty() { Vec::new() } else { std::mem::replace(node, vec![Value::Other(Other::Taken)]) }
    }

    pub(super) fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// The number of a storage. If its key is known, returns the one with that key, which may be another.
    pub(super) fn storage_of(&mut self, storage: Storage) -> Result<(u32, Storage), Problem> {
        let next = count(self.storages.len());
        let number = *self.keys.entry(storage.key).or_insert(next);
        if number == next {
            push(&mut self.storages, storage, WHAT)?;
        }
        Ok((number, self.storage(number).unwrap_or(storage)))
    }

    pub(super) fn storage(&self, number: u32) -> Option<Storage> {
        self.storages.get(usize::try_from(number).ok()?).copied()
    }

    pub(super) fn tensor_of(&mut self, tensor: TensorView) -> Result<Value, Problem> {
        push(&mut self.tensors, tensor, WHAT)?;
        Ok(Value::Tensor(count(self.tensors.len().saturating_sub(1))))
    }

    pub(super) fn tensor(&self, number: u32) -> Option<TensorView> {
        self.tensors.get(usize::try_from(number).ok()?).copied()
    }
}

/// A number of things. A pickle that makes 2^32 of them has more bytes than any limit.
fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Value {
    /// What it is, with an article.
    pub(super) fn what(self) -> &'static str {
        match self {
            Value::None => "None",
            Value::Bool(_) => "a truth value",
            Value::Int(_) | Value::Float => "a number",
            Value::Text(_) => "a string",
            Value::Tuple(_) => "a tuple",
            Value::List(_) => "a list",
            Value::Dict(_) => "a dictionary",
            Value::Global(global) => global.what(),
            Value::Storage(_) => "a storage without a tensor",
            Value::Tensor(_) => "a tensor",
            Value::Other(other) => other.what(),
        }
    }
}
