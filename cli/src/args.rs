//! The arguments, and the help.

use std::path::PathBuf;

use anstream::ColorChoice;
use clap::builder::styling::{AnsiColor, Styles};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use weighbridge::DType;

use crate::size;

/// Weighs model weights: what they are, whether they are what they should be, and what loads them
#[derive(Parser)]
#[command(name = "weighbridge", version, max_term_width = 100, styles = STYLES, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Colours: auto (on a terminal, unless NO_COLOR is set), always, never
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", display_order = 900)]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
FILE is a .safetensors or .npz file, a *.safetensors.index.json, a directory that holds one of these, or, where no \
bytes are needed, a lock. Headers are all that is read, but for `diff --values` and `convert`.

Exit codes:
  0  done; `check`: it matches; `diff`: the two are the same
  1  `check`: it does not match; `diff`: the two differ
  2  it could not be done, and standard error says why

Examples:
  weighbridge inspect model.safetensors
  weighbridge lock model.safetensors > model.lock
  weighbridge check model.safetensors --lock model.lock
  weighbridge generate model.safetensors --name Llama --verify model.lock --out llama.rs";

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> ColorChoice {
        match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Inspect(Inspect),
    Lock(Lock),
    Check(Check),
    Diff(Diff),
    Generate(Generate),
    Convert(Convert),
    Completions(Completions),
}

/// Shows what a checkpoint holds: a tree with repeated layers folded, sizes, dtypes
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weighbridge inspect model.safetensors
  weighbridge inspect . --flat | grep embed
  weighbridge inspect model.safetensors --json
  weighbridge inspect model.safetensors --html model.html")]
pub(crate) struct Inspect {
    /// The checkpoint, or a lock
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) file: PathBuf,
    /// One line for each tensor
    #[arg(long, conflicts_with = "json")]
    pub(crate) flat: bool,
    /// Write a page for a browser: a tree, a map of the sizes, a search; it needs no network
    #[arg(long, value_name = "PAGE", value_hint = ValueHint::FilePath, conflicts_with = "flat")]
    pub(crate) html: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Writes down what a checkpoint holds, without the weights, as a text to commit
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weighbridge lock model.safetensors > model.lock
  weighbridge lock model.safetensors --update model.lock")]
pub(crate) struct Lock {
    /// The checkpoint, or a lock to write anew
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) file: PathBuf,
    /// Rewrite this lock and keep its comments, and print what changed; otherwise the lock is printed
    #[arg(long, value_name = "LOCK", value_hint = ValueHint::FilePath)]
    pub(crate) update: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Checks that a checkpoint holds exactly what a lock says
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 it matches, 1 it does not, 2 it could not be told.

Examples:
  weighbridge check model.safetensors --lock model.lock
  weighbridge check model.safetensors --lock model.lock --json")]
pub(crate) struct Check {
    /// The checkpoint, or a lock
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) file: PathBuf,
    /// The lock; a checkpoint may stand in its place
    #[arg(long, value_name = "LOCK", value_hint = ValueHint::AnyPath)]
    pub(crate) lock: PathBuf,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Compares two checkpoints, or locks: names, dtypes, shapes, and values if asked
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 they are the same, 1 they differ, 2 it could not be told.

Examples:
  weighbridge diff model.safetensors model.npz
  weighbridge diff model.safetensors model.npz --values
  weighbridge diff model.lock model.safetensors --json")]
pub(crate) struct Diff {
    /// One checkpoint, or a lock
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) a: PathBuf,
    /// The other
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) b: PathBuf,
    /// Compare the tensors' values too, which reads all of both
    #[arg(long)]
    pub(crate) values: bool,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Writes Rust structs with #[derive(Module)] that load this very checkpoint, strictly
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weighbridge generate model.safetensors --name Llama
  weighbridge generate model.safetensors --name Llama --out llama.rs --verify model.lock")]
pub(crate) struct Generate {
    /// The checkpoint, or a lock
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) file: PathBuf,
    /// The name of the outermost struct
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// Write to this file; otherwise the code is printed
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) out: Option<PathBuf>,
    /// Replace the file that --out names, if it is there
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
    /// Have the compiler check the struct against this lock; the path is relative to the crate's Cargo.toml
    #[arg(long, value_name = "LOCK", value_hint = ValueHint::FilePath)]
    pub(crate) verify: Option<String>,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Writes a checkpoint as safetensors, npz or shards, with other names or another dtype
#[derive(clap::Args)]
#[command(after_help = "\
OUT says the form by its ending, and takes its place at the end or not at all. Memory stays small, however large the \
checkpoint is.

Examples:
  weighbridge convert model.safetensors model.npz
  weighbridge convert model.safetensors half.safetensors --cast bf16
  weighbridge convert model.safetensors shards --max-shard-size 5GB
  weighbridge convert model.safetensors short.safetensors --rename lm_head=output")]
