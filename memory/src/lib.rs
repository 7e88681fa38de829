//! What the crate `weighbridge` needs and safe Rust cannot express: files as memory, huge pages, and, with the feature
//! `libdeflate`, the call of libdeflate. All `unsafe` code of the libraries is here, so that you can read it in one sitting,
//! except the line with which `Loader::mapped` passes on its caller's promise.
//!
//! This is a part of `weighbridge`, which pins its version: the interface may change with any release.

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
