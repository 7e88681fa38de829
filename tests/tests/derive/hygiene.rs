//! Derives where nothing has its usual name: no prelude, the runtime as `wb`, and the user's own types, traits, modules
//! and macros under the names that generated code could lean on.
#![no_implicit_prelude]
#![allow(dead_code, missing_docs, non_camel_case_types, unused_imports)]

mod beside;

use ::wb::{Module, Tensor};

mod hostile {
    pub struct Result;
    pub struct Option;
    pub struct Vec;
    pub struct Box;
    pub struct Tree;
    pub struct Field;
    pub struct Node;
    pub struct Dim;
    pub struct Builder;
    pub struct Self_;
    pub trait Default {}
    pub trait Sized {}
    pub const NODE: () = ();
    #[allow(non_snake_case)]
    pub fn Ok() {}
    #[allow(non_snake_case)]
    pub fn Err() {}
    #[allow(non_snake_case)]
    pub fn Some() {}
    #[allow(non_upper_case_globals)]
    pub const None: () = ();
}
use self::hostile::*;

mod core {}
mod std {}
mod alloc {}
mod weighbridge {}

type usize = ::std::primitive::u8;
type str = ();
type u32 = ();

trait Sizes {
    const WIDTH: ::std::primitive::usize;
}

struct Small;

impl Sizes for Small {
    const WIDTH: ::std::primitive::usize = 6;
}

#[derive(Module)]
#[module(crate = ::wb)]
struct Linear<const IN: ::std::primitive::usize, const OUT: ::std::primitive::usize> {
    #[param(shape = [OUT, IN], dtype = "F32", alias = "kernel")]
    weight: Tensor<f32>,
    #[param(shape = ["out"])]
    bias: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = ::wb, rename_all = "camelCase", ignore = ["*.inv_freq"])]
struct Attention<S: Sizes> {
    #[param(shape = [S::WIDTH / 2, { S::WIDTH }, _])]
    q_proj: Tensor<f32>,
    #[param]
    r#type: [f32; 3],
    #[module(len = 2)]
    layers: ::std::vec::Vec<Linear<2, 3>>,
    #[module(flatten)]
    rest: Linear<3, 2>,
    #[module(skip)]
    cache: ::std::vec::Vec<f32>,
    #[module(skip = 2.0)]
    scale: f64,
    marker: ::std::marker::PhantomData<S>,
}

#[derive(Module)]
#[module(crate = ::wb)]
struct Pair(Linear<2, 3>, #[param] [f32; 2], #[module(skip)] u8);

#[derive(Module)]
#[module(crate = ::wb)]
struct Relu;

#[derive(Module)]
#[module(crate = ::wb)]
struct Borrowed<'a> {
    norm: Linear<2, 2>,
    #[module(skip)]
    name: &'a [f32],
}

/// Paths that are relative, to a module that names the runtime anew.
mod nested {
    mod runtime {
        pub(super) use ::wb::*;
    }

    #[derive(::wb::Module)]
    #[module(crate = self::runtime)]
    pub(super) struct Scale {
        #[param]
        scale: [f32; 2],
    }
}

/// A derive of which every token comes from a macro.
macro_rules! scale {
    ($name:ident, $field:ident: $ty:ty, [$($dim:expr),*], $rename:literal) => {
        #[derive(Module)]
        #[module(crate = ::wb)]
        struct $name {
            #[param(shape = [$($dim),*], rename = $rename)]
            $field: $ty,
        }
    };
}

scale!(FromMacro, scale: Tensor<f32>, [1 + 2, 4], "gamma");

fn paths<M: Module>() -> ::std::vec::Vec<::std::string::String> {
    use ::std::iter::Iterator;
    use ::std::string::ToString;
    M::SCHEMA.parameters().map(|parameter| parameter.path().to_string()).collect()
}

#[test]
fn names_are_found() {
    ::std::assert_eq!(paths::<Linear<2, 3>>(), ["weight", "bias"]);
    ::std::assert_eq!(paths::<Pair>(), ["0.weight", "0.bias", "1"]);
    ::std::assert_eq!(paths::<nested::Scale>(), ["scale"]);
    ::std::assert_eq!(paths::<FromMacro>(), ["gamma"]);
    ::std::assert!(paths::<Relu>().is_empty());
}

#[test]
fn inside_a_function() {
    #[derive(Module)]
    #[module(crate = ::wb)]
    struct Local {
        #[param]
        scale: [f32; 2],
    }
    ::std::assert_eq!(paths::<Local>(), ["scale"]);
}
