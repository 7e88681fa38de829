//! A safetensors file: a header that places every tensor, and their bytes without gaps.
//!
//! The writer of the `safetensors` crate sorts by name and writes metadata in hash map order. This one keeps the
//! caller's order, so that the same module gives the same file, and fetches one tensor at a time. The header uses the
//! crate's types, and tests see to it that the crate accepts it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use safetensors::Dtype as Theirs;
use safetensors::tensor::TensorInfo;

use super::error::WriteError;
use super::job::WriteJob;
use super::spec::{METADATA, SpecList, all};
use crate::dtype::DType;

/// The header is padded to a multiple of this, which aligns elements of every size.
const ALIGNMENT: usize = 8;

/// Refuses what the format cannot hold.
pub(super) fn check(tensors: &dyn SpecList) -> Result<(), WriteError> {
    match all(tensors).find(|tensor| theirs(tensor.dtype).is_none()) {
        Some(refused) => {
            let (name, dtype) = (refused.name.to_owned(), refused.dtype);
            Err(WriteError::DType { name, dtype, format: "safetensors" })
        }
        None => Ok(()),
    }
}

/// Writes these tensors of the job: larger elements first, otherwise in the given order.
pub(super) fn write<E: From<WriteError>>(
    mut order: Vec<usize>,
    metadata: &BTreeMap<String, String>,
    job: &mut WriteJob<'_, E>,
    file: &mut BufWriter<File>,
) -> Result<(), E> {
    order.sort_by_key(|&number| Reverse(job.tensors.listed(number).dtype.alignment()));
    // written twice, the first time to know its length: the text of a million tensors takes as much as many models
    let mut length = Length(0);
    header(job.tensors, &order, metadata, &mut length).map_err(job.io())?;
    let padding = length.0.next_multiple_of(ALIGNMENT) - length.0;
    let start = ((length.0 + padding) as u64).to_le_bytes();
    let written = file.write_all(&start).and_then(|()| header(job.tensors, &order, metadata, file));
    written.and_then(|()| file.write_all(&b"        "[..padding])).map_err(job.io())?;
    order.iter().try_for_each(|&number| job.elements(number, file))
}

/// Counts what is written.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the header of these tensors, without padding.
fn header(
    tensors: &dyn SpecList,
    order: &[usize],
    metadata: &BTreeMap<String, String>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut comma: &[u8] = b"{";
    if !metadata.is_empty() {
        write!(out, "{{\"{METADATA}\":")?;
        serde_json::to_writer(&mut *out, metadata)?;
        comma = b",";
    }
    let mut end = 0usize;
    for &number in order {
        let tensor = tensors.listed(number);
        let Some(dtype) = theirs(tensor.dtype) else { continue };
        let begin = end;
        let too_large =
            || io::Error::new(io::ErrorKind::FileTooLarge, "the tensors have more bytes than a `usize` can count");
        end = begin.checked_add(tensor.byte_len()).ok_or_else(too_large)?;
        out.write_all(std::mem::replace(&mut comma, b","))?;
        serde_json::to_writer(&mut *out, tensor.name)?;
        out.write_all(b":")?;
        let info = TensorInfo { dtype, shape: tensor.shape.to_vec(), data_offsets: (begin, end) };
        serde_json::to_writer(&mut *out, &info)?;
    }
    out.write_all(if order.is_empty() && metadata.is_empty() { b"{}" } else { b"}" })
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
