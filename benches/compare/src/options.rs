//! The command's arguments.

use std::num::NonZeroUsize;
use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
weighbridge-compare [--case NAME] [--loader NAME] [--rounds N] [--python PATH] [--json FILE]

  --case NAME    only this case; may be given several times
  --loader NAME  only rows that have this in their names; may be given several times
  --rounds N     how often each load is timed, at least once (7)
  --python PATH  an interpreter that has some of what benches/compare/requirements.txt lists
  --json FILE    every single measurement, as JSON";

pub(crate) struct Options {
    pub(crate) cases: Vec<String>,
    pub(crate) loaders: Vec<String>,
    pub(crate) rounds: usize,
    pub(crate) python: Option<PathBuf>,
    pub(crate) json: Option<PathBuf>,
}

impl Options {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut options = Options { cases: Vec::new(), loaders: Vec::new(), rounds: 7, python: None, json: None };
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} needs a value\n\n{USAGE}"));
            match arg.as_str() {
                "--case" => options.cases.push(value()?),
                "--loader" => options.loaders.push(value()?),
                "--rounds" => options.rounds = rounds(&value()?)?,
                "--python" => options.python = Some(value()?.into()),
                "--json" => options.json = Some(value()?.into()),
                _ => return Err(format!("unknown argument `{arg}`\n\n{USAGE}")),
            }
        }
        Ok(options)
    }
}

/// Without a round, tables would be empty.
fn rounds(text: &str) -> Result<usize, String> {
    let wrong = |_| format!("--rounds cannot be `{text}`; give a whole number of at least 1, or leave it out for 7");
    text.parse::<NonZeroUsize>().map(NonZeroUsize::get).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_round_is_refused() {
        let rounds = |text: &str| Options::parse(["--rounds", text].map(String::from).into_iter());
        assert_eq!(rounds("1").map(|options| options.rounds), Ok(1));
        for wrong in ["0", "-1", "many", ""] {
            let text = rounds(wrong).err().unwrap();
            assert!(text.contains("at least 1"), "{text}");
        }
    }
}
