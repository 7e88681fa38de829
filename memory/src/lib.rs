//! What the crate `weighbridge` needs and safe Rust cannot say: files as memory, larger pages, and, with the feature
//! `libdeflate`, the call of libdeflate. All `unsafe` code of its libraries is here, so that it can be read in one sitting, but
//! for the line with which `Loader::mapped` hands its caller's promise on.
//!
//! A part of `weighbridge`, which pins its version: its interface may change with any release.

mod huge;
#[cfg(feature = "libdeflate")]
mod inflate;
mod mapping;
mod pages;

pub use huge::prefer_huge_pages;
#[cfg(feature = "libdeflate")]
pub use inflate::{Inflated, Inflater};
pub use mapping::{Mapping, Unchanging};
pub use pages::Pages;
