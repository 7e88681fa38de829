//! [Attributes]: docs::attributes
//! [Porting]: docs::porting
//! [Strictness]: docs::strictness
//! [Loading]: docs::loading
//! [Lock]: docs::lock
//! [Command]: docs::cli
//! [Design]: docs::design
//! [Performance]: docs::performance
//! [Dependencies]: docs::dependencies
//! [From VarBuilder]: docs::from_varbuilder
//! [From burn-store]: docs::from_burn_store
//! [Training]: docs::training
//! [Zoo]: docs::zoo
//! [Glossary]: docs::glossary
//! [Contributing]: https://github.com/weighbridge-rs/weighbridge/blob/main/CONTRIBUTING.md
//! [Security]: https://github.com/weighbridge-rs/weighbridge/blob/main/SECURITY.md
//! [Changes]: https://github.com/weighbridge-rs/weighbridge/blob/main/CHANGELOG.md
//!
#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]
#![warn(missing_debug_implementations)]
// shows on docs.rs which feature an item needs
#![cfg_attr(docsrs, feature(doc_cfg))]

// the vocabulary
mod config;
mod config_field;
mod error;
mod path;
mod report;
// the constant side
mod schema;
// where schema and checkpoint meet
mod plan;
mod rules;
mod verify;
// what one tensor becomes
mod devices;
mod parameter;
// the face
mod containers;
mod declare;
mod equal;
mod listing;
mod load;
mod loader;
mod make;
mod module;
mod remote;
mod save;
mod saver;
mod stream;
mod tree;
mod unfit;

pub mod docs;
pub mod libraries;
pub mod lock;

#[cfg(feature = "num-complex")]
pub use weighbridge_checkpoint::Complex64;
#[cfg(feature = "regex")]
pub use weighbridge_checkpoint::RegexError;
pub use weighbridge_checkpoint::read::Progress;
pub use weighbridge_checkpoint::{
    AnyTensor, Block, Checkpoint, CheckpointError, DType, Element, Entry, Limits, Metadata, MetadataArray,
    MetadataValue, OpenOptions, Pieces, Problem, ProblemKind, ReadAt, Rename, Renames, Shape, ShapeError, Sink, Source,
    Tensor, TensorSpec, UnknownDType, WriteError, cast_elements,
};

pub use crate::devices::Devices;
pub use crate::error::{LoadError, ParameterError};
pub use crate::load::Loaded;
pub use crate::loader::Loader;
pub use crate::lock::lock;
pub use crate::module::Module;
pub use crate::parameter::{Parameter, Update, View};
pub use crate::plan::{Cast, Rule};
pub use crate::remote::Remote;
pub use crate::report::{
    AliasNote, CastNote, DTypeCount, Finding, FindingKind, FindingSide, MemoryUse, Report, TensorCount, TiedNote,
    UnsaidNote,
};
pub use crate::save::{SaveError, Snapshot};
pub use crate::saver::Saver;
pub use crate::schema::{DimSchema, Formula, ParameterSchema, Schema, Shapes};
pub use crate::stream::Streamed;

/// Implements [`Module`](trait@Module) for a struct. The attributes are on [one page](docs::attributes).
pub use weighbridge_macros::Module;

/// Compares a module's type with a checkpoint while the program compiles: `verify!(Llama<Tiny>, "llama.lock");`.
///
/// The path begins beside the crate's `Cargo.toml` and leads to a lock, a `.safetensors` file, an index of shards, or a
/// directory that holds one of the latter two.
///
/// # Errors
///
/// A mismatch is a compile error at the type. It lists what is wrong, and ends with the command of a test that shows the causes.
/// If the file is absent or damaged, the error is at the path. The page on [the lock](docs::lock) has the details.
///
/// `verify!(Llama, "llama.lock", config = "config.json")` compares with what a configuration says of names and conditions, too. It does not
/// check fields with `#[module(config)]`, as serde makes their values in a program: the load checks those.
///
/// ```
/// use weighbridge::{Module, Tensor};
///
/// #[derive(Module)]
/// struct Linear<const IN: usize, const OUT: usize> {
///     #[param(shape = [OUT, IN])]
///     weight: Tensor<f32>,
///     #[param(shape = [OUT])]
///     bias: Tensor<f32>,
/// }
///
/// weighbridge::verify!(Linear<10, 10>, "../fixtures/mlx/linear.safetensors");
/// ```
#[macro_export]
macro_rules! verify {
    ($($call:tt)*) => {
        $crate::__private::verify_macro! { $crate; $($call)* }
    };
}

/// The value of a result, or else the function returns its error: `?` in generated code. The two functions that `?` calls would be
/// compiled again for each type of a field.
///
/// The variables have names that the derive imports a function under: see `local` below.
#[doc(hidden)]
#[macro_export]
macro_rules! __ok {
    ($result:expr) => {
        match $result {
            $crate::__private::Ok(__b) => __b,
            $crate::__private::Err(__w) => return $crate::__private::Err(__w),
        }
    };
}

/// For generated code only.
#[doc(hidden)]
pub mod __private {
    pub use crate::__ok as ok;
    pub use crate::config_field::{ConfigField, FromConfig};
    pub use crate::declare::{given, module, named, of_items, of_items_given, setting, shaped, sized, via};
    pub use crate::remote::{Parts, Remote as IsRemote, Via};
    pub use crate::schema::Dim::{Any, AtLeast, Computed, Is, Named};
    pub use crate::schema::Setting as ConfigSetting;
    pub use crate::schema::{
        Alias, Argument, Binding, Declared, Expression, Field, Given, Items, Layout, Len, Node, Part, Stem, Step,
        Variant, extent, quotient, shared, tied,
    };
    pub use crate::tree::{Builder, Modules, Parameters, Tree, Walk, WalkMut};
    pub use crate::unfit::*;
    pub use crate::verify::{Branch, Component, Configured, LockTree, Locked, LockedTensor, text_of, verified, verify};
    // under its own name, it would be an unnecessary qualification where the user has it in scope
    pub use ::core::default::Default as DefaultValue;
    pub use ::core::marker::PhantomData;
    pub use ::core::option::Option::{self, None, Some};
    pub use ::core::prelude::v1::test;
    pub use ::core::primitive::str;
    pub use ::core::result::Result::{Err, Ok};
    pub use ::core::{include_bytes, option_env};
    pub use weighbridge_checkpoint::DType;
    pub use weighbridge_macros::verify as verify_macro;

    /// Generated code imports this under the names of its variables, so that a constant of your own with such a name does not
    /// turn them into patterns.
    pub fn local() {}

    /// Panics with the report of a strict load, for the test that a compile error names.
    #[track_caller]
    pub fn explain<M: crate::Module>(path: &str, label: &str, config: Option<&str>) {
        let mut loader = config.into_iter().fold(crate::Loader::new(), crate::Loader::config_file);
        // nothing verifies these
        loader.options.policy.ignore_config_fields = true;
        match loader.check::<M>(path) {
            Ok(_) => {}
            Err(crate::LoadError::Mismatch(mut report)) => {
                label.clone_into(&mut report.checkpoint);
                panic!("{report}");
            }
            Err(error) => panic!("{error:?}"),
        }
    }

    /// The result of building.
    pub type Result<T> = ::core::result::Result<T, crate::error::ParameterError>;
}
