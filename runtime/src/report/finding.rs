//! One mistake, and what kind of mistake it is.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use weighbridge_checkpoint::{DType, Shape};
use weighbridge_lock::line;

use super::note::option_dtype_name;
use crate::path::shown;

/// What kind of mistake a [`Finding`] is. `Display` gives the word at the head of its line: `missing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FindingKind {
    /// A value of the configuration that contradicts the checkpoint, or the type of a field.
    Config,
    /// In the schema, not in the checkpoint.
    Missing,
    /// In the checkpoint, not in the schema.
    Unexpected,
    /// Found with another shape.
    Shape,
    /// Found with another dtype.
    DType,
    /// Two entries for one parameter.
    Duplicate,
    /// A name that contradicts another, or the schema.
    Name,
    /// A named dim or length that is one number here and another there.
    Dim,
    /// Tied tensors that are not the same.
    Tied,
    /// An enum for which no variant fits, or several do.
    Variant,
}

impl FindingKind {
    /// Every kind, in the order in which a report has them.
    pub const ALL: &'static [FindingKind] = &[
        FindingKind::Config,
        FindingKind::Missing,
        FindingKind::Unexpected,
        FindingKind::Shape,
        FindingKind::DType,
        FindingKind::Duplicate,
        FindingKind::Name,
        FindingKind::Dim,
        FindingKind::Tied,
        FindingKind::Variant,
    ];

    /// The word at the head of a line of the report, which is also the name of the report's field.
    pub const fn label(self) -> &'static str {
        match self {
            FindingKind::Config => "config",
            FindingKind::Missing => "missing",
            FindingKind::Unexpected => "unexpected",
            FindingKind::Shape => "shape",
            FindingKind::DType => "dtype",
            FindingKind::Duplicate => "duplicate",
            FindingKind::Name => "name",
            FindingKind::Dim => "dim",
            FindingKind::Tied => "tied",
            FindingKind::Variant => "variant",
        }
    }

    /// What follows the number of such findings in the summary: `3 wrong shapes`.
    pub(crate) const fn noun(self, n: usize) -> &'static str {
        match (self, n) {
            (FindingKind::Config, 1) => "wrong setting",
            (FindingKind::Config, _) => "wrong settings",
            (FindingKind::Missing, _) => "missing",
            (FindingKind::Unexpected, _) => "unexpected",
            (FindingKind::Shape, 1) => "wrong shape",
            (FindingKind::Shape, _) => "wrong shapes",
            (FindingKind::DType, 1) => "wrong dtype",
            (FindingKind::DType, _) => "wrong dtypes",
            (FindingKind::Duplicate, 1) => "duplicate",
            (FindingKind::Duplicate, _) => "duplicates",
            (FindingKind::Name, 1) => "wrong name",
            (FindingKind::Name, _) => "wrong names",
            (FindingKind::Dim, 1) => "conflicting dim",
            (FindingKind::Dim, _) => "conflicting dims",
            (FindingKind::Tied, 1) => "tied tensor that differs",
            (FindingKind::Tied, _) => "tied tensors that differ",
            (FindingKind::Variant, 1) => "undecided variant",
            (FindingKind::Variant, _) => "undecided variants",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

/// One mistake. `Display` gives it in one line, without its hints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The path of the parameter, the name in the file if the entry belongs to no parameter, or the key of a configuration.
    pub path: String,
    /// What the schema expects there.
    pub expected: Option<FindingSide>,
    /// What the checkpoint has there.
    pub found: Option<FindingSide>,
    /// The shard, where the checkpoint has several files; the configuration, if it is about that.
    pub file: Option<String>,
    /// The first byte of the tensor (safetensors) or of its member (npz) in its file.
    pub offset: Option<u64>,
    /// The nearest causes, and what to do.
    pub hints: Vec<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = shown(&self.path);
        let what = match (&self.expected, &self.found) {
            (Some(expected), Some(found)) => format!(": expected {expected}, found {found}"),
            (Some(one), None) | (None, Some(one)) => format!(": {one}"),
            (None, None) => String::new(),
        };
        let file = self.file.as_ref().map_or_else(String::new, |file| format!(" in {}", shown(file)));
        f.write_str(&line(&format!("`{path}`{what}{file}")))
    }
}

/// One side of a [`Finding`]: what the schema expects, or what the checkpoint has.
///
/// It dereferences to its text, as the report shows it. If the side is a tensor, programs get its
/// [`dtype`](FindingSide::dtype) and its [`shape`](FindingSide::shape).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FindingSide {
    pub(super) text: String,
    #[serde(with = "option_dtype_name")]
    dtype: Option<DType>,
    shape: Option<Shape>,
}

impl FindingSide {
    /// A side that is not a tensor.
    pub(crate) fn words(text: impl Into<String>) -> FindingSide {
        FindingSide { text: text.into(), dtype: None, shape: None }
    }

    /// A tensor, or a part of its type. `dtype` is `None` unless it is a single one, `shape` unless it has numbers only.
    pub(crate) fn typed(text: impl Into<String>, dtype: Option<DType>, shape: Option<Shape>) -> FindingSide {
        FindingSide { text: text.into(), dtype, shape }
    }

    /// The dtype of a tensor.
    pub(crate) fn of_dtype(dtype: DType) -> FindingSide {
        FindingSide::typed(dtype.name(), Some(dtype), None)
    }

    /// The shape of a tensor.
    pub(crate) fn of_shape(shape: &Shape) -> FindingSide {
        FindingSide::typed(shape.to_string(), None, Some(shape.clone()))
    }

    /// A tensor: its dtype and its shape.
    pub(crate) fn of_tensor(dtype: DType, shape: &Shape) -> FindingSide {
        FindingSide::typed(format!("{dtype} {shape}"), Some(dtype), Some(shape.clone()))
    }

    /// The same side, with more text after its own.
    pub(crate) fn and(mut self, more: &str) -> FindingSide {
        self.text.push_str(more);
        self
    }

    /// The text, as the report shows it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The dtype, if this side has one. `None` also where the schema accepts several.
    pub fn dtype(&self) -> Option<DType> {
        self.dtype
    }

    /// The shape, if this side has one. `None` also where the schema leaves a dim open.
    pub fn shape(&self) -> Option<&Shape> {
        self.shape.as_ref()
    }
}

impl Deref for FindingSide {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for FindingSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_the_name_of_the_field() {
        for &kind in FindingKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.label());
            assert_eq!(kind.to_string(), kind.label());
        }
    }

    #[test]
    fn a_finding_is_one_line() {
        let finding = Finding {
            path: "a.\u{1b}".into(),
            expected: Some(FindingSide::of_dtype(DType::F32)),
            found: Some(FindingSide::of_tensor(DType::BF16, &[2, 3].into()).and(", as a view")),
            file: Some("b".into()),
            ..Finding::default()
        };
        assert_eq!(finding.to_string(), "`a.\\u{1b}`: expected F32, found BF16 [2, 3], as a view in b");
        let json = serde_json::to_value(&finding).unwrap();
        assert_eq!(json["found"]["shape"], serde_json::json!([2, 3]));
        assert_eq!(json["expected"], serde_json::json!({ "text": "F32", "dtype": "F32", "shape": null }));
        assert_eq!(serde_json::from_value::<Finding>(json).unwrap(), finding);
    }
}
