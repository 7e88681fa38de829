//! An inspection as text: the totals, then the tree.

use std::fmt::{self, Write};

use anstyle::{AnsiColor, Style};
use weighbridge_lock::Component;

use super::inspection::{Inspection, TensorType, TreeNode};
use super::units::{bytes, exact, parameters, percent, plural};
use crate::shown::{shortened, shown};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const DTYPE: Style = AnsiColor::Cyan.on_default();
const PLAIN: Style = Style::new();
const TENSOR: [Style; COLUMNS] = [PLAIN, DTYPE, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN];
const MODULE: [Style; COLUMNS] = [BOLD, DTYPE, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN];
const WARNING: Style = AnsiColor::Red.on_default().bold();

/// The column at which the values of the totals start.
const INDENT: usize = 12;
/// Longer names and shapes do not widen their column.
const WIDEST: usize = 56;
/// Longer metadata is cut.
const LONGEST_VALUE: usize = 80;
/// How many lines of metadata, or of duplicates, stand above the tree. The data has all of them.
const MOST: usize = 16;

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, f, false)
    }
}

impl Inspection {
    /// The text of [`Display`](fmt::Display) with the escape codes of terminal colours.
    pub fn to_ansi(&self) -> String {
        let mut text = String::new();
        // writing to a String cannot fail
        let _ = write(self, &mut text, true);
        text
    }

    /// One line for each tensor: its name as a lock writes it, its dtype, shape and size, and where it begins.
    pub fn flat(&self) -> String {
        let several = self.files.len() > 1;
        let rows = self.tensors.iter().map(|tensor| {
            let (bytes, offset) = (tensor.byte_len.to_string(), tensor.offset.to_string());
            [
                written(&tensor.name),
                tensor.tensor_type.dtype.name().to_owned(),
                shape(&tensor.tensor_type),
                bytes,
                offset,
            ]
        });
        let rows: Vec<[String; 5]> = rows.collect();
        let widths = widths(&rows);
        let mut text = String::new();
        for ([name, dtype, shape, bytes, offset], tensor) in rows.iter().zip(&self.tensors) {
            for (column, cell) in [name, dtype, shape].into_iter().enumerate() {
                text.push_str(cell);
                text.push_str(&" ".repeat(widths[column].saturating_sub(cell.chars().count()) + 2));
            }
            let file = if several { format!(" in {}", shown(&tensor.file)) } else { String::new() };
            let place = if self.is_lock { String::new() } else { format!(" at {offset:>0$}{file}", widths[4]) };
            // writing to a String cannot fail
            let _ = writeln!(text, "{bytes:>0$} bytes{place}", widths[3]);
        }
        text
    }
}

fn write(inspection: &Inspection, out: &mut dyn Write, colour: bool) -> fmt::Result {
    let paint = |text: &str, style: Style| {
        if colour && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    };
    let total = inspection.total;
    writeln!(out, "{}", paint(&shown(&inspection.checkpoint), BOLD))?;
    let mut about = |label: &str, what: &str| {
        let rest = " ".repeat(INDENT.saturating_sub(label.chars().count()));
        writeln!(out, "{}{rest}{what}", paint(label, DIM))
    };
    about("parameters", &counted(total.element_count, parameters(total.element_count), exact(total.element_count)))?;
    about("size", &counted(total.byte_len, bytes(total.byte_len), plural(total.byte_len, "byte")))?;
    let tensors = match inspection.files.as_slice() {
        [first, .., last] => {
            let files = exact(inspection.files.len() as u64);
            format!("{} in {files} files, {} … {}", exact(total.tensor_count), shown(&first.name), shown(&last.name))
        }
        _ => exact(total.tensor_count),
    };
    about("tensors", &tensors)?;
    let dtypes = inspection.dtypes.iter().map(|one| match inspection.dtypes.len() {
        1 => one.dtype.name().to_owned(),
        _ => format!("{} {} ({})", one.dtype, percent(one.share), plural(one.total.tensor_count, "tensor")),
    });
    let dtypes: Vec<String> = dtypes.collect();
    if !dtypes.is_empty() {
        about("dtypes", &dtypes.join(", "))?;
    }
    if inspection.dtypes.iter().any(|one| one.dtype.is_untyped()) {
        about(
            "",
            "V1 and V2 are untyped: numpy has no names for 8-bit floats and bfloat16, so these are likely meant",
        )?;
    }
    for (at, (key, value)) in inspection.metadata.iter().take(MOST).enumerate() {
        let label = if at == 0 { "metadata" } else { "" };
        about(label, &format!("{} = {}", shortened(key, LONGEST_VALUE), shortened(value, LONGEST_VALUE)))?;
    }
    if inspection.metadata.len() > MOST {
        about("", &format!("… and {} more", inspection.metadata.len() - MOST))?;
    }
    for one in inspection.duplicates.iter().take(MOST) {
        let text =
            format!("{} is there {} times; a load refuses this file", written(&one.name), exact(one.tensor_count));
        writeln!(out, "{}   {text}", paint("duplicate", WARNING))?;
    }
    if inspection.duplicates.len() > MOST {
        writeln!(out, "{:INDENT$}… and {} more", "", inspection.duplicates.len() - MOST)?;
    }
    if !inspection.tree.is_empty() {
        writeln!(out)?;
        write_tree(&inspection.tree, out, &paint)?;
    }
    Ok(())
}

