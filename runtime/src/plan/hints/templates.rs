//! Names with `*` for each index: a thousand layers are one of them. So what a file and a module have in common is found in
//! time that does not grow with the number of layers.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::path::index;
use crate::rules::Expected;
use crate::schema::{Layout, Len, Node, Spec, Stem, Wanted};

/// What stands for an index.
pub(super) const ANY: &str = "*";
/// More templates than this are not compared. So many names usually have one cause, which the first ones show.
const MOST: usize = 20_000;
/// Names with more components than this are left out.
const DEEPEST: usize = 64;

/// A name with `*` for each index.
pub(super) fn template(name: &str) -> String {
    Stems::default().template(name)
}

/// The stems of a module's lists. The number in a component that has one is an index, too.
#[derive(Default)]
pub(super) struct Stems(Vec<&'static Stem>);

impl Stems {
    pub(super) fn of_module(root: &'static Node) -> Stems {
        let mut stems = Stems::default();
        stems.add(root);
        stems
    }

    fn add(&mut self, node: &'static Node) {
        match node {
            Node::Parameter(_) => {}
            Node::Optional { item } | Node::List { item, .. } | Node::Map { item } => self.add(item),
            Node::Choice { variants, .. } => variants.iter().for_each(|variant| self.add(&variant.node)),
            Node::Struct { fields, .. } => {
                for field in *fields {
                    let names = (0..).map_while(|number| field.nth_name(number));
                    for stem in names.map(|name| name.stem).filter(|stem| !stem.is_bare()) {
                        if !self.0.contains(&stem) {
                            self.0.push(stem);
                        }
                    }
                    self.add(field.node);
                }
            }
        }
    }

    /// The index in a component, and the component with `*` in its place.
    pub(super) fn index(&self, component: &str) -> Option<(usize, String)> {
        if let Some(i) = index(component) {
            return Some((i, ANY.to_owned()));
        }
        self.0.iter().find_map(|stem| Some((stem.index(component)?, with_any(stem))))
    }

    /// A name with `*` for each index.
    pub(super) fn template(&self, name: &str) -> String {
        let mut text = String::with_capacity(name.len());
        for (i, component) in name.split('.').enumerate() {
            if i > 0 {
                text.push('.');
            }
            match self.index(component) {
                Some((_, template)) => text.push_str(&template),
                None => text.push_str(component),
            }
        }
        text
    }

    /// The templates of these names, and how many names each stands for.
    pub(super) fn templates<'n>(&self, names: impl Iterator<Item = &'n str>) -> BTreeMap<String, usize> {
        let mut templates: BTreeMap<String, usize> = BTreeMap::new();
        for name in names.filter(|name| name.bytes().filter(|&byte| byte == b'.').count() < DEEPEST) {
            let template = self.template(name);
            if let Some(count) = templates.get_mut(&template) {
                *count += 1;
            } else if templates.len() < MOST {
                templates.insert(template, 1);
            }
        }
        templates
    }
}

/// A stem with `*` for the index.
fn with_any(stem: &Stem) -> String {
    format!("{}{ANY}{}", stem.before, stem.behind)
}

/// The templates of the names that a module reads, under all of its aliases.
pub(super) fn of_module(root: &'static Node) -> BTreeSet<String> {
    let mut templates = BTreeSet::new();
    add(root, Stem::BARE, Of::Names, &mut Vec::new(), &mut templates);
    templates
}

/// The templates of the paths of a module's parameters.
pub(super) fn of_parameters(root: &'static Node) -> BTreeSet<String> {
    let mut templates = BTreeSet::new();
    add(root, Stem::BARE, Of::Paths, &mut Vec::new(), &mut templates);
    templates
}

/// What a parameter has templates of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// What a file may call it, and the tensors that it is made from.
    Names,
    /// Its own path.
    Paths,
}

/// The components of a template.
type Trail = Vec<Cow<'static, str>>;

