//! The text of a report.

use std::fmt;

use super::finding::{Finding, FindingKind};
use super::fold::{Row, fold};
use super::note::{DTypeCount, UnsaidNote};
use super::outcome::Report;
use super::page::{Line, Page, Room, Style};
use weighbridge_lock::counted;

use crate::path::shown;

/// The most rows of one kind that the text shows. The data has all findings.
pub(crate) const MOST_ROWS: usize = 60;
/// The most hints of one row, and at the head of the report.
const MOST_HINTS: usize = 16;
/// The most dtypes in the first line.
const MOST_DTYPES: usize = 4;
/// Paths longer than this do not widen the column.
pub(crate) const WIDEST: usize = 56;

const BOLD: Style = Style("1");
const DIM: Style = Style("2");

impl FindingKind {
    fn style(self) -> Style {
        Style(match self {
            FindingKind::Config
            | FindingKind::Missing
            | FindingKind::Duplicate
            | FindingKind::Name
            | FindingKind::Variant => "1;31",
            FindingKind::Unexpected => "1;33",
            FindingKind::Shape | FindingKind::DType | FindingKind::Dim | FindingKind::Tied => "1;35",
        })
    }
}

impl fmt::Display for Report {
    /// At most 500 lines and 64 KiB, whatever the checkpoint is. The text says how much it leaves out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, &mut Page::new(f, false))
    }
}

impl Report {
    /// The text with the escape codes of terminal colours.
    pub fn to_ansi(&self) -> String {
        let mut text = String::new();
        // writing to a String cannot fail
        let _ = write(self, &mut Page::new(&mut text, true));
        text
    }
}

fn write(report: &Report, page: &mut Page<'_>) -> fmt::Result {
    page.write(&Line::whole(BOLD, &summary(report)))?;
    // first what explains most findings
    let hints = report.hints.iter().map(|hint| Line::new("hint", Some(DIM), hint));
    page.write_some(hints, MOST_HINTS, page.share(2))?;
    if !report.ok {
        page.write(&Line::whole(BOLD, ""))?;
    }
    let kinds: Vec<_> = report.by_kind().filter(|(_, findings)| !findings.is_empty()).collect();
    for (number, (kind, findings)) in kinds.iter().enumerate() {
        // one part is for the options below
        write_kind(page, *kind, findings, &report.hints, page.share(kinds.len() - number + 1))?;
    }
    page.write_some(stale(report).into_iter(), MOST_ROWS, page.share(1))?;
    if page.is_cut {
        page.write(&Line::new("", None, ALL))?;
    }
    Ok(())
}

/// Where everything is that a text leaves out.
const ALL: &str = "what is left out here is in `Report::findings`, and in the JSON of `weighbridge check --json`";

/// A line for each option that applied to nothing, and for each name that the configuration lacks.
fn stale(report: &Report) -> Vec<Line> {
    let ignores = report.stale_ignores.iter().map(|pattern| ("ignore", format!("`{}`", shown(pattern))));
    let renames = report.stale_renames.iter().map(|rename| ("rename", rename.to_string()));
    let names = ignores.chain(renames).map(|(option, what)| {
        Line::new(option, None, &format!("{what} fits no name in the checkpoint; remove it if it is out of date"))
    });
    let keeps = report.stale_keeps.iter().map(|pattern| {
        Line::new("keep", None, &format!("`{}` fits no parameter; remove it if it is out of date", shown(pattern)))
    });
    let devices = report.stale_devices.iter().map(|device| {
        let text = format!("no parameter was made on the `{}`; remove it if it is out of date", shown(device));
        Line::new("device", None, &text)
    });
    let dtype = report.stale_dtype.map(|dtype| {
        let text =
            format!("no parameter has floats and a type that holds several, so nothing is {dtype} by it; remove it");
        Line::new("dtype", None, &text)
    });
    let unsaid = report.unsaid.iter().map(|note| Line::new("config", None, &unsaid_line(note)));
    names.chain(keeps).chain(devices).chain(dtype).chain(unsaid).collect()
}

fn unsaid_line(UnsaidNote { name, is_null, near }: &UnsaidNote) -> String {
    let what = if *is_null { "is null in the configuration" } else { "is not in the configuration" };
    let remedy = did_you_mean(near);
    let remedy = remedy.unwrap_or_else(|| "give it there, or correct the name if it is misspelt".to_owned());
    format!("`{}` {what}, so the checkpoint decides it; {remedy}", shown(name))
}

/// The question whether one of these names is meant.
pub(crate) fn did_you_mean(near: &[String]) -> Option<String> {
    let names: Vec<String> = near.iter().map(|name| format!("`{}`", shown(name))).collect();
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(" or ")))
}

fn write_kind(
    page: &mut Page<'_>,
    kind: FindingKind,
    findings: &[Finding],
    at_head: &[String],
    mut room: Room,
) -> fmt::Result {
    let rows = fold(findings);
    let rows = &rows[..rows.len().min(MOST_ROWS)];
    let width = rows.iter().map(|row| row.path().chars().count()).filter(|&w| w <= WIDEST).max().unwrap_or(0);
    let more = |shown: usize| Line::new("", None, &format!("… and {} more", findings.len() - shown));
    let (mut shown_count, mut hints): (usize, Vec<String>) = (0, Vec::new());
    for row in rows {
        let line = row_line(kind, row, width);
        let own: Vec<String> = row.hints().filter(|hint| !at_head.contains(hint)).collect();
        // once for a run of rows with the same hints, below the last of them
        if own != hints {
            room = write_hints(page, &std::mem::take(&mut hints), room)?;
        }
        let Some(left) = room.below(&line).filter(|left| left.below(&more(0)).is_some()) else { break };
        room = left;
        page.write(&line)?;
        (shown_count, hints) = (shown_count + row.len(), own);
    }
    write_hints(page, &hints, room)?;
    if shown_count < findings.len() {
        page.is_cut = true;
        page.write(&more(shown_count))?;
    }
    Ok(())
}

fn write_hints(page: &mut Page<'_>, hints: &[String], room: Room) -> Result<Room, fmt::Error> {
    page.write_some(hints.iter().map(|hint| Line::below(DIM, hint)), MOST_HINTS, room)
}

fn row_line(kind: FindingKind, row: &Row, width: usize) -> Line {
    let mut what = match (&row.expected, &row.found) {
        (Some(expected), Some(found)) => format!("expected {expected}, found {found}"),
        (Some(one), None) | (None, Some(one)) => one.to_string(),
        (None, None) => String::new(),
    };
    if let Some(file) = &row.file {
        what.push_str(&format!(" in {}", shown(file)));
    }
    let path = row.path();
    let space = width.saturating_sub(path.chars().count());
    let text = if what.is_empty() { path } else { format!("{path}{:space$}  {what}", "") };
    Line::new(kind.label(), Some(kind.style()), &text)
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
        let shown = report.dtypes.len().min(MOST_DTYPES);
        for DTypeCount { dtype, parameter_count } in &report.dtypes[..shown] {
            text.push_str(&format!(", {parameter_count} of {dtype}"));
        }
        if let more @ 1.. = report.dtypes.len() - shown {
            text.push_str(&format!(", others of {}", counted(more, "more dtype")));
        }
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
