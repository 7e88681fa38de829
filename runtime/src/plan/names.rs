//! The names of a checkpoint as a tree, so that a schema is matched without a path being put together.

use std::collections::HashMap;

/// A place in the tree.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place(u32);

pub(super) const ROOT: Place = Place(0);

pub(super) struct Names<'n> {
    nodes: Vec<Node<'n>>,
    children: HashMap<(Place, &'n str), Place>,
    /// Pairs of entries with one name: the first, and each later one.
    pub(super) repeated: Vec<(usize, usize)>,
}

struct Node<'n> {
    component: &'n str,
    parent: Place,
    entry: Option<usize>,
    first_child: Option<Place>,
    last_child: Option<Place>,
    next: Option<Place>,
}

impl<'n> Names<'n> {
    /// The tree of these names, each with its entry's number.
    pub(super) fn new(names: impl ExactSizeIterator<Item = &'n str>) -> Names<'n> {
        let mut tree = Names {
            nodes: Vec::with_capacity(names.len() + names.len() / 2 + 1),
            children: HashMap::with_capacity(names.len() + names.len() / 2),
            repeated: Vec::new(),
        };
        tree.push("", ROOT);
        // names come in runs that share their beginning: what the last one passed through is not looked up again
        let mut passed: Vec<(&str, Place)> = Vec::new();
        for (entry, name) in names.enumerate() {
            let (mut place, mut depth, mut shared) = (ROOT, 0, true);
            for component in name.split('.') {
                shared = shared && passed.get(depth).is_some_and(|(last, _)| *last == component);
                if shared {
                    place = passed[depth].1;
                } else {
                    passed.truncate(depth);
                    place = tree.child_or_new(place, component);
                    passed.push((component, place));
                }
                depth += 1;
            }
            passed.truncate(depth);
            match &mut tree.nodes[place.0 as usize].entry {
                Some(first) => {
                    let pair = (*first, entry);
                    tree.repeated.push(pair);
                }
                none => *none = Some(entry),
            }
        }
        tree
    }

    fn push(&mut self, component: &'n str, parent: Place) -> Place {
        // limits keep the number of names far below this, and a name's length bounds its components
        let place = Place(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node { component, parent, entry: None, first_child: None, last_child: None, next: None });
        place
    }

    fn child_or_new(&mut self, parent: Place, component: &'n str) -> Place {
        if let Some(&place) = self.children.get(&(parent, component)) {
            return place;
        }
        let place = self.push(component, parent);
        self.children.insert((parent, component), place);
        match self.nodes[parent.0 as usize].last_child.replace(place) {
            Some(last) => self.nodes[last.0 as usize].next = Some(place),
            None => self.nodes[parent.0 as usize].first_child = Some(place),
        }
        place
    }

    /// The place below `place`, through every component of `name`. An empty name is the place itself.
    pub(super) fn below(&self, place: Place, name: &str) -> Option<Place> {
        if name.is_empty() {
            return Some(place);
        }
        name.split('.').try_fold(place, |place, component| self.children.get(&(place, component)).copied())
    }

    pub(super) fn entry(&self, place: Place) -> Option<usize> {
        self.nodes[place.0 as usize].entry
    }

    /// The children of a place with their components, in the order of the file.
    pub(super) fn children(&self, place: Place) -> impl Iterator<Item = (&'n str, Place)> + '_ {
        let mut next = self.nodes[place.0 as usize].first_child;
        std::iter::from_fn(move || {
            let place = next?;
            let node = &self.nodes[place.0 as usize];
            next = node.next;
            Some((node.component, place))
        })
    }

    /// The places that are a tensor and have tensors below them, which no module can be.
    pub(super) fn prefixes(&self) -> impl Iterator<Item = Place> + '_ {
        (0..self.nodes.len() as u32)
            .map(Place)
            .filter(|place| self.entry(*place).is_some() && self.nodes[place.0 as usize].first_child.is_some())
    }

    /// Some entry at the place or below it.
    pub(super) fn any_entry(&self, mut place: Place) -> Option<usize> {
        loop {
            let node = &self.nodes[place.0 as usize];
            match (node.entry, node.first_child) {
                (Some(entry), _) => return Some(entry),
                (None, Some(child)) => place = child,
                (None, None) => return None,
            }
        }
    }

    /// The name that a place stands for.
    pub(super) fn path(&self, place: Place) -> String {
        let mut components = Vec::new();
        let mut place = place;
        while place != ROOT {
            let node = &self.nodes[place.0 as usize];
            components.push(node.component);
            place = node.parent;
        }
        components.reverse();
        components.join(".")
    }
}
