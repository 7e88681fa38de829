//! Which names of the lock are there: those that no pattern hides.

use weighbridge_lock::matches;

use super::comparison::{Comparison, Ignore, Ignores};
use super::configured::Configured;
use super::dims::Dims;
use super::lock_tree::{Component, Items, LockTree, LockedTensor};
use super::path::{Path, PathComponent};
use super::set::{ALONE, Set};
use crate::schema::{Names, Node, Stem, index_of, looks_like_an_item};

/// A place of the lock, and what hides names there. The path is the lock's, which differs from the parameter's below an alias.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) ignores: &'a Ignores,
    pub(super) path: &'a Path,
    /// What the configuration says.
    pub(super) config: &'static [Configured],
    /// The names that are known.
    pub(super) dims: &'a Dims,
}

impl Ignores {
    /// Whether a pattern hides what is at this path of the lock.
    pub(super) const fn hide(&self, path: &Path) -> bool {
        let mut i = 0;
        while let Some(ignore) = self.get(i) {
            if ignore.fits(path) {
                return true;
            }
            i += 1;
        }
        false
    }

    /// Where the numbers end that all patterns treat alike, of those in `set`, from its first on. `list` is the path before them,
    /// and `stem` what stands around them.
    pub(super) const fn end_alike(&self, list: &Path, stem: &Stem, set: &Set) -> usize {
        let (at, mut end, mut i) = (set.first(), usize::MAX, 0);
        while let Some(ignore) = self.get(i) {
            let other = match ignore.index_below(list, stem) {
                IndexBelow::One(one) if one > at => one,
                IndexBelow::One(one) if one == at => at.saturating_add(1),
                IndexBelow::Several if set.count() <= ALONE => at.saturating_add(1),
                IndexBelow::Several => {
                    assert!(
                        stem.is_bare(),
                        "a pattern with a star and a digit cannot be tried on more than 4096 numbered names while compiling; remove `verify`"
                    );
                    usize::MAX
                }
                _ => usize::MAX,
            };
            end = if other < end { other } else { end };
            i += 1;
        }
        end
    }

    /// Takes the first numbers off a set that all patterns treat alike.
    pub(super) const fn next_alike(&self, list: &Path, stem: &Stem, rest: &mut Set) -> Option<Set> {
        if rest.is_empty() {
            return None;
        }
        let end = self.end_alike(list, stem, rest);
        let alike = Set::of(rest.runs(), 0, end);
        // the last index may be `usize::MAX` itself
        *rest = if end == usize::MAX { Set::EMPTY } else { Set::of(rest.runs(), end, usize::MAX) };
        Some(alike)
    }

    /// Whether any tensor at or below a place is there.
    pub(super) const fn leave_any(&self, names: &'static LockTree, path: &Path) -> bool {
        self.len == 0 || (names.tensor.is_some() && !self.hide(path)) || self.leave_any_below(names, path)
    }

    /// Whether any tensor below a place is there.
    pub(super) const fn leave_any_below(&self, names: &'static LockTree, path: &Path) -> bool {
        if self.len == 0 {
            return !names.below.is_empty();
        }
        self.find_below(names, path, false)
    }

    /// Whether any tensor below a place is hidden, or is not.
    const fn find_below(&self, names: &'static LockTree, path: &Path, hidden: bool) -> bool {
        let mut i = 0;
        while i < names.below.len() {
            let child = &names.below[i];
            i += 1;
            let mut below = *path;
            match &child.component {
                Component::Name(name) => {
                    below.push(PathComponent::Name(name));
                    if self.find(&child.names, &below, hidden) {
                        return true;
                    }
                }
                Component::Numbered(stem, runs) => {
                    let mut next = 0;
                    while let Some(mut rest) = Set::next(runs, &mut next, 0, usize::MAX) {
                        while let Some(set) = self.next_alike(path, stem, &mut rest) {
                            below.push(PathComponent::Set(*stem, set));
                            if self.find(&child.names, &below, hidden) {
                                return true;
                            }
                            below.cut(path.len());
                        }
                    }
                }
            }
        }
        false
    }

