//! The arguments and the help.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use anstream::ColorChoice;
use clap::builder::StyledStr;
use clap::builder::styling::{AnsiColor, Styles};
use clap::builder::{NonEmptyStringValueParser, PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use weighbridge_checkpoint::DType;
use weighbridge_lock::{is_hidden, shown, visible_lines};
use weighbridge_tools::convert::{ConvertError, FLOATS};

use crate::names::Names;
use crate::size;

/// Inspects, locks, checks, compares and converts model weights, and generates the Rust code that loads them
#[derive(Parser)]
#[command(name = "weighbridge", version, max_term_width = 100, styles = STYLES, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// When to use colours: auto (on a terminal unless NO_COLOR is set), always or never
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
FILE is a checkpoint (.safetensors, .npz, .gguf, or PyTorch's), an index of shards, a directory with one of these, \
or what the Hub's cache has: hf://org/name@revision/file. `convert` and `diff --values` read the weights. All other commands read headers only, and take a lock as well.

Exit codes:
  0  success; `check` found a match, `diff` no difference
  1  `check` found a mismatch, `diff` a difference
  2  failure; standard error says why

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

/// Shows what a checkpoint holds, as a tree in which repeated layers are one line
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weighbridge inspect model.safetensors
  weighbridge inspect . --flat | grep embed
  weighbridge inspect sd.safetensors --subtree first_stage_model
  weighbridge inspect vit.npz --separator /
  weighbridge inspect model.safetensors --json
  weighbridge inspect model.safetensors --html model.html")]
pub(crate) struct Inspect {
    /// The checkpoint, or a lock
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) file: PathBuf,
    /// Print one line for each tensor instead of the tree
    #[arg(long, conflicts_with = "json")]
    pub(crate) flat: bool,
    /// Write a page for a browser, with the tree, a map of the sizes and a search; it needs no network
    #[arg(long, value_name = "PAGE", value_hint = ValueHint::FilePath, conflicts_with = "flat")]
    pub(crate) html: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) form: Form,
    #[command(flatten)]
    pub(crate) names: Names,
}

/// Prints the names, dtypes and shapes of a checkpoint as a text to commit
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weighbridge lock model.safetensors > model.lock
  weighbridge lock model.safetensors --update model.lock
  weighbridge lock model.safetensors --strip-prefix model. --ignore '*.inv_freq' > model.lock")]
pub(crate) struct Lock {
    /// The checkpoint, or a lock
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) file: PathBuf,
    /// Rewrite this lock, keep its comments, and print what changed
    #[arg(long, value_name = "LOCK", value_hint = ValueHint::FilePath)]
    pub(crate) update: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) form: Form,
    #[command(flatten)]
    pub(crate) names: Names,
}

/// Checks that a checkpoint holds exactly what a lock says
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 match, 1 mismatch, 2 failure.

Examples:
  weighbridge check model.safetensors --lock model.lock
  weighbridge check model.safetensors --lock model.lock --json
  weighbridge check training.safetensors --lock model.lock --subtree model")]
pub(crate) struct Check {
    /// The checkpoint, or a lock
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) file: PathBuf,
    /// The lock, or a checkpoint in its place
    #[arg(long, value_name = "LOCK", value_hint = ValueHint::AnyPath)]
    pub(crate) lock: PathBuf,
    #[command(flatten)]
    pub(crate) form: Form,
    #[command(flatten)]
    pub(crate) names: Names,
}

/// Compares names, dtypes and shapes of two checkpoints or locks, and on request the values
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 no difference, 1 a difference, 2 failure. The switches for names apply to A, and --ignore to B as well.

Examples:
  weighbridge diff model.safetensors model.npz
  weighbridge diff model.safetensors model.npz --values
  weighbridge diff model.lock model.safetensors --json
  weighbridge diff compiled.safetensors model.safetensors --strip-prefix _orig_mod.")]
pub(crate) struct Diff {
    /// The first checkpoint or lock
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) a: PathBuf,
    /// The second checkpoint or lock
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) b: PathBuf,
    /// Compare the values of the tensors too, and read all of both files
    #[arg(long)]
    pub(crate) values: bool,
    #[command(flatten)]
    pub(crate) form: Form,
    #[command(flatten)]
    pub(crate) names: Names,
}

