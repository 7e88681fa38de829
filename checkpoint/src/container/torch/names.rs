//! The names of what a pickle holds: the keys of its dictionaries, joined by dots.

use std::collections::HashSet;
use std::fmt::Write;

use weighbridge_lock::counted;

use super::value::{Arena, Value, WHAT};
use crate::container::room::{none, push};
use crate::error::{Problem, ProblemKind};
use crate::limits::Limits;

/// For each byte of the pickle, this many bytes of names are let through. Names have their keys in the pickle, and only
/// those in front of many others are repeated.
const FOR_A_BYTE: u64 = 16;
/// So many are let through however small the pickle is.
const FREE: u64 = 64 << 10;

/// What a name stands for.
pub(super) enum Named {
    Tensor(u32),
    /// A value that is no tensor, and holds none.
    Other(Value),
}

/// Whether a node holds a tensor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Unknown,
    Asked,
    None,
    Some,
}

/// Calls `found` with every tensor and every other value, and its name. Nothing is visited twice.
///
/// # Errors
/// If what is in the pickle has no names, or names that a file of this size cannot need.
pub(super) fn walk(
    arena: &Arena,
    root: Value,
    taken: u64,
    limits: &Limits,
    mut found: impl FnMut(&str, Named) -> Result<(), Problem>,
) -> Result<(), Problem> {
    duplicates(arena)?;
    let holds = holders(arena, root)?;
    let has_tensor = |value: Value| match value {
        Value::Tensor(_) => true,
        Value::Tuple(node) | Value::List(node) | Value::Dict(node) => is(&holds, node) == Holds::Some,
        _ => false,
    };
    match root {
        Value::Dict(_) => {}
        Value::List(_) | Value::Tuple(_) if has_tensor(root) => {}
        Value::Tensor(_) => {
            let message = "the file is one tensor without a name; save it as `torch.save({'name': tensor}, path)`";
            return Err(Problem::new(ProblemKind::Format, message));
        }
        other => {
            let message = format!("the file holds {} and no tensors; save a state dict", other.what());
            return Err(Problem::new(ProblemKind::Format, message));
        }
    }

    let mut visited: HashSet<u32> = HashSet::new();
    let (mut name, mut names) = (String::new(), 0u64);
    // for each value that is being visited: its node, how many items of it are done, and how long its name is
    let mut stack: Vec<(Value, usize, usize)> = vec![(root, 0, 0)];
    while let Some((value, done, length)) = stack.pop() {
        name.truncate(length);
        let (node, step) = match value {
            Value::Dict(node) => (node, 2usize),
            Value::List(node) | Value::Tuple(node) => (node, 1),
            _ => continue,
        };
        let items = arena.items(node);
        let at = done.saturating_mul(step);
        let Some(&first) = items.get(at) else { continue };
        push(&mut stack, (value, done.saturating_add(1), length), WHAT)?;
        let inner = items.get(at.saturating_add(step).saturating_sub(1)).copied().unwrap_or(first);
        let key = match (step, first) {
            (1, _) => done.to_string(),
            (_, Value::Text(key)) => {
                let key = arena.text(key);
                if name.len().saturating_add(key.len()) >= limits.name_byte_len {
                    let length = name.len().saturating_add(key.len()).saturating_add(1);
                    let whole: String = name.chars().chain(['.']).chain(key.chars()).take(80).collect();
                    let found = format!("the name has {}", counted(length, "byte"));
                    return Err(Problem::limit(found, "name_byte_len", limits.name_byte_len).tensor(whole));
                }
                key.to_owned()
            }
            (_, Value::Int(key)) => key.to_string(),
            (_, key) => {
                let message = format!(
                    "it has a key that is {}, of which no name can be made; save a dictionary with strings as keys",
                    key.what()
                );
                return Err(Problem::new(ProblemKind::Name, message).tensor(name));
            }
        };
        let is_root = stack.len() == 1;
        let _ = write!(name, "{}{key}", if is_root { "" } else { "." });
        names = names.saturating_add(u64::try_from(name.len()).unwrap_or(u64::MAX));
        if names > taken.saturating_mul(FOR_A_BYTE).saturating_add(FREE) {
            let message = format!(
                "the names in the file take more than {}, and its pickle has {}; no program of PyTorch wrote it",
                counted(names, "byte"),
                taken
            );
            return Err(Problem::new(ProblemKind::Name, message));
        }
        match inner {
            Value::Tensor(tensor) => found(&name, Named::Tensor(tensor))?,
            // a dictionary without tensors is listed by its values, as a pattern for what is below a name fits them
            Value::Dict(node) if has_tensor(inner) || is_named(arena, node) => {
                descend(&mut stack, &mut visited, inner, node, &name, has_tensor(inner))?;
            }
            Value::List(node) | Value::Tuple(node) if has_tensor(inner) => {
                descend(&mut stack, &mut visited, inner, node, &name, true)?;
            }
            other => found(&name, Named::Other(other))?,
        }
    }
    Ok(())
}

