//! Pages to read: the [attributes], [what is checked](strictness), [the design](design).

#[doc = include_str!("../../../docs/attributes.md")]
pub mod attributes {}

#[doc = include_str!("../../../docs/strictness.md")]
pub mod strictness {}

#[doc = include_str!("../../../docs/design.md")]
pub mod design {}
