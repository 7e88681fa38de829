//! The outcome of a command that did not fail.

/// The outcome of a command that did not fail, as its exit code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The command is done, and what it compared is the same.
    Done = 0,
    /// What it compared differs.
    Differs = 1,
}