/// Goes on with what is below a value, unless that was done before: a pickle can hold one value in many places.
fn descend(
    stack: &mut Vec<(Value, usize, usize)>,
    visited: &mut HashSet<u32>,
    value: Value,
    node: u32,
    name: &str,
    has_tensor: bool,
) -> Result<(), Problem> {
    if visited.try_reserve(1).is_err() {
        return Err(none(visited.len().saturating_mul(16), WHAT));
    }
    if visited.insert(node) {
        return push(stack, (value, 0, name.len()), WHAT);
    }
    // what is there twice without a tensor in it is listed once
    if !has_tensor {
        return Ok(());
    }
    let message = format!(
        "it is {} that is in the file under another name too; a few bytes could name tensors without end: save each once",
        value.what()
    );
    Err(Problem::new(ProblemKind::Header, message).tensor(name))
}

/// Whether all keys of a dictionary can be parts of names.
fn is_named(arena: &Arena, dict: u32) -> bool {
    arena.items(dict).iter().step_by(2).all(|key| matches!(key, Value::Text(_) | Value::Int(_)))
}

fn is(holds: &[Holds], node: u32) -> Holds {
    usize::try_from(node).ok().and_then(|node| holds.get(node)).copied().unwrap_or(Holds::None)
}

/// Which tuples, lists and dictionaries hold a tensor.
fn holders(arena: &Arena, root: Value) -> Result<Vec<Holds>, Problem> {
    let node_of = |value: Value| match value {
        Value::Tuple(node) | Value::List(node) | Value::Dict(node) => Some(node),
        _ => None,
    };
    let mut holds = Vec::new();
    if holds.try_reserve_exact(arena.node_count()).is_err() {
        return Err(none(arena.node_count(), WHAT));
    }
    holds.resize(arena.node_count(), Holds::Unknown);
    let set = |holds: &mut Vec<Holds>, node: u32, to: Holds| {
        if let Some(place) = usize::try_from(node).ok().and_then(|node| holds.get_mut(node)) {
            *place = to;
        }
    };
    let mut stack: Vec<(u32, usize, bool)> = Vec::new();
    if let Some(node) = node_of(root) {
        set(&mut holds, node, Holds::Asked);
        stack.push((node, 0, false));
    }
    while let Some((node, at, has)) = stack.pop() {
        let Some(&item) = arena.items(node).get(at) else {
            set(&mut holds, node, if has { Holds::Some } else { Holds::None });
            // what it is in learns of it
            if let Some((_, _, above)) = stack.last_mut() {
                *above |= has;
            }
            continue;
        };
        let next = at.saturating_add(1);
        match node_of(item).map(|inner| (inner, is(&holds, inner))) {
            None => push(&mut stack, (node, next, has || matches!(item, Value::Tensor(_))), WHAT)?,
            Some((_, Holds::Some)) => push(&mut stack, (node, next, true), WHAT)?,
            Some((_, Holds::None)) => push(&mut stack, (node, next, has), WHAT)?,
            Some((inner, Holds::Unknown)) => {
                set(&mut holds, inner, Holds::Asked);
                push(&mut stack, (node, next, has), WHAT)?;
                push(&mut stack, (inner, 0, false), WHAT)?;
            }
            Some((_, Holds::Asked)) => {
                let message = format!("the pickle has {} that holds itself; no program can have saved it", item.what());
                return Err(Problem::new(ProblemKind::Header, message));
            }
        }
    }
    Ok(holds)
}

/// Refuses a dictionary that has a key twice: readers differ in which value they take.
fn duplicates(arena: &Arena) -> Result<(), Problem> {
    /// So few keys are compared with one another.
    const FEW: usize = 16;
    for dict in arena.dicts() {
        let keys = || arena.items(*dict).iter().step_by(2).filter_map(|key| comparable(*key)).enumerate();
        let twice = match arena.items(*dict).len() / 2 <= FEW {
            true => keys().find(|(number, key)| keys().take(*number).any(|(_, other)| other == *key)),
            false => {
                let mut seen: HashSet<Value> = HashSet::new();
                keys().find(|(_, key)| !seen.insert(*key))
            }
        };
        let Some((_, key)) = twice else { continue };
        let name = match key {
            Value::Text(key) => arena.text(key).chars().take(80).collect(),
            Value::Int(key) => key.to_string(),
            other => other.what().to_owned(),
        };
        let message = "a dictionary of the pickle has this key twice, and readers differ in which of the values they take; keep one";
        return Err(Problem::new(ProblemKind::Duplicate, message).tensor(name));
    }
    Ok(())
}

/// A key that can be told from others. `True` is the key 1.
fn comparable(key: Value) -> Option<Value> {
    match key {
        Value::Bool(truth) => Some(Value::Int(i64::from(truth))),
        // of these too little is kept
        Value::Float | Value::Other(_) | Value::Tuple(_) => None,
        key => Some(key),
    }
}

/// The problem with a value that is no tensor.
pub(super) fn no_tensor(value: Value) -> Problem {
    let message = match value.what().split_once("; ") {
        Some((what, remedy)) => format!("{what}, and no tensor that is read here; {remedy}"),
        None => format!("{}, and no tensor", value.what()),
    };
    Problem::new(ProblemKind::Format, message)
}
