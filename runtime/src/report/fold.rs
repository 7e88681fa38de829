//! Shows repeated layers in one line, if nothing but a number in their names differs. A gap in the numbers is shown.

use std::collections::HashMap;
use std::fmt::Write;

use super::finding::{Finding, FindingSide};
use weighbridge_lock::{LONGEST_NAME, cut, nth_number};

use crate::path::{index, shown};

/// One or more findings that differ in nothing but numbers.
pub(super) struct Row {
    components: Vec<FoldedComponent>,
    pub(super) expected: Option<FindingSide>,
    pub(super) found: Option<FindingSide>,
    /// The file, if all of the findings are in the same one.
    pub(super) file: Option<String>,
    hints: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum FoldedComponent {
    /// A name, or an index.
    One(String),
    /// Ascending indices, and what stands around each of them.
    Several { before: String, indices: Vec<usize>, behind: String },
}

/// Stands in a hint for the index at a position of the path. No hint contains it, because control characters are escaped.
fn placeholder(position: usize) -> String {
    format!("\u{1}{position}\u{2}")
}

/// The most findings that are folded: a hostile file can cause any number of them.
const MOST: usize = 200_000;
/// Numbers in components deeper than this are not folded.
const DEEPEST: usize = 24;
/// Of the numbers in one component, so many are looked at, from the first on.
pub(crate) const NUMBERS: usize = 2;

/// The rows of the first [`MOST`] findings.
pub(super) fn fold(findings: &[Finding]) -> Vec<Row> {
    let mut rows: Vec<Row> = findings.iter().take(MOST).map(Row::one).collect();
    let deepest = rows.iter().map(|row| row.components.len()).max().unwrap_or(0).min(DEEPEST);
    for position in (0..deepest).rev() {
        for number in 0..NUMBERS {
            rows = fold_at(position, number, rows);
        }
    }
    rows
}

/// What two rows must have in common to fold: the rest of the path, the hints, what is expected and found.
type Key = (Vec<FoldedComponent>, Vec<String>, [Option<FindingSide>; 2]);

/// Merges the rows that differ in nothing but this number of the component at this position. The first of them keeps its place.
fn fold_at(position: usize, number: usize, rows: Vec<Row>) -> Vec<Row> {
    let mut folded: Vec<Row> = Vec::with_capacity(rows.len());
    let mut groups: HashMap<Key, usize> = HashMap::new();
    for row in rows {
        let Some((before, index, behind)) = row.components.get(position).and_then(|own| own.numbered(number)) else {
            folded.push(row);
            continue;
        };
        let mut others = row.components.clone();
        let open = FoldedComponent::Several { before, indices: Vec::new(), behind };
        let own = std::mem::replace(&mut others[position], open);
        let templates: Vec<String> = row.hints.iter().map(|hint| row.template(hint, position, &own.text())).collect();
        let key = (others, templates, [row.expected.clone(), row.found.clone()]);
        match groups.get(&key) {
            Some(&first) => {
                let first: &mut Row = &mut folded[first];
                if first.file != row.file {
                    first.file = None;
                }
                first.components[position].add(number, index);
                first.hints = key.1;
            }
            None => {
                groups.insert(key, folded.len());
                folded.push(row);
            }
        }
    }
    folded
}

impl Row {
    fn one(finding: &Finding) -> Row {
        Row {
            // what is deeper does not fold, so it is one text: a hostile name has thousands of components
            components: finding
                .path
                .splitn(DEEPEST + 1, '.')
                .map(|component| FoldedComponent::One(component.to_owned()))
                .collect(),
            expected: finding.expected.clone(),
            found: finding.found.clone(),
            file: finding.file.clone(),
            hints: finding.hints.clone(),
        }
    }

    /// A hint in which this row's component is replaced by a placeholder, wherever it follows the component before it. A string
    /// literal stays as it is: a call with a range in a name cannot be followed.
    fn template(&self, hint: &str, position: usize, component: &str) -> String {
        let list = match position.checked_sub(1).map(|before| &self.components[before]) {
            Some(FoldedComponent::One(name)) => format!("{}.", shown(name)),
            Some(FoldedComponent::Several { .. }) | None => "`".to_owned(),
        };
        let needle = format!("{list}{component}");
        let (mut out, mut rest) = (String::with_capacity(hint.len()), hint);
        while let Some(at) = rest.find(&needle) {
            let after = &rest[at + needle.len()..];
            out.push_str(&rest[..at]);
            let is_literal = hint[..hint.len() - rest.len() + at].matches('"').count() % 2 == 1;
            if after.starts_with(['.', '`']) && !is_literal {
                out.push_str(&list);
                out.push_str(&placeholder(position));
            } else {
                out.push_str(&needle);
            }
            rest = after;
        }
        out + rest
    }

