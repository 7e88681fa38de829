//! Compares a type with a lock in `const` evaluation, while the program compiles, and finds what the plan would find.
//!
//! Both sides are folded trees, so the cost does not grow with the number of layers. `const` evaluation cannot allocate, so
//! every list has a fixed size. Beside a row stands only what that row alone shows: causes that need several rows are found
//! when the program runs.

mod bind;
mod bounded;
mod choice;
mod claims;
mod comparison;
mod composed;
mod computed;
mod conditions;
mod configured;
mod cursor;
mod cuts;
mod dims;
mod fold;
mod hidden;
mod instances;
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
mod shared;
mod shown;
mod tied;

pub use configured::Configured;
pub use lock_tree::{Branch, Component, LockTree, LockedTensor};

use self::comparison::Comparison;
use self::path::Path;
use self::refusal::Refusal;
use crate::schema::{Node, Schema, Spec, Text};

/// What is wrong with a lock for a type; `None` if it matches. `label` is where the lock came from, `module` the type.
const fn mismatch(
    root: &'static Node,
    lock: &'static LockTree,
    config: &'static [Configured],
    label: &str,
    module: &str,
) -> Option<Refusal> {
    let mut comparison = Comparison::new(lock, config, Path::EMPTY, 1);
    comparison.node(root, Spec::NONE, Some(lock));
    comparison.check_expressions();
    if comparison.open.len > 0 {
        // layouts are computed from names that other parameters bind
        comparison = comparison.second();
        comparison.node(root, Spec::NONE, Some(lock));
        comparison.check_expressions();
    }
    comparison.check_conditions();
    if !config.is_empty() {
        comparison.fix_missing();
    }
    if !(comparison.rows.is_empty() && comparison.is_all_taken()) {
        comparison.unexpected(root);
    }
    comparison.check_cuts();
    if comparison.rows.is_empty() {
        if comparison.fitting >= comparison.parameters {
            return None;
        }
        // a parameter without a tensor is refused even if no finding says why
        comparison.unexplained();
    }
    Some(comparison.refusal(label, module))
}

/// A refusal, and 4 KiB for what to do.
type Message = Text<20480>;

/// A lock, and the configuration that lies beside it.
#[derive(Clone, Copy, Debug)]
pub struct Locked {
    /// The names of the lock. There is none if the crate is compiled to explain: then nothing is compared.
    pub lock: Option<&'static LockTree>,
    /// The keys of the configuration.
    pub config: &'static [Configured],
}

/// Panics with what is wrong with a lock for a type. `update` is the command that brings the lock up to date, and empty if it is
/// none but a checkpoint itself. `causes` says how to get the causes.
#[track_caller]
pub const fn verify(root: &'static Node, locked: Locked, label: &str, module: &str, update: &str, causes: &str) {
    if let Some(lock) = locked.lock
        && let Some(text) = mismatch(root, lock, locked.config, label, module)
    {
        panic!("{}", message(&text, update, causes).as_str());
    }
}

const fn message(refusal: &Refusal, update: &str, causes: &str) -> Message {
    let text = Message::new().push_text(refusal);
    let text = if refusal.is_full() { text.push("\n… and more; the text is cut here") } else { text };
    let text = text.push("\n\n");
    let text = match update.is_empty() {
        true => text,
        false => text
            .push("if the type is right and the lock is old, run, with the checkpoint as FILE: ")
            .push(update)
            .push("\n"),
    };
    text.push("for the causes, ").push(causes)
}

/// The node of a type, which it [verifies](verify) first.
#[track_caller]
pub const fn verified(
    node: &'static Node,
    locked: Locked,
    label: &str,
    module: &str,
    update: &str,
    causes: &str,
) -> &'static Node {
    verify(node, locked, label, module, update, causes);
    node
}

/// What [`verify`] would find, for tests that compare it with what a load finds.
pub const fn text_of(
    schema: Schema,
    lock: &'static LockTree,
    config: &'static [Configured],
    label: &str,
    module: &str,
) -> Option<Refusal> {
    mismatch(schema.root, lock, config, label, module)
}

#[cfg(test)]
mod tests {
    use super::message;
    use crate::schema::Text;

    #[test]
    fn a_refusal_that_is_cut_says_so() {
        let long = "x".repeat(20_000);
        for (refusal, is_cut) in [("short", false), (long.as_str(), true)] {
            let text = message(&Text::new().push(refusal), "", "ask");
            assert_eq!(text.as_str().contains("and more; the text is cut here"), is_cut);
            assert!(text.as_str().ends_with("\n\nfor the causes, ask"));
            let text = message(&Text::new().push(refusal), "update", "ask");
            let end = "\n\nif the type is right and the lock is old, run, with the checkpoint as FILE: update\nfor the causes, ask";
            assert!(text.as_str().ends_with(end));
        }
    }
}
