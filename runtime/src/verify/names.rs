//! Rules about the lock as a whole.

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
    /// Whether a parameter takes every tensor of the lock. No two parameters have one name, so counting is enough, unless
    /// tensors are cut: those count once for each part.
    pub(super) const fn is_all_taken(&self) -> bool {
        let count = self.lock.count();
        self.cuts.len == 0 && count < usize::MAX && self.taken == count
    }

    /// Refuses parameters without a tensor that no finding is about, as the plan does.
    pub(super) const fn unexplained(&mut self) {
        let mut path = Path::EMPTY;
        path.push(PathComponent::Name(says::THE_MODULE));
        let count = self.parameters - self.fitting;
        let found =
            Text::new().push_number(count).push(plural(count, " parameter", " parameters")).push(" without a tensor");
        self.rows.push(Row::found(FindingKind::Name, path, found, says::UNEXPLAINED));
    }

    /// Reports names that are a tensor's and begin others: no module can have both.
    pub(super) const fn prefixes(&mut self, names: &'static LockTree) {
        if names.tensor.is_some() && !names.below.is_empty() {
            let found = Text::new().push("a tensor, and a module that has `");
            let found = push_first(found, &names.below[0].component).push("`");
            self.rows.push(Row::found(FindingKind::Name, self.path, found, says::ABOVE_OTHERS));
        }
        let mut i = 0;
        while i < names.below.len() {
            let child = &names.below[i];
            if !child.names.below.is_empty() {
                self.path.push(PathComponent::of(&child.component));
                self.prefixes(&child.names);
                self.path.cut(self.path.len() - 1);
            }
            i += 1;
        }
    }
}

const fn push_first<const N: usize>(text: Text<N>, component: &Component) -> Text<N> {
    match component {
        Component::Name(name) => push_shown(text, name),
        Component::Indices(runs) => Set::one(runs[0].0).push_to(text),
    }
}
