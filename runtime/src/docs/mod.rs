//! Pages to read: the [attributes], [how to port a model](porting), [what a load checks](strictness),
//! [where weights come from](sources), [ways to hold weights](loading), [the lock](lock), [the design](design), [what it costs](performance),
//! [why each dependency is there](dependencies), [the command](cli), one model both ways [on candle](from_varbuilder) and [on burn](from_burn_store), [whole models](zoo), [quantised checkpoints](quantised),
//! [training], and [the glossary](glossary).

#[doc = include_str!("../../pages/attributes.md")]
pub mod attributes {}

#[doc = include_str!("../../pages/porting.md")]
pub mod porting {}

#[doc = include_str!("../../pages/strictness.md")]
pub mod strictness {}

#[doc = include_str!("../../pages/sources.md")]
pub mod sources {}

#[doc = include_str!("../../pages/loading.md")]
pub mod loading {}

#[doc = include_str!("../../pages/lock.md")]
pub mod lock {}

#[doc = include_str!("../../pages/design.md")]
pub mod design {}

#[doc = include_str!("../../pages/performance.md")]
pub mod performance {}

#[doc = include_str!("../../pages/dependencies.md")]
pub mod dependencies {}

#[doc = include_str!("../../pages/cli.md")]
pub mod cli {}

#[doc = include_str!("../../pages/from-varbuilder.md")]
pub mod from_varbuilder {}

#[doc = include_str!("../../pages/from-burn-store.md")]
pub mod from_burn_store {}

#[doc = include_str!("../../pages/zoo.md")]
pub mod zoo {}

#[doc = include_str!("../../pages/quantised.md")]
pub mod quantised {}

#[doc = include_str!("../../pages/training.md")]
pub mod training {}

#[doc = include_str!("../../pages/glossary.md")]
pub mod glossary {}
