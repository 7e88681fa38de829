//! The text of a report.

use std::fmt::{self, Write};

use super::finding::{Finding, FindingKind};
use super::fold::fold;
use super::outcome::Report;
use crate::path::shown;

/// The most rows of one kind that the text shows. The data has all findings.
pub(crate) const MOST_ROWS: usize = 60;
/// The column at which paths start.
pub(crate) const INDENT: usize = 12;
/// Paths longer than this do not widen the column.
pub(crate) const WIDEST: usize = 56;

/// A colour or weight on a terminal: the number in its escape code.
#[derive(Clone, Copy)]
struct Style(&'static str);

const BOLD: Style = Style("1");
const DIM: Style = Style("2");

impl FindingKind {
    fn style(self) -> Style {
        Style(match self {
            FindingKind::Missing | FindingKind::Duplicate | FindingKind::Name | FindingKind::Variant => "1;31",
            FindingKind::Unexpected => "1;33",
            FindingKind::Shape | FindingKind::DType | FindingKind::Dim | FindingKind::Tied => "1;35",
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, f, false)
    }
}

impl Report {
    /// The text with the escape codes of terminal colours.
    pub fn to_ansi(&self) -> String {
        let mut text = String::new();
        // writing to a String cannot fail
        let _ = write(self, &mut text, true);
        text
    }
}

fn write(report: &Report, out: &mut dyn Write, colour: bool) -> fmt::Result {
    let paint = |text: &str, style: Style| {
        if colour { format!("\x1b[{}m{text}\x1b[0m", style.0) } else { text.to_owned() }
    };
    out.write_str(&paint(&summary(report), BOLD))?;
    // first what explains most findings
    for hint in &report.hints {
        write!(out, "\n{}{hint}", paint("hint", DIM).as_str().pad_to("hint".len()))?;
    }
    if !report.ok {
        out.write_char('\n')?;
    }
    for (kind, findings) in report.by_kind() {
        write_kind(out, kind, findings, &report.hints, &paint)?;
    }
    let ignores = report.stale_ignores.iter().map(|pattern| ("ignore", format!("`{}`", shown(pattern))));
    let renames = report.stale_renames.iter().map(|rename| ("rename", rename.to_string()));
    for (option, what) in ignores.chain(renames) {
        write!(out, "\n{option:INDENT$}{what} fits no name in the checkpoint; remove it if it is out of date")?;
    }
    for device in &report.stale_devices {
        write!(out, "\n{:INDENT$}no parameter was made on the `{device}`; remove it if it is out of date", "device")?;
    }
    Ok(())
}

/// Pads by the visible width, as escape codes take no space.
trait PadTo {
    fn pad_to(self, visible: usize) -> String;
}

impl PadTo for &str {
    fn pad_to(self, visible: usize) -> String {
        format!("{self}{:1$}", "", INDENT.saturating_sub(visible))
    }
}

fn write_kind(
    out: &mut dyn Write,
    kind: FindingKind,
    findings: &[Finding],
    at_head: &[String],
    paint: &dyn Fn(&str, Style) -> String,
) -> fmt::Result {
    let rows = fold(findings);
    let shown_rows = &rows[..rows.len().min(MOST_ROWS)];
    let width = shown_rows.iter().map(|row| row.path().chars().count()).filter(|&w| w <= WIDEST).max().unwrap_or(0);
    for (number, row) in shown_rows.iter().enumerate() {
        let label = paint(kind.label(), kind.style()).as_str().pad_to(kind.label().len());
        let mut what = match (&row.expected, &row.found) {
            (Some(expected), Some(found)) => format!("expected {expected}, found {found}"),
            (Some(one), None) | (None, Some(one)) => one.to_string(),
            (None, None) => String::new(),
        };
        if let Some(file) = &row.file {
            write!(what, " in {}", shown(file))?;
        }
        let path = row.path();
        write!(out, "\n{label}{path}{:1$}", "", width.saturating_sub(path.chars().count()))?;
        if !what.is_empty() {
            write!(out, "  {what}")?;
        }
        // once for a run of rows with the same hints, and not where it is at the head of the report
        let hints: Vec<String> = row.hints().collect();
        if shown_rows.get(number + 1).is_none_or(|next| !next.hints().eq(hints.iter().cloned())) {
            for hint in hints.into_iter().filter(|hint| !at_head.contains(hint)) {
                write!(out, "\n{:INDENT$}  {}", "", paint(&hint, DIM))?;
            }
        }
    }
    if rows.len() > MOST_ROWS {
        let shown: usize = shown_rows.iter().map(super::fold::Row::len).sum();
        let left = findings.len() - shown;
        write!(out, "\n{:INDENT$}… and {left} more", "")?;
    }
    Ok(())
}

/// The singular or the plural, whichever agrees with `count`.
pub(crate) const fn plural(count: usize, one: &'static str, several: &'static str) -> &'static str {
    if count == 1 { one } else { several }
}

/// The word before the number of parameters, if all of them fit.
pub(crate) const fn all(parameters: usize) -> &'static str {
    plural(parameters, "its", "all")
}

