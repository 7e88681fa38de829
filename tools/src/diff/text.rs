//! A comparison as text.

use std::collections::HashMap;
use std::fmt::{self, Write};

use weighbridge_checkpoint::DType;
use weighbridge_lock::{LONGEST_NAME, Pattern, counted, cut, line};

use super::differences::{DTypeDiff, Diff, Only, Renamed, ShapeDiff, ValuesDiff};
use crate::fold::{fold, rows};
use crate::shown::shown;

/// How many rows of one class are shown. The data has all of them.
const ROWS: usize = 60;
/// The column at which names start.
const INDENT: usize = 12;
/// Longer names do not widen the column.
const WIDEST: usize = 56;

/// The terminal codes of a class's word.
const BOLD: &str = "1";
const DIM: &str = "2";
const ALONE: &str = "1;33";
const OTHER: &str = "1;35";

/// One row: a pattern of names, and what to say of them. A line break in it begins a second line.
type Row = (Pattern, String);

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, f, false)
    }
}

impl Diff {
    /// The text with the escape codes of terminal colours.
    pub fn to_ansi(&self) -> String {
        let mut text = String::new();
        // writing to a String cannot fail
        let _ = write(self, &mut text, true);
        text
    }
}

fn write(diff: &Diff, out: &mut dyn Write, colour: bool) -> fmt::Result {
    let paint = |text: &str, codes: &str| if colour { format!("\x1b[{codes}m{text}\x1b[0m") } else { text.to_owned() };
    out.write_str(&paint(&summary(diff), BOLD))?;
    let classes: [(&str, &str, Vec<Row>); 6] = [
        ("only in A", ALONE, rows(diff.only_in_a.iter().map(only))),
        ("only in B", ALONE, rows(diff.only_in_b.iter().map(only))),
        ("renamed", ALONE, renamed(diff)),
        ("shape", OTHER, rows(diff.shape.iter().map(shape))),
        ("dtype", OTHER, rows(diff.dtype.iter().map(dtype))),
        ("values", OTHER, values(&diff.values)),
    ];
    if classes.iter().any(|(.., rows)| !rows.is_empty()) {
        out.write_char('\n')?;
    }
    for (class, codes, rows) in &classes {
        let shown = &rows[..rows.len().min(ROWS)];
        let name = |pattern: &Pattern| cut(&pattern.to_string(), LONGEST_NAME).into_owned();
        let names: Vec<String> = shown.iter().map(|(pattern, _)| name(pattern)).collect();
        let width = names.iter().map(|name| name.chars().count()).filter(|&width| width <= WIDEST).max().unwrap_or(0);
        for (name, (_, what)) in names.iter().zip(shown) {
            let pad = " ".repeat(INDENT.saturating_sub(class.len()));
            let (what, more) = what.split_once('\n').unwrap_or((what, ""));
            write!(out, "\n{}{pad}{name:width$}  {}", paint(class, codes), line(what))?;
            if !more.is_empty() {
                write!(out, "\n{:INDENT$}  {}", "", paint(&line(more), DIM))?;
            }
        }
        if let Some(rest) = rows.get(ROWS..).filter(|rest| !rest.is_empty()) {
            let left: usize = rest.iter().map(|(pattern, _)| pattern.count()).sum();
            write!(out, "\n{:INDENT$}… and {left} more", "")?;
        }
    }
    let mut hint = |text: String| write!(out, "\n{}{}{text}", paint("hint", DIM), " ".repeat(INDENT - "hint".len()));
    if let Some(Renamed { a, b }) = &diff.renaming {
        let change = match (shown(a), shown(b)) {
            (a, b) if b.is_empty() => format!("without the prefix `{a}`"),
            (a, b) if a.is_empty() => format!("with the prefix `{b}`"),
            (a, b) => format!("with the prefix `{b}` in place of `{a}`"),
        };
        hint(format!("{change}, the names only in A are the names only in B, and dtypes and shapes agree"))?;
    }
    if let Some(one) = diff.untyped.first() {
        let (untyped, dtype) = if one.a.is_untyped() { (one.a, one.b) } else { (one.b, one.a) };
        let count = match diff.untyped.len() {
            1 => "1 tensor is".to_owned(),
            count => format!("{count} tensors are"),
        };
        hint(format!("{count} untyped ({untyped}) in one of the two, and taken to be {dtype} as in the other"))?;
    }
    Ok(())
}

fn only(only: &Only) -> (&str, String) {
    (&only.name, format!("{} {:?}", only.dtype, only.shape))
}

fn shape(shape: &ShapeDiff) -> (&str, String) {
    let transposed = shape.a.len() == 2 && shape.a.iter().rev().eq(&shape.b);
    let hint = if transposed { ", as if transposed" } else { "" };
    (&shape.name, format!("{:?} in A, {:?} in B{hint}", shape.a, shape.b))
}

fn dtype(dtype: &DTypeDiff) -> (&str, String) {
    (&dtype.name, format!("{} in A, {} in B", dtype.a, dtype.b))
}

