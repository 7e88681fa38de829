//! Rules that the plan and `verify` share: what a tensor must be, and what one row alone shows of its cause. All of it also
//! runs in `const` evaluation.

mod blocks;
pub(crate) mod cut;
pub(crate) mod dtype;
mod expected;
mod extents;
mod hint;
mod instances;
pub(crate) mod layout;
mod lists;
pub(crate) mod packed;
pub(crate) mod says;

pub(crate) use blocks::BlocksApart;
pub(crate) use expected::{Declaration, Expected, Shown};
pub(crate) use extents::KnownExtents;
pub(crate) use hint::Hint;
pub(crate) use instances::Instances;
pub(crate) use lists::{MOST_ITEMS, len_of_all};
