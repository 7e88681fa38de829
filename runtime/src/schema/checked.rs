//! Nodes that are checked when they are made, because their fields can collide.

use super::node::{Field, Node};
use super::{check, tie};

impl Node {
    /// A struct's node. Panics, in `const` evaluation, if two of its parameters have the same path, or a field is tied to
    /// something that does not exist.
    ///
    /// `pairs` are the numbers of fields whose names may lead to one path, as the derive has found. A field without a name is
    /// paired with itself, and is compared with all others.
    #[track_caller]
    pub const fn compared(fields: &'static [Field], pairs: &[(usize, usize)]) -> Node {
        if let Some(collision) = check::collision(fields, pairs) {
            panic!("{}", collision.message().as_str());
        }
        if let Some(text) = tie::problem(fields) {
            panic!("{}", text.as_str());
        }
        Node::Struct { fields, ignore: &[] }
    }
}