/// Renamed tensors. Names of A fold into a pattern if their names in B also fold, with the same indices.
fn renamed(diff: &Diff) -> Vec<Row> {
    let names: HashMap<&str, &str> = diff.renamed.iter().map(|pair| (pair.a.as_str(), pair.b.as_str())).collect();
    let say = |other: &Pattern| format!("is `{other}` in B, with the same values");
    let mut found = Vec::new();
    for (pattern, _) in rows(diff.renamed.iter().map(|pair| (pair.a.as_str(), without_indices(&pair.b)))) {
        let own: Vec<String> = pattern.names().collect();
        let others = fold(own.iter().filter_map(|name| names.get(name.as_str()).copied()));
        match others.as_slice() {
            [other] if in_step(&own, &names) => found.push((pattern, say(other))),
            _ => {
                for name in &own {
                    let pair = fold([name.as_str()]).into_iter().zip(fold(names.get(name.as_str()).copied()));
                    found.extend(pair.map(|(pattern, other)| (pattern, say(&other))));
                }
            }
        }
    }
    found
}

/// The indices of a name.
fn indices(name: &str) -> impl Iterator<Item = usize> + '_ {
    name.split('.').filter_map(weighbridge_lock::index)
}

/// Whether each name has the same indices as its name in B.
fn in_step(own: &[String], names: &HashMap<&str, &str>) -> bool {
    own.iter().all(|name| names.get(name.as_str()).is_some_and(|other| indices(name).eq(indices(other))))
}

fn without_indices(name: &str) -> Vec<&str> {
    name.split('.').map(|part| if weighbridge_lock::index(part).is_some() { "" } else { part }).collect()
}

/// Tensors whose values differ. The numbers differ from layer to layer, so a pattern shows the largest.
fn values(values: &[ValuesDiff]) -> Vec<Row> {
    let by_name: HashMap<&str, &ValuesDiff> = values.iter().map(|one| (one.name.as_str(), one)).collect();
    let folded = rows(values.iter().map(|one| (one.name.as_str(), (one.dtype, &one.shape))));
    let row = |(pattern, (dtype, shape)): (Pattern, (DType, &Vec<usize>))| {
        let names: Vec<String> = pattern.names().collect();
        let all: Vec<&ValuesDiff> = names.iter().filter_map(|name| by_name.get(name.as_str()).copied()).collect();
        let text = format!("{dtype} {shape:?}: {}", distance(&all));
        (pattern, text)
    };
    folded.into_iter().map(row).collect()
}

/// How far apart tensors are.
fn distance(all: &[&ValuesDiff]) -> String {
    let sum = |count: fn(&ValuesDiff) -> usize| all.iter().map(|one| count(one)).sum::<usize>();
    let (differing, elements) = (sum(|one| one.differing_count), sum(|one| one.element_count));
    let place = |one: &ValuesDiff, at: &[usize]| match all.len() {
        1 => format!("at {at:?}"),
        _ => format!("at {at:?} of {}", fold([one.name.as_str()]).first().map(Pattern::to_string).unwrap_or_default()),
    };
    let mut more = String::new();
    let mut text = format!("{differing} of {elements} {}", if elements == 1 { "differs" } else { "differ" });
    let apart = all.iter().filter_map(|one| Some((one, one.largest.as_ref()?)));
    match apart.max_by(|(_, a), (_, b)| a.absolute.total_cmp(&b.absolute)) {
        Some((one, largest)) => {
            let relative = all.iter().filter_map(|one| one.relative).fold(0.0, f64::max);
            // writing to a String cannot fail
            let _ = write!(text, ", by at most {} (relative {})", number(largest.absolute, 3), number(relative, 3));
            let [x, y] = [largest.a, largest.b].map(|x| number(x, 9));
            more = format!("\nfurthest apart {}: {x} in A, {y} in B", place(one, &largest.at));
        }
        None => {
            if let Some(one) = all.first() {
                let _ = write!(text, ", first {}", place(one, &one.first));
            }
        }
    }
    for (count, what) in [(sum(|one| one.nan_count), "NaN"), (sum(|one| one.infinite_count), "infinite")] {
        if count > 0 {
            let _ = write!(text, "; {count} {what} in only one of the two");
        }
    }
    text + &more
}

/// A number with this many significant digits at most. Very large and very small ones have an exponent.
fn number(x: f64, digits: usize) -> String {
    let short: f64 = format!("{x:.*e}", digits.saturating_sub(1)).parse().unwrap_or(x);
    match short.abs() {
        size if size == 0.0 || (1e-4..1e7).contains(&size) => format!("{short}"),
        _ => format!("{short:e}"),
    }
}

/// `a (A) and b (B) differ: 1 only in A, 3 of another shape (26 of 30 tensors are the same)`.
fn summary(diff: &Diff) -> String {
    let (a, b) = (shown(&diff.a), shown(&diff.b));
    let tensors = |count: usize| counted(count, "tensor");
    if diff.same {
        let values = if diff.values_compared { ", shapes and values" } else { " and shapes; values were not compared" };
        return format!("{a} and {b} are the same: {} of the same names, dtypes{values}", tensors(diff.tensor_count));
    }
    let counts = [
        (diff.only_in_a.len(), "only in A"),
        (diff.only_in_b.len(), "only in B"),
        (diff.renamed.len(), "renamed"),
        (diff.shape.len(), "of another shape"),
        (diff.dtype.len(), "of another dtype"),
        (diff.values.len(), "of other values"),
    ];
    let counts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let values = if diff.values_compared { "" } else { "; values were not compared" };
    let equal = format!("{} of {} the same{values}", diff.equal_count, tensors(diff.tensor_count));
    format!("{a} (A) and {b} (B) differ: {} ({equal})", counts.join(", "))
}
