//! A model in several files: what each says of the others, and the proof that all say the same.

use crate::container::contents::Contents;
use crate::container::metadata::{Metadata, MetadataValue};
use crate::container::problems::FoundProblems;
use crate::container::room::room;
use crate::error::{Problem, ProblemKind};
use weighbridge_lock::counted;

const NUMBER: &str = "split.no";
const COUNT: &str = "split.count";
const TENSORS: &str = "split.tensors.count";
/// How the keys begin that say of a file that it is one of several.
const SPLIT: &str = "split.";

/// What a file says of the model that it is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Split {
    /// Its number, counted from 1, as in its name.
    pub(crate) number: usize,
    /// How many files there are.
    pub(crate) count: usize,
    /// How many tensors all of them have.
    tensor_count: usize,
}

impl Split {
    /// What the metadata says; `None` if it is of a whole model.
    pub(crate) fn of(metadata: &Metadata) -> Result<Option<Split>, Problem> {
        let values = [NUMBER, COUNT, TENSORS].map(|key| metadata.get(key));
        let number = |value: u16| usize::from(value);
        match values {
            [None, None, None] => Ok(None),
            [Some(MetadataValue::U16(no)), Some(MetadataValue::U16(count)), Some(MetadataValue::I32(tensors))] => {
                let tensor_count = usize::try_from(tensors).map_err(|_| wrong("is below zero", TENSORS))?;
                if no >= count {
                    return Err(wrong("does not count the file itself", COUNT));
                }
                Ok(Some(Split { number: number(no).saturating_add(1), count: number(count), tensor_count }))
            }
            [None, _, _] => Err(wrong("is not there", NUMBER)),
            [_, None, _] => Err(wrong("is not there", COUNT)),
            [_, _, None] => Err(wrong("is not there", TENSORS)),
            [Some(MetadataValue::U16(_)), Some(MetadataValue::U16(_)), _] => Err(wrong("is no I32", TENSORS)),
            [Some(MetadataValue::U16(_)), ..] => Err(wrong("is no U16", COUNT)),
            _ => Err(wrong("is no U16", NUMBER)),
        }
    }

    /// Proves that files of one model say the same of it, that each is where its name says, and that no tensor is missing, too many,
    /// or in two of them. Files that could not be opened are not there.
    pub(crate) fn prove(self, files: &[(String, Option<Contents>)], problems: &mut FoundProblems) {
        let mut sum = 0usize;
        for (place, (name, contents)) in files.iter().enumerate() {
            let Some(contents) = contents else { return };
            sum = sum.saturating_add(contents.entries.len());
            let expected = Split { number: place.saturating_add(1), ..self };
            match Split::of(&contents.typed) {
                Ok(Some(found)) if found == expected => {}
                Ok(found) => {
                    let message = format!(
                        "it is to be {}, and its metadata says {}; take all files from one upload",
                        expected.described(),
                        found.map_or_else(|| "that it is a whole model".to_owned(), |found| found.described())
                    );
                    problems.push(Problem::new(ProblemKind::Index, message).tensor(name));
                }
                Err(problem) => problems.push(problem.tensor(name)),
            }
        }
        if sum != self.tensor_count {
            let message = format!(
                "the files have {} in all, and `{TENSORS}` says {}; take all files from one upload",
                counted(sum, "tensor"),
                self.tensor_count
            );
            problems.push(Problem::new(ProblemKind::Index, message));
        }
        self.duplicates(files, sum, problems);
    }

    /// Tensors that two files have.
    fn duplicates(self, files: &[(String, Option<Contents>)], sum: usize, problems: &mut FoundProblems) {
        if let Err(problem) = room(sum.saturating_mul(size_of::<&str>()), "the list of names") {
            return problems.push(problem);
        }
        let all = files.iter().filter_map(|(_, contents)| contents.as_ref());
        let mut names: Vec<&str> = all.flat_map(|contents| contents.entries.iter().map(|entry| entry.name)).collect();
        names.sort_unstable();
        for twice in names.windows(2) {
            if let [first, second] = twice
                && first == second
            {
                let message = "two files of the model have this tensor; take all files from one upload";
                problems.push(Problem::new(ProblemKind::Duplicate, message).tensor(*first));
            }
        }
    }

    fn described(self) -> String {
        format!("file {} of {} with {} in all", self.number, self.count, counted(self.tensor_count, "tensor"))
    }
}

/// Whether a key says something of the files and not of the model.
pub(crate) fn is_of_split(key: &str) -> bool {
    key.starts_with(SPLIT)
}

fn wrong(what: &str, key: &str) -> Problem {
    let message = format!(
        "`{key}` {what}, and a part of a model says {NUMBER} and {COUNT} as U16 and {TENSORS} as I32; fetch the file again"
    );
    Problem::new(ProblemKind::Index, message)
}
