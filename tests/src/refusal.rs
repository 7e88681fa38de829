//! What is said of a file that is refused.

use wb::{Checkpoint, CheckpointError, Problem, ProblemKind, Source};

/// Everything that is wrong with a file, which must be refused as one.
#[track_caller]
pub fn problems(file: impl Into<Source>) -> Vec<Problem> {
    match Checkpoint::open(file) {
        Err(CheckpointError::Container { problems, .. }) => problems,
        other => panic!("not refused as a container: {other:?}"),
    }
}

/// Asserts that exactly one thing is wrong, and returns what is said of it.
#[track_caller]
pub fn refused(file: impl Into<Source>, kind: ProblemKind, tensor: Option<&str>, offset: u64) -> String {
    let problems = problems(file);
    let [problem] = problems.as_slice() else { panic!("{problems:#?}") };
    assert_eq!((problem.kind, problem.tensor.as_deref(), problem.offset), (kind, tensor, Some(offset)), "{problem}");
    problem.to_string()
}