/// Generates Rust structs with #[derive(Module)] that load the checkpoint strictly
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weighbridge generate model.safetensors --name Llama
  weighbridge generate model.safetensors --name Llama --library candle
  weighbridge generate model.safetensors --name Llama --out llama.rs --verify model.lock
  weighbridge generate sd.safetensors --name Vae --subtree first_stage_model
  weighbridge generate vit.npz --name Vit --separator /")]
pub(crate) struct Generate {
    /// The checkpoint, or a lock
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) file: PathBuf,
    /// The name of the outermost struct
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// Write the code to this file instead of printing it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) out: Option<PathBuf>,
    /// Replace the file that --out names if it exists
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
    /// Have the compiler check the struct against this lock; the path is relative to your crate's Cargo.toml
    #[arg(long, value_name = "LOCK", value_hint = ValueHint::FilePath, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) verify: Option<String>,
    /// The configuration whose keys dims and lengths are called by, instead of the `config.json` beside the checkpoint
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// Leave the `config.json` beside the checkpoint alone, so that dims are constants
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,
    /// Give the fields types of this tensor library, instead of weighbridge's own
    #[arg(long, value_enum, value_name = "LIBRARY")]
    pub(crate) library: Option<Library>,
    #[command(flatten)]
    pub(crate) form: Form,
    #[command(flatten)]
    pub(crate) names: Names,
}

/// Writes a checkpoint as safetensors, npz or shards, and can rename and cast tensors
#[derive(clap::Args)]
#[command(after_help = "\
The extension of OUT decides the format. OUT appears when it is complete, or not at all. Memory use stays small, \
however large the checkpoint is.

Examples:
  weighbridge convert model.safetensors model.npz
  weighbridge convert model.safetensors half.safetensors --cast bf16
  weighbridge convert model.safetensors shards --max-shard-size 5GB
  weighbridge convert model.safetensors half.safetensors --cast bf16 --cast-except '*norm.weight'
  weighbridge convert model.safetensors short.safetensors --rename lm_head=output
  weighbridge convert model.safetensors layers.safetensors --rename-regex 'layers\\.(\\d+)=blocks.$1'
  weighbridge convert sd.safetensors vae.safetensors --only first_stage_model --metadata format=pt
  weighbridge convert sd.safetensors vae.safetensors --subtree first_stage_model --drop 'encoder.*'")]
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
    /// Cast tensors of floats to this dtype; others stay as they are
    #[arg(long, value_name = "DTYPE", value_parser = CastTo)]
    pub(crate) cast: Option<DType>,
    /// Leave the dtype of the tensors whose names this fits; * stands for any characters
    #[arg(long, value_name = "PATTERN", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) cast_except: Vec<String>,
    /// The dtype of an .npz file's untyped tensors: BF16 for V2, one of the 8-bit floats for V1
    #[arg(long, value_name = "DTYPE", value_parser = typed(), ignore_case = true)]
    pub(crate) untyped: Vec<DType>,
    /// Write only the tensors whose names this fits, and those below a module that it fits; * stands for any characters
    #[arg(long, value_name = "PATTERN", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) only: Vec<String>,
    /// Leave out the tensors whose names this fits, and those below a module that it fits; * stands for any characters
    #[arg(long, value_name = "PATTERN", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) drop: Vec<String>,
    /// Put this into the metadata of OUT, in place of what IN has under the same key
    #[arg(long, value_name = "KEY=VALUE", value_parser = metadata)]
    pub(crate) metadata: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) form: Form,
    #[command(flatten)]
    pub(crate) names: Names,
}

/// Prints a completion script for a shell
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

/// How to print.
#[derive(clap::Args)]
pub(crate) struct Form {
    /// Print the result, or the error, as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// The tensor libraries that code can be generated for.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Library {
    Candle,
    Burn,
    Ndarray,
}

/// Reads a dtype to cast to, in upper or lower case, and says why another is none.
#[derive(Clone)]
struct CastTo;

impl TypedValueParser for CastTo {
    type Value = DType;

