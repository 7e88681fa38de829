//! A safetensors file: a header that places every tensor, and their bytes without gaps.
//!
//! The writer of the `safetensors` crate sorts by name and writes metadata in hash map order. This one keeps the
//! caller's order, so that the same module gives the same file, and fetches one tensor at a time. The header uses the
//! crate's types, and the crate must accept it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use safetensors::Dtype as Theirs;
use safetensors::tensor::{Metadata, TensorInfo};

use super::error::WriteError;
use super::job::WriteJob;
use super::spec::{METADATA, TensorSpec};
use crate::dtype::DType;

/// The header is padded to a multiple of this, which aligns elements of every size.
const ALIGNMENT: usize = 8;

/// Refuses what the format cannot hold.
pub(super) fn check(tensors: &[TensorSpec]) -> Result<(), WriteError> {
    match tensors.iter().find(|tensor| theirs(tensor.dtype).is_none()) {
        Some(TensorSpec { name, dtype, .. }) => {
            Err(WriteError::DType { name: name.clone(), dtype: *dtype, format: "safetensors" })
        }
        None => Ok(()),
    }
}

/// Writes these tensors of the job: larger elements first, otherwise in the given order.
pub(super) fn write<E: From<WriteError>>(
    numbers: &[usize],
    metadata: &BTreeMap<String, String>,
    job: &mut WriteJob<'_, E>,
    file: &mut BufWriter<File>,
) -> Result<(), E> {
    let mut order = numbers.to_vec();
    order.sort_by_key(|&number| Reverse(job.tensors[number].dtype.alignment()));
    let header = header(order.iter().map(|&number| &job.tensors[number]), metadata).map_err(job.io())?;
    let start = (header.len() as u64).to_le_bytes();
    file.write_all(&start).and_then(|()| file.write_all(header.as_bytes())).map_err(job.io())?;
    order.iter().try_for_each(|&number| job.elements(number, file))
}

fn header<'t>(order: impl Iterator<Item = &'t TensorSpec>, metadata: &BTreeMap<String, String>) -> io::Result<String> {
    let mut entries = Vec::new();
    if !metadata.is_empty() {
        entries.push(format!("\"{METADATA}\":{}", json(metadata)?));
    }
    let mut end = 0usize;
    for tensor in order {
        let Some(dtype) = theirs(tensor.dtype) else { continue };
        let begin = end;
        let too_large =
            || io::Error::new(io::ErrorKind::FileTooLarge, "the tensors have more bytes than a `usize` can count");
        end = begin.checked_add(tensor.byte_len()).ok_or_else(too_large)?;
        let info = TensorInfo { dtype, shape: tensor.shape.to_vec(), data_offsets: (begin, end) };
        entries.push(format!("{}:{}", json(&tensor.name)?, json(&info)?));
    }
    let mut header = format!("{{{}}}", entries.join(","));
    serde_json::from_str::<Metadata>(&header)?;
    let padding = header.len().next_multiple_of(ALIGNMENT) - header.len();
    header.extend(std::iter::repeat_n(' ', padding));
    Ok(header)
}

fn json(value: &impl serde::Serialize) -> io::Result<String> {
    Ok(serde_json::to_string(value)?)
}

/// The format's name for a dtype.
fn theirs(dtype: DType) -> Option<Theirs> {
    Some(match dtype {
        DType::BOOL => Theirs::BOOL,
        DType::F4 => Theirs::F4,
        DType::F6_E2M3 => Theirs::F6_E2M3,
        DType::F6_E3M2 => Theirs::F6_E3M2,
        DType::U8 => Theirs::U8,
        DType::I8 => Theirs::I8,
        DType::F8_E5M2 => Theirs::F8_E5M2,
        DType::F8_E4M3 => Theirs::F8_E4M3,
        DType::F8_E8M0 => Theirs::F8_E8M0,
        DType::F8_E4M3FNUZ => Theirs::F8_E4M3FNUZ,
        DType::F8_E5M2FNUZ => Theirs::F8_E5M2FNUZ,
        DType::I16 => Theirs::I16,
        DType::U16 => Theirs::U16,
        DType::F16 => Theirs::F16,
        DType::BF16 => Theirs::BF16,
        DType::I32 => Theirs::I32,
        DType::U32 => Theirs::U32,
        DType::F32 => Theirs::F32,
        DType::C64 => Theirs::C64,
        DType::F64 => Theirs::F64,
        DType::I64 => Theirs::I64,
        DType::U64 => Theirs::U64,
        // numpy's untyped bytes
        _ => return None,
    })
}
