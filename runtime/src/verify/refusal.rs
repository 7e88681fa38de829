//! The text of a refusal, as `report::text` writes it.

use super::comparison::Comparison;
use super::fold::{ShownRow, ShownRows};
use super::rows::KINDS;
use super::shown::push_shown;
use crate::report::{FindingKind, INDENT, MOST_ROWS, WIDEST, all, parameters_fit};
use crate::rules::Shown;
use crate::schema::{Text, same};

/// The text of a refusal.
pub(crate) type Refusal = Text<16384>;

impl Comparison {
    pub(super) const fn refusal(&self, label: &str, module: &str) -> Refusal {
        let rows = ShownRows::of(self);
        let (mut text, mut kind) = (self.summary(label, module).push("\n"), 0);
        while kind < KINDS.len() {
            text = self.kind(text, KINDS[kind], &rows);
            kind += 1;
        }
        self.stale(text)
    }

    /// `llama.lock does not match Llama: 1 missing, 3 wrong shapes (26 of 31 parameters fit)`
    const fn summary(&self, label: &str, module: &str) -> Refusal {
        let mut text = push_shown(Text::new(), label).push(" does not match ").push(module).push(": ");
        let (mut kind, mut any) = (0, false);
        while kind < KINDS.len() {
            let count = self.rows.count(KINDS[kind]);
            if count > 0 {
                text = text.push(if any { ", " } else { "" });
                text = text.push_number(count).push(" ").push(KINDS[kind].noun(count));
                any = true;
            }
            kind += 1;
        }
        // which of two tensors a parameter would take is not decided
        let is_decided = self.rows.count(FindingKind::Duplicate) + self.rows.count(FindingKind::Tied) == 0;
        let text = match self.fitting == self.parameters {
            true if !is_decided => return text,
            true => text.push(" (").push(all(self.parameters)).push(" "),
            false => text.push(" (").push_number(self.fitting).push(" of "),
        };
        text.push_number(self.parameters).push(" ").push(parameters_fit(self.parameters)).push(")")
    }

    const fn kind(&self, text: Refusal, kind: FindingKind, rows: &ShownRows) -> Refusal {
        let (mut text, mut width, mut shown, mut at) = (text, 0, 0, 0);
        while shown < MOST_ROWS
            && let Some(row) = rows.next(kind, &mut at)
        {
            let own = characters(&row.path.shown());
            width = if own <= WIDEST && own > width { own } else { width };
            shown += 1;
        }
        let mut findings = 0;
        (shown, at) = (0, 0);
        while shown < MOST_ROWS
            && let Some(row) = rows.next(kind, &mut at)
        {
            findings += row.path.count();
            shown += 1;
            text = write_row(text, row, width);
            let hint = row.hint();
            let is_said_again = match rows.next(kind, &mut { at }) {
                Some(next) => shown < MOST_ROWS && next.hint().is(&hint),
                None => false,
            };
            if !hint.is_empty() && !is_said_again {
                text = padded(text.push("\n"), "").push("  ").push_text(&hint);
            }
        }
        let left = self.rows.count(kind) - findings;
        if left > 0 {
            text = padded(text.push("\n"), "").push("… and ").push_number(left).push(" more");
        }
        text
    }

    /// Adds the stale patterns. A pattern is listed for each module that has it, and is stale if it fits in none of them.
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
                text = push_shown(padded(text.push("\n"), "ignore").push("`"), ignore.pattern);
                text = text.push("` fits no name in the checkpoint; remove it if it is out of date");
            }
            i += 1;
        }
        text
    }
}

const fn write_row(text: Refusal, row: &ShownRow, width: usize) -> Refusal {
    let path = row.path.shown();
    let text = padded(text.push("\n"), row.kind.label()).push_text(&path);
    let text = spaces(text, width.saturating_sub(characters(&path)));
    match (row.expected.is_empty(), row.found.is_empty()) {
        (false, false) => text.push("  expected ").push_text(&row.expected).push(", found ").push_text(&row.found),
        (false, true) => text.push("  ").push_text(&row.expected),
        (true, false) => text.push("  ").push_text(&row.found),
        (true, true) => text,
    }
}

/// Adds a word, and spaces up to the column at which paths start.
const fn padded(text: Refusal, word: &str) -> Refusal {
    spaces(text.push(word), INDENT.saturating_sub(word.len()))
}

const fn spaces(text: Refusal, count: usize) -> Refusal {
    const SPACES: &str = "                                                                ";
    text.push(SPACES.split_at(if count < SPACES.len() { count } else { SPACES.len() }).0)
}

const fn characters(text: &Shown) -> usize {
    let (bytes, mut count, mut i) = (text.as_str().as_bytes(), 0, 0);
    while i < bytes.len() {
        count += (bytes[i] & 0xC0 != 0x80) as usize;
        i += 1;
    }
    count
}
