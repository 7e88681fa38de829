//! Names with `*` for each index: a thousand layers are one of them. So what a file and a module have in common is found in
//! time that does not grow with the number of layers.

use std::collections::{BTreeMap, BTreeSet};

use crate::path::index;
use crate::schema::{Layout, Node};

/// What stands for an index.
pub(super) const ANY: &str = "*";
/// More templates than this are not compared. So many names usually have one cause, which the first ones show.
const MOST: usize = 20_000;
/// Names with more components than this are left out.
const DEEPEST: usize = 64;

/// A name with `*` for each index.
pub(super) fn template(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for (i, component) in name.split('.').enumerate() {
        if i > 0 {
            text.push('.');
        }
        text.push_str(if index(component).is_some() { ANY } else { component });
    }
    text
}

/// The templates of these names, and how many names each stands for.
pub(super) fn of_names<'n>(names: impl Iterator<Item = &'n str>) -> BTreeMap<String, usize> {
    let mut templates: BTreeMap<String, usize> = BTreeMap::new();
    for name in names.filter(|name| name.bytes().filter(|&byte| byte == b'.').count() < DEEPEST) {
        let template = template(name);
        if let Some(count) = templates.get_mut(&template) {
            *count += 1;
        } else if templates.len() < MOST {
            templates.insert(template, 1);
        }
    }
    templates
}

/// The templates of the names that a module reads, under all of its aliases.
pub(super) fn of_module(root: &'static Node) -> BTreeSet<String> {
    let mut templates = BTreeSet::new();
    add(root, &mut Vec::new(), &mut templates);
    templates
}

fn add(node: &'static Node, trail: &mut Vec<&'static str>, templates: &mut BTreeSet<String>) {
    if templates.len() >= MOST {
        return;
    }
    match node {
        Node::Parameter(_) => drop(templates.insert(trail.join("."))),
        Node::Optional { item } => add(item, trail, templates),
        Node::Choice { variants, .. } => variants.iter().for_each(|variant| add(&variant.node, trail, templates)),
        Node::List { item, .. } | Node::Map { item } => below(ANY, trail, |trail| add(item, trail, templates)),
        Node::Struct { fields, .. } => {
            for field in *fields {
                if let Some(layout) = field.composed() {
                    sources(layout, trail, templates);
                    continue;
                }
                // a template has no indices inside of components
                let names = (0..).map_while(|number| field.nth_name(number)).filter(|name| name.stem.is_bare());
                for name in names {
                    match field.flatten {
                        true => add(field.node, trail, templates),
                        false => below(name.name, trail, |trail| add(field.node, trail, templates)),
                    }
                }
            }
        }
    }
}

/// Adds the names of source tensors, which are relative to the struct.
fn sources(layout: &'static Layout, trail: &mut Vec<&'static str>, templates: &mut BTreeSet<String>) {
    let mut number = 0;
    while let Ok(Some(name)) = layout.nth_name(number) {
        number += 1;
        below(name, trail, |trail| {
            templates.insert(trail.join(".").replace(Layout::INDEX, ANY));
        });
    }
}

fn below(name: &'static str, trail: &mut Vec<&'static str>, then: impl FnOnce(&mut Vec<&'static str>)) {
    let outer = trail.len();
    trail.extend(name.split('.').map(|component| if index(component).is_some() { ANY } else { component }));
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
        match index(component) {
            Some(i) if wanted == ANY => found.push(i),
            _ if wanted == component && wanted != ANY => {}
            _ => return None,
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
        let names = of_names(["a.0.w", "a.1.w", "b"].into_iter());
        assert_eq!(names.into_iter().collect::<Vec<_>>(), [("a.*.w".to_owned(), 2), ("b".to_owned(), 1)]);
    }
}