fn add(node: &'static Node, stem: &'static Stem, of: Of, trail: &mut Trail, templates: &mut BTreeSet<String>) {
    if templates.len() >= MOST {
        return;
    }
    match node {
        Node::Parameter(_) => drop(templates.insert(trail.join("."))),
        Node::Optional { item } => add(item, stem, of, trail, templates),
        Node::Choice { variants, .. } => {
            variants.iter().for_each(|variant| add(&variant.node, Stem::BARE, of, trail, templates))
        }
        Node::List { item, .. } | Node::Map { item } => {
            let item_name = if stem.is_bare() { Cow::Borrowed(ANY) } else { Cow::Owned(with_any(stem)) };
            trail.push(item_name);
            add(item, Stem::BARE, of, trail, templates);
            trail.pop();
        }
        Node::Struct { fields, .. } => {
            for field in *fields {
                if let (Some(layout), Of::Names) = (field.composed(), of) {
                    sources(layout, trail, templates);
                    continue;
                }
                let names = (0..).map_while(|number| field.nth_name(number));
                for name in names.take(if of == Of::Paths { 1 } else { usize::MAX }) {
                    below(name.name, trail, |trail| add(field.node, name.stem, of, trail, templates));
                }
            }
        }
    }
}

/// The optional parts and the lists and maps of any length that the file has nothing of, outside of lists, maps and enums, and
/// that have a parameter of which `fits` says so.
pub(super) fn absent_parts(
    root: &'static Node,
    is_there: &dyn Fn(&str) -> bool,
    fits: &dyn Fn(&Expected) -> bool,
) -> Vec<String> {
    let mut absent = Vec::new();
    add_absent(root, &mut Vec::new(), (is_there, fits), &mut absent);
    absent
}

type Asked<'a> = (&'a dyn Fn(&str) -> bool, &'a dyn Fn(&Expected) -> bool);

fn add_absent(node: &'static Node, trail: &mut Trail, asked: Asked<'_>, absent: &mut Vec<String>) {
    let Node::Struct { fields, .. } = node else { return };
    for field in fields.iter().filter(|field| field.composed().is_none() && !field.flatten) {
        let mut places = (0..).map_while(|number| field.nth_name(number));
        let is_found = places.any(|name| {
            let mut place = String::new();
            below(name.name, trail, |trail| place = trail.join("."));
            asked.0(&place)
        });
        let may_be_absent =
            matches!(field.node, Node::Optional { .. } | Node::Map { .. } | Node::List { len: Len::FromFile, .. });
        match (is_found, may_be_absent) {
            (false, true) if any_fits(field.node, field.spec_in(Spec::NONE), asked.1) => {
                below(field.name, trail, |trail| absent.push(trail.join(".")))
            }
            (true, false) => below(field.name, trail, |trail| add_absent(field.node, trail, asked, absent)),
            _ => {}
        }
    }
}

/// Gives each parameter of a module that is one tensor, with the template of its path.
pub(super) fn each_expected(root: &'static Node, then: &mut dyn FnMut(String, Expected)) {
    walk(root, Spec::NONE, &mut Vec::new(), &mut MOST.clone(), then);
}

fn walk(node: &'static Node, spec: Spec, trail: &mut Trail, left: &mut usize, then: &mut dyn FnMut(String, Expected)) {
    if *left == 0 {
        return;
    }
    match node {
        Node::Parameter(_) if spec.from.is_some() => {}
        Node::Parameter(leaf) => {
            *left -= 1;
            then(trail.join("."), Expected::of(Wanted { spec, leaf }));
        }
        Node::Optional { item } => walk(item, spec, trail, left, then),
        Node::List { item, .. } | Node::Map { item } => {
            trail.push(Cow::Borrowed(ANY));
            walk(item, spec.item(), trail, left, then);
            trail.pop();
        }
        Node::Struct { fields, declared, .. } => {
            let outer = spec.enter(*declared);
            for field in *fields {
                let name = if field.flatten { "" } else { field.name };
                below(name, trail, |trail| walk(field.node, field.spec_in(outer), trail, left, then));
            }
        }
        Node::Choice { variants, declared, .. } => {
            let spec = Spec::NONE.around(spec.enter(Some(*declared)));
            variants.iter().for_each(|variant| walk(&variant.node, spec, trail, left, then));
        }
    }
}

