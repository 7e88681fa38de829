//! The words of the attributes, and what each describes.

use syn::{Attribute, Ident};

pub(crate) const PARAM: &str = "param";
pub(crate) const MODULE: &str = "module";

/// The one attribute of a type that derives another crate's `Module` too.
pub(crate) const WEIGHBRIDGE: &str = "weighbridge";

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

/// What a type takes from the field that holds it, and what names of the load are by default.
pub(crate) const ARGS: &str = "args";
pub(crate) const WITH: &str = "with";
pub(crate) const DEFAULTS: &str = "defaults";
pub(crate) const WHEN: &str = "when";
pub(crate) const TIED_WHEN: &str = "tied_when";
pub(crate) const CONFIG_SCOPE: &str = "config_scope";

pub(crate) const FLATTEN: &str = "flatten";
pub(crate) const SKIP: &str = "skip";
pub(crate) const CONFIG: &str = "config";

pub(crate) const RENAME: &str = "rename";
pub(crate) const ALIAS: &str = "alias";
pub(crate) const LEN: &str = "len";
pub(crate) const ITEMS: &str = "items";

/// The parts of another type.
pub(crate) const REMOTE: &str = "remote";
pub(crate) const VIA: &str = "via";

pub(crate) const RENAME_ALL: &str = "rename_all";
pub(crate) const CRATE: &str = "crate";
pub(crate) const IGNORE: &str = "ignore";
pub(crate) const VERIFY: &str = "verify";

/// Which attributes a type uses.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Spelling {
    /// `#[param(..)]` and `#[module(..)]`
    ParamAndModule,
    /// `#[weighbridge(param, ..)]` and `#[weighbridge(..)]`; `#[param]` and `#[module]` belong to another derive.
    Weighbridge,
}

impl Spelling {
    /// The name of an attribute, if this derive reads it.
    pub(crate) fn reads(self, attr: &Attribute) -> Option<&Ident> {
        let name = attr.path().get_ident()?;
        let is_read = match self {
            Spelling::ParamAndModule => name == PARAM || name == MODULE,
            Spelling::Weighbridge => name == WEIGHBRIDGE,
        };
        is_read.then_some(name)
    }

    /// The attribute of a parameter, as a user writes it around `words`.
    pub(crate) fn param(self, words: &str) -> String {
        match self {
            Spelling::ParamAndModule => format!("`#[param({words})]`"),
            Spelling::Weighbridge => format!("`#[weighbridge(param, {words})]`"),
        }
    }

    /// The attribute of a module, as a user writes it around `words`.
    pub(crate) fn module(self, words: &str) -> String {
        match self {
            Spelling::ParamAndModule => format!("`#[module({words})]`"),
            Spelling::Weighbridge => format!("`#[weighbridge({words})]`"),
        }
    }
}

/// What an attribute describes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Target {
    /// A field that is a parameter.
    Param,
    /// A field that is a module.
    Module,
    /// The struct or the enum.
    Type,
}

impl Target {
    pub(crate) const ALL: [Target; 3] = [Target::Param, Target::Module, Target::Type];

    /// The words that describe it.
    pub(crate) fn words(self) -> &'static [&'static str] {
        match self {
            Target::Param => &[SHAPE, DTYPE, FROM, TIED, TIED_WHEN, WHEN, LEN, ITEMS, RENAME, ALIAS],
            Target::Module => &[
                ARGS,
                WITH,
                WHEN,
                CONFIG_SCOPE,
                FLATTEN,
                SKIP,
                CONFIG,
                VIA,
                TIED,
                TIED_WHEN,
                LEN,
                ITEMS,
                RENAME,
                ALIAS,
            ],
            Target::Type => &[ARGS, DEFAULTS, RENAME_ALL, CRATE, IGNORE, VERIFY, CONFIG, REMOTE],
        }
    }

    /// Whether a word describes it.
    pub(crate) fn has(self, word: &str) -> bool {
        self.words().contains(&word)
    }

    /// The attribute that describes it, and where it stands: for messages.
    pub(crate) fn shown(self, spelling: Spelling) -> String {
        match self {
            Target::Param => format!("{} on a field", spelling.param("..")),
            Target::Module => format!("{} on a field", spelling.module("..")),
            Target::Type => format!("{} on the type", spelling.module("..")),
        }
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

/// The same of GGUF's quantised types, which messages do not list.
pub(crate) const QUANTISED: &[&str] = &[
    "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K", "IQ2_XXS",
    "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "IQ1_M", "TQ1_0", "TQ2_0", "MXFP4", "NVFP4",
    "Q1_0",
];
