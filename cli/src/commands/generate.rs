//! `weighbridge generate`

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Serialize;
use weighbridge_checkpoint::{Limits, json_object};
use weighbridge_lock::hub_path;
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
    if let Some((path, config)) = config(args)? {
        options = options.config(path.display().to_string(), &config);
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

/// The configuration that is asked for, or that lies beside the checkpoint.
fn config(args: &args::Generate) -> anyhow::Result<Option<(PathBuf, serde_json::Map<String, serde_json::Value>)>> {
    let limits = Limits::default();
    if let Some(path) = &args.config {
        return Ok(Some((path.clone(), json_object(path, &limits)?)));
    }
    // an address of the Hub stays one, as the generated code names it
    let is = |path: &Path, what: fn(&Path) -> bool| match hub_path(path) {
        Some(found) => found.is_ok_and(|found| what(&found)),
        None => what(path),
    };
    let folder = if is(&args.file, Path::is_dir) { Some(args.file.as_path()) } else { args.file.parent() };
    // what a lock verifies is of one size
    let is_wanted = !args.no_config && args.verify.is_none();
    let beside = folder.map(|folder| folder.join("config.json")).filter(|path| is_wanted && is(path, Path::is_file));
    let Some(path) = beside else { return Ok(None) };
    let why =
        || format!("{} cannot say what numbers are called; correct it, or write `--no-config`", files::name(&path));
    let config = json_object(&path, &limits).with_context(why)?;
    Ok(Some((path, config)))
}
