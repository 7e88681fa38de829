//! The names of a checkpoint as a tree, so that the walk of a schema need not put paths together.

use std::cell::OnceCell;
use std::collections::HashMap;

/// A place in the tree.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NamePlace(u32);

pub(super) const ROOT: NamePlace = NamePlace(0);

/// More children than this are found by hash. Fewer are searched one by one; most places have one to four.
const FEW: u32 = 8;

/// Stands for no place, no entry.
const NONE: u32 = u32::MAX;

pub(super) struct NameTree<'n> {
    nodes: Vec<Node<'n>>,
    /// The places with many children.
    wide: Vec<Wide<'n>>,
    /// Pairs of entries with the same name: the first one, and each later one.
    pub(super) repeated: Vec<(usize, usize)>,
}

/// There may be millions, so it has 32 bytes.
struct Node<'n> {
    component: &'n str,
    entry: u32,
    last_child: u32,
    /// The next child of its parent. The first one comes after the last.
    next: u32,
    /// The number of children, up to `FEW`. A place with more has `FEW + 1` plus its index in `wide`.
    count: u32,
}

/// A place with many children. Files list names in order, by text or by index. As long as each child comes after the one
/// before it, it must be new, and nothing is hashed.
#[derive(Default)]
struct Wide<'n> {
    count: usize,
    /// Whether the children do not ascend as text, and whether they do not ascend as indices, by length first.
    no_texts: bool,
    no_indices: bool,
    /// Made at the first search by name.
    by_name: OnceCell<HashMap<&'n str, NamePlace>>,
}

impl<'n> Wide<'n> {
    /// Whether a component comes after all children, the last of which is `last`, and so is not one of them.
    fn is_behind(&self, last: &str, component: &str) -> bool {
        (!self.no_texts && last < component) || (!self.no_indices && is_later(last, component))
    }

    /// Adds a child after `last`.
    fn add(&mut self, last: &str, component: &'n str, place: NamePlace) {
        self.count += 1;
        self.no_texts |= last >= component;
        self.no_indices |= !is_later(last, component);
        if let Some(by_name) = self.by_name.get_mut() {
            by_name.insert(component, place);
        }
    }
}

/// Compares two components as indices: the longer one is the larger.
fn is_later(last: &str, component: &str) -> bool {
    (last.len(), last) < (component.len(), component)
}

