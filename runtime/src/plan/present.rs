//! Which names are there: those that no pattern hides.

use super::ignores::Hiding;
use super::name_tree::NamePlace;
use super::resolver::Resolver;
use crate::schema::{Node, Stem};

/// Places with what leads to them: those at which something is there, and those at which patterns hide it.
type Places<K> = (Vec<(K, NamePlace)>, Vec<(K, NamePlace)>);

impl<'r> Resolver<'r> {
    /// The entry at a place, unless a pattern hides it.
    pub(super) fn entry(&self, place: NamePlace) -> Option<usize> {
        self.names.entry(place).filter(|&entry| !self.is_hidden(entry))
    }

    /// The entry at a place that a pattern hides.
    pub(super) fn hidden_entry(&self, place: NamePlace) -> Option<usize> {
        self.names.entry(place).filter(|&entry| self.is_hidden(entry))
    }

    /// Whether a pattern hides an entry: one of the loader, or of a module that the walk has come to.
    pub(super) fn is_hidden(&self, entry: usize) -> bool {
        self.hidden.get(entry).is_some_and(|&hidden| hidden)
            || (self.ignores.any_of_modules()
                && self.ignores.of_modules_fitting(&self.names, self.name_of(entry)).next().is_some())
    }

    /// The pattern that hides an entry.
    pub(super) fn hiding(&self, entry: usize) -> Option<Hiding<'r, 'r>> {
        self.ignores.hiding(&self.names, self.name_of(entry))
    }

    /// The first pattern that hides anything at or below a place.
    pub(super) fn hiding_below(&self, place: NamePlace) -> Option<Hiding<'r, 'r>> {
        self.entries_below(place).into_iter().filter_map(|entry| self.hiding(entry)).min_by_key(|hiding| hiding.number)
    }

    fn may_hide(&self) -> bool {
        !self.hidden.is_empty() || self.ignores.any_of_modules()
    }

    /// Whether the file has anything at or below a place.
    pub(super) fn is_live(&self, place: NamePlace) -> bool {
        !self.may_hide() || self.any_entry(place).is_some()
    }

    /// Some entry at a place or below it.
    pub(super) fn any_entry(&self, place: NamePlace) -> Option<usize> {
        // most often nothing hides the first one
        let first = self.names.first_entry(place).filter(|&entry| !self.is_hidden(entry));
        first.or_else(|| self.names.below_or_at(place).find_map(|place| self.entry(place)))
    }

    fn entries_below(&self, place: NamePlace) -> Vec<usize> {
        self.names.below_or_at(place).filter_map(|place| self.names.entry(place)).collect()
    }

    /// Whether the file has anything below a place.
    pub(super) fn is_any_below(&self, place: NamePlace) -> bool {
        self.names.below_or_at(place).skip(1).any(|place| self.entry(place).is_some())
    }

    /// The places at which something is there, and those at which patterns hide all of it: with `by_own`, the patterns of what
    /// would be there too.
    pub(super) fn there<K>(
        &mut self,
        item: &'static Node,
        all: Vec<(K, NamePlace)>,
        by_own: bool,
        stem_of: impl Fn(&K) -> &'static Stem,
        is_live: impl Fn(&Self, &K, NamePlace) -> bool,
    ) -> Places<K> {
        let has_own = by_own && ignores(item);
        if !has_own && !self.may_hide() {
            return (all, Vec::new());
        }
        // in place, as most lists have nothing that is hidden
        let mut all = all;
        let is_hidden = |(key, place): &mut (K, NamePlace)| match has_own {
            true => !self.is_there(item, stem_of(key), *place, |this| is_live(this, key, *place)),
            false => !is_live(self, key, *place),
        };
        let hidden = all.extract_if(.., is_hidden).collect();
        (all, hidden)
    }

    /// Whether something is there, with the patterns of the modules at and below its place. Of a part that is there, the walk
    /// adds the patterns itself. Those of one that is not stay, as it does not come there.
    pub(super) fn is_there(
        &mut self,
        node: &'static Node,
        stem: &Stem,
        place: NamePlace,
        is_present: impl FnOnce(&Self) -> bool,
    ) -> bool {
        let count = self.ignores.count();
        self.add_patterns(node, stem, place);
        let is_present = is_present(self);
        if is_present {
            self.ignores.drop_after(count);
        }
        is_present
    }

    /// Adds the patterns of every module at or below a place. Those of variants are tried with them.
    fn add_patterns(&mut self, node: &'static Node, stem: &Stem, place: NamePlace) {
        if !ignores(node) {
            return;
        }
        match node {
            Node::Parameter(_) => {}
            Node::Choice { ignore, .. } => self.ignores.add(ignore, Some(place)),
            Node::Struct { fields, ignore, .. } => {
                self.ignores.add(ignore, Some(place));
                for field in fields.iter().filter(|field| field.composed().is_none()) {
                    for name in (0..).map_while(|number| field.nth_name(number)) {
                        let below = match field.flatten {
                            true => self.names.below(place, name.name),
                            false => self.names.named(place, name.name),
                        };
                        if let Some(below) = below {
                            self.add_patterns(field.node, name.stem, below);
                        }
                    }
                }
            }
            Node::Optional { item } => self.add_patterns(item, stem, place),
            Node::List { item, .. } | Node::Map { item } => {
                let counts = |component| matches!(node, Node::Map { .. }) || stem.index(component).is_some();
                let mut below = Vec::with_capacity(self.names.count(place));
                below.extend(self.names.children(place).filter(|(name, _)| counts(name)).map(|(_, below)| below));
                below.into_iter().for_each(|below| self.add_patterns(item, Stem::BARE, below));
            }
        }
    }
}

/// Whether a type at or below a node has patterns, other than a variant.
const fn ignores(node: &'static Node) -> bool {
    match node {
        Node::Parameter(_) => false,
        Node::Choice { ignore, .. } => !ignore.is_empty(),
        Node::List { item, .. } | Node::Map { item } | Node::Optional { item } => ignores(item),
        Node::Struct { fields, ignore, .. } => {
            let mut i = 0;
            while i < fields.len() {
                if ignores(fields[i].node) {
                    return true;
                }
                i += 1;
            }
            !ignore.is_empty()
        }
    }
}
