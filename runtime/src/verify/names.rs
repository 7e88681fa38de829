//! Rules about the lock as a whole, whatever the schema says of its names.

use super::comparison::Comparison;
use super::lock_tree::{Component, LockTree};
use super::path::{Path, PathComponent};
use super::rows::Row;
use super::set::Set;
use super::shown::push_shown;
use crate::report::{FindingKind, plural};
use crate::rules::says;
use crate::schema::Text;

impl Comparison {
    /// Whether every tensor of the lock is one parameter's. No two parameters have one name, so that it is enough to count;
    /// but for tensors that are cut, which are counted once for each part.
    pub(super) const fn is_all_taken(&self) -> bool {
        let count = self.lock.count();
        self.cuts.len == 0 && count < usize::MAX && self.taken == count
    }

    /// Refuses what no other finding is about, as the plan does.
    pub(super) const fn unexplained(&mut self) {
        let mut path = Path::EMPTY;
        path.push(PathComponent::Name(says::THE_MODULE));
        let count = self.parameters - self.fitting;
        let found =
            Text::new().push_number(count).push(plural(count, " parameter", " parameters")).push(" without a tensor");
        self.rows.push(Row::found(FindingKind::Name, path, found, says::UNEXPLAINED));
    }

    /// Places that are a tensor and have tensors below them, which no module can be.
    pub(super) const fn prefixes(&mut self) {
        if has_prefixes(self.lock) {
            self.prefixes_in(self.lock, Path::EMPTY);
        }
    }

    const fn prefixes_in(&mut self, names: &'static LockTree, path: Path) {
        if names.tensor.is_some() && !names.below.is_empty() {
            let found = Text::new().push("a tensor, and a module that has `");
            let found = push_first(found, &names.below[0].component).push("`");
            self.rows.push(Row::found(FindingKind::Name, path, found, says::ABOVE_OTHERS));
        }
        let mut i = 0;
        while i < names.below.len() {
            let mut path = path;
            path.push(names.below[i].component.of_path());
            self.prefixes_in(&names.below[i].names, path);
            i += 1;
        }
    }
}

const fn has_prefixes(names: &'static LockTree) -> bool {
    let (mut has, mut i) = (names.tensor.is_some() && !names.below.is_empty(), 0);
    while !has && i < names.below.len() {
        has = has_prefixes(&names.below[i].names);
        i += 1;
    }
    has
}

const fn push_first<const N: usize>(text: Text<N>, component: &Component) -> Text<N> {
    match component {
        Component::Name(name) => push_shown(text, name),
        Component::Indices(runs) => Set::one(runs[0].0).push_to(text),
    }
}
