//! Nodes that are checked when they are made, because their fields can collide.

use super::environment::Declared;
use super::node::{Field, Node, Variant};
use super::summary::Summary;
use super::{alike, check, items, tie};

impl Node {
    /// A struct's node. Panics, in `const` evaluation, if two of its parameters have the same path.
    ///
    /// `pairs` are the numbers of fields whose names may lead to one path, as the derive has found. A field without a name is
    /// paired with itself, and is compared with all others.
    #[track_caller]
    pub const fn compared(fields: &'static [Field], pairs: &[(usize, usize)]) -> Node {
        if let Some(collision) = check::collision(fields, pairs) {
            panic!("{}", collision.message().as_str());
        }
        Node::Struct { fields, ignore: &[], declared: Some(Declared::NONE), summary: Summary::NONE }
    }

    /// An enum's node. Panics if a variant can never be loaded, because whatever fits it fits another one as well.
    #[track_caller]
    pub const fn choice(variants: &'static [Variant]) -> Node {
        if let (false, Some(text)) = (has_unknown(variants), alike::problem(variants)) {
            panic!("{}", text.as_str());
        }
        Node::Choice { variants, ignore: &[], declared: Declared::NONE, summary: Summary::NONE }
    }
}

/// Whether nothing is known of a field of a variant.
const fn has_unknown(variants: &[Variant]) -> bool {
    let mut rest = variants;
    while let [variant, others @ ..] = rest {
        if variant.node.has_unknown() {
            return true;
        }
        rest = others;
    }
    false
}

/// The node of a struct or a variant, of which the field with this number is tied. Panics if it is tied to something that does not exist, or
/// that differs from it.
#[track_caller]
pub const fn tied(number: usize, node: Node) -> Node {
    if let (false, Some(text)) = (node.has_unknown(), tie::problem(node.fields(), number)) {
        panic!("{}", text.as_str());
    }
    node
}

/// The node of a struct or a variant, of which the field with this number shares a list with others. Panics if they leave a gap, or overlap.
#[track_caller]
pub const fn shared(number: usize, node: Node) -> Node {
    if let (false, Some(text)) = (node.has_unknown(), items::problem(node.fields(), number)) {
        panic!("{}", text.as_str());
    }
    node
}
