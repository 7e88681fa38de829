//! Collects the problems of one file, up to a limit.

use crate::error::{Problem, ProblemKind, Problems};

/// More would help nobody, and a hostile file could cause millions.
const SHOWN: usize = 20;

/// The problems found in a file so far.
#[derive(Default)]
pub(crate) struct Gather {
    problems: Problems,
    more: usize,
}

impl Gather {
    pub(crate) fn push(&mut self, problem: Problem) {
        if self.problems.len() < SHOWN {
            self.problems.push(problem);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// The first problems, and a count of the others.
    pub(crate) fn finish(mut self) -> Problems {
        if self.more > 0 {
            let message = format!("and {} more problems; the first {SHOWN} are shown", self.more);
            self.problems.push(Problem::new(ProblemKind::Limit, message));
        }
        self.problems
    }
}
