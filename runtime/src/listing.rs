//! The parameters of a value with their paths: what a walk over the value lists, beside the schema of its type.
//!
//! The two walk in the same order, so a walk over a value need not know where it is, and only one function for all types does.

use crate::parameter::View;
use crate::path::Trail;
use crate::plan::Step;
use crate::schema::{Field, Layout, Node};
use crate::tree::{Modules, Tree, Walk};

/// One parameter of a value.
#[derive(Debug)]
pub(crate) struct WalkedParameter<'a> {
    pub(crate) path: String,
    pub(crate) view: View<'a>,
    /// The layout in a file, and the path that the names in the layout are relative to, with a dot at its end.
    pub(crate) layout: Option<(&'static Layout, String)>,
    /// The path of the parameter that it is tied to.
    pub(crate) tied_to: Option<String>,
}

/// The parameters of a value, in schema order.
#[derive(Debug)]
pub(crate) struct Listing<'a> {
    pub(crate) parameters: Vec<WalkedParameter<'a>>,
    /// What its type leaves open.
    pub(crate) steps: Vec<Step>,
    /// The first parameter below a map's key that no file can hold, by its number, and the reason.
    pub(crate) bad_key: Option<(usize, &'static str)>,
}

impl<'a> Listing<'a> {
    pub(crate) fn of<M: Tree<Modules>>(module: &'a M) -> Self {
        let mut walk = Walk::default();
        module.walk(&mut walk);
        Listing::new(M::__NODE, walk)
    }

    fn new(node: &'static Node, Walk { views, steps }: Walk<'a>) -> Self {
        let mut naming = Naming {
            views: views.into_iter(),
            steps: steps.iter(),
            parameters: Vec::new(),
            bad_key: None,
            trail: Trail::default(),
            attrs: FieldAttrs::default(),
        };
        naming.node(node);
        let Naming { parameters, bad_key, .. } = naming;
        Listing { parameters, steps, bad_key }
    }
}

/// A walk over a schema, beside what a walk over a value has listed.
struct Naming<'s, 'a> {
    views: std::vec::IntoIter<View<'a>>,
    steps: std::slice::Iter<'s, Step>,
    parameters: Vec<WalkedParameter<'a>>,
    bad_key: Option<(usize, &'static str)>,
    trail: Trail,
    attrs: FieldAttrs,
}

/// The attributes of the field that the walk is in.
#[derive(Default)]
struct FieldAttrs {
    /// The layout in a file, and the path that the names in the layout are relative to, with a dot at its end.
    layout: Option<(&'static Layout, String)>,
    /// The path it is tied to, and the length of its own path.
    tie: Option<(String, usize)>,
}

impl Naming<'_, '_> {
    fn node(&mut self, node: &'static Node) {
        match node {
            Node::Parameter(_) => self.parameter(),
            Node::Struct { fields, .. } => fields.iter().for_each(|field| self.field(field)),
            Node::List { item, .. } => {
                let Some(&Step::Len(len)) = self.steps.next() else { return };
                (0..len).for_each(|index| self.child(&index.to_string(), item));
            }
            Node::Map { item } => {
                let Some(Step::Keys(keys)) = self.steps.next() else { return };
                keys.iter().for_each(|key| self.key(key, item));
            }
            Node::Optional { item } => {
                if let Some(Step::Present(true)) = self.steps.next() {
                    self.node(item);
                }
            }
            Node::Choice { variants, .. } => {
                let Some(&Step::Variant(number)) = self.steps.next() else { return };
                self.node(&variants[number].node);
            }
        }
    }

    fn parameter(&mut self) {
        let Some(view) = self.views.next() else { return };
        let path = self.trail.as_str().to_owned();
        let tied_to = self.attrs.tie.as_ref().map(|(target, depth)| format!("{target}{}", &path[*depth..]));
        self.parameters.push(WalkedParameter { path, view, layout: self.attrs.layout.clone(), tied_to });
    }

    fn field(&mut self, field: &'static Field) {
        // a field's attributes apply to the parameters in it; the elements of a tuple have those of the field that holds it
        let outer = field.spec.map(|spec| {
            let tie = field.tied.map(|path| (self.trail.joined(path), self.trail.joined(field.name).len()));
            let layout = spec.from.map(|layout| (layout, self.trail.joined("")));
            let tie = tie.or_else(|| self.attrs.tie.clone());
            std::mem::replace(&mut self.attrs, FieldAttrs { layout, tie })
        });
        if field.flatten {
            self.node(field.node);
        } else {
            self.child(field.name, field.node);
        }
        if let Some(outer) = outer {
            self.attrs = outer;
        }
    }

    /// The value of a map's key, which must be one component of a path.
    fn key(&mut self, key: &str, node: &'static Node) {
        let reason = match key {
            "" => Some("a map in it has an empty key, and no part of a name may be empty"),
            key if key.contains('.') => {
                Some("a map in it has a key with a dot, which a load would read as two parts of a name")
            }
            _ => None,
        };
        self.bad_key = self.bad_key.or(reason.map(|reason| (self.parameters.len(), reason)));
        self.child(key, node);
    }

    fn child(&mut self, name: &str, node: &'static Node) {
        let outer = self.trail.enter(name);
        self.node(node);
        self.trail.leave(outer);
    }
}
