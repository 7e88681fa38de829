//! What a load allows, and how it renames.

use std::collections::BTreeMap;
use std::sync::Arc;

use weighbridge_checkpoint::{DType, Renames};

use crate::config::Config;

/// What to do about one class of mismatch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// An error in the report.
    #[default]
    Refuse,
    /// Let through, and noted in the report.
    Allow,
}

/// Which casts are made while loading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cast {
    /// None: another dtype is an error.
    #[default]
    None,
    /// Casts that keep every value: BF16 and F16 to F32, F32 to F64, U8 to I32, and floats of 8 bits to every larger one
    /// (`F8_E8M0` not to F16, whose smallest number is 2^-24).
    Lossless,
    /// Between any two numeric dtypes, as Rust's `as` does it: rounding to the nearest float, saturating to an integer. What is too
    /// large for a float of 8 bits is infinite, or a NaN where the format has no infinity. Complex numbers, BOOL and elements
    /// smaller than a byte are never cast.
    Any,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    pub(crate) missing: Rule,
    pub(crate) unexpected: Rule,
    pub(crate) shapes: Rule,
    pub(crate) cast: Cast,
    /// The float of the parameters whose type holds several.
    pub(crate) dtype: Option<DType>,
    pub(crate) ignore: Vec<String>,
    /// Parameters that an update leaves as they are.
    pub(crate) keep: Vec<String>,
    pub(crate) dims: BTreeMap<String, usize>,
    pub(crate) renames: Renames,
    /// What the loader was given, once a load has read it.
    pub(crate) config: Option<Arc<Config>>,
    /// Whether fields that are in the configuration are left out, as nothing is built.
    pub(crate) ignore_config_fields: bool,
}

impl Policy {
    /// Whether the caller may say what names are.
    pub(super) fn says_names(&self) -> bool {
        self.config.is_some() || !self.dims.is_empty()
    }
}
