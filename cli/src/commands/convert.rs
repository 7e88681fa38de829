//! `weighbridge convert`

use weighbridge_checkpoint::{Checkpoint, DType, Renames};
use weighbridge_tools::convert::{ConvertError, Options, convert};

use super::outcome::Outcome;
use crate::args::{Convert, Float};
use crate::print::Printer;
use crate::progress::{Bar, Interrupted};

impl From<Float> for DType {
    fn from(float: Float) -> DType {
        match float {
            Float::F64 => DType::F64,
            Float::F32 => DType::F32,
            Float::F16 => DType::F16,
            Float::BF16 => DType::BF16,
        }
    }
}

pub(crate) fn run(args: &Convert, printer: &Printer) -> anyhow::Result<Outcome> {
    let checkpoint = Checkpoint::open(&args.input)?;
    let bar = Bar::new("converting");
    let result = convert(&checkpoint, &args.out, &options(args).progress(bar.callback()));
    drop(bar);
    let done = match result {
        Err(ConvertError::Cancelled) => return Err(Interrupted.into()),
        result => result?,
    };
    printer.print(&done, || done.to_string())?;
    Ok(Outcome::Done)
}

/// The options that the arguments ask for. Renamings apply in the order that the help states.
fn options(args: &Convert) -> Options {
    let mut renames = Renames::new();
    if let Some(prefix) = &args.strip_prefix {
        renames = renames.strip_prefix(prefix);
    }
    for (from, to) in &args.rename {
        renames = renames.rename(from, to);
    }
    if let Some(prefix) = &args.add_prefix {
        renames = renames.add_prefix(prefix);
    }
    let mut options = Options::new().renames(renames);
    if let Some(dtype) = args.cast {
        options = options.cast(dtype.into());
    }
    for dtype in &args.untyped {
        options = options.untyped(*dtype);
    }
    if let Some(byte_len) = args.max_shard_size {
        options = options.max_shard_size(byte_len);
    }
    options
}
