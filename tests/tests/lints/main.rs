//! Derives add no warning to code that denies lints.
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused,
    unused_qualifications,
    unused_lifetimes,
    single_use_lifetimes,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    trivial_casts,
    trivial_numeric_casts,
    unsafe_code,
    non_ascii_idents,
    rust_2018_idioms,
    nonstandard_style,
    future_incompatible,
    let_underscore,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::default_numeric_fallback,
    clippy::absolute_paths,
    clippy::missing_inline_in_public_items,
    clippy::allow_attributes_without_reason
)]

pub mod enums;

use std::marker::PhantomData;

use wb::{Module, Tensor};

/// Sizes from a configuration.
pub trait Config {
    /// The width.
    const HIDDEN: usize;
    /// The heads.
    const HEADS: usize;
}

/// A public module with public and private fields.
#[derive(Debug, Module)]
#[module(crate = wb)]
pub struct Linear<const IN: usize, const OUT: usize> {
    /// The matrix.
    #[param(shape = [OUT, IN], dtype = ["F32", "BF16"], alias = "kernel")]
    pub weight: Tensor<f32>,
    #[param(shape = [OUT])]
    bias: Tensor<f32>,
}

/// Private types in a public module's fields.
#[derive(Debug, Module)]
#[module(crate = wb, rename_all = "camelCase")]
pub struct Attention<C: Config> {
    #[param(shape = [C::HIDDEN / C::HEADS, { C::HIDDEN }])]
    q_proj: Tensor<f32>,
    inner: Private<2>,
    /// In no file.
    #[module(skip)]
    pub cache: Vec<f32>,
    /// In no file either.
    #[module(skip = 1e-5)]
    pub epsilon: f64,
    config: PhantomData<C>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Private<const N: usize> {
    #[deprecated]
    #[param]
    scale: [f32; 4],
    r#type: Unit,
    pair: Pair<'static>,
}

#[derive(Debug, Module)]
#[module(crate = wb, verify = "tests/lints/empty.lock")]
struct Unit;

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Pair<'a>(#[param] [f32; 2], Unit, #[module(skip)] PhantomData<&'a ()>);

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Generic<M>
where
    M: Clone,
{
    inner: Vec<M>,
}

/// The smallest configuration.
#[derive(Debug)]
pub struct Tiny;

impl Config for Tiny {
    const HIDDEN: usize = 4;
    const HEADS: usize = 2;
}

#[derive(Clone, Debug, Module)]
#[module(crate = wb)]
struct Item;

wb::verify!(Item, "tests/lints/empty.lock");
// again, and under a path of the same words
wb::verify!(Item, "tests/lints/empty.lock");
wb::verify!(Item, "./tests/lints/empty.lock");

#[test]
fn every_field_is_in_the_schema() {
    wb::verify!(Item, "tests/lints/empty.lock");
    let schema = <(Attention<Tiny>, Generic<Item>)>::SCHEMA;
    let paths: Vec<_> = schema.parameters().map(|parameter| parameter.path().to_owned()).collect();
    assert_eq!(paths, ["0.qProj", "0.inner.scale", "0.inner.pair.0"]);
    assert!(Linear::<2, 3>::from_weights("absent.safetensors").is_err());
}
