//! Parameters that may be absent, because they are others; and the one variant of an enum that the lock fits.

use super::claims;
use super::names::{Held, Names};
use super::path::{Part, Path, Shown};
use super::rows::{ORDER, Row};
use super::walk::{Ignores, Seen, Walk};
use crate::plan::Hint;
use crate::report::{Class, Finding};
use crate::schema::{Spec, Text, Variant};

/// The most variants of an enum. There is no allocation in `const` evaluation.
const VARIANTS: usize = 8;
/// The most mistakes of one variant that are shown.
const SHOWN: usize = 3;

impl Walk {
    /// One name of a tied group is enough, and those that are there must be the same. `from` is where what the struct has
    /// begins among what was seen.
    pub(super) const fn settle_ties(&mut self, from: usize) {
        let mut i = from;
        while let Some((tied, target, at)) = self.pair(from, i) {
            i = at + 1;
            let Some(path) = tied.target else { continue };
            // the first of those that are there stands for all
            if tied.fits && !target.fits && self.take_back(target.number, &path) {
                self.fitting += path.count();
                self.fill(from, &path, tied.tensor);
            }
        }
        i = from;
        while let Some((tied, target, at)) = self.pair(from, i) {
            i = at + 1;
            match (tied.fits, target.fits) {
                (false, true) if !self.is_reported(&tied.path) => self.fitting += tied.path.count(),
                (true, true) => self.compare(&tied, &target),
                _ => {}
            }
            if let Some(tied) = self.seen.get_mut(at) {
                // a struct around this one settles its own
                tied.target = None;
            }
        }
    }

    /// The next parameter that is tied, from number `at` on, with the one that it is tied to, and its own number. That the
    /// other path is there was proved while compiling.
    const fn pair(&self, from: usize, at: usize) -> Option<(Seen, Seen, usize)> {
        let mut i = at;
        while let Some(tied) = self.seen.get(i) {
            if let Some(target) = &tied.target
                && let Some(other) = self.seen_at(from, target)
                && let Some(target) = self.seen.get(other)
            {
                return Some((*tied, *target, i));
            }
            i += 1;
        }
        None
    }

    /// Gives a parameter that others are tied to the tensor of one of them.
    const fn fill(&mut self, from: usize, path: &Path, tensor: Option<Held>) {
        if let Some(at) = self.seen_at(from, path)
            && let Some(target) = self.seen.get_mut(at)
            && target.path.is(path)
        {
            (target.fits, target.tensor) = (true, tensor);
        }
    }

    const fn seen_at(&self, from: usize, path: &Path) -> Option<usize> {
        let mut i = from;
        while let Some(seen) = self.seen.get(i) {
            if seen.target.is_none() && seen.path.len() == path.len() && seen.path.leads_to(path) {
                return Some(i);
            }
            i += 1;
        }
        None
    }

    /// Takes back that a parameter is missing, or one of those that are alike. Whether it was.
    const fn take_back(&mut self, number: usize, path: &Path) -> bool {
        let (mut i, mut found) = (0, false);
        while i < self.rows.len {
            let row = &self.rows.rows[i];
            if matches!(row.class, Class::Missing) && row.is_whole && row.number == number {
                found = true;
                match row.path.split(path) {
                    Some((_, others)) if !row.is_part => {
                        self.rows.rows[i].path = others;
                        i += 1;
                    }
                    _ => self.rows.remove(i),
                }
            } else {
                i += 1;
            }
        }
        found
    }

    /// Whether something is wrong with what is there of a parameter.
    const fn is_reported(&self, path: &Path) -> bool {
        let mut i = 0;
        while i < self.rows.len {
            if self.rows.rows[i].path.is(path) {
                return true;
            }
            i += 1;
        }
        false
    }

    /// What the headers show of two tensors that must be the same.
    const fn compare(&mut self, tied: &Seen, target: &Seen) {
        let (Some(own), Some(other)) = (tied.tensor, target.tensor) else { return };
        if own.is(&other) {
            return;
        }
        let mut row = Row::new(Class::Tied, tied.path);
        row.expected = other.shown().push(", as `").push(target.path.shown().as_str()).push("` is");
        row.found = own.shown();
        self.rows.push(row.hint(Text::new().push(Finding::UNTIED)));
    }

