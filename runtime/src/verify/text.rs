//! The text of what was found: as `report::text` writes it.

use super::Refusal;
use super::hints::Causes;
use super::path::Path;
use super::rows::{CLASSES, ORDER, ROWS, Row};
use super::walk::Walk;
use crate::plan::Hint;
use crate::report::{Class, INDENT, MOST_ROWS, WIDEST};
use crate::schema::{Text, same};

/// The deepest index that is folded.
const DEEPEST: usize = 16;

impl Walk {
    pub(super) const fn text(&mut self, causes: &Causes, label: &str, module: &str) -> Refusal {
        let order = self.order();
        self.fold(&order);
        let mut text = self.summary(label, module).push("\n");
        let mut class = 0;
        while class < CLASSES {
            text = self.class(text, ORDER[class], &order);
            class += 1;
        }
        let mut i = 0;
        while let Some(cause) = causes.get(i) {
            text = padded(text.push("\n"), "hint").push(cause.as_str());
            i += 1;
        }
        self.stale(text)
    }

    /// `llama.lock does not match Llama: 1 missing, 3 wrong shapes (26 of 31 parameters fit)`
    const fn summary(&self, label: &str, module: &str) -> Refusal {
        let mut text = Text::new().push(label).push(" does not match ").push(module).push(": ");
        let (mut class, mut any) = (0, false);
        while class < CLASSES {
            let count = self.rows.count(ORDER[class]);
            if count > 0 {
                text =
                    text.push(if any { ", " } else { "" }).push_number(count).push(" ").push(ORDER[class].noun(count));
                any = true;
            }
            class += 1;
        }
        if self.fitting == self.parameters {
            return text.push(" (all ").push_number(self.parameters).push(" parameters fit)");
        }
        text.push(" (").push_number(self.fitting).push(" of ").push_number(self.parameters).push(" parameters fit)")
    }

    /// The rows' numbers in the natural order of their paths.
    const fn order(&self) -> [usize; ROWS] {
        let (mut order, mut i) = ([0; ROWS], 0);
        while i < self.rows.len {
            order[i] = i;
            let mut k = i;
            while k > 0 && self.rows.rows[order[k - 1]].path.is_after(&self.rows.rows[order[k]].path) {
                (order[k - 1], order[k]) = (order[k], order[k - 1]);
                k -= 1;
            }
            i += 1;
        }
        order
    }

    /// Makes one row of those that differ in indices alone. The first of them keeps its place.
    const fn fold(&mut self, order: &[usize; ROWS]) {
        let mut position = DEEPEST;
        while position > 0 {
            position -= 1;
            let mut i = 0;
            while i < self.rows.len {
                let mut k = i + 1;
                while k < self.rows.len {
                    let (row, other) = (&self.rows.rows[order[i]], &self.rows.rows[order[k]]);
                    if !row.is_gone
                        && !other.is_gone
                        && let Some(path) = row.path.folded(&other.path, position)
                        && row.says(other)
                    {
                        self.rows.rows[order[i]].path = path;
                        self.rows.rows[order[k]].is_gone = true;
                    }
                    k += 1;
                }
                i += 1;
            }
        }
    }

    const fn class(&self, text: Refusal, class: Class, order: &[usize; ROWS]) -> Refusal {
        let (mut text, mut width, mut rows, mut i) = (text, 0, 0, 0);
        while i < self.rows.len {
            let row = &self.rows.rows[order[i]];
            if row.is_of(class) && rows < MOST_ROWS {
                let own = characters(row.path.shown().as_str());
                width = if own <= WIDEST && own > width { own } else { width };
                rows += 1;
            }
            i += 1;
        }
        let (mut shown, mut findings) = (0, 0);
        (rows, i) = (0, 0);
        while i < self.rows.len {
            let row = &self.rows.rows[order[i]];
            if row.is_of(class) {
                findings += row.path.count();
                if rows < MOST_ROWS {
                    shown += row.path.count();
                    text = self.row(text, row, width);
                    if !self.next_says_the_same(order, i, class) {
                        text = row.write_hints(text);
                    }
                }
                rows += 1;
            }
            i += 1;
        }
        let left = findings + self.rows.more[class as usize] - shown;
        if left > 0 {
            text = padded(text.push("\n"), "").push("… and ").push_number(left).push(" more");
        }
        text
    }

