//! Rules about the lock as a whole.

use super::comparison::Comparison;
use super::path::{Path, PathComponent};
use super::rows::Row;
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
}
