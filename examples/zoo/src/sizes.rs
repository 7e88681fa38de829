//! Sizes as types, so that one `Linear` serves every model.
//!
//! Stable Rust takes neither `C::HIDDEN` nor `4 * HIDDEN` for a const argument, but a shape in `#[param(shape = [..])]` is
//! an expression, and may say `In::SIZE`. So a model names its sizes by types, and its layers read as they do in Python:
//! `Linear<C::Hidden, Times<4, C::Hidden>>`.

use std::marker::PhantomData;

/// A size that is known at compile time.
pub trait Size: 'static {
    /// The number.
    const SIZE: usize;
}

/// The size `N`.
#[derive(Clone, Copy, Debug)]
pub struct Is<const N: usize>;

impl<const N: usize> Size for Is<N> {
    const SIZE: usize = N;
}

/// `N` times another size.
#[derive(Clone, Copy, Debug)]
pub struct Times<const N: usize, S>(PhantomData<S>);

impl<const N: usize, S: Size> Size for Times<N, S> {
    const SIZE: usize = N * S::SIZE;
}