pub(crate) struct Convert {
    /// The checkpoint
    #[arg(value_name = "IN", value_hint = ValueHint::AnyPath)]
    pub(crate) input: PathBuf,
    /// The file to write, or the directory for shards
    #[arg(value_name = "OUT", value_hint = ValueHint::AnyPath)]
    pub(crate) out: PathBuf,
    /// Write shards of at most this size, and their index: 5GB, 500MiB, or a number of bytes
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    pub(crate) max_shard_size: Option<u64>,
    /// Cast the floating-point tensors; the others are left as they are
    #[arg(long, value_enum, ignore_case = true, value_name = "DTYPE")]
    pub(crate) cast: Option<Float>,
    /// Say what the untyped elements of an .npz are: BF16 if MLX wrote V2, one of the 8-bit floats for V1
    #[arg(long, value_name = "DTYPE", value_parser = typed(), ignore_case = true)]
    pub(crate) untyped: Vec<DType>,
    /// Rename a tensor, or everything below a module; several apply in their order
    #[arg(long, value_name = "FROM=TO", value_parser = renaming)]
    pub(crate) rename: Vec<(String, String)>,
    /// Take a prefix off the names that have it, before anything is renamed: `model.`, with its dot
    #[arg(long, value_name = "PREFIX")]
    pub(crate) strip_prefix: Option<String>,
    /// Put a prefix before every name, after all renamings: `model.`, with its dot
    #[arg(long, value_name = "PREFIX")]
    pub(crate) add_prefix: Option<String>,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Prints a script that completes the command's arguments in a shell
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weighbridge completions bash > weighbridge.bash
  weighbridge completions zsh > _weighbridge
  weighbridge completions fish > weighbridge.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// In which form is printed.
#[derive(clap::Args)]
pub(crate) struct Form {
    /// Print one JSON document, whose form is stable; a failure is one as well
    #[arg(long)]
    pub(crate) json: bool,
}

/// The dtypes that elements are cast to.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Float {
    #[value(name = "f64")]
    F64,
    #[value(name = "f32")]
    F32,
    #[value(name = "f16")]
    F16,
    #[value(name = "bf16")]
    BF16,
}

/// What untyped elements can be.
fn typed() -> impl TypedValueParser<Value = DType> {
    let can_be = |dtype: &&DType| [DType::V1, DType::V2].iter().any(|untyped| untyped.reads_as(**dtype));
    let names = DType::ALL.iter().filter(can_be).filter(|dtype| !dtype.is_untyped()).map(|dtype| dtype.name());
    PossibleValuesParser::new(names).try_map(|name| name.to_ascii_uppercase().parse::<DType>())
}

fn renaming(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((from, to)) if !from.is_empty() && !to.is_empty() => Ok((from.to_owned(), to.to_owned())),
        _ => {
            Err("expected two names, such as `lm_head=output`; a prefix is taken off with `--strip-prefix`".to_owned())
        }
    }
}

impl Args {
    /// The arguments of this process. Prints help and mistakes, and then exits.
    pub(crate) fn read() -> Args {
        let words: Vec<_> = std::env::args_os().collect();
        // looked for before parsing, because parsing prints help and mistakes
        let said = |value: &str| {
            words.iter().any(|word| *word == *format!("--color={value}"))
                || words.windows(2).any(|pair| pair[0] == *"--color" && pair[1] == *value)
        };
        let choice = match (said("always"), said("never")) {
            (true, false) => clap::ColorChoice::Always,
            (false, true) => clap::ColorChoice::Never,
            _ => clap::ColorChoice::Auto,
        };
        let matches = Args::command().color(choice).get_matches_from(words);
        Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

impl Command {
    /// Its name, as it was typed.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Command::Inspect(_) => "inspect",
            Command::Lock(_) => "lock",
            Command::Check(_) => "check",
            Command::Diff(_) => "diff",
            Command::Generate(_) => "generate",
            Command::Convert(_) => "convert",
            Command::Completions(_) => "completions",
        }
    }

    /// Whether it prints JSON.
    pub(crate) fn json(&self) -> bool {
        match self {
            Command::Inspect(Inspect { form, .. })
            | Command::Lock(Lock { form, .. })
            | Command::Check(Check { form, .. })
            | Command::Diff(Diff { form, .. })
            | Command::Generate(Generate { form, .. })
            | Command::Convert(Convert { form, .. }) => form.json,
            Command::Completions(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Args, renaming};
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_renaming_has_two_names() {
        assert_eq!(renaming("a.b=c"), Ok(("a.b".to_owned(), "c".to_owned())));
        // a name may have the sign in it: the first one separates
        assert_eq!(renaming("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        for wrong in ["a", "=a", "a=", "="] {
            assert!(renaming(wrong).is_err(), "{wrong}");
        }
    }
}
