//! `weighbridge generate`

use anyhow::bail;
use serde::Serialize;
use weighbridge_tools::generate::{Library, Options, generate};

use super::outcome::Outcome;
use crate::args;
use crate::files;
use crate::open::open;
use crate::print::Printer;

/// What `--json` prints.
#[derive(Serialize)]
struct Generated<'a> {
    checkpoint: &'a str,
    name: &'a str,
    out: Option<String>,
    code: String,
}

pub(crate) fn run(args: &args::Generate, printer: &Printer) -> anyhow::Result<Outcome> {
    let checkpoint = open(&args.names, &args.file, printer)?;
    let mut options = Options::new().name(&args.name).selected_by(args.names.selection());
    if let Some(path) = &args.verify {
        options = options.verify(path);
    }
    if let Some(library) = args.library {
        options = options.library(match library {
            args::Library::Candle => Library::Candle,
            args::Library::Burn => Library::Burn,
            args::Library::Ndarray => Library::Ndarray,
        });
    }
    let code = generate(&checkpoint, &options)?;
    if let Some(out) = &args.out {
        // you may have edited it
        if !args.force && out.is_file() {
            bail!("{} exists; give another name, or replace it with `--force`", files::name(out));
        }
        files::spare_checkpoints(out)?;
        files::replace(out, &code)?;
        printer.note(&format!("wrote {}", files::name(out)));
        if !args.form.json {
            return Ok(Outcome::Done);
        }
    }
    let out = args.out.as_ref().map(|out| out.display().to_string());
    let generated = Generated { checkpoint: checkpoint.label(), name: &args.name, out, code };
    printer.print(&generated, || generated.code.clone())?;
    Ok(Outcome::Done)
}