/// `6.74 B (6,738,415,616)`. Below a thousand, the exact count alone.
fn counted(count: u64, short: String, exact: String) -> String {
    if count < 1000 { exact } else { format!("{short} ({exact})") }
}

/// A row of the table: the branch before a name, and the columns.
struct TableRow {
    branch: String,
    columns: [String; COLUMNS],
    styles: [Style; COLUMNS],
}

const COLUMNS: usize = 7;

fn write_tree(tree: &[TreeNode], out: &mut dyn Write, paint: &dyn Fn(&str, Style) -> String) -> fmt::Result {
    let heads = ["", "dtype", "shape", "copies", "parameters", "size", "share"].map(str::to_owned);
    let mut rows = vec![TableRow { branch: String::new(), styles: [DIM; COLUMNS], columns: heads }];
    add_rows(tree, "", true, &mut rows);
    let branched = |row: &TableRow| {
        let mut columns = row.columns.clone();
        columns[0].insert_str(0, &row.branch);
        columns
    };
    let widths = widths(&rows.iter().map(branched).collect::<Vec<_>>());
    for row in &rows {
        let mut line = paint(&row.branch, DIM);
        let mut taken = row.branch.chars().count();
        for (column, (cell, width)) in row.columns.iter().zip(widths).enumerate() {
            let space = " ".repeat(width.saturating_sub(taken + cell.chars().count()));
            let cell = paint(cell, row.styles[column]);
            line.push_str(if column > 0 { "  " } else { "" });
            // names to the left, numbers to the right
            line.push_str(&if column < 3 { cell + &space } else { space + &cell });
            taken = 0;
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn add_rows(nodes: &[TreeNode], before: &str, outermost: bool, rows: &mut Vec<TableRow>) {
    for (at, node) in nodes.iter().enumerate() {
        let last = at + 1 == nodes.len();
        let (branch, below) = match (outermost, last) {
            (true, _) => ("", ""),
            (false, false) => ("├─ ", "│  "),
            (false, true) => ("└─ ", "   "),
        };
        let (dtype, shape) = match &node.tensor {
            Some(tensor) => (tensor.dtype.name().to_owned(), shape(tensor)),
            None => (String::new(), String::new()),
        };
        rows.push(TableRow {
            branch: format!("{before}{branch}"),
            styles: if node.children.is_empty() { TENSOR } else { MODULE },
            columns: [
                node.name.clone(),
                dtype,
                shape,
                if node.copy_count > 1 { format!("{} ×", exact(node.copy_count)) } else { String::new() },
                parameters(node.total.element_count),
                bytes(node.total.byte_len),
                percent(node.share),
            ],
        });
        add_rows(&node.children, &format!("{before}{below}"), false, rows);
    }
}

/// The width of each column, without cells that are too wide.
fn widths<const N: usize>(rows: &[[String; N]]) -> [usize; N] {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            let visible = cell.chars().count();
            if visible <= WIDEST {
                *width = visible.max(*width);
            }
        }
    }
    widths
}

fn shape(tensor: &TensorType) -> String {
    let dims: Vec<String> = tensor.shape.iter().map(usize::to_string).collect();
    format!("[{}]", dims.join(", "))
}

/// The name of a tensor as a lock writes it: ambiguous and control characters are quoted.
fn written(name: &str) -> String {
    let parts: Vec<String> = name.split('.').map(|part| Component::Name(part.to_owned()).to_string()).collect();
    parts.join(".")
}
