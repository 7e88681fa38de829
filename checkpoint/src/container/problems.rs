//! Collects the problems of one file, up to a limit.

use crate::error::{Problem, Problems};

/// More would help nobody, and a hostile file could cause millions.
const MOST: usize = 10_000;
/// The most bytes of text that are kept: a hostile file could have long names.
const MOST_BYTES: usize = 4 << 20;

/// The problems found in a file so far.
#[derive(Default)]
pub(crate) struct FoundProblems {
    problems: Problems,
    /// The bytes of text in them.
    byte_len: usize,
    /// How many more there are than are kept, and the first of them.
    more: usize,
    first_of_more: Option<Problem>,
}

impl FoundProblems {
    pub(crate) fn push(&mut self, problem: Problem) {
        let byte_len = problem.message.len().saturating_add(problem.tensor.as_ref().map_or(0, String::len));
        let sum = self.byte_len.saturating_add(byte_len);
        if self.more == 0 && problem.count == 1 && self.problems.len() < MOST && sum <= MOST_BYTES {
            self.byte_len = sum;
            self.problems.push(problem);
        } else {
            self.more = self.more.saturating_add(problem.count);
            self.first_of_more.get_or_insert(problem);
        }
    }

    pub(crate) fn extend(&mut self, problems: impl IntoIterator<Item = Problem>) {
        problems.into_iter().for_each(|problem| self.push(problem));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.problems.is_empty() && self.more == 0
    }

    /// The problems that were kept, and a count of the others.
    pub(crate) fn finish(mut self) -> Problems {
        match (self.more, self.first_of_more) {
            (0, _) | (_, None) => {}
            (1, Some(only)) => self.problems.push(only),
            (more, Some(first)) => self.problems.push(Problem::more(more, first.kind)),
        }
        self.problems
    }
}
