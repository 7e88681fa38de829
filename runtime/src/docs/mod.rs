//! Pages to read: the [attributes], [what is checked](strictness), [the design](design).

#[doc = include_str!("../../pages/attributes.md")]
pub mod attributes {}

#[doc = include_str!("../../pages/strictness.md")]
pub mod strictness {}

#[doc = include_str!("../../pages/design.md")]
pub mod design {}
