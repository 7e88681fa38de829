//! The problems of one file, a bounded number of them.

use crate::error::{Problem, ProblemKind, Problems};

/// More help nobody, and a hostile file could cause millions.
const SHOWN: usize = 20;

/// What is wrong with a file so far.
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

    /// The first problems, and how many more there are.
    pub(crate) fn finish(mut self) -> Problems {
        if self.more > 0 {
            let message = format!("and {} more problems; the first {SHOWN} are shown", self.more);
            self.problems.push(Problem::new(ProblemKind::Limit, message));
        }
        self.problems
    }
}
