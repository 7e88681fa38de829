//! `weighbridge inspect`

use weighbridge_checkpoint::NamesRoom;
use weighbridge_tools::inspect::inspect;

use super::outcome::Outcome;
use crate::args::Inspect;
use crate::files;
use crate::open::open;
use crate::print::Printer;

/// What the text takes, or the page, or the JSON.
const TEXT: NamesRoom = NamesRoom { tensor: 1024, component: 8, copies: 8 };

pub(crate) fn run(args: &Inspect, printer: &Printer) -> anyhow::Result<Outcome> {
    let checkpoint = open(&args.names, &args.file, printer)?;
    let inspection = inspect(&checkpoint)?;
    checkpoint.room_for("the text", TEXT)?;
    if let Some(page) = &args.html {
        files::spare_checkpoints(page)?;
        files::replace(page, &inspection.html())?;
        printer.note(&format!("wrote {}", files::name(page)));
        if !args.form.json {
            return Ok(Outcome::Done);
        }
    }
    printer.print(&inspection, || if args.flat { inspection.flat() } else { inspection.to_ansi() })?;
    Ok(Outcome::Done)
}
