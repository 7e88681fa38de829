//! A type beside a lock while the program compiles: what the plan would find, in `const` evaluation.
//!
//! Both sides are folded trees, so the cost does not grow with the number of layers. There is no allocation: what is found
//! is kept in places of fixed size. A row says what it alone shows; causes that need several rows are the run's to find.

mod bounded;
mod choice;
mod claims;
mod comparison;
mod composed;
mod cursor;
mod cuts;
mod fold;
mod lists;
mod lock_tree;
mod names;
mod node;
mod parameter;
mod path;
mod present;
mod refusal;
mod rows;
mod set;
mod shown;
mod tied;

pub use lock_tree::{Branch, Component, LockTree, LockedTensor};

use self::comparison::Comparison;
use self::path::Path;
use self::refusal::Refusal;
use crate::schema::{Node, Schema, Spec, Text};

/// What is wrong with a lock for a type; `None` if it matches. `label` is where the lock came from, `module` the type.
const fn mismatch(root: &'static Node, lock: &'static LockTree, label: &str, module: &str) -> Option<Refusal> {
    let mut comparison = Comparison::new(lock, Path::EMPTY, 1);
    comparison.node(root, Spec::NONE, Some(lock));
    comparison.prefixes();
    if !(comparison.rows.is_empty() && comparison.is_all_taken()) {
        comparison.unexpected(root);
    }
    comparison.check_cuts();
    if comparison.rows.is_empty() {
        if comparison.fitting >= comparison.parameters {
            return None;
        }
        // what nothing explains is refused too
        comparison.unexplained();
    }
    Some(comparison.refusal(label, module))
}

/// A refusal with what to do for its causes, for which there are 2 KiB however long the refusal is.
type Message = Text<18432>;

/// Panics, in `const` evaluation, with what is wrong with a lock for a type. `causes` says how to get the causes.
///
/// Without a lock nothing is compared: the crate is compiled to explain.
#[track_caller]
pub const fn verify(root: &'static Node, lock: Option<&'static LockTree>, label: &str, module: &str, causes: &str) {
    if let Some(lock) = lock
        && let Some(text) = mismatch(root, lock, label, module)
    {
        let message = Message::new().push_text(&text).push("\n\nfor the causes, ").push(causes);
        panic!("{}", message.as_str());
    }
}

/// The node of a type that is verified, or a panic as [`verify`] has it.
#[track_caller]
pub const fn verified(
    node: &'static Node,
    lock: Option<&'static LockTree>,
    label: &str,
    module: &str,
    causes: &str,
) -> &'static Node {
    verify(node, lock, label, module, causes);
    node
}

/// What [`verify`] would find, for tests that compare it with what a load finds.
pub const fn text_of(schema: Schema, lock: &'static LockTree, label: &str, module: &str) -> Option<Refusal> {
    mismatch(schema.root, lock, label, module)
}
