//! The names of a lock as a tree.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::RangeInclusive;

use crate::dtype::DType;
use crate::indices::{Set, push, runs};
use crate::line::Line;
use crate::order::natural_component;
use crate::pattern::Component;

/// What a lock has at one name and below it.
///
/// Indices share a child only if everything below them is the same, so a line of the lock may be in several places of the tree.
///
/// ```
/// let text = "# weighbridge lock 1\nlayers.{0..=2}.w F32 [2]\nlayers.1.bias F32 [2]\n";
/// let tree = text.parse::<weighbridge_lock::Lock>().unwrap().tree();
/// let (_, layers) = &tree.children[0];
/// let shown: Vec<String> = layers.children.iter().map(|(indices, _)| indices.to_string()).collect();
/// assert_eq!(shown, ["{0, 2}", "1"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Tree {
    /// The tensor of this name. A file may have tensors below it too: `a` and `a.b`.
    pub tensor: Option<(DType, Vec<usize>)>,
    /// What is below, in the natural order of the first names. No two of them share an index or a name.
    ///
    /// A name has at most 128 components here. The last one is a [`Component::Name`] with the rest of the name, dots included.
    pub children: Vec<(Component, Tree)>,
}

/// Deeper components are one name, because trees are walked by recursion.
const DEEPEST: usize = 128;

/// A line, and how many components of its pattern are above this place.
type Below<'l> = (&'l Line, usize);

impl Tree {
    pub(crate) fn of(lines: &[Line]) -> Tree {
        Tree::at(&lines.iter().map(|line| (line, 0)).collect::<Vec<_>>())
    }

    fn at(lines: &[Below<'_>]) -> Tree {
        let mut tensor = None;
        let mut named: Vec<(Cow<'_, str>, Below<'_>)> = Vec::new();
        let mut indexed: Vec<(&[RangeInclusive<usize>], Below<'_>)> = Vec::new();
        for &(line, depth) in lines {
            let below = (line, depth + 1);
            match &line.pattern.components[depth..] {
                [] => tensor = Some((line.dtype, line.shape.clone())),
                rest if depth == DEEPEST && rest.len() > 1 => {
                    let name = rest.iter().map(plainly).collect::<Vec<_>>().join(".");
                    named.push((name.into(), (line, line.pattern.components.len())));
                }
                [Component::Name(name), ..] => named.push((name.into(), below)),
                [Component::Indices(set), ..] => indexed.push((set, below)),
            }
        }
        let mut children = grouped(&indexed);
        // mostly, lines stand in this order already
        named.sort_by(|(a, _), (b, _)| natural_component(a, b));
        let same = |(a, _): &(Cow<'_, str>, Below<'_>), (b, _): &(Cow<'_, str>, Below<'_>)| a == b;
        // a name that is alone is one of a million such
        children.reserve_exact(named.chunk_by(same).count());
        for same in named.chunk_by(same) {
            let below: Vec<Below<'_>> = same.iter().map(|(_, below)| *below).collect();
            children.push((Component::Name(same[0].0.clone().into_owned()), Tree::at(&below)));
        }
        Tree { tensor, children }
    }
}

/// The children that are indices. Indices share a child if everything below them is the same.
fn grouped(indexed: &[(&[RangeInclusive<usize>], Below<'_>)]) -> Vec<(Component, Tree)> {
    let sets: Vec<&[RangeInclusive<usize>]> = indexed.iter().map(|(set, _)| *set).collect();
    let mut groups: Vec<(Set, Tree)> = Vec::new();
    // the same lines make the same tree, but different lines may do so too
    let mut by_lines: HashMap<Vec<usize>, usize> = HashMap::new();
    let mut by_tree: HashMap<Tree, usize> = HashMap::new();
    for (run, held) in runs(&sets) {
        let group = *by_lines.entry(held).or_insert_with_key(|held| {
            let below: Vec<Below<'_>> = held.iter().map(|&number| indexed[number].1).collect();
            *by_tree.entry(Tree::at(&below)).or_insert_with_key(|tree| {
                groups.push((Vec::new(), tree.clone()));
                groups.len() - 1
            })
        });
        push(&mut groups[group].0, run);
    }
    groups.into_iter().map(|(set, tree)| (Component::Indices(set), tree)).collect()
}

/// The text of a component, without quotes.
fn plainly(component: &Component) -> String {
    match component {
        Component::Name(name) => name.clone(),
        Component::Indices(_) => component.to_string(),
    }
}
