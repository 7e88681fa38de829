//! How a command came out.

/// How a command that could be run came out: its exit code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done; the two are the same.
    Done = 0,
    /// The two differ.
    Differs = 1,
}