    fn parse_ref(&self, command: &clap::Command, arg: Option<&Arg>, value: &OsStr) -> Result<DType, clap::Error> {
        let cast_to = |text: &str| {
            let known = DType::ALL.iter().copied().find(|dtype| dtype.name().eq_ignore_ascii_case(text));
            let floats = || FLOATS.iter().map(|float| float.name()).collect::<Vec<_>>().join(", ");
            let meant = text.parse::<DType>().err().and_then(|unknown| unknown.meant());
            match (known, meant) {
                (Some(dtype), _) if FLOATS.contains(&dtype) => Ok(dtype),
                (None, Some(dtype)) if FLOATS.contains(&dtype) => {
                    Err(format!("the dtype is called {dtype}; write `{dtype}`"))
                }
                (Some(dtype), _) | (None, Some(dtype)) => Err(ConvertError::Cast { dtype }.to_string()),
                (None, None) => Err(format!("there is no such dtype; give one of {}", floats())),
            }
        };
        cast_to.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(FLOATS.iter().map(|dtype| PossibleValue::new(dtype.name()))))
    }
}

/// The dtypes that an untyped tensor can have.
fn typed() -> impl TypedValueParser<Value = DType> {
    let can_be = |dtype: &&DType| [DType::V1, DType::V2].iter().any(|untyped| untyped.reads_as(**dtype));
    let names = DType::ALL.iter().filter(can_be).filter(|dtype| !dtype.is_untyped()).map(|dtype| dtype.name());
    PossibleValuesParser::new(names).try_map(|name| name.to_ascii_uppercase().parse::<DType>())
}

fn metadata(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected a key and a value, such as `format=pt`".to_owned()),
    }
}

impl Args {
    /// The arguments of this process. If they ask for help or are wrong, prints that and exits.
    pub(crate) fn read() -> Args {
        let words: Vec<_> = std::env::args_os().collect();
        // read before parsing, because parsing prints help and mistakes
        let said = |value: &str| {
            words.iter().any(|word| *word == *format!("--color={value}"))
                || words.windows(2).any(|pair| pair[0] == *"--color" && pair[1] == *value)
        };
        let choice = match (said("always"), said("never")) {
            (true, false) => clap::ColorChoice::Always,
            (false, true) => clap::ColorChoice::Never,
            _ => clap::ColorChoice::Auto,
        };
        let matches =
            Args::command().color(choice).try_get_matches_from(&words).unwrap_or_else(|error| refuse(error, &words));
        Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// Prints why the arguments are wrong, or the help that they ask for, and exits. A shell may have put the name of a file there.
fn refuse(mut error: clap::Error, words: &[OsString]) -> ! {
    let all: Vec<Cow<'_, str>> = words.iter().map(|word| word.to_string_lossy()).collect();
    if !all.iter().any(|word| word.contains(is_hidden)) {
        correct_tip(&mut error, &all);
        error.exit();
    }
    // the same mistake, made with words that can be shown
    let again = Args::command().try_get_matches_from(all.iter().map(|word| shown(word).into_owned()));
    let text = again.err().as_ref().unwrap_or(&error).render().to_string();
    eprint!("{}", visible_lines(&text));
    std::process::exit(error.exit_code())
}

/// Says how to give a value that looks like a switch. clap's own tip for unknown arguments, `--` before it, makes it another file.
fn correct_tip(error: &mut clap::Error, words: &[Cow<'_, str>]) {
    if error.kind() != ErrorKind::UnknownArgument {
        return;
    }
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else { return };
    let command = Args::command();
    let sub = words.iter().find_map(|word| command.find_subcommand(&**word));
    let takes_value = |word: &str| {
        let is_it = |arg: &&Arg| word.strip_prefix("--").is_some_and(|long| arg.get_long() == Some(long));
        sub.and_then(|sub| sub.get_arguments().find(is_it)).is_some_and(|arg| arg.get_action().takes_values())
    };
    let before = words.windows(2).find(|pair| pair[1].starts_with(unknown.as_str()) && takes_value(&pair[0]));
    let tips = before.map(|pair| format!("to give '{}' as the value, write '{}={}'", pair[1], pair[0], pair[1]));
    let is_switch = error.get(ContextKind::SuggestedArg).is_some();
    if tips.is_some() || !is_switch {
        let tips = tips.into_iter().map(StyledStr::from).collect();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
}

impl Command {
    /// The name of the command.
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
    use super::Args;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }
}
