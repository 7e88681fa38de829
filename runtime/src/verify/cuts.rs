//! Tensors that are cut: no part is taken twice, and none is left over.

use super::comparison::{Comparison, Cut};
use super::path::Path;
use super::rows::Row;
use crate::report::FindingKind;
use crate::rules::says;
use crate::schema::Text;

impl Comparison {
    pub(super) const fn check_cuts(&mut self) {
        self.sort_cuts();
        let mut first = 0;
        while let Some(cut) = self.cuts.get(first).copied() {
            let mut last = first;
            while let Some(next) = self.cuts.get(last + 1)
                && next.path.is(&cut.path)
            {
                last += 1;
            }
            self.check_cut(first, last);
            first = last + 1;
        }
    }

    /// How much of a tensor parameters take.
    pub(super) const fn taken_of(&self, path: &Path) -> usize {
        let (mut sum, mut i) = (0, 0);
        while let Some(cut) = self.cuts.get(i) {
            if cut.path.is(path) {
                sum += cut.part.len();
            }
            i += 1;
        }
        sum
    }

    /// Sorts by tensors, and the parts of each by their place.
    const fn sort_cuts(&mut self) {
        let mut i = 1;
        while i < self.cuts.len {
            let mut k = i;
            while k > 0
                && let (Some(before), Some(cut)) = (self.cuts.get(k - 1).copied(), self.cuts.get(k).copied())
                && is_behind(&before, &cut)
            {
                self.cuts.swap(k - 1, k);
                k -= 1;
            }
            i += 1;
        }
    }

    const fn check_cut(&mut self, first: usize, last: usize) {
        let Some(head) = self.cuts.get(first).copied() else { return };
        let (mut end, mut i) = (0, first);
        while let Some(cut) = self.cuts.get(i).copied()
            && i <= last
        {
            if let Some(why) = cut.part.clash(&head.part, end)
                && let Some(other) = self.cuts.get(i - 1).copied()
            {
                let found = Text::new().push("`").push_text(&other.taker.shown()).push("` and `");
                let found = found.push_text(&cut.taker.shown()).push("` ").push(why);
                self.rows.push(Row::found(FindingKind::Duplicate, cut.path, found, says::CUT));
                return;
            }
            end = if cut.part.to > end { cut.part.to } else { end };
            i += 1;
        }
        (end, i) = (0, first);
        while let Some(cut) = self.cuts.get(i).copied()
            && i <= last
        {
            if cut.part.from > end {
                self.left_over(&cut, end, cut.part.from);
            }
            end = if cut.part.to > end { cut.part.to } else { end };
            i += 1;
        }
        if end < head.part.extent {
            self.left_over(&head, end, head.part.extent);
        }
    }

    /// Reports a part of a tensor that no parameter takes.
    const fn left_over(&mut self, cut: &Cut, from: usize, to: usize) {
        let found = cut.tensor.shown().push(", of which no parameter takes ").push_text(&cut.part.show(from, to));
        self.rows.push(Row::found(FindingKind::Unexpected, cut.path, found, ""));
    }
}

const fn is_behind(a: &Cut, b: &Cut) -> bool {
    if !a.path.is(&b.path) {
        return a.path.is_after(&b.path);
    }
    a.part.from > b.part.from || (a.part.from == b.part.from && a.part.to > b.part.to)
}
