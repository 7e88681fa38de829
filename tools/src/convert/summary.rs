//! What a conversion did.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use weighbridge_checkpoint::{DType, Entry};

use crate::shown::shown;

/// What was written, and what became of what was read. `Display` gives the text, `serde` the data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Converted {
    /// The files that were written; of shards, the index is the last.
    pub files: Vec<String>,
    /// How many tensors they hold.
    pub tensors: usize,
    /// The size of these tensors in bytes.
    pub bytes: u64,
    /// How many of them have another name.
    pub renamed: usize,
    /// The tensors that were cast.
    pub cast: Vec<CastTensor>,
    /// The tensors that were not cast, though a cast was asked for: they are no floats of 16 bits or more.
    pub left_alone: Vec<Typed>,
    /// The tensors that an `.npz` holds as untyped elements, because numpy has no name for their dtype.
    pub untyped: Vec<Typed>,
    /// The tensors in which a cast made finite numbers infinite.
    pub overflowed: Vec<Overflow>,
    /// The keys of metadata that the format has no place for.
    pub dropped_metadata: Vec<String>,
}

/// A tensor that was cast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CastTensor {
    /// Its new name.
    pub name: String,
    /// What it was.
    pub from: &'static str,
    /// What it is.
    pub to: &'static str,
}

/// A tensor and its dtype.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Typed {
    /// Its new name.
    pub name: String,
    /// Its dtype.
    pub dtype: &'static str,
}

/// A tensor with numbers that are too large for its new dtype.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Overflow {
    /// Its new name.
    pub name: String,
    /// How many of its elements were finite and are infinite.
    pub elements: usize,
}

impl Converted {
    pub(super) fn note(&mut self, name: &str, entry: &Entry<'_>, from: DType, to: DType, asked: Option<DType>) {
        self.renamed += usize::from(name != entry.name());
        if from != to {
            self.cast.push(CastTensor { name: name.to_owned(), from: from.name(), to: to.name() });
        } else if asked.is_some_and(|asked| asked != from) {
            self.left_alone.push(Typed { name: name.to_owned(), dtype: from.name() });
        }
    }
}

/// How many there are of each dtype.
fn counts(tensors: &[Typed]) -> String {
    let mut dtypes: BTreeMap<&str, usize> = BTreeMap::new();
    for tensor in tensors {
        *dtypes.entry(tensor.dtype).or_default() += 1;
    }
    let counts: Vec<String> = dtypes.iter().map(|(dtype, count)| format!("{count} {dtype}")).collect();
    counts.join(", ")
}

impl fmt::Display for Converted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |count: u64, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
        match self.files.as_slice() {
            [] => f.write_str("nothing")?,
            [file] => f.write_str(file)?,
            [shards @ .., index] => write!(f, "{index} and {}", counted(shards.len() as u64, "shard"))?,
        }
        write!(f, ": {}, {}", counted(self.tensors as u64, "tensor"), counted(self.bytes, "byte"))?;
        if self.renamed > 0 {
            write!(f, ", {} renamed", self.renamed)?;
        }
        if let Some(first) = self.cast.first() {
            write!(f, ", {} cast to {}", self.cast.len(), first.to)?;
        }
        if !self.left_alone.is_empty() {
            write!(f, "\nleft alone  {}: these are not cast", counts(&self.left_alone))?;
        }
        if !self.untyped.is_empty() {
            let what = "numpy has no name for these, and who reads them must say what they are";
            write!(f, "\nuntyped     {}: {what}", counts(&self.untyped))?;
        }
        for Overflow { name, elements } in &self.overflowed {
            let what = if *elements == 1 { "number was" } else { "numbers were" };
            write!(f, "\noverflow    {}: {elements} finite {what} too large and became infinite", shown(name))?;
        }
        if !self.dropped_metadata.is_empty() {
            let keys: Vec<String> = self.dropped_metadata.iter().map(|key| shown(key).into_owned()).collect();
            write!(f, "\nmetadata    {}: left out, an npz file has no place for it", keys.join(", "))?;
        }
        Ok(())
    }
}
