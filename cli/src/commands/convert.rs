//! `weighbridge convert`

use weighbridge_tools::convert::{ConvertError, Options, convert};

use super::outcome::Outcome;
use crate::args::Convert;
use crate::files::check_place;
use crate::open::{note_stale, whole};
use crate::print::Printer;
use crate::progress::{Bar, Interrupted};

pub(crate) fn run(args: &Convert, printer: &Printer) -> anyhow::Result<Outcome> {
    let checkpoint = whole(args.names.selection(), &args.input)?;
    check_place(&args.out)?;
    let bar = Bar::new("converting");
    let result = convert(&checkpoint, &args.out, &options(args).progress(bar.callback()));
    drop(bar);
    let done = match result {
        Err(ConvertError::Cancelled) => return Err(Interrupted.into()),
        result => result?,
    };
    printer.print(&done, || done.to_string())?;
    note_stale(&done.stale_ignores, printer);
    Ok(Outcome::Done)
}

/// The options that the arguments ask for.
fn options(args: &Convert) -> Options {
    let selection = args.names.selection().only(&args.only).drop(&args.drop);
    let mut options = Options::new().select(selection).cast_except(&args.cast_except);
    for (key, value) in &args.metadata {
        options = options.metadata(key, value);
    }
    if let Some(dtype) = args.cast {
        options = options.cast(dtype);
    }
    for dtype in &args.untyped {
        options = options.untyped(*dtype);
    }
    if let Some(byte_len) = args.max_shard_size {
        options = options.max_shard_size(byte_len);
    }
    options
}
