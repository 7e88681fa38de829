//! The words of the attributes, and where each may stand.

use std::fmt;

pub(crate) const PARAM: &str = "param";
pub(crate) const MODULE: &str = "module";

pub(crate) const SHAPE: &str = "shape";
pub(crate) const DTYPE: &str = "dtype";
pub(crate) const TIED: &str = "tied";
pub(crate) const FROM: &str = "from";

/// The words of a layout, which is the value of `from`.
pub(crate) const TRANSPOSE: &str = "transpose";
pub(crate) const PERMUTE: &str = "permute";
pub(crate) const RESHAPE: &str = "reshape";
pub(crate) const CONCAT: &str = "concat";
pub(crate) const STACK: &str = "stack";
pub(crate) const SLICE: &str = "slice";

pub(crate) const DIM: &str = "dim";
pub(crate) const OF: &str = "of";
pub(crate) const START: &str = "start";

pub(crate) const FLATTEN: &str = "flatten";
pub(crate) const SKIP: &str = "skip";

pub(crate) const RENAME: &str = "rename";
pub(crate) const ALIAS: &str = "alias";
pub(crate) const LEN: &str = "len";

pub(crate) const RENAME_ALL: &str = "rename_all";
pub(crate) const CRATE: &str = "crate";
pub(crate) const IGNORE: &str = "ignore";
pub(crate) const VERIFY: &str = "verify";

/// A place where attribute words stand.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// `#[param(..)]` on a field
    Param,
    /// `#[module(..)]` on a field
    Module,
    /// `#[module(..)]` on a struct or an enum
    Type,
}

impl Place {
    pub(crate) const ALL: [Place; 3] = [Place::Param, Place::Module, Place::Type];

    /// The words that are accepted here.
    pub(crate) fn accepted(self) -> &'static [&'static str] {
        match self {
            Place::Param => &[SHAPE, DTYPE, FROM, TIED, LEN, RENAME, ALIAS],
            Place::Module => &[FLATTEN, SKIP, TIED, LEN, RENAME, ALIAS],
            Place::Type => &[RENAME_ALL, CRATE, IGNORE, VERIFY],
        }
    }

    /// Whether a word is accepted here.
    pub(crate) fn knows(self, word: &str) -> bool {
        self.accepted().contains(&word)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Place::Param => "`#[param(..)]` on a field",
            Place::Module => "`#[module(..)]` on a field",
            Place::Type => "`#[module(..)]` on the type",
        })
    }
}

/// The names of the dtypes, as the variants of the runtime's `DType` spell them (a test compares the two).
pub(crate) const DTYPES: &[&str] = &[
    "BOOL",
    "F4",
    "F6_E2M3",
    "F6_E3M2",
    "U8",
    "I8",
    "F8_E5M2",
    "F8_E4M3",
    "F8_E8M0",
    "F8_E4M3FNUZ",
    "F8_E5M2FNUZ",
    "I16",
    "U16",
    "F16",
    "BF16",
    "I32",
    "U32",
    "F32",
    "C64",
    "F64",
    "I64",
    "U64",
    "V1",
    "V2",
];