    const fn find(&self, names: &'static LockTree, path: &Path, hidden: bool) -> bool {
        (names.tensor.is_some() && self.hide(path) == hidden) || self.find_below(names, path, hidden)
    }

    /// The first pattern that hides a tensor at or below a place.
    pub(super) const fn first_hiding(&self, names: &'static LockTree, path: &Path) -> Option<&'static str> {
        let mut i = 0;
        while let Some(ignore) = self.get(i) {
            let mut one = Ignores::EMPTY;
            one.push(*ignore);
            if one.find(names, path, true) {
                return Some(ignore.pattern);
            }
            i += 1;
        }
        None
    }
}

/// Which indices a pattern tells apart.
enum IndexBelow {
    None,
    One(usize),
    Several,
}

impl Ignore {
    pub(super) const fn fits(&self, path: &Path) -> bool {
        match path.behind(&self.prefix) {
            Some(rest) if path.len() > self.prefix.len() => matches(self.pattern, rest.as_str()),
            _ => false,
        }
    }

    /// Which of the numbers that follow this path the pattern tells apart, with this text around them. A literal digit is an
    /// index's only between dots and stars: `block2` fits no index.
    const fn index_below(&self, list: &Path, stem: &Stem) -> IndexBelow {
        let pattern = self.pattern.as_bytes();
        if !stem.is_bare() {
            return self.number_below(list, stem);
        }
        if !has_index(pattern) {
            return IndexBelow::None;
        }
        let at = match self.behind_path(list) {
            Ok(at) => at,
            Err(all) => return all,
        };
        let (mut end, mut is_index) = (at, true);
        while end < pattern.len() && pattern[end] != b'.' && pattern[end] != b'*' {
            is_index = is_index && pattern[end].is_ascii_digit();
            end += 1;
        }
        if !is_index {
            return IndexBelow::None;
        }
        if end == pattern.len() || pattern[end] == b'.' {
            return match index_of(pattern.split_at(end).0.split_at(at).1) {
                Some(index) => IndexBelow::One(index),
                None => IndexBelow::None,
            };
        }
        // a star alone takes the whole index, unless digits may follow
        let follows = if end + 1 < pattern.len() { pattern[end + 1] } else { b'.' };
        match end > at || follows.is_ascii_digit() || follows == b'*' {
            true => IndexBelow::Several,
            false => IndexBelow::None,
        }
    }
}

impl Ignore {
    /// The same if the number has text around it.
    const fn number_below(&self, list: &Path, stem: &Stem) -> IndexBelow {
        let pattern = self.pattern.as_bytes();
        if !has_digit(pattern) {
            return IndexBelow::None;
        }
        let at = match self.behind_path(list) {
            Ok(at) => at,
            Err(all) => return all,
        };
        let at = match behind_literal(pattern, at, stem.before.as_bytes()) {
            Ok(at) => at,
            Err(all) => return all,
        };
        let mut end = at;
        while end < pattern.len() && pattern[end].is_ascii_digit() {
            end += 1;
        }
        if end < pattern.len() && pattern[end] == b'*' {
            return IndexBelow::Several;
        }
        match index_of(pattern.split_at(end).0.split_at(at).1) {
            Some(number) => IndexBelow::One(number),
            None => IndexBelow::None,
        }
    }

