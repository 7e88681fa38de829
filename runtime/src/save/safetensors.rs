//! A safetensors file: a header that places every tensor, and their bytes without a gap.
//!
//! The crate's own writer sorts by name and writes metadata in the order of a hash map. Here a file is the same for the
//! same module, in schema order, and no more than one tensor is fetched at a time. The header's tensors are the crate's
//! own type, and the header must be one that the crate takes.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use safetensors::Dtype as Theirs;
use safetensors::tensor::{Metadata, TensorInfo};

use super::{Failed, METADATA, SaveError, bytes};
use crate::dtype::DType;
use crate::error::ParameterError;
use crate::parameter::View;

/// The header is padded to a multiple of this, so that elements of every size are aligned in the file.
const ALIGNMENT: usize = 8;

/// The tensors in schema order, those of larger elements first.
pub(super) fn write(
    parameters: &[(String, View<'_>)],
    metadata: &BTreeMap<String, String>,
    file: &mut BufWriter<File>,
) -> Result<(), Failed> {
    let mut order: Vec<&(String, View<'_>)> = parameters.iter().collect();
    order.sort_by_key(|(_, view)| Reverse(view.dtype().alignment()));
    let header = header(&order, metadata)?;
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    for (name, view) in order {
        file.write_all(&bytes(name, view)?)?;
    }
    Ok(())
}

fn header(order: &[&(String, View<'_>)], metadata: &BTreeMap<String, String>) -> Result<String, Failed> {
    let mut entries = Vec::with_capacity(order.len() + 1);
    if !metadata.is_empty() {
        entries.push(format!("\"{METADATA}\":{}", json(metadata)?));
    }
    let mut end = 0usize;
    for (name, view) in order {
        let refuse = || SaveError::DType { path: name.clone(), dtype: view.dtype(), format: "safetensors" };
        let dtype = theirs(view.dtype()).ok_or_else(refuse)?;
        let begin = end;
        let size = view.shape().elements().and_then(|elements| view.dtype().size_of(elements));
        end = size.and_then(|size| begin.checked_add(size)).ok_or_else(|| SaveError::Parameter {
            path: name.clone(),
            source: ParameterError::new(format!("{} {} is no size in bytes", view.dtype(), view.shape())),
        })?;
        let info = TensorInfo { dtype, shape: view.shape().to_vec(), data_offsets: (begin, end) };
        entries.push(format!("{}:{}", json(name)?, json(&info)?));
    }
    let mut header = format!("{{{}}}", entries.join(","));
    serde_json::from_str::<Metadata>(&header).map_err(io::Error::from)?;
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
        // numpy's untyped bytes have no name here
        // numpy's untyped bytes
        _ => return None,
    })
}