    const fn row(&self, text: Refusal, row: &Row, width: usize) -> Refusal {
        let path = row.path.shown();
        let mut text = padded(text.push("\n"), row.class.label()).push(path.as_str());
        let mut column = characters(path.as_str());
        while column < width {
            text = text.push(" ");
            column += 1;
        }
        match (row.expected.as_str().is_empty(), row.found.as_str().is_empty()) {
            (false, false) => {
                let text = text.push("  expected ").push(row.expected.as_str());
                text.push(", found ").push(row.found.as_str())
            }
            (false, true) => text.push("  ").push(row.expected.as_str()),
            (true, false) => text.push("  ").push(row.found.as_str()),
            (true, true) => text,
        }
    }

    /// Whether the next row of the class has the same hints, which are then said below it.
    const fn next_says_the_same(&self, order: &[usize; ROWS], at: usize, class: Class) -> bool {
        let (row, mut i) = (&self.rows.rows[order[at]], at + 1);
        while i < self.rows.len {
            let next = &self.rows.rows[order[i]];
            if next.is_of(class) {
                let mut k = 0;
                while k < row.hint_count && k < next.hint_count {
                    let (a, b): (Hint, Hint) =
                        (row.path.unmark(row.hints[k].as_str()), next.path.unmark(next.hints[k].as_str()));
                    if !same(a.as_str(), b.as_str()) {
                        return false;
                    }
                    k += 1;
                }
                return row.hint_count == next.hint_count;
            }
            i += 1;
        }
        false
    }

    /// Patterns that fit no name. One stands once for each module that says so, and is stale if it fits under none of them.
    const fn stale(&self, text: Refusal) -> Refusal {
        let (mut text, mut i) = (text, 0);
        while let Some(ignore) = self.ignores.get(i) {
            let (mut is_stale, mut k) = (true, 0);
            while let Some(other) = self.ignores.get(k) {
                if same(ignore.pattern, other.pattern) && (other.used || k < i) {
                    is_stale = false;
                }
                k += 1;
            }
            if is_stale {
                text = padded(text.push("\n"), "ignore").push("`").push(ignore.pattern);
                text = text.push("` fits no name in the checkpoint; remove it if it is out of date");
            }
            i += 1;
        }
        text
    }
}

impl Row {
    const fn is_of(&self, class: Class) -> bool {
        self.class as u8 == class as u8 && !self.is_gone
    }

    /// Whether all but the path is the same.
    const fn says(&self, other: &Row) -> bool {
        let mut i = 0;
        while i < self.hint_count && i < other.hint_count {
            if !same(self.hints[i].as_str(), other.hints[i].as_str()) {
                return false;
            }
            i += 1;
        }
        self.class as u8 == other.class as u8
            && self.hint_count == other.hint_count
            && same(self.expected.as_str(), other.expected.as_str())
            && same(self.found.as_str(), other.found.as_str())
    }

    const fn write_hints(&self, text: Refusal) -> Refusal {
        let (mut text, mut i) = (text, 0);
        while i < self.hint_count {
            let hint: Hint = Path::unmark(&self.path, self.hints[i].as_str());
            text = padded(text.push("\n"), "").push("  ").push(hint.as_str());
            i += 1;
        }
        text
    }
}

/// A word, and spaces up to the column at which paths start.
const fn padded(text: Refusal, word: &str) -> Refusal {
    let (mut text, mut column) = (text.push(word), word.len());
    while column < INDENT {
        text = text.push(" ");
        column += 1;
    }
    text
}

const fn characters(text: &str) -> usize {
    let (bytes, mut count, mut i) = (text.as_bytes(), 0, 0);
    while i < bytes.len() {
        count += (bytes[i] & 0xC0 != 0x80) as usize;
        i += 1;
    }
    count
}