/// The words after a number of parameters.
pub(crate) const fn parameters_fit(parameters: usize) -> &'static str {
    plural(parameters, "parameter fits", "parameters fit")
}

/// `llama.safetensors does not match Llama: 1 missing, 3 wrong shapes (26 of 31 parameters fit)`.
fn summary(report: &Report) -> String {
    let checkpoint = shown(&report.checkpoint);
    let (fitting, parameters) = (report.fitting_count, report.parameter_count);
    let fit = match fitting == parameters {
        true => format!("{} {parameters} {}", all(parameters), parameters_fit(parameters)),
        false => format!("{fitting} of {parameters} {}", parameters_fit(parameters)),
    };
    if report.ok {
        let mut text = format!("{checkpoint} matches {}: {fit}", report.module);
        let notes = [
            (report.kept.len(), plural(report.kept.len(), "kept as it was", "kept as they were")),
            (report.ignored.len(), "ignored"),
            (report.cast.len(), "cast"),
            (report.shared.len(), "tied"),
            (report.reshaped.len(), "taken with another shape"),
            (report.memory_use.map_or(0, |held| held.in_place.tensor_count), "in place"),
            (report.memory_use.map_or(0, |held| held.copied.tensor_count), "copied"),
        ];
        for (count, what) in notes.into_iter().filter(|(count, _)| *count > 0) {
            text.push_str(&format!(", {count} {what}"));
        }
        return text;
    }
    let counts: Vec<String> = report
        .by_kind()
        .filter(|(_, findings)| !findings.is_empty())
        .map(|(kind, findings)| format!("{} {}", findings.len(), kind.noun(findings.len())))
        .collect();
    let text = format!("{checkpoint} does not match {}: {}", report.module, counts.join(", "));
    // which of two tensors a parameter would take is not decided
    let is_decided = report.duplicate.is_empty() && report.tied.is_empty();
    if is_decided || fitting < parameters { format!("{text} ({fit})") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_agrees_with_its_noun() {
        let said = |fitting_count, parameter_count| {
            let report = Report { fitting_count, parameter_count, ok: true, ..Report::default() };
            summary(&report).split_once(": ").unwrap().1.to_owned()
        };
        assert_eq!(said(1, 1), "its 1 parameter fits");
        assert_eq!(said(0, 1), "0 of 1 parameter fits");
        assert_eq!(said(1, 2), "1 of 2 parameters fit");
        assert_eq!(said(2, 2), "all 2 parameters fit");
        for kind in FindingKind::ALL {
            let (one, two) = (kind.noun(1), kind.noun(2));
            // "missing" and "unexpected" have no plural
            let has_noun = !matches!(kind, FindingKind::Missing | FindingKind::Unexpected);
            assert_eq!(one != two, has_noun, "1 {one}, 2 {two}");
        }
    }
}
