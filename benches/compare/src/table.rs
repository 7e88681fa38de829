//! A case as a Markdown table.

use std::fmt::Write;

use crate::case::Case;
use crate::rows::CHECK;
use crate::run::Cell;

const MIB: f64 = (1 << 20) as f64;

pub(crate) fn table(case: &Case, cells: &[Cell]) -> String {
    let mut text = format!("## {} (`{}`)\n\n", case.title, case.name);
    text.push_str(
        "| loader | median ms | min..max | ratio to | peak MiB | added / tensors | what is done to the bytes |\n",
    );
    text.push_str("|---|--:|--:|--:|--:|--:|---|\n");
    for cell in cells {
        let name = cell.row.name;
        let Some(([middle, least, most], [peak, added])) = cell.ms().zip(cell.peak()) else {
            let failed = cell.failed.as_deref().unwrap_or("not run");
            let _ = writeln!(text, "| {name} | {failed} | | | | | {} |", cell.row.does);
            continue;
        };
        let failed = cell.failed.as_ref().map(|failed| format!(" (then {failed})")).unwrap_or_default();
        let _ = writeln!(
            text,
            "| {name} | {}{failed} | {}..{} | {} | {:.0} | {:.3} | {} |",
            figure(middle),
            figure(least),
            figure(most),
            ratio(cell, cells, middle),
            peak / MIB,
            added / case.bytes() as f64,
            cell.row.does,
        );
    }
    text
}

/// The ratio to the row of ours that it is compared with.
fn ratio(cell: &Cell, cells: &[Cell], middle: f64) -> String {
    let ours = cells.iter().find(|ours| ours.row.name == cell.row.beside).and_then(Cell::ms);
    let beside = match cell.row.beside {
        CHECK => "check",
        name => name.trim_start_matches("Weighbridge "),
    };
    match ours {
        Some([ours, ..]) => format!("{:.2} {beside}", middle / ours),
        None => String::new(),
    }
}

/// Three significant digits.
pub(crate) fn figure(ms: f64) -> String {
    match ms {
        0.0..1.0 => format!("{ms:.3}"),
        1.0..10.0 => format!("{ms:.2}"),
        10.0..100.0 => format!("{ms:.1}"),
        _ => format!("{ms:.0}"),
    }
}