    /// The path as the report shows it.
    pub(super) fn path(&self) -> String {
        let path = self.components.iter().map(FoldedComponent::text).collect::<Vec<_>>().join(".");
        cut(&path, LONGEST_NAME).into_owned()
    }

    /// How many findings the row stands for.
    pub(super) fn len(&self) -> usize {
        self.components
            .iter()
            .map(|component| if let FoldedComponent::Several { indices, .. } = component { indices.len() } else { 1 })
            .product()
    }

    pub(super) fn hints(&self) -> impl Iterator<Item = String> + '_ {
        self.hints.iter().map(|hint| {
            let mut hint = hint.clone();
            for (position, component) in self.components.iter().enumerate() {
                hint = hint.replace(&placeholder(position), &component.text());
            }
            hint
        })
    }
}

impl FoldedComponent {
    /// A number of the component, with what stands before it and behind it.
    fn numbered(&self, number: usize) -> Option<(String, usize, String)> {
        let FoldedComponent::One(name) = self else { return None };
        let (from, to) = nth_number(name, number)?;
        Some((name[..from].to_owned(), index(&name[from..to])?, name[to..].to_owned()))
    }

    /// Adds another index in place of the number.
    fn add(&mut self, number: usize, index: usize) {
        if let Some((before, first, behind)) = self.numbered(number) {
            *self = FoldedComponent::Several { before, indices: vec![first], behind };
        }
        if let FoldedComponent::Several { indices, .. } = self {
            indices.push(index);
        }
    }

    fn text(&self) -> String {
        match self {
            FoldedComponent::One(name) => shown(name).into_owned(),
            FoldedComponent::Several { before, indices, behind } => {
                format!("{}{}{}", shown(before), ranges(indices), shown(behind))
            }
        }
    }
}

/// The most runs of indices that a text has: a hostile list may have any number of gaps.
const MOST_RUNS: usize = 16;

/// `{0..=2}`, or `{0..=2, 5}` where there is a gap. If there are many gaps, the first runs and the number of the other indices.
pub(crate) fn ranges(ascending: &[usize]) -> String {
    let mut text = String::from("{");
    let (mut rest, mut runs) = (ascending, 0);
    while let [first, ..] = rest {
        runs += 1;
        if runs > MOST_RUNS {
            // writing to a String cannot fail
            let _ = write!(text, ", … and {} more", rest.len());
            break;
        }
        let run = (0..).zip(rest).take_while(|(i, index)| first.checked_add(*i) == Some(**index)).count();
        let comma = if text.len() > 1 { ", " } else { "" };
        let last = rest[run - 1];
        // writing to a String cannot fail
        let _ = if run == 1 { write!(text, "{comma}{first}") } else { write!(text, "{comma}{first}..={last}") };
        rest = &rest[run..];
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(paths: &[(&str, &str, &str)]) -> Vec<String> {
        let findings: Vec<Finding> = paths
            .iter()
            .map(|(path, found, hint)| Finding {
                path: (*path).into(),
                found: Some(FindingSide::words(*found)),
                hints: vec![(*hint).into()],
                ..Finding::default()
            })
            .collect();
        fold(&findings).iter().map(|row| format!("{} {}", row.path(), row.hints().collect::<String>())).collect()
    }

    #[test]
    fn a_gap_is_shown() {
        assert_eq!(ranges(&[0, 1, 2, 5, 7, 8]), "{0..=2, 5, 7..=8}");
        let many: Vec<usize> = (0..100_000).map(|i| 2 * i).collect();
        let first = "{0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, … and 99984 more}";
        assert_eq!(ranges(&many), first);
    }

    #[test]
    fn only_the_same_folds() {
        let folded = rows(&[
            ("layers.0.w", "[2]", "did you mean `layers.0.v`?"),
            ("layers.1.w", "[3]", "did you mean `layers.1.v`?"),
            ("layers.2.w", "[2]", "did you mean `layers.2.v`?"),
            ("layers.3.w", "[2]", "did you mean `layers.9.v`?"),
        ]);
        assert_eq!(
            folded,
            [
                "layers.{0, 2}.w did you mean `layers.{0, 2}.v`?",
                "layers.1.w did you mean `layers.1.v`?",
                "layers.3.w did you mean `layers.9.v`?"
            ]
        );
    }

    #[test]
    fn lists_in_lists_fold_twice_and_only_if_complete() {
        let mut paths = Vec::new();
        for layer in 0..3 {
            for expert in 0..4 {
                if (layer, expert) != (1, 3) {
                    paths.push(format!("layers.{layer}.experts.{expert}.w"));
                }
            }
        }
        let paths: Vec<_> = paths.iter().map(|path| (path.as_str(), "[2]", "")).collect();
        assert_eq!(rows(&paths), ["layers.{0, 2}.experts.{0..=3}.w ", "layers.1.experts.{0..=2}.w "]);
    }
}
