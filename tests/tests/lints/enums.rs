//! Enums where generated code may fail: lifetimes, generics, raw identifiers, attributes, no prelude; under the lints of the
//! file above.
#![no_implicit_prelude]
#![allow(clippy::absolute_paths, reason = "without a prelude there are no others")]

use ::wb::{Module, Tensor};

/// Sizes.
pub trait Sizes {
    /// The width.
    const WIDTH: ::std::primitive::usize;
}

/// Small sizes.
#[derive(::std::fmt::Debug)]
pub struct Small;

impl Sizes for Small {
    const WIDTH: ::std::primitive::usize = 4;
}

/// An item that can be cloned.
#[derive(::std::fmt::Debug, ::std::clone::Clone, Module)]
#[module(crate = ::wb)]
pub struct Item {
    /// A raw name, laid out otherwise.
    #[param(shape = [2, 3], from = transpose)]
    pub r#type: Tensor<f32>,
}

/// With a lifetime, const and type parameters.
#[derive(::std::fmt::Debug, Module)]
#[module(crate = ::wb, rename_all = "camelCase", ignore = ["*.inv_freq"])]
#[non_exhaustive]
pub enum Every<'a, const N: ::std::primitive::usize, S: Sizes, M>
where
    M: ::std::clone::Clone,
{
    /// A doc comment.
    #[deprecated]
    Old {
        /// A field.
        #[param(shape = [N / 2, S::WIDTH])]
        the_weight: Tensor<f32>,
        /// In no file.
        #[module(skip)]
        cache: ::std::option::Option<&'a Tensor<f32>>,
        /// Sizes.
        sizes: ::std::marker::PhantomData<S>,
    },
    /// Raw.
    r#Match {
        /// Raw.
        #[deprecated]
        #[param(shape = [N, 2], from = concat(dim = 0, "a", "b"))]
        r#type: Tensor<f32>,
        /// Tied.
        #[param(shape = [S::WIDTH], tied = "norm")]
        tie: Tensor<f32>,
        /// To it.
        #[param(shape = [S::WIDTH])]
        norm: Tensor<f32>,
    },
    /// Cut out.
    #[cfg(any())]
    Gone(Nothing),
    /// A field that is cut out.
    Some {
        /// Gone.
        #[cfg(any())]
        gone: Nothing,
        /// A vector.
        #[module(len = 2)]
        items: ::std::vec::Vec<M>,
    },
    /// Several.
    Tuple(Item, #[param] [f32; 2], #[module(skip)] ::std::primitive::u8),
    /// One.
    One(#[param(shape = [S::WIDTH, { N }])] Tensor<f32>),
    /// None.
    None,
}

/// Empty braces. An enum has one variant without parameters: a checkpoint could not tell two apart.
#[derive(::std::fmt::Debug, Module)]
#[module(crate = ::wb)]
pub enum Braces {
    /// Empty.
    Empty {},
}

/// Empty parentheses.
#[derive(::std::fmt::Debug, Module)]
#[module(crate = ::wb)]
pub enum Parens {
    /// Empty.
    Empty(),
}

/// One variant alone.
#[derive(::std::fmt::Debug, Module)]
#[module(crate = ::wb)]
pub enum Single {
    /// It.
    Only(#[param(shape = [3], alias = "gamma")] Tensor<f32>),
}

/// All of it from a macro.
macro_rules! choice {
    ($name:ident, $variant:ident, $field:ident: $ty:ty, [$($dim:expr),*], $of:literal) => {
        /// From a macro.
        #[derive(::std::fmt::Debug, Module)]
        #[module(crate = ::wb)]
        pub enum $name {
            /// It.
            $variant {
                /// It.
                #[param(shape = [$($dim),*], from = slice(dim = 0, of = $of, start = $($dim)* - 1))]
                $field: $ty,
            },
        }
    };
}

choice!(FromMacro, Only, scale: Tensor<f32>, [1 + 2], "gamma");

#[test]
fn they_are_there() {
    use ::std::iter::Iterator;
    let first = <Every<'static, 4, Small, Item>>::SCHEMA.parameter(0);
    ::std::assert_eq!(first.as_ref().map(::wb::ParameterSchema::path), ::std::option::Option::Some("theWeight"));
    ::std::assert_eq!((Braces::SCHEMA.parameters().count(), Parens::SCHEMA.parameters().count()), (0_usize, 0_usize));
    ::std::assert_eq!(Single::SCHEMA.parameters().count(), 1_usize);
    ::std::assert_eq!(FromMacro::SCHEMA.parameters().count(), 1_usize);
}
