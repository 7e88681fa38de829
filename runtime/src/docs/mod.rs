//! Pages to read: the [attributes], [what is checked](strictness), [the design](design), [what it costs](performance), and
//! [why each dependency is there](dependencies).

#[doc = include_str!("../../pages/attributes.md")]
pub mod attributes {}

#[doc = include_str!("../../pages/strictness.md")]
pub mod strictness {}

#[doc = include_str!("../../pages/design.md")]
pub mod design {}

#[doc = include_str!("../../pages/performance.md")]
pub mod performance {}

#[doc = include_str!("../../pages/dependencies.md")]
pub mod dependencies {}
