//! What the crate `weighbridge` asks of the system's memory and safe Rust cannot ask: files as memory, and larger
//! pages. All `unsafe` code of the project is here, so that it can be read in one sitting.
//!
//! A part of `weighbridge`, which pins its version: its interface may change with any release.

mod huge;
mod mapping;
mod pages;

pub use huge::prefer_huge_pages;
pub use mapping::{Mapping, Unchanging};
pub use pages::Pages;
