//! Collects the problems of one file, up to a limit.

use weighbridge_lock::counted;

use crate::error::{Problem, ProblemKind, Problems};

/// More would help nobody, and a hostile file could cause millions.
const SHOWN: usize = 20;

/// The problems found in a file so far.
#[derive(Default)]
pub(crate) struct FoundProblems {
    problems: Problems,
    more: usize,
}

impl FoundProblems {
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
            let more = counted(self.more, "more problem");
            let message = format!("and {more}; the first {SHOWN} are shown");
            self.problems.push(Problem::new(ProblemKind::Limit, message));
        }
        self.problems
    }
}