fn any_fits(node: &'static Node, spec: Spec, fits: &dyn Fn(&Expected) -> bool) -> bool {
    match node {
        Node::Parameter(leaf) => spec.from.is_none() && fits(&Expected::of(Wanted { spec, leaf })),
        Node::Optional { item } => any_fits(item, spec, fits),
        Node::List { item, .. } | Node::Map { item } => any_fits(item, spec.item(), fits),
        Node::Struct { fields, declared, .. } => {
            let outer = spec.enter(*declared);
            fields.iter().any(|field| any_fits(field.node, field.spec_in(outer), fits))
        }
        Node::Choice { variants, declared, .. } => {
            let spec = Spec::NONE.around(spec.enter(Some(*declared)));
            variants.iter().any(|variant| any_fits(&variant.node, spec, fits))
        }
    }
}

/// Adds the names of source tensors, which are relative to the struct.
fn sources(layout: &'static Layout, trail: &mut Trail, templates: &mut BTreeSet<String>) {
    let mut number = 0;
    while let Ok(Some(name)) = layout.nth_name(number) {
        number += 1;
        below(name, trail, |trail| {
            templates.insert(trail.join(".").replace(Layout::INDEX, ANY));
        });
    }
}

fn below(name: &'static str, trail: &mut Trail, then: impl FnOnce(&mut Trail)) {
    let outer = trail.len();
    // what lies at the struct's own place has no name
    let components = name.split('.').filter(|_| !name.is_empty());
    trail.extend(components.map(|component| Cow::Borrowed(if index(component).is_some() { ANY } else { component })));
    then(trail);
    trail.truncate(outer);
}

/// The suffixes of a template, at the starts of its components, the longest first.
pub(super) fn suffixes(template: &str) -> impl Iterator<Item = &str> {
    let below = template.match_indices('.').map(|(dot, _)| &template[dot + 1..]);
    std::iter::once(template).chain(below)
}

/// What stands before a suffix, without the dot between them.
pub(super) fn before<'t>(template: &'t str, suffix: &str) -> &'t str {
    let before = &template[..template.len() - suffix.len()];
    before.strip_suffix('.').unwrap_or(before)
}

/// The indices of a name, where the name has this template, as far as the template goes.
pub(super) fn indices(template: &str, name: &str) -> Option<Vec<usize>> {
    let mut components = name.split('.');
    let mut found = Vec::new();
    for wanted in template.split('.') {
        let component = components.next()?;
        match wanted.split_once(ANY) {
            Some((before, behind)) => found.push(index(component.strip_prefix(before)?.strip_suffix(behind)?)?),
            None if wanted == component => {}
            None => return None,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_a_star() {
        assert_eq!(template("a.0.b.01.7"), "a.*.b.01.*");
        assert_eq!(suffixes("a.*.b").collect::<Vec<_>>(), ["a.*.b", "*.b", "b"]);
        assert_eq!((before("a.*.b", "b"), before("a.*.b", "a.*.b")), ("a.*", ""));
        assert_eq!(indices("a.*", "a.7.b"), Some(vec![7]));
        assert_eq!(indices("a.*", "a.b"), None);
        assert_eq!(indices("a", "b.a"), None);
        let stems = Stems(vec![&Stem { before: "h_", behind: "" }]);
        assert_eq!((stems.template("a.h_3.h.0"), stems.template("h_x")), ("a.h_*.h.*".to_owned(), "h_x".to_owned()));
        assert_eq!(indices("a.h_*.*", "a.h_3.0"), Some(vec![3, 0]));
        let names = stems.templates(["a.0.w", "a.1.w", "b"].into_iter());
        assert_eq!(names.into_iter().collect::<Vec<_>>(), [("a.*.w".to_owned(), 2), ("b".to_owned(), 1)]);
    }
}
