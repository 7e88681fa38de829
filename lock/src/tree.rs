//! The names of a lock as a tree.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::slice;

use crate::component::Component;
use crate::dtype::DType;
use crate::indices::{Set, push, runs};
use crate::line::Line;
use crate::order::natural_component;
use crate::pattern::{Fixed, Pattern, joined, split};

/// What a lock has at one name and below it.
///
/// Numbers share a child only if everything below them is the same, so a line of the lock may be in several places of the tree.
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
    /// What is below, in the natural order of the first names. No two of them share a component.
    ///
    /// A name has at most 128 components here. The last one is a [`Component::Name`] with the rest of the name, dots included.
    pub children: Vec<(Component, Tree)>,
}

/// A part of a name, or several that differ in one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Branch {
    /// One text, which may be a number where it is not clear that it is an index.
    Name(String),
    /// Numbers between two texts, or indices if there is no text.
    Numbered {
        /// The text before the number.
        before: String,
        /// The numbers, as ranges that are ascending, disjoint and not adjacent.
        numbers: Vec<RangeInclusive<usize>>,
        /// The text behind the number.
        behind: String,
    },
}

/// The most bytes around the numbers of a branch.
const LONGEST_STEM: usize = 256;

impl Branch {
    /// Numbers stay together only if there is no doubt about what they are: beside letters, and without other numbers.
    fn all(component: &Component) -> Vec<Branch> {
        match component {
            Component::Name(name) => return vec![Branch::Name(name.clone())],
            Component::Indices(set) => {
                return vec![Branch::Numbered { before: String::new(), numbers: set.clone(), behind: String::new() }];
            }
            Component::Numbered { parts, behind } => {
                if let [(before, numbers)] = parts.as_slice()
                    && before.len() + behind.len() <= LONGEST_STEM
                    && before.bytes().chain(behind.bytes()).any(|byte| byte.is_ascii_alphabetic())
                    && !before.bytes().chain(behind.bytes()).any(|byte| byte.is_ascii_digit())
                {
                    let (before, numbers, behind) = (before.clone(), numbers.clone(), behind.clone());
                    return vec![Branch::Numbered { before, numbers, behind }];
                }
            }
        }
        Pattern { components: vec![component.clone()] }.names().map(Branch::Name).collect()
    }

    fn key(&self) -> (bool, &str) {
        match self {
            Branch::Name(name) => (true, name),
            Branch::Numbered { before, .. } => (false, before),
        }
    }
}

/// Deeper components are one name, because trees are walked by recursion.
const DEEPEST: usize = 128;

/// A line, and how many components of its pattern are above this place.
type Below<'l> = (&'l Line, usize);

impl Tree {
    pub(crate) fn of(lines: &[Line]) -> Tree {
        Tree::at(&lines.iter().map(|line| (line, 0)).collect::<Vec<_>>())
    }

    /// What is below, in the order of the bytes of the names, behind what is numbered: as a search by halves wants it.
    ///
    /// ```
    /// use weighbridge_lock::{Branch, Lock};
    ///
    /// let lock: Lock = "# weighbridge lock 1\na{0..=5} F32 []\nb{0..=1}c{1..=9} F32 []\n".parse().unwrap();
    /// let tree = lock.tree();
    /// let (first, _) = &tree.branches()[0];
    /// assert_eq!(*first, Branch::Numbered { before: "a".into(), numbers: vec![0..=5], behind: String::new() });
    /// assert_eq!(tree.branches().len(), 1 + 2 * 9);
    /// ```
    pub fn branches(&self) -> Vec<(Branch, &Tree)> {
        let mut branches: Vec<(Branch, &Tree)> = Vec::new();
        for (component, tree) in &self.children {
            branches.extend(Branch::all(component).into_iter().map(|branch| (branch, tree)));
        }
        branches.sort_by(|(a, _), (b, _)| a.key().cmp(&b.key()));
        branches
    }

