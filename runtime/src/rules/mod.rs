//! Rules that a load and a check while compiling share: what a tensor must be, and what one row alone shows of its cause.
//! Everything here runs in `const` evaluation as well, over borrowed text.

pub(crate) mod dtype;
mod expected;
mod hint;
pub(crate) mod layout;
pub(crate) mod packed;
pub(crate) mod says;

pub(crate) use expected::Expected;
pub(crate) use hint::Hint;
