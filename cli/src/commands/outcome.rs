//! How a command came out.

/// How a command came out that did not fail, as its exit code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is done; what it compared is the same.
    Done = 0,
    /// What it compared differs.
    Differs = 1,
}
