//! The summary of a conversion.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use weighbridge_checkpoint::DType;
use weighbridge_checkpoint::cast::why_not;
use weighbridge_lock::{counted, line};

use crate::shown::shown;

/// How many tensors, and keys of metadata, the text names. The data has all of them.
const MOST: usize = 16;

/// What a conversion wrote and changed. `Display` gives the text, `serde` the data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Converted {
    /// The files that were written. If they are shards, the index is the last.
    pub files: Vec<String>,
    /// How many tensors the files hold.
    pub tensor_count: usize,
    /// The size of these tensors in bytes.
    pub byte_len: u64,
    /// How many of them have a new name.
    pub renamed_count: usize,
    /// How many tensors of the checkpoint were left out.
    pub left_out_count: usize,
    /// The patterns of names to ignore that fit none: they may be misspelt.
    pub stale_ignores: Vec<String>,
    /// The tensors that were cast.
    pub cast: Vec<CastTensor>,
    /// The tensors that keep their dtype although you asked for a cast, because only [floats](super::FLOATS) are cast.
    pub left_alone: Vec<TypedTensor>,
    /// The tensors that the `.npz` holds untyped, because numpy has no name for their dtype.
    pub untyped: Vec<TypedTensor>,
    /// The tensors in which the cast made finite numbers infinite, or NaN where the dtype has no infinity.
    pub overflowed: Vec<Overflow>,
    /// The keys of the metadata that was left out, because an `.npz` has no place for it.
    pub dropped_metadata: Vec<String>,
}

/// A tensor that was cast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CastTensor {
    /// Its new name.
    pub name: String,
    /// Its dtype before.
    #[serde(serialize_with = "crate::dtype::name")]
    pub from: DType,
    /// Its dtype now.
    #[serde(serialize_with = "crate::dtype::name")]
    pub to: DType,
}

/// A tensor and its dtype.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TypedTensor {
    /// Its new name.
    pub name: String,
    /// Its dtype.
    #[serde(serialize_with = "crate::dtype::name")]
    pub dtype: DType,
}

/// A tensor with numbers that its new dtype has not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Overflow {
    /// Its new name.
    pub name: String,
    /// How many of its elements were finite and are infinite or NaN now.
    pub element_count: usize,
}

impl Converted {
    pub(super) fn note(&mut self, name: &str, from: DType, to: DType, asked: Option<DType>) {
        if from != to {
            self.cast.push(CastTensor { name: name.to_owned(), from, to });
        } else if asked.is_some_and(|asked| asked != from) {
            self.left_alone.push(TypedTensor { name: name.to_owned(), dtype: from });
        }
    }
}

impl Converted {
    /// What a number became that the dtype of the cast has not.
    fn instead(&self) -> &'static str {
        match self.cast.first().map(|cast| cast.to) {
            Some(DType::F8_E8M0) => "NaN, as F8_E8M0 has neither zero nor negative numbers, nor such large ones",
            Some(DType::F8_E4M3 | DType::F8_E4M3FNUZ | DType::F8_E5M2FNUZ) => "NaN, as the dtype has nothing so large",
            _ => "infinite, as the dtype has nothing so large",
        }
    }
}

/// `1 I64, 2 U8`: how many tensors there are of each dtype.
fn counts<'t>(tensors: impl IntoIterator<Item = &'t TypedTensor>) -> String {
    let mut dtypes: BTreeMap<&'static str, usize> = BTreeMap::new();
    for tensor in tensors {
        *dtypes.entry(tensor.dtype.name()).or_default() += 1;
    }
    let counts: Vec<String> = dtypes.iter().map(|(dtype, count)| format!("{count} {dtype}")).collect();
    counts.join(", ")
}

impl fmt::Display for Converted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.files.as_slice() {
            [] => f.write_str("nothing")?,
            [file] => f.write_str(&shown(file))?,
            [shards @ .., index] => write!(f, "{} and {}", shown(index), counted(shards.len(), "shard"))?,
        }
        write!(f, ": {}, {}", counted(self.tensor_count, "tensor"), counted(self.byte_len, "byte"))?;
        if self.renamed_count > 0 {
            write!(f, ", {} renamed", self.renamed_count)?;
        }
        if self.left_out_count > 0 {
            write!(f, ", {} left out", self.left_out_count)?;
        }
        if let Some(first) = self.cast.first() {
            write!(f, ", {} cast to {}", self.cast.len(), first.to)?;
        }
        let mut left_alone: BTreeMap<&str, Vec<&TypedTensor>> = BTreeMap::new();
        for tensor in &self.left_alone {
            left_alone.entry(why_not(tensor.dtype).unwrap_or("only floats are cast")).or_default().push(tensor);
        }
        for (why, tensors) in left_alone {
            write!(f, "\nleft alone  {}: {why}", counts(tensors))?;
        }
        if !self.untyped.is_empty() {
            let what = "numpy has no name for these, so a reader must be told what they are";
            write!(f, "\nuntyped     {}: {what}", counts(&self.untyped))?;
        }
        for Overflow { name, element_count } in self.overflowed.iter().take(MOST) {
            let numbers = counted(*element_count, "finite number");
            write!(f, "\noverflow    {}: {numbers} became {}", shown(name), self.instead())?;
        }
        if self.overflowed.len() > MOST {
            write!(f, "\noverflow    … and {} more", self.overflowed.len() - MOST)?;
        }
        if !self.dropped_metadata.is_empty() {
            let keys: Vec<String> =
                self.dropped_metadata.iter().take(MOST).map(|key| shown(key).into_owned()).collect();
            let more = match self.dropped_metadata.len().saturating_sub(MOST) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let why = match self.files.iter().any(|file| file.ends_with(".npz")) {
                true => "an npz file has no place for it",
                false => "a safetensors file has a place for texts, and not for lists",
            };
            write!(f, "\nmetadata    {}{more}: left out, {why}", line(&keys.join(", ")))?;
        }
        Ok(())
    }
}