    /// Where the pattern goes on behind a path and a dot. If it does not, or has a star before, that decides of all numbers.
    const fn behind_path(&self, path: &Path) -> Result<usize, IndexBelow> {
        let Some(above) = path.behind(&self.prefix) else { return Err(IndexBelow::None) };
        let above = if above.is_empty() { above } else { above.push(".") };
        behind_literal(self.pattern.as_bytes(), 0, above.as_str().as_bytes())
    }
}

const fn has_digit(pattern: &[u8]) -> bool {
    let mut i = 0;
    while i < pattern.len() && !pattern[i].is_ascii_digit() {
        i += 1;
    }
    i < pattern.len()
}

/// The first byte of a pattern behind a literal text; `Err` if it does not begin with that, or has a star in it.
const fn behind_literal(pattern: &[u8], from: usize, text: &[u8]) -> Result<usize, IndexBelow> {
    let mut i = 0;
    while i < text.len() {
        if from + i < pattern.len() && pattern[from + i] == b'*' {
            // a star may end anywhere
            return Err(IndexBelow::Several);
        }
        if from + i >= pattern.len() || pattern[from + i] != text[i] {
            return Err(IndexBelow::None);
        }
        i += 1;
    }
    Ok(from + i)
}

/// Whether a pattern has digits alone between dots and stars.
const fn has_index(pattern: &[u8]) -> bool {
    let (mut digits, mut is_index, mut i) = (0, true, 0);
    while i <= pattern.len() {
        if i == pattern.len() || pattern[i] == b'.' || pattern[i] == b'*' {
            if is_index && digits > 0 {
                return true;
            }
            (digits, is_index) = (0, true);
        } else {
            digits += 1;
            is_index = is_index && pattern[i].is_ascii_digit();
        }
        i += 1;
    }
    false
}

impl Comparison {
    pub(super) const fn around<'a>(&'a self, path: &'a Path) -> Around<'a> {
        Around { ignores: &self.ignores, path, config: self.config, dims: &self.dims }
    }

    /// Where the lock has what is at a path: below an alias it has another name.
    pub(super) const fn in_lock(&self, path: &Path) -> Path {
        match &self.alias {
            Some(alias) if path.len() >= alias.depth => path.rest_below(alias.depth, &alias.path),
            _ => *path,
        }
    }

    /// The tensor at a place, unless a pattern hides it. `path` is the parameter's, or the source's.
    pub(super) const fn tensor(&self, place: Option<&'static LockTree>, path: &Path) -> Option<LockedTensor> {
        let Some(LockTree { tensor: Some(tensor), .. }) = place else { return None };
        if self.ignores.len > 0 && self.ignores.hide(&self.in_lock(path)) {
            return None;
        }
        Some(*tensor)
    }

    /// Adds the patterns of a module, whose path in the lock is given.
    pub(super) const fn ignore(&mut self, patterns: &'static [&'static str], path: &Path) {
        let mut i = 0;
        while i < patterns.len() {
            self.ignores.push(Ignore { prefix: *path, pattern: patterns[i], used: false });
            i += 1;
        }
    }

    /// Adds the patterns of every module at or below a place. Those of variants are tried with them.
    pub(super) const fn add_patterns(
        &mut self,
        node: &'static Node,
        stem: &Stem,
        names: &'static LockTree,
        path: &Path,
    ) {
        if !has_ignores(node) {
            return;
        }
        match node {
            Node::Parameter(_) => {}
            Node::Choice { ignore, .. } => self.ignore(ignore, path),
            Node::Optional { item } => self.add_patterns(item, stem, names, path),
            Node::Struct { fields, ignore, .. } => {
                self.ignore(ignore, path);
                let mut i = 0;
                while i < fields.len() {
                    let field = &fields[i];
                    i += 1;
                    if field.composed().is_some() {
                        continue;
                    }
                    let mut k = 0;
                    while let Some(name) = field.nth_name(k) {
                        let is_here = field.flatten && name.name.is_empty();
                        if is_here {
                            self.add_patterns(field.node, name.stem, names, path);
                        } else if let Some(below) = names.at(name.name) {
                            self.add_patterns(field.node, name.stem, below, &path.joined(name.name));
                        }
                        k += 1;
                    }
                }
            }
            Node::List { item, .. } | Node::Map { item } => {
                let mut i = 0;
                while i < names.below.len() {
                    let child = &names.below[i];
                    i += 1;
                    if let (Component::Name(name), Node::Map { .. }) = (child.component, node) {
                        let mut below = *path;
                        below.push(PathComponent::Name(name));
                        self.add_patterns(item, Stem::BARE, &child.names, &below);
                        continue;
                    }
                    let (stem, items) = match (&child.component, node) {
                        (Component::Numbered(own, runs), Node::Map { .. }) => (own, Items::Runs(runs)),
                        _ => (stem, child.component.items(stem)),
                    };
                    let mut next = 0;
                    while let Some(set) = Set::next(items.runs(), &mut next, 0, usize::MAX) {
                        let mut below = *path;
                        below.push(PathComponent::Set(*stem, set));
                        self.add_patterns(item, Stem::BARE, &child.names, &below);
                    }
                }
            }
        }
    }

