//! Which field of the module a part of a path belongs to, and what to write on it.

use crate::path::{literal, shown};
use crate::schema::{Alias, Field, Len, Node, Schema, Stem, split, written};

/// A field on the way to a parameter.
#[derive(Clone, Copy)]
pub(super) struct FieldOnPath {
    pub(super) field: &'static Field,
    /// The fields of the struct that has it.
    pub(super) holder: &'static [Field],
    /// The number of components of the path before the field's name.
    pub(super) depth: usize,
    /// Whether the struct is the parts of another crate's type, which may not be yours.
    pub(super) is_of_parts: bool,
}

/// The fields on the way to a parameter, outermost first; `None` if no parameter has this path.
pub(super) fn fields_of(root: &'static Node, path: &str) -> Option<Vec<FieldOnPath>> {
    let mut way = Way { fields: Vec::new(), is_of_parts: false };
    descend(root, Stem::BARE, Some(path), 0, &mut way).then_some(way.fields)
}

/// The fields that were come to.
struct Way {
    fields: Vec<FieldOnPath>,
    /// Whether the innermost module is the parts of another crate's type.
    is_of_parts: bool,
}

/// Whether a parameter is at `rest` below a node. `rest` is `None` where the path ends.
fn descend(node: &'static Node, stem: &'static Stem, rest: Option<&str>, depth: usize, way: &mut Way) -> bool {
    match node {
        Node::Parameter(_) => rest.is_none(),
        Node::Optional { item } => descend(item, stem, rest, depth, way),
        Node::Choice { variants, declared, .. } => {
            let outer = std::mem::replace(&mut way.is_of_parts, !declared.remote.is_empty());
            let is_here = variants.iter().any(|variant| descend(&variant.node, Stem::BARE, rest, depth, way));
            way.is_of_parts = outer;
            is_here
        }
        Node::List { item, len } => rest.is_some_and(|rest| {
            let first = split(rest).0;
            let is_item = stem.index(first).is_some_and(|i| !matches!(len, Len::Is(len) if i >= *len));
            is_item && descend(item, Stem::BARE, below(rest, first), depth + 1, way)
        }),
        Node::Map { item } => {
            rest.is_some_and(|rest| descend(item, Stem::BARE, below(rest, split(rest).0), depth + 1, way))
        }
        Node::Struct { fields: all, declared, .. } => {
            let outer = way.is_of_parts;
            let is_of_parts = declared.map_or(outer, |declared| !declared.remote.is_empty());
            way.is_of_parts = is_of_parts;
            let is_here = all.iter().any(|field| {
                let stem = field.attributes.map_or(Stem::BARE, |attributes| attributes.stem);
                let on_path = FieldOnPath { field, holder: all, depth, is_of_parts };
                if field.flatten {
                    // items with a stem are the field's own, though its name stands nowhere else
                    let has_items = field.name.is_empty() && !stem.is_bare();
                    if has_items {
                        way.fields.push(on_path);
                    }
                    let is_here = descend(field.node, stem, rest, depth, way);
                    if has_items && !is_here {
                        way.fields.pop();
                    }
                    return is_here;
                }
                let Some(rest) = rest.filter(|rest| begins_with(rest, field.name)) else { return false };
                way.fields.push(on_path);
                let is_here = descend(field.node, stem, below(rest, field.name), depth + components(field.name), way);
                if !is_here {
                    way.fields.pop();
                }
                is_here
            });
            way.is_of_parts = outer;
            is_here
        }
    }
}

fn components(name: &str) -> usize {
    name.split('.').count()
}

/// Whether a path is this name, or is below it.
fn begins_with(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What follows a name and its dot, if anything does.
fn below<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    path.get(name.len() + 1..)
}

impl FieldOnPath {
    /// The field that the component with this number belongs to. A name may have several components.
    pub(super) fn with_component(fields: &[FieldOnPath], component: usize) -> Option<FieldOnPath> {
        let has = |field: &&FieldOnPath| (field.depth..field.end()).contains(&component);
        fields.iter().find(has).copied()
    }

    /// The number of components up to the end of the field's name.
    fn end(&self) -> usize {
        self.depth + components(self.field.name)
    }

    /// The part of a path below the field's name.
    pub(super) fn rest_of<'p>(&self, path: &'p str) -> &'p str {
        path.splitn(self.end() + 1, '.').nth(self.end()).unwrap_or_default()
    }

    /// The field's name with `component` of the path replaced by `other`.
    pub(super) fn renamed(&self, component: usize, other: &str) -> String {
        let mut name: Vec<&str> = self.field.name.split('.').collect();
        name[component - self.depth] = other;
        name.join(".")
    }

    /// The name as its attribute has it.
    pub(super) fn name(&self) -> String {
        written(self.field.name, self.stem())
    }

    fn stem(&self) -> &'static Stem {
        self.field.attributes.map_or(Stem::BARE, |attributes| attributes.stem)
    }

    /// The field's name with other names of its items, from `component` of the path on.
    pub(super) fn renamed_items(&self, component: usize, items: &str) -> String {
        let above = self.field.name.split('.').take(component - self.depth);
        above.chain([items]).collect::<Vec<_>>().join(".")
    }

    /// The attribute that gives the field another name, beside those that it has.
    pub(super) fn with_alias(&self, name: &str) -> String {
        let stem = self.stem();
        let aliases = self.field.aliases.iter().map(Alias::written);
        let all: Vec<String> = aliases.chain([written(name, stem)]).map(|name| literal(&name)).collect();
        let value = match all.as_slice() {
            [one] => one.clone(),
            all => format!("[{}]", all.join(", ")),
        };
        format!("`#[{}(alias = {value})]` on the field for `{}`", self.attribute(), shown(&self.name()))
    }

    /// Whether an attribute can give the field another name: the elements of a tuple have none, what names its source tensors has
    /// no name of its own, and the parts of another crate's type may not be yours.
    pub(super) fn has_name(&self) -> bool {
        self.field.attributes.is_some() && self.field.composed().is_none() && !self.is_of_parts
    }

    /// Whether there is one parameter below the field.
    pub(super) fn has_one_parameter(&self) -> bool {
        Schema { root: self.field.node }.parameter_count() == Some(1)
    }

    /// Whether the field is a module of one parameter that a file must have.
    pub(super) fn has_one_needed_parameter(&self) -> bool {
        let Node::Struct { fields, .. } = self.field.node else { return false };
        let needed = fields.iter().filter(|field| !matches!(field.node, Node::Optional { .. }));
        needed.map(|field| matches!(field.node, Node::Parameter(_)) && !field.flatten).eq([true])
    }

    /// `param` or `module`.
    pub(super) fn attribute(&self) -> &'static str {
        if is_parameter(self.field.node) { "param" } else { "module" }
    }
}

/// Whether a field of this node is written with `#[param]`.
fn is_parameter(node: &Node) -> bool {
    match node {
        Node::Parameter(_) => true,
        Node::Optional { item } | Node::List { item, .. } | Node::Map { item } => is_parameter(item),
        // the elements of a tuple have no attributes of their own
        Node::Struct { fields, .. } => {
            fields.first().is_some_and(|field| field.attributes.is_none() && is_parameter(field.node))
        }
        Node::Choice { .. } => false,
    }
}
