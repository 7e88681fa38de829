//! The command's arguments.

use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
weighbridge-compare [--case NAME] [--loader NAME] [--rounds N] [--python PATH] [--json FILE]

  --case NAME    only this case; may be given several times
  --loader NAME  only rows that have this in their names
  --rounds N     how often each load is timed (7)
  --python PATH  an interpreter that has some of what benches/compare/requirements.txt lists
  --json FILE    every single measurement, as JSON";

pub(crate) struct Options {
    pub(crate) cases: Vec<String>,
    pub(crate) loader: String,
    pub(crate) rounds: usize,
    pub(crate) python: Option<PathBuf>,
    pub(crate) json: Option<PathBuf>,
}

impl Options {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut options = Options { cases: Vec::new(), loader: String::new(), rounds: 7, python: None, json: None };
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} needs a value\n\n{USAGE}"));
            match arg.as_str() {
                "--case" => options.cases.push(value()?),
                "--loader" => options.loader = value()?,
                "--rounds" => options.rounds = value()?.parse().map_err(|_| "--rounds needs a number".to_string())?,
                "--python" => options.python = Some(value()?.into()),
                "--json" => options.json = Some(value()?.into()),
                _ => return Err(format!("unknown argument `{arg}`\n\n{USAGE}")),
            }
        }
        Ok(options)
    }
}
