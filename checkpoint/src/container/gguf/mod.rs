//! GGUF: metadata, a list of tensors, padding, then the tensors in the order of the list, each padded. Every byte belongs to
//! one of these.
#![forbid(unsafe_code)]

mod feed;
mod keys;
mod split;
mod tensors;
mod types;

use std::sync::Arc;

use self::feed::Feed;
pub(crate) use self::split::{Split, is_of_split};
use self::tensors::Tensors;
use super::contents::Contents;
use super::metadata::{Metadata, MetadataValue};
use super::plain::PlainElements;
use super::problems::FoundProblems;
use crate::error::{Problem, ProblemKind, Problems};
use crate::limits::Limits;
use crate::reader::ReadAt;

/// How a file starts.
const MAGIC: u32 = u32::from_le_bytes(*b"GGUF");
/// The key that says how far tensors are padded, and what it is without that key.
const ALIGNMENT: &str = "general.alignment";
const DEFAULT_ALIGNMENT: u64 = 32;

/// Reads the header and proves that its tensors cover the rest of the file, each byte once. Returns the length of the header too.
pub(crate) fn open(reader: Arc<dyn ReadAt>, limits: &Limits) -> Result<(Contents, u64), Problems> {
    let mut problems = FoundProblems::default();
    let (metadata, mut tensors) = match read(&*reader, limits, &mut problems) {
        Ok(header) => header,
        Err(problem) => {
            problems.push(problem);
            return Err(problems.finish());
        }
    };
    let header_end = tensors.header_end();
    tensors.place(&*reader, &mut problems);
    let mut entries = tensors.into_entries();
    problems.extend(entries.refused());
    if !problems.is_empty() {
        return Err(problems.finish());
    }
    let (texts, plain) = (metadata.texts(), Contents::new(entries, PlainElements::new(reader)));
    Ok((Contents { metadata: texts, typed: metadata, ..plain }, header_end))
}

/// The metadata and the tensors. Mistakes that hide nothing are added to the problems; another is the error.
fn read(reader: &dyn ReadAt, limits: &Limits, problems: &mut FoundProblems) -> Result<(Metadata, Tensors), Problem> {
    let mut feed = Feed::new(reader, limits);
    if feed.u32()? != MAGIC {
        let message = "it does not begin with `GGUF`; fetch the file again";
        return Err(Problem::new(ProblemKind::Format, message).at(0));
    }
    version(feed.u32()?).map_err(|problem| problem.at(4))?;
    // the number of tensors comes first, and tensors stand behind the metadata
    let tensor_count = feed.count(tensors::LEAST, "the header", "tensor")?;
    if tensor_count > limits.tensor_count {
        let found = format!("the header claims {tensor_count} tensors");
        return Err(Problem::limit(found, "tensor_count", limits.tensor_count).at(8));
    }
    let key_count = feed.count(keys::LEAST, "the header", "key")?;
    let listed = keys::read(&mut feed, key_count, problems)?;
    let alignment = alignment(listed.get(&feed, ALIGNMENT)).unwrap_or_else(|problem| {
        problems.push(problem);
        DEFAULT_ALIGNMENT
    });
    let tensors = Tensors::read(&mut feed, tensor_count, alignment, problems)?;
    Ok((listed.finish(feed, problems), tensors))
}

fn version(version: u32) -> Result<(), Problem> {
    let message = match version {
        2 | 3 => return Ok(()),
        1 => {
            "the file is of GGUF version 1, which no program writes any more, and llama.cpp does not read; get a newer file of \
             the model"
                .to_owned()
        }
        _ if version.trailing_zeros() >= 16 => {
            "the file is a big-endian GGUF file; convert it with `gguf-convert-endian FILE little` of the Python package `gguf`"
                .to_owned()
        }
        _ => format!("the file is of GGUF version {version}, and versions 2 and 3 are known; get the model in one of these"),
    };
    Err(Problem::new(ProblemKind::Format, message))
}

/// What the metadata says of the padding.
fn alignment(value: Option<MetadataValue<'_>>) -> Result<u64, Problem> {
    let wrong = |found: String| {
        let message = format!(
            "`{ALIGNMENT}` is {found}, and it must be a U32 that is a power of two and at least 8; write the file anew"
        );
        Err(Problem::new(ProblemKind::Header, message))
    };
    match value {
        None => Ok(DEFAULT_ALIGNMENT),
        Some(MetadataValue::U32(alignment)) if alignment.is_power_of_two() && alignment >= 8 => Ok(alignment.into()),
        Some(MetadataValue::U32(alignment)) => wrong(alignment.to_string()),
        Some(other) => wrong(format!("{other:?}")),
    }
}
