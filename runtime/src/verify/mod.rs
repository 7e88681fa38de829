//! A type beside a lock while the program compiles: the plan's rules and the report's words, in `const` evaluation.
//!
//! Both sides are folded trees, so the cost does not grow with the number of layers. There is no allocation: what is found
//! is kept in places of fixed size.

mod claims;
mod compose;
mod cursor;
mod cuts;
mod few;
mod fused;
mod hints;
mod lists;
mod names;
mod path;
mod present;
mod quantised;
mod rows;
mod set;
mod shown;
mod text;
mod ties;
mod walk;

pub use names::{Below, Component, Held, Names};

use self::path::Path;
use self::walk::Walk;
use crate::schema::{Node, Schema, Spec, Text};

/// The text of a refusal.
pub(crate) type Refusal = Text<16384>;

/// What is wrong with a lock for a type; `None` if it matches. `label` is where the lock came from, `module` the type.
const fn mismatch(root: &'static Node, names: &'static Names, label: &str, module: &str) -> Option<Refusal> {
    let mut walk = Walk::new(Path::EMPTY, 1);
    walk.node(root, Spec::NONE, Some(names));
    walk.prefixes(names, Path::EMPTY);
    walk.unexpected(root, names);
    walk.check_cuts();
    if walk.rows.is_empty() {
        if walk.fitting >= walk.parameters {
            return None;
        }
        // what nothing explains is refused too
        walk.unexplained();
    }
    let causes = walk.explain(names);
    Some(walk.text(&causes, label, module))
}

/// A refusal with what to do for its causes, for which there are 2 KiB however long the refusal is.
type Message = Text<18432>;

/// Panics, in `const` evaluation, with what is wrong with a lock for a type. `causes` says how to get the causes.
///
/// Without a lock nothing is compared: the crate is compiled to explain.
#[track_caller]
pub const fn verify(root: &'static Node, lock: Option<&'static Names>, label: &str, module: &str, causes: &str) {
    if let Some(lock) = lock
        && let Some(text) = mismatch(root, lock, label, module)
    {
        let message = Message::new().push(text.as_str()).push("\n\nfor the causes, ").push(causes);
        panic!("{}", message.as_str());
    }
}

/// The node of a type that is verified, or a panic as [`verify`] has it.
#[track_caller]
pub const fn verified(
    node: &'static Node,
    lock: Option<&'static Names>,
    label: &str,
    module: &str,
    causes: &str,
) -> &'static Node {
    verify(node, lock, label, module, causes);
    node
}

/// What [`verify`] would find, for tests that compare it with what a load finds.
pub const fn text_of(schema: Schema, names: &'static Names, label: &str, module: &str) -> Option<Refusal> {
    mismatch(schema.root, names, label, module)
}
