//! The names of a checkpoint as a tree, so that a schema is matched without a path being put together.

use std::collections::HashMap;

/// A place in the tree.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place(u32);

pub(super) const ROOT: Place = Place(0);

/// More children than this are found by their hash, fewer by looking at each. Most places have one to four.
const FEW: u32 = 8;

/// Stands for no place, no entry.
const NONE: u32 = u32::MAX;

pub(super) struct Names<'n> {
    nodes: Vec<Node<'n>>,
    /// The number of names, for which room is made once it is needed.
    expected: usize,
    /// The children of places with many.
    children: HashMap<(Place, &'n str), Place>,
    /// Pairs of entries with one name: the first, and each later one.
    pub(super) repeated: Vec<(usize, usize)>,
}

struct Node<'n> {
    component: &'n str,
    parent: u32,
    entry: u32,
    first_child: u32,
    last_child: u32,
    next: u32,
    count: u32,
}

impl<'n> Names<'n> {
    /// The tree of these names, each with its entry's number.
    pub(super) fn new(names: impl ExactSizeIterator<Item = &'n str>) -> Names<'n> {
        let mut tree = Names {
            nodes: Vec::with_capacity(names.len() * 2 + 1),
            expected: 0,
            children: HashMap::new(),
            repeated: Vec::new(),
        };
        tree.push("", ROOT);
        // names come in runs that share their beginning: what the last one passed through is not looked up again
        let (mut last, mut passed) = ("", Vec::<(usize, Place)>::new());
        tree.expected = names.len();
        for (entry, name) in names.enumerate() {
            let same = last.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
            let ends = |end: usize| end <= same && name.as_bytes().get(end).is_none_or(|&byte| byte == b'.');
            while passed.last().is_some_and(|&(end, _)| !ends(end)) {
                passed.pop();
            }
            let (mut end, mut place) = passed.last().copied().map_or((None, ROOT), |(end, place)| (Some(end), place));
            while end.is_none_or(|end| end < name.len()) {
                let start = end.map_or(0, |end| end + 1);
                let length = dot(&name[start..]);
                place = tree.child_or_new(place, &name[start..start + length]);
                passed.push((start + length, place));
                end = Some(start + length);
            }
            last = name;
            // limits keep the number of entries, and of places, far below 2^32
            let number = u32::try_from(entry).unwrap_or(NONE);
            let node = &mut tree.nodes[place.0 as usize];
            match node.entry {
                NONE => node.entry = number,
                first => tree.repeated.push((first as usize, entry)),
            }
        }
        tree
    }

    fn push(&mut self, component: &'n str, parent: Place) -> Place {
        let place = Place(u32::try_from(self.nodes.len()).unwrap_or(NONE));
        self.nodes.push(Node {
            component,
            parent: parent.0,
            entry: NONE,
            first_child: NONE,
            last_child: NONE,
            next: NONE,
            count: 0,
        });
        place
    }

    fn child_or_new(&mut self, parent: Place, component: &'n str) -> Place {
        if let Some(place) = self.child(parent, component) {
            return place;
        }
        let place = self.push(component, parent);
        let node = &mut self.nodes[parent.0 as usize];
        let last = std::mem::replace(&mut node.last_child, place.0);
        node.count += 1;
        let count = node.count;
        match last {
            NONE => node.first_child = place.0,
            last => self.nodes[last as usize].next = place.0,
        }
        if count == FEW + 1 {
            if self.children.is_empty() {
                self.children.reserve(self.expected);
            }
            let children: Vec<_> = self.children(parent).collect();
            self.children.extend(children.into_iter().map(|(component, child)| ((parent, component), child)));
        } else if count > FEW {
            self.children.insert((parent, component), place);
        }
        place
    }

    pub(super) fn child(&self, parent: Place, component: &str) -> Option<Place> {
        if self.nodes[parent.0 as usize].count > FEW {
            return self.children.get(&(parent, component)).copied();
        }
        self.children(parent).find(|(name, _)| *name == component).map(|(_, child)| child)
    }

    /// The place below `place`, through every component of `name`. An empty name is the place itself.
    pub(super) fn below(&self, place: Place, name: &str) -> Option<Place> {
        if name.is_empty() { Some(place) } else { self.named(place, name) }
    }

    /// The place below `place`, through every component of `name`, which is one also where it is empty.
    pub(super) fn named(&self, place: Place, name: &str) -> Option<Place> {
        let (mut place, mut rest) = (place, name);
        loop {
            let length = dot(rest);
            place = self.child(place, &rest[..length])?;
            match rest.get(length + 1..) {
                Some(others) => rest = others,
                None => return Some(place),
            }
        }
    }

    pub(super) fn entry(&self, place: Place) -> Option<usize> {
        match self.nodes[place.0 as usize].entry {
            NONE => None,
            entry => Some(entry as usize),
        }
    }

    /// The children of a place with their components, in the order of the file.
    pub(super) fn children(&self, place: Place) -> impl Iterator<Item = (&'n str, Place)> + '_ {
        let mut next = self.nodes[place.0 as usize].first_child;
        std::iter::from_fn(move || {
            let node = self.nodes.get(next as usize)?;
            let child = Place(std::mem::replace(&mut next, node.next));
            Some((node.component, child))
        })
    }

    /// The places that are a tensor and have tensors below them, which no module can be.
    pub(super) fn prefixes(&self) -> impl Iterator<Item = Place> + '_ {
        let both = |node: &Node<'_>| node.entry != NONE && node.count > 0;
        (0..).zip(&self.nodes).filter(move |(_, node)| both(node)).map(|(place, _)| Place(place))
    }

    /// Some entry at the place or below it.
    pub(super) fn any_entry(&self, mut place: Place) -> Option<usize> {
        loop {
            if let Some(entry) = self.entry(place) {
                return Some(entry);
            }
            place = self.children(place).next()?.1;
        }
    }

    /// The name that a place stands for.
    pub(super) fn path(&self, mut place: Place) -> String {
        let mut components = Vec::new();
        while place != ROOT {
            let node = &self.nodes[place.0 as usize];
            components.push(node.component);
            place = Place(node.parent);
        }
        components.reverse();
        components.join(".")
    }
}

/// The length of the first component. Names are short: a loop is faster than a search made for long texts.
fn dot(name: &str) -> usize {
    name.bytes().position(|byte| byte == b'.').unwrap_or(name.len())
}