    fn at(lines: &[Below<'_>]) -> Tree {
        let mut tensor = None;
        let mut named: Vec<(Cow<'_, str>, Below<'_>)> = Vec::new();
        let mut numbered: HashMap<Vec<Fixed<'_>>, Vec<(Vec<Set>, Below<'_>)>> = HashMap::new();
        for &(line, depth) in lines {
            let below = (line, depth + 1);
            match &line.pattern.components[depth..] {
                [] => tensor = Some((line.dtype, line.shape.clone())),
                rest if depth == DEEPEST && rest.len() > 1 => {
                    let name = rest.iter().map(plainly).collect::<Vec<_>>().join(".");
                    named.push((name.into(), (line, line.pattern.components.len())));
                }
                [Component::Name(name), ..] => named.push((name.into(), below)),
                [component, ..] => {
                    let (fixed, sets) = split(slice::from_ref(component));
                    numbered.entry(fixed).or_default().push((sets, below));
                }
            }
        }
        // a name may be one of those that another line stands for; deep names, which are joined, are not
        if numbered.keys().any(|fixed| fixed != &[Fixed::Number]) {
            let mut alone = Vec::with_capacity(named.len());
            for (name, below) in named {
                let (line, depth) = below;
                let (fixed, sets) = split(&line.pattern.components[depth - 1..depth]);
                match numbered.get_mut(&fixed) {
                    Some(items) => items.push((sets, below)),
                    None => alone.push((name, below)),
                }
            }
            named = alone;
        }
        // mostly, lines stand in this order already
        named.sort_by(|(a, _), (b, _)| natural_component(a, b));
        let same = |(a, _): &(Cow<'_, str>, Below<'_>), (b, _): &(Cow<'_, str>, Below<'_>)| a == b;
        // a name that is alone is one of a million such
        let mut children: Vec<(Component, Tree)> = Vec::with_capacity(named.chunk_by(same).count());
        for same in named.chunk_by(same) {
            let below: Vec<Below<'_>> = same.iter().map(|(_, below)| *below).collect();
            children.push((Component::Name(same[0].0.clone().into_owned()), Tree::at(&below)));
        }
        if !numbered.is_empty() {
            for (fixed, items) in &numbered {
                let items: Vec<Item<'_>> = items.iter().map(|(sets, below)| (sets.as_slice(), *below)).collect();
                let items = grouped(&items).into_iter();
                children.extend(items.map(|(sets, tree)| (joined(fixed, sets).remove(0), tree)));
            }
            children.sort_by(|(a, _), (b, _)| a.first().cmp(&b.first()));
        }
        Tree { tensor, children }
    }
}

/// Sets of numbers in a component, and a line that has them there.
type Item<'l> = (&'l [Set], Below<'l>);

/// Sets of numbers, and what is below each of them.
type Boxed = (Vec<Set>, Tree);

/// What is below each of these numbers. They share a tree if everything below them is the same.
fn grouped(items: &[Item<'_>]) -> Vec<Boxed> {
    let sets: Option<Vec<&[RangeInclusive<usize>]>> =
        items.iter().map(|(sets, _)| Some(sets.first()?.as_slice())).collect();
    let Some(sets) = sets else {
        let below: Vec<Below<'_>> = items.iter().map(|(_, below)| *below).collect();
        return vec![(Vec::new(), Tree::at(&below))];
    };
    let mut groups: Vec<(Set, Vec<Boxed>)> = Vec::new();
    // the same lines make the same tree, but different lines may do so too
    let mut by_lines: HashMap<Vec<usize>, usize> = HashMap::new();
    let mut by_trees: HashMap<Vec<Boxed>, usize> = HashMap::new();
    for (run, held) in runs(&sets) {
        let group = *by_lines.entry(held).or_insert_with_key(|held| {
            let below: Vec<Item<'_>> = held.iter().map(|&number| (&items[number].0[1..], items[number].1)).collect();
            *by_trees.entry(grouped(&below)).or_insert_with_key(|trees| {
                groups.push((Vec::new(), trees.clone()));
                groups.len() - 1
            })
        });
        push(&mut groups[group].0, run);
    }
    let with_first = |(set, trees): (Set, Vec<Boxed>)| {
        trees.into_iter().map(move |(rest, tree)| ([vec![set.clone()], rest].concat(), tree))
    };
    groups.into_iter().flat_map(with_first).collect()
}

/// The text of a component, without quotes.
fn plainly(component: &Component) -> String {
    match component {
        Component::Name(name) => name.clone(),
        // only components above these stand for several
        Component::Indices(_) | Component::Numbered { .. } => component.to_string(),
    }
}
