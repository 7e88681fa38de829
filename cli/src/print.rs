//! Prints results on standard output, as text or as one JSON document, and everything else on standard error.

use std::io::{self, ErrorKind, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use anyhow::Context;
use serde::Serialize;
use weighbridge_checkpoint::{CheckpointError, Problem, ProblemKind};
use weighbridge_lock::visible_lines;
use weighbridge_tools::convert::ConvertError;
use weighbridge_tools::diff::DiffError;

use crate::args::Args;
use crate::json;
use crate::progress::Interrupted;

/// The version of the JSON documents. Adding a field does not change it.
const VERSION: u32 = 1;

/// The exit code of a command that failed.
const FAILED: u8 = 2;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const CAUSE: Style = Style::new().bold();

/// Where and how a command prints.
pub(crate) struct Printer {
    choice: ColorChoice,
    command: &'static str,
    json: bool,
}

/// A document: two fields that every document has, and those of the command.
#[derive(Serialize)]
struct Document<'a, T> {
    version: u32,
    command: &'a str,
    #[serde(flatten)]
    content: T,
}

/// The document of a command that failed.
#[derive(Serialize)]
struct Failed {
    error: Failure,
}

#[derive(Serialize)]
struct Failure {
    message: String,
    causes: Vec<String>,
}

impl Printer {
    pub(crate) fn new(args: &Args) -> Printer {
        Printer { choice: args.color.into(), command: args.command.name(), json: args.command.json() }
    }

    /// Prints the document if JSON was asked for, and the text if not.
    pub(crate) fn print<T: Serialize>(&self, content: &T, text: impl FnOnce() -> String) -> anyhow::Result<()> {
        if self.json { self.document(content) } else { self.text(&text()) }
    }

    /// Prints text, without colours if the user does not want them.
    pub(crate) fn text(&self, text: &str) -> anyhow::Result<()> {
        let stdout = AutoStream::new(io::stdout().lock(), self.choice);
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        write(stdout, &[text.as_bytes(), end.as_bytes()])
    }

    fn document<T: Serialize>(&self, content: &T) -> anyhow::Result<()> {
        let document = Document { version: VERSION, command: self.command, content };
        let text = json::text(&document).context("the result could not be written as JSON")?;
        write(io::stdout().lock(), &[text.as_bytes(), b"\n"])
    }

    /// Prints something for people that is not part of the result.
    pub(crate) fn note(&self, text: &str) {
        let mut stderr = AutoStream::new(io::stderr().lock(), self.choice);
        // nowhere is left to report an error of standard error
        let _ = writeln!(stderr, "{text}");
    }

    /// Prints why a command failed, and returns its exit code.
    pub(crate) fn failure(&self, error: &anyhow::Error) -> u8 {
        let mut levels = error.chain().map(|level| visible_lines(&level.to_string()).into_owned());
        let message = levels.next().unwrap_or_default();
        let causes: Vec<String> = levels.collect();
        let mut text = format!("{ERROR}error:{ERROR:#} {message}");
        for cause in &causes {
            text.push_str(&format!("\n  {CAUSE}caused by:{CAUSE:#} {cause}"));
        }
        if is_limit(error) {
            text.push_str("\nnote: this command has the default limits; to set one, open the file in Rust");
        }
        self.note(&text);
        if self.json {
            // if this fails too, standard error has the message already
            let _ = self.document(&Failed { error: Failure { message, causes } });
        }
        if error.is::<Interrupted>() { Interrupted::CODE } else { FAILED }
    }
}

/// Whether a file was refused for a limit, whose text tells a programmer to raise it. What there is no memory for has this
/// kind too.
fn is_limit(error: &anyhow::Error) -> bool {
    let refused = match (error.downcast_ref(), error.downcast_ref(), error.downcast_ref()) {
        (Some(refused), _, _) => refused,
        (_, Some(ConvertError::Read(refused)), _) => refused,
        (_, _, Some(DiffError::Read(refused))) => refused,
        _ => return false,
    };
    let is_one = |one: &Problem| one.kind == ProblemKind::Limit && one.message.contains("`Limits::");
    matches!(refused, CheckpointError::Container { problems, .. } if problems.iter().any(is_one))
}

/// Writes to standard output. It is no failure if the reader stops early, as `head` does.
fn write(mut stdout: impl Write, texts: &[&[u8]]) -> anyhow::Result<()> {
    let written = texts.iter().try_for_each(|text| stdout.write_all(text)).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("standard output could not be written to")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_not_there_is_no_limit_to_raise() {
        let refused = |message: &str| {
            let problems = vec![Problem::new(ProblemKind::Limit, message)];
            is_limit(&CheckpointError::Container { file: "x".to_owned(), problems }.into())
        };
        assert!(refused("the shape has 9 dims, and the limit is 8; raise `Limits::rank` if the file is trusted"));
        assert!(refused("the archive has no checksums; allow it with `Limits::unset_checksums(true)`"));
        assert!(!refused("there is no memory for its lock"));
    }
}
