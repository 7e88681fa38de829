//! The parameters of a value with their paths: what a walk over the value lists, beside the schema of its type.
//!
//! The two walk in the same order, so a walk over a value need not know where it is, and only one function for all types does.

use std::collections::{BTreeMap, BTreeSet};

use crate::parameter::View;
use crate::path::Trail;
use crate::plan::Step;
use crate::schema::{Ends, Field, Layout, Node, Stem};
use crate::tree::{Modules, Tree, Walk};

/// The parameters of a value, in schema order, by number. There may be millions of small ones, so what few of them have is
/// beside the list.
#[derive(Debug)]
pub(crate) struct Listing<'a> {
    pub(crate) root: &'static Node,
    pub(crate) paths: Paths,
    pub(crate) views: Vec<View<'a>>,
    /// The layouts in a file, each with the path that the names in it are relative to, with a dot at its end.
    pub(crate) layouts: BTreeMap<usize, (&'static Layout, String)>,
    /// The paths of the parameters that others are tied to.
    pub(crate) tied_to: BTreeMap<usize, String>,
    /// Those of them whose tie has a condition.
    pub(crate) tied_perhaps: BTreeSet<usize>,
    /// What its type leaves open.
    pub(crate) steps: Vec<Step>,
    /// The first parameter below a map's key that no file can hold, by its number, and the reason.
    pub(crate) bad_key: Option<(usize, &'static str)>,
}

/// Paths as one text.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    text: String,
    /// Where each path ends.
    ends: Vec<usize>,
}

impl Paths {
    pub(crate) fn with_capacity(count: usize) -> Paths {
        Paths { text: String::new(), ends: Vec::with_capacity(count) }
    }

    pub(crate) fn push(&mut self, path: &str) {
        self.text.push_str(path);
        self.ends.push(self.text.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The path with this number.
    pub(crate) fn get(&self, number: usize) -> &str {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[number]]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|number| self.get(number))
    }
}

impl<'a> Listing<'a> {
    pub(crate) fn of<M: Tree<Modules>>(module: &'a M) -> Self {
        let mut walk = Walk::default();
        module.walk(&mut walk);
        Listing::new(M::__NODE, walk)
    }

    fn new(node: &'static Node, Walk { mut views, steps }: Walk<'a>) -> Self {
        views.shrink_to_fit();
        let mut naming = Naming {
            count: views.len(),
            steps: steps.iter(),
            paths: Paths::with_capacity(views.len()),
            layouts: BTreeMap::new(),
            tied_to: BTreeMap::new(),
            tied_perhaps: BTreeSet::new(),
            bad_key: None,
            trail: Trail::default(),
            attrs: FieldAttrs { layout: None, tie: None, stem: Stem::BARE },
            first: 0,
            end: 0,
        };
        naming.node(node);
        let Naming { paths, layouts, tied_to, tied_perhaps, bad_key, .. } = naming;
        Listing { root: node, paths, views, layouts, tied_to, tied_perhaps, steps, bad_key }
    }
}

/// A walk over a schema, beside what a walk over a value has listed.
struct Naming<'s> {
    /// How many parameters the value has.
    count: usize,
    steps: std::slice::Iter<'s, Step>,
    paths: Paths,
    layouts: BTreeMap<usize, (&'static Layout, String)>,
    tied_to: BTreeMap<usize, String>,
    tied_perhaps: BTreeSet<usize>,
    bad_key: Option<(usize, &'static str)>,
    trail: Trail,
    attrs: FieldAttrs,
    /// The index of the first item of the list that the walk comes to.
    first: usize,
    /// One more than the index of the last item of the list that it comes from.
    end: usize,
}

/// The attributes of the field that the walk is in.
struct FieldAttrs {
    /// The layout in a file, and the path that the names in the layout are relative to, with a dot at its end.
    layout: Option<(&'static Layout, String)>,
    /// The path it is tied to, the length of its own path, and whether the tie has a condition.
    tie: Option<(String, usize, bool)>,
    /// What stands around the index in the names of the outermost list's items.
    stem: &'static Stem,
}

impl Naming<'_> {
    fn node(&mut self, node: &'static Node) {
        match node {
            Node::Parameter(_) => self.parameter(),
            Node::Struct { fields, .. } => {
                let mut ends = Ends::default();
                for (number, field) in fields.iter().enumerate() {
                    if field.shared().is_some() {
                        self.first = ends.start(fields, number).unwrap_or_default();
                        self.field(field);
                        ends.push(number, Some(self.end));
                    } else {
                        self.field(field);
                    }
                }
            }
            Node::List { item, .. } => {
                let first = std::mem::take(&mut self.first);
                let Some(&Step::Len(len)) = self.steps.next() else { return };
                let (stem, mut name) = (std::mem::replace(&mut self.attrs.stem, Stem::BARE), String::new());
                let end = first.saturating_add(len);
                for index in first..end {
                    stem.write(&mut name, index);
                    self.child(&name, item);
                }
                (self.attrs.stem, self.end) = (stem, end);
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
        let (number, path) = (self.paths.len(), self.trail.as_str());
        if number == self.count {
            return;
        }
        if let Some((target, depth, perhaps)) = &self.attrs.tie {
            self.tied_to.insert(number, format!("{target}{}", &path[*depth..]));
            if *perhaps {
                self.tied_perhaps.insert(number);
            }
        }
        if let Some(layout) = &self.attrs.layout {
            self.layouts.insert(number, layout.clone());
        }
        self.paths.push(path);
    }

    fn field(&mut self, field: &'static Field) {
        // a field's attributes apply to the parameters in it; the elements of a tuple have those of the field that holds it
        let outer = field.attributes.map(|spec| {
            let perhaps = spec.given.tied_when().is_some();
            let tie = field.tied.map(|path| (self.trail.joined(path), self.trail.joined(field.name).len(), perhaps));
            let layout = spec.from.map(|layout| (layout, self.trail.joined("")));
            let tie = tie.or_else(|| self.attrs.tie.clone());
            std::mem::replace(&mut self.attrs, FieldAttrs { layout, tie, stem: spec.stem })
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
        self.bad_key = self.bad_key.or(reason.map(|reason| (self.paths.len(), reason)));
        self.child(key, node);
    }

    fn child(&mut self, name: &str, node: &'static Node) {
        let outer = self.trail.enter(name);
        self.node(node);
        self.trail.leave(outer);
    }
}
