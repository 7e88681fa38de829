//! How often a field stands in a file, as an item of lists, and how the tensors there look.

use super::hint::Hint;
use super::says;

/// The tensors of a file whose names differ from that of one in indices only: those of one field. The one itself is among them.
#[derive(Clone, Copy)]
pub(crate) struct Instances {
    /// All of them.
    pub(crate) total: usize,
    /// Those that look as the one does.
    pub(crate) alike: usize,
    /// Those that fit.
    pub(crate) fitting: usize,
}

impl Instances {
    pub(crate) const NONE: Instances = Instances { total: 0, alike: 0, fitting: 0 };

    /// Adds so many of them.
    pub(crate) const fn add(&mut self, times: usize, is_alike: bool, fits: bool) {
        self.total = self.total.saturating_add(times);
        self.alike = self.alike.saturating_add(if is_alike { times } else { 0 });
        self.fitting = self.fitting.saturating_add(if fits { times } else { 0 });
    }

    /// Whether others fit, so that an attribute of the field helps none of them.
    pub(crate) const fn are_mixed(&self) -> bool {
        self.fitting > 0
    }

    /// Appends `1 of 3 is so, and 2 fit as they are`.
    pub(crate) const fn push_to(&self, text: Hint) -> Hint {
        let text = text.push_number(self.alike).push(" of ").push_number(self.total);
        let text = text.push(if self.alike == 1 { " is so, and " } else { " are so, and " });
        text.push_number(self.fitting).push(if self.fitting == 1 { " fits as it is" } else { " fit as they are" })
    }

    /// Appends the same, and what to do.
    pub(crate) const fn push_remedy(&self, text: Hint) -> Hint {
        self.push_to(text).push(if self.alike == 1 { says::CORRECT_IT } else { says::CORRECT_THEM })
    }
}