impl<'n> NameTree<'n> {
    /// Makes the tree of these names. The number of an entry is its position; where there is no name, there is none.
    /// `None` if there is no memory for it.
    pub(super) fn new(names: impl ExactSizeIterator<Item = Option<&'n str>>) -> Option<NameTree<'n>> {
        let mut tree = NameTree { nodes: Vec::new(), wide: Vec::new(), repeated: Vec::new() };
        tree.nodes.try_reserve_exact(names.len() * 2 + 1).ok()?;
        tree.push("");
        // consecutive names often begin alike, so start from the places that the last name led through
        let (mut last, mut passed) = ("", Vec::<(usize, NamePlace)>::new());
        for (entry, name) in names.enumerate() {
            let Some(name) = name else { continue };
            let same = common(last.as_bytes(), name.as_bytes());
            let ends = |end: usize| end <= same && name.as_bytes().get(end).is_none_or(|&byte| byte == b'.');
            while passed.last().is_some_and(|&(end, _)| !ends(end)) {
                passed.pop();
            }
            let (mut end, mut place) = passed.last().copied().map_or((None, ROOT), |(end, place)| (Some(end), place));
            while end.is_none_or(|end| end < name.len()) {
                let start = end.map_or(0, |end| end + 1);
                let length = dot(&name[start..]);
                tree.make_room()?;
                place = tree.child_or_new(place, &name[start..start + length]);
                passed.push((start + length, place));
                end = Some(start + length);
            }
            last = name;
            // limits keep the numbers of entries and places far below 2^32
            let number = u32::try_from(entry).unwrap_or(NONE);
            let node = &mut tree.nodes[place.0 as usize];
            match node.entry {
                NONE => node.entry = number,
                first => tree.repeated.push((first as usize, entry)),
            }
        }
        Some(tree)
    }

    /// Makes room for one more place. By itself, a vector would grow to double its size, which is much for names of nothing but dots.
    fn make_room(&mut self) -> Option<()> {
        if self.nodes.len() < self.nodes.capacity() {
            return Some(());
        }
        self.nodes.try_reserve_exact(self.nodes.len() / 4 + 1).ok()
    }

    fn push(&mut self, component: &'n str) -> NamePlace {
        let place = NamePlace(u32::try_from(self.nodes.len()).unwrap_or(NONE));
        self.nodes.push(Node { component, entry: NONE, last_child: NONE, next: place.0, count: 0 });
        place
    }

    /// The index of a place in `wide`, if it has many children.
    fn wide(&self, place: NamePlace) -> Option<usize> {
        self.nodes[place.0 as usize].count.checked_sub(FEW + 1).map(|number| number as usize)
    }

    fn child_or_new(&mut self, parent: NamePlace, component: &'n str) -> NamePlace {
        let last = self.nodes[parent.0 as usize].last_child;
        let wide = self.wide(parent);
        let is_new = wide.is_some_and(|wide| self.wide[wide].is_behind(self.nodes[last as usize].component, component));
        if !is_new && let Some(place) = self.child(parent, component) {
            return place;
        }
        let place = self.push(component);
        self.nodes[parent.0 as usize].last_child = place.0;
        if last != NONE {
            let first = std::mem::replace(&mut self.nodes[last as usize].next, place.0);
            self.nodes[place.0 as usize].next = first;
        }
        match wide {
            Some(wide) => self.wide[wide].add(self.nodes[last as usize].component, component, place),
            None => self.count_child(parent),
        }
        place
    }

    /// Counts a new child of a place that had at most `FEW`.
    fn count_child(&mut self, parent: NamePlace) {
        let count = self.nodes[parent.0 as usize].count + 1;
        self.nodes[parent.0 as usize].count = count;
        if count == FEW + 1 {
            let mut wide = Wide { count: 1, ..Wide::default() };
            let mut last = "";
            for (i, (component, place)) in self.children(parent).enumerate() {
                if i > 0 {
                    wide.add(last, component, place);
                }
                last = component;
            }
            // limits keep the number of places far below 2^32
            self.nodes[parent.0 as usize].count += u32::try_from(self.wide.len()).unwrap_or(0);
            self.wide.push(wide);
        }
    }

    pub(super) fn child(&self, parent: NamePlace, component: &str) -> Option<NamePlace> {
        let Some(wide) = self.wide(parent).map(|wide| &self.wide[wide]) else {
            return self.children(parent).find(|(name, _)| *name == component).map(|(_, child)| child);
        };
        let by_name = wide.by_name.get_or_init(|| {
            let mut by_name = HashMap::with_capacity(wide.count);
            by_name.extend(self.children(parent));
            by_name
        });
        by_name.get(component).copied()
    }

    /// The place at `name` below `place`. An empty name is the place itself.
    pub(super) fn below(&self, place: NamePlace, name: &str) -> Option<NamePlace> {
        if name.is_empty() { Some(place) } else { self.named(place, name) }
    }

    /// The place at `name` below `place`. An empty name is one empty component.
    pub(super) fn named(&self, place: NamePlace, name: &str) -> Option<NamePlace> {
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

    pub(super) fn entry(&self, place: NamePlace) -> Option<usize> {
        match self.nodes[place.0 as usize].entry {
            NONE => None,
            entry => Some(entry as usize),
        }
    }

    /// How many children a place has.
    pub(super) fn count(&self, place: NamePlace) -> usize {
        self.wide(place).map_or(self.nodes[place.0 as usize].count as usize, |wide| self.wide[wide].count)
    }

    /// The children of a place, each with its component, in the order of the file.
    pub(super) fn children(&self, place: NamePlace) -> impl Iterator<Item = (&'n str, NamePlace)> + '_ {
        let last = self.nodes[place.0 as usize].last_child;
        let mut next = self.nodes.get(last as usize).map_or(NONE, |last| last.next);
        std::iter::from_fn(move || {
            let node = self.nodes.get(next as usize)?;
            let after = if next == last { NONE } else { node.next };
            Some((node.component, NamePlace(std::mem::replace(&mut next, after))))
        })
    }

    /// The first entry at the place or below it.
    pub(super) fn first_entry(&self, mut place: NamePlace) -> Option<usize> {
        loop {
            if let Some(entry) = self.entry(place) {
                return Some(entry);
            }
            place = self.children(place).next()?.1;
        }
    }

    /// The place, and every place below it.
    pub(super) fn below_or_at(&self, place: NamePlace) -> impl Iterator<Item = NamePlace> + '_ {
        // each with the last of its siblings; most walks find what they look for before anything has to wait
        let (mut next, mut waiting) = (Some((place.0, place.0)), Vec::new());
        std::iter::from_fn(move || {
            let (here, last) = next.take().or_else(|| waiting.pop())?;
            let node = &self.nodes[here as usize];
            let sibling = (here != last).then_some((node.next, last));
            let child = self.nodes.get(node.last_child as usize).map(|last_child| (last_child.next, node.last_child));
            next = child.or(sibling);
            waiting.extend(child.and(sibling));
            Some(NamePlace(here))
        })
    }
}

/// The length of the common beginning of two names, in bytes.
fn common(a: &[u8], b: &[u8]) -> usize {
    let ((a_words, _), (b_words, _)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let words = a_words.iter().zip(b_words).take_while(|(a, b)| a == b).count() * 8;
    words + a[words..].iter().zip(&b[words..]).take_while(|(a, b)| a == b).count()
}

/// The length of the first component. Names are short, so a loop is faster than a search made for long texts.
fn dot(name: &str) -> usize {
    name.bytes().position(|byte| byte == b'.').unwrap_or(name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of a tree again, found by walking it and by asking for each.
    fn assert_holds(names: &[String]) {
        let tree = NameTree::new(names.iter().map(|name| Some(name.as_str()))).unwrap();
        let mut first = HashMap::new();
        let mut repeated = Vec::new();
        for (entry, name) in names.iter().enumerate() {
            let first = *first.entry(name).or_insert(entry);
            if first != entry {
                repeated.push((first, entry));
            }
            let place = tree.named(ROOT, name).unwrap_or_else(|| panic!("{name} of {names:?}"));
            assert_eq!(tree.entry(place), Some(first), "{name} of {names:?}");
        }
        assert_eq!(tree.repeated, repeated, "{names:?}");
        assert!(tree.named(ROOT, "list.absent").is_none());
        let entries = tree.nodes.iter().filter(|node| node.entry != NONE).count();
        assert_eq!(entries, first.len(), "{names:?}");
        // no place is there twice
        let mut paths = paths(&tree, ROOT);
        assert_eq!(paths.len(), tree.nodes.len() - 1, "{names:?}");
        paths.sort();
        let count = paths.len();
        paths.dedup();
        assert_eq!(paths.len(), count, "{names:?}");
    }

    /// The names of all places below one.
    fn paths(tree: &NameTree<'_>, place: NamePlace) -> Vec<String> {
        let below = |(component, place): (&str, NamePlace)| {
            let deeper = paths(tree, place).into_iter().map(move |path| format!("{component}.{path}"));
            [component.to_owned()].into_iter().chain(deeper).collect::<Vec<_>>()
        };
        tree.children(place).flat_map(below).collect()
    }

    #[test]
    fn names_are_found_in_whatever_order_they_stand() {
        let indices: Vec<String> = (0..30).map(|i| format!("list.{i}.weight")).collect();
        assert_holds(&indices);
        let mut texts = indices.clone();
        texts.sort();
        assert_holds(&texts);
        assert_holds(&indices.iter().rev().cloned().collect::<Vec<_>>());
        // twice the same, the second time in another order; and more behind it
        assert_holds(&[&indices[..], &texts, &["list.30.weight".to_owned(), "list.4.bias".to_owned()]].concat());
        // in order but for one, which is there already, or is not
        assert_holds(&[&indices[..20], &indices[3..4], &indices[20..]].concat());
        assert_holds(&[&indices[..10], &indices[11..], &indices[10..11], &indices[10..12]].concat());
        // a name above another, which stands before it or behind it
        assert_holds(&["a", "a.b"].map(str::to_owned));
        assert_holds(&["a.b", "a"].map(str::to_owned));
        // neither order, with a prefix of a name among the names
        let strided: Vec<String> = (0..37).map(|i| format!("list.{}", i * 10 % 37)).collect();
        assert_holds(&strided);
        assert_holds(&[&strided[..], &["list.7.weight".to_owned(), "list".to_owned()]].concat());
    }

    #[test]
    fn a_place_has_as_many_bytes_as_the_limits_say() {
        assert!(size_of::<Node<'_>>() <= 32);
        let deep = "a.".repeat(5000);
        let tree = NameTree::new([Some(deep.as_str())].into_iter()).unwrap();
        assert!(tree.nodes.capacity() <= tree.nodes.len() * 5 / 4 + 8, "{}", tree.nodes.capacity());
    }

    #[test]
    fn what_is_common_is_counted_over_words() {
        for length in 0..40 {
            for same in 0..=length {
                let (a, mut b) = (vec![b'a'; length], vec![b'a'; 40]);
                b[same..].fill(b'b');
                assert_eq!(common(&a, &b), same);
                assert_eq!(common(&b, &a), same);
            }
        }
    }
}
