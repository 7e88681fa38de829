//! Why there is no struct.

use std::fmt;

use crate::shown::shown;

/// Why there is no struct that loads a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GenerateError {
    /// The name in the options is no name of a type, or means something else in the code.
    Name {
        /// The name.
        name: String,
    },
    /// A tensor that no field can have.
    Entry {
        /// The tensor's name.
        name: String,
        /// What is wrong with it: lower case, no final period.
        problem: String,
    },
    /// More fields than anybody would read: the file's names are not a model's.
    TooMany {
        /// How many there are, or were when it was given up.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
}

impl fmt::Display for GenerateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GenerateError::Name { name } => {
                let name = shown(name);
                write!(f, "`{name}` cannot be the name of a struct; give an identifier such as `Llama`")
            }
            GenerateError::Entry { name, problem } => write!(f, "`{}`: {problem}", shown(name)),
            GenerateError::TooMany { found, limit } => write!(
                f,
                "the structs would have {found} fields or more, and the limit is {limit}; hold tensors whose names are not a \
                 model's in a `BTreeMap<String, AnyTensor>`"
            ),
        }
    }
}

impl std::error::Error for GenerateError {}
