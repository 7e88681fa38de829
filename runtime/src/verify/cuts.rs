//! Tensors that are cut: no part is taken twice, and none is left over. And rules about names alone.

use super::names::{Component, Names};
use super::path::{Part, Path};
use super::rows::Row;
use super::set::Set;
use super::walk::{Cut, Walk};
use crate::plan::UNEXPLAINED;
use crate::report::Class;
use crate::schema::Text;

impl Walk {
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

    /// How much of a tensor is taken.
    pub(super) const fn taken(&self, path: &Path) -> usize {
        let (mut sum, mut i) = (0, 0);
        while let Some(cut) = self.cuts.get(i) {
            if cut.path.is(path) {
                sum += cut.taken.1 - cut.taken.0;
            }
            i += 1;
        }
        sum
    }

    /// In the order of their tensors, and of the parts of each.
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
            let differs = cut.dim != head.dim || cut.extent != head.extent || cut.rank != head.rank;
            if differs || (i > first && cut.taken.0 < end) {
                let Some(other) = self.cuts.get(i - 1).copied() else { return };
                let mut row = Row::new(Class::Duplicate, cut.path);
                let text = Text::new().push("`").push(other.taker.shown().as_str()).push("` and `");
                row.found = text.push(cut.taker.shown().as_str()).push(match differs {
                    true => "` see it as different shapes, or cut it along different dimensions",
                    false => "` take the same part of it",
                });
                let hint = "cut it along one dimension, and let each part begin where the one before it ends";
                self.rows.push(row.hint(Text::new().push(hint)));
                return;
            }
            end = if cut.taken.1 > end { cut.taken.1 } else { end };
            i += 1;
        }
        (end, i) = (0, first);
        while let Some(cut) = self.cuts.get(i).copied()
            && i <= last
        {
            if cut.taken.0 > end {
                self.left_over(&cut, end, cut.taken.0);
            }
            end = if cut.taken.1 > end { cut.taken.1 } else { end };
            i += 1;
        }
        if end < head.extent {
            self.left_over(&head, end, head.extent);
        }
    }

    /// A part of a tensor that no parameter takes.
    const fn left_over(&mut self, cut: &Cut, from: usize, to: usize) {
        let (mut part, mut i): (super::path::Shown, _) = (Text::new().push("["), 0);
        while i < cut.rank {
            part = part.push(if i == 0 { "" } else { ", " });
            part = if i == cut.dim { part.push_number(from).push("..").push_number(to) } else { part.push("..") };
            i += 1;
        }
        if self.is_ignored(&cut.path) {
            return;
        }
        let mut row = Row::new(Class::Unexpected, cut.path);
        row.found = cut.tensor.shown().push(", of which no parameter takes ").push(part.as_str()).push("]");
        self.rows.push(row);
    }

    /// Refuses what no other finding is about, as the plan does.
    pub(super) const fn unexplained(&mut self) {
        let mut path = Path::EMPTY;
        path.push(Part::Name("the module"));
        let mut row = Row::new(Class::Name, path);
        row.found = Text::new().push_number(self.parameters - self.fitting).push(" parameters without a tensor");
        self.rows.push(row.hint(Text::new().push(UNEXPLAINED)));
    }

    /// Places that are a tensor and have tensors below them, which no module can be.
    pub(super) const fn prefixes(&mut self, names: &'static Names, path: Path) {
        if names.tensor.is_some() && !names.below.is_empty() {
            let mut below = path;
            below.push(first(&names.below[0].component));
            let mut row = Row::new(Class::Name, path);
            let text = Text::new().push("a tensor, and a module of others such as `");
            row.found = text.push(below.shown().as_str()).push("`");
            self.rows
                .push(row.hint(Text::new().push("a name is a tensor's or a module's; rename one of them in the file")));
        }
        let mut i = 0;
        while i < names.below.len() {
            let mut path = path;
            path.push(names.below[i].component.part());
            self.prefixes(&names.below[i].names, path);
            i += 1;
        }
    }
}

const fn first(component: &Component) -> Part {
    match component {
        Component::Name(name) => Part::Name(name),
        Component::Indices(runs) => Part::Set(Set::one(runs[0].0)),
    }
}

const fn is_behind(a: &Cut, b: &Cut) -> bool {
    if !a.path.is(&b.path) {
        return a.path.is_after(&b.path);
    }
    a.taken.0 > b.taken.0 || (a.taken.0 == b.taken.0 && a.taken.1 > b.taken.1)
}