    /// Whether something is at a place, with the patterns of the modules at and below it. Of a part that is there, the walk adds
    /// the patterns itself. Those of one that is not stay, as it does not come there.
    pub(super) const fn is_there(
        &mut self,
        node: &'static Node,
        stem: &Stem,
        wants: Names,
        names: &'static LockTree,
        path: &Path,
    ) -> bool {
        let count = self.ignores.len;
        self.add_patterns(node, stem, names, path);
        let is_there = match stem.is_bare() {
            true => self.has(wants, names, path),
            false => self.has_items(stem, names, path),
        };
        if is_there {
            self.ignores.len = count;
        }
        is_there
    }

    /// Whether any item of a list is there, or what looks like one.
    pub(super) const fn has_items(&self, stem: &Stem, names: &'static LockTree, path: &Path) -> bool {
        let mut i = 0;
        while i < names.below.len() {
            let child = &names.below[i];
            i += 1;
            let looks = match child.component {
                Component::Name(name) => looks_like_an_item(name, stem),
                Component::Numbered(..) => false,
            };
            let (items, mut next) = (child.component.items(stem), 0);
            let mut below = *path;
            if let (true, Component::Name(name)) = (looks, child.component) {
                below.push(PathComponent::Name(name));
                if self.ignores.leave_any(&child.names, &below) {
                    return true;
                }
            }
            while let Some(mut rest) = Set::next(items.runs(), &mut next, 0, usize::MAX) {
                while let Some(set) = self.ignores.next_alike(path, stem, &mut rest) {
                    let mut below = *path;
                    below.push(PathComponent::Set(*stem, set));
                    if self.ignores.leave_any(&child.names, &below) {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Whether any tensor is there, at a place or below it, as far as a node may take it.
    pub(super) const fn has(&self, wants: Names, names: &'static LockTree, path: &Path) -> bool {
        let here = wants.here && names.tensor.is_some() && !self.ignores.hide(path);
        here || (wants.below && self.ignores.leave_any_below(names, path))
    }
}

/// How many items of a list have something under a name that patterns leave. The list is at the path around it.
pub(super) const fn count_with(list: &'static LockTree, rest: &'static str, around: Around<'_>) -> usize {
    let (mut count, mut i) = (0usize, 0);
    while i < list.below.len() {
        let branch = &list.below[i];
        i += 1;
        let Items::Runs(runs) = branch.component.items(Stem::BARE) else { continue };
        let Some(names) = branch.names.at(rest) else { continue };
        if around.ignores.len == 0 {
            count = count.saturating_add(branch.component.count());
            continue;
        }
        let mut next = 0;
        while let Some(mut left) = Set::next(runs, &mut next, 0, usize::MAX) {
            while let Some(set) = around.ignores.next_alike(around.path, Stem::BARE, &mut left) {
                let mut path = *around.path;
                path.push(PathComponent::Set(*Stem::BARE, set));
                if !rest.is_empty() {
                    path.push_name(rest);
                }
                if around.ignores.leave_any(names, &path) {
                    count = count.saturating_add(set.count());
                }
            }
        }
    }
    count
}

/// Whether a type at or below a node has patterns, other than a variant.
pub(super) const fn has_ignores(node: &'static Node) -> bool {
    match node {
        Node::Parameter(_) => false,
        Node::Choice { ignore, .. } => !ignore.is_empty(),
        Node::List { item, .. } | Node::Map { item } | Node::Optional { item } => has_ignores(item),
        Node::Struct { fields, ignore, .. } => {
            let mut i = 0;
            while i < fields.len() {
                if has_ignores(fields[i].node) {
                    return true;
                }
                i += 1;
            }
            !ignore.is_empty()
        }
    }
}