    /// Every variant is tried. One fits if nothing is wrong with it, and if it takes every tensor that any variant names.
    pub(super) const fn choice(&mut self, variants: &'static [Variant], place: Option<&'static Names>) {
        assert!(
            variants.len() <= VARIANTS,
            "an enum of more than 8 variants cannot be verified while compiling; remove `verify`"
        );
        let (mut fits, mut last, mut i) = (0, 0, 0);
        let (mut fitting, mut hints, mut all): (_, _, Shown) =
            ([false; VARIANTS], [Text::new(); VARIANTS], Text::new());
        let (mut nearest, mut of_last) = ((0, usize::MAX), Ignores::EMPTY);
        // those from outside, and what the variants say
        let (mut used, mut ignores) = (self.ignores, Ignores::EMPTY);
        while i < variants.len() {
            let mut trial = self.within();
            trial.node(&variants[i].node, Spec::NONE, place);
            let left = claims::left_over(variants, i, place, &self.path, &mut trial);
            let is_good = trial.rows.is_empty() && trial.counts.len == 0 && left.is_empty();
            if is_good {
                fitting[i] = true;
                fits += 1;
                (last, of_last) = (i, trial.ignores);
            }
            all = all.push(if i == 0 { "`" } else { ", `" }).push(variants[i].name).push("`");
            let text: Hint = Text::new().push("`").push(variants[i].name).push("`: ");
            hints[i] = match is_good {
                true => text.push(ALIKE),
                false => trial.mistakes(text, &left, &self.path),
            };
            let mut k = 0;
            while let Some(ignore) = trial.ignores.get(k) {
                match used.get_mut(k) {
                    Some(used) => used.used |= ignore.used,
                    None => ignores.push(*ignore),
                }
                k += 1;
            }
            if trial.fitting > nearest.0 || (trial.fitting == nearest.0 && trial.parameters <= nearest.1) {
                nearest = (trial.fitting, trial.parameters);
            }
            i += 1;
        }
        if fits == 1 {
            self.node(&variants[last].node, Spec::NONE, place);
            // the same patterns, and those that left names of the other variants alone
            self.ignores = of_last;
            return;
        }
        let mut path = self.path;
        if path.is_empty() {
            path.push(Part::Name("the module"));
        }
        let mut row = Row::new(Class::Variant, path);
        row.expected = Text::new().push("one of ").push(all.as_str());
        row.found = match fits {
            0 => Text::new().push("none that fits"),
            _ => several(variants, &fitting),
        };
        i = 0;
        while i < variants.len() {
            row = row.hint(hints[i]);
            i += 1;
        }
        self.rows.push(row);
        (self.ignores, i) = (used, 0);
        while let Some(ignore) = ignores.get(i) {
            self.ignores.push(*ignore);
            i += 1;
        }
        if nearest.1 != usize::MAX {
            self.parameters += nearest.1;
        }
    }

    /// A walk of which nothing stays but what it found.
    const fn within(&self) -> Walk {
        let mut trial = Walk::new(self.path, self.times);
        trial.dims = self.dims;
        trial.bound_by = self.bound_by;
        trial.optional = self.optional;
        trial.beside = self.beside;
        trial.ignores = self.ignores;
        trial
    }

    /// Why a variant does not fit, in a line behind `text`.
    const fn mistakes(&self, text: Hint, left: &claims::Left, here: &Path) -> Hint {
        let (mut text, mut shown, mut all) = (text, 0, 0);
        // what is missing, of another shape, and then the other classes; a name at a time
        let mut class = 0;
        while class < ORDER.len() {
            let order = match class {
                0 => Class::Missing,
                1 => Class::Shape,
                2 => Class::Unexpected,
                _ => ORDER[class],
            };
            let (mut n, mut any) = (0, true);
            while any {
                any = false;
                let mut i = 0;
                while i < self.rows.len {
                    let row = &self.rows.rows[i];
                    let depth = row.path.common(here);
                    if row.class as u8 == order as u8 && n < row.path.count_below(depth) {
                        any = true;
                        if shown < SHOWN {
                            text = self.mistake(separated(text, shown), row, &row.path.nth_below(depth, n), here);
                            shown += 1;
                        }
                        all += 1;
                    }
                    i += 1;
                }
                n += 1;
            }
            class += 1;
        }
        let mut i = 0;
        while let Some(count) = self.counts.get(i) {
            if shown < SHOWN {
                text = separated(text, shown).push("`").push(count.path.marked(here).as_str()).push("` has ");
                text = text.push_number(count.runs.count()).push(" items, and not ").push_number(count.wanted);
                shown += 1;
            }
            (all, i) = (all + 1, i + 1);
        }
        i = 0;
        while i < left.paths.len + left.parts.len {
            let (path, part) = match left.paths.get(i) {
                Some(path) => (path, "`"),
                None => match left.parts.get(i - left.paths.len) {
                    Some(path) => (path, "a part of `"),
                    None => break,
                },
            };
            let (mut n, depth) = (0, path.common(here));
            while n < path.count_below(depth) {
                if shown < SHOWN {
                    text = separated(text, shown).push(part).push(path.nth_below(depth, n).marked(here).as_str());
                    text = text.push("` is left over");
                    shown += 1;
                }
                (all, n) = (all + 1, n + 1);
            }
            i += 1;
        }
        if all > shown { text.push(", and ").push_number(all - shown).push(" more") } else { text }
    }

    const fn mistake(&self, text: Hint, row: &Row, path: &Path, here: &Path) -> Hint {
        let text = text.push("`").push(path.marked(here).as_str()).push("`");
        match (row.class, &row.wish, &row.tensor) {
            (Class::Missing, ..) => text.push(" is missing"),
            (Class::Shape, Some(wish), Some(tensor)) => {
                let text = text.push(" is ").push(tensor.shown_shape().as_str());
                text.push(", and not ").push(wish.show(self.bound()).as_str())
            }
            _ if !row.expected.as_str().is_empty() && !row.found.as_str().is_empty() => {
                text.push(" is ").push(row.found.as_str()).push(", and not ").push(row.expected.as_str())
            }
            _ if row.found.as_str().is_empty() => text.push(": contradicts itself"),
            _ => text.push(": ").push(row.found.as_str()),
        }
    }
}

/// What is said of each variant, where several fit.
const ALIKE: &str = crate::plan::ALIKE;

const fn separated(text: Hint, shown: usize) -> Hint {
    if shown == 0 { text } else { text.push(", ") }
}

/// `` `Apart` and `Fused` alike ``
const fn several(variants: &[Variant], fitting: &[bool; VARIANTS]) -> Shown {
    let (mut text, mut i, mut count) = (Text::new(), 0, 0);
    while i < variants.len() {
        if fitting[i] {
            text = text.push(if count == 0 { "`" } else { " and `" }).push(variants[i].name).push("`");
            count += 1;
        }
        i += 1;
    }
    text.push(" alike")
}
