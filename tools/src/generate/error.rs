//! Why no code was generated.

use std::fmt;

use crate::shown::shown;

/// Why no code was generated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GenerateError {
    /// The name in the options cannot be the name of a type, or already means something in the code.
    Name {
        /// The name.
        name: String,
    },
    /// No field can hold a tensor of this name.
    Entry {
        /// The tensor's name.
        name: String,
        /// What is wrong with it: lower case, no final period.
        problem: String,
    },
    /// The code would have too many fields for anybody to read. The file's names are not a model's.
    TooMany {
        /// How many fields there would be at least.
        field_count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// There is no memory for the names.
    NoMemory {
        /// What there is no memory for, and what to do: lower case, no final period.
        message: String,
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
            GenerateError::NoMemory { message } => f.write_str(message),
            GenerateError::TooMany { field_count, limit } => write!(
                f,
                "the structs would have at least {field_count} fields, and the limit is {limit}; if the names are not a model's, \
                 load them into a field of type `BTreeMap<String, AnyTensor>`"
            ),
        }
    }
}

impl std::error::Error for GenerateError {}
