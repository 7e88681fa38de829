//! An `.npz`: a zip archive of `.npy` files.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use super::error::WriteError;
use super::job::WriteJob;
use super::spec::{ListedSpec, SpecList, all};
use crate::dtype::DType;

/// Elements in an `.npz` start at a multiple of this many bytes, so that a mapped file can be used in place.
const ALIGNMENT: u16 = 64;
/// numpy appends this to a name.
const SUFFIX: &str = ".npy";

/// Refuses what the format cannot hold.
pub(super) fn check(tensors: &dyn SpecList) -> Result<(), WriteError> {
    let names: HashSet<&str> = all(tensors).map(|tensor| tensor.name).collect();
    for ListedSpec { name, dtype, .. } in all(tensors) {
        if npy_descr(dtype).is_none() {
            return Err(WriteError::DType { name: name.to_owned(), dtype, format: "npz" });
        }
        if name.strip_suffix(SUFFIX).is_some_and(|stem| names.contains(stem)) {
            let reason = "numpy drops the `.npy`, and another tensor has the name that is left";
            return Err(WriteError::Name { name: name.to_owned(), reason });
        }
    }
    Ok(())
}

/// Writes one member for each tensor, uncompressed and in order.
pub(super) fn write<E: From<WriteError>>(job: &mut WriteJob<'_, E>, file: &mut BufWriter<File>) -> Result<(), E> {
    let mut archive = zip::ZipWriter::new(file);
    for (number, tensor) in all(job.tensors).enumerate() {
        let header = npy_header(npy_descr(tensor.dtype).unwrap_or_default(), tensor.shape);
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .large_file(u32::try_from(header.len().saturating_add(tensor.byte_len())).is_err())
            .with_alignment(ALIGNMENT);
        let started = archive.start_file(format!("{}{SUFFIX}", tensor.name), options).map_err(io::Error::from);
        started.and_then(|()| archive.write_all(&header)).map_err(job.io())?;
        job.elements(number, &mut archive)?;
    }
    archive.finish().map_err(io::Error::from).map_err(job.io())?;
    Ok(())
}

/// A version 1.0 header, padded so that the elements after it are aligned. Source: numpy's `lib/format` documentation.
fn npy_header(descr: &str, shape: &[usize]) -> Vec<u8> {
    let mut dims = String::new();
    for dim in shape {
        dims.push_str(&format!("{dim}, "));
    }
    let dims = if shape.len() == 1 { dims.trim_end() } else { dims.trim_end_matches(", ") };
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({dims}), }}");
    const PREAMBLE: usize = 10;
    let alignment = usize::from(ALIGNMENT);
    let padding = (alignment - (PREAMBLE + text.len() + 1) % alignment) % alignment;
    text.extend(std::iter::repeat_n(' ', padding));
    text.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    // even 64 dims of 20 digits fit into a u16
    header.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_le_bytes());
    header.extend(text.bytes());
    header
}

/// numpy's name for a dtype. bfloat16 and the 8-bit floats become untyped bytes, as MLX and JAX write them.
fn npy_descr(dtype: DType) -> Option<&'static str> {
    Some(match dtype {
        DType::BOOL => "|b1",
        DType::U8 => "|u1",
        DType::I8 => "|i1",
        DType::U16 => "<u2",
        DType::I16 => "<i2",
        DType::F16 => "<f2",
        DType::U32 => "<u4",
        DType::I32 => "<i4",
        DType::F32 => "<f4",
        DType::U64 => "<u8",
        DType::I64 => "<i8",
        DType::F64 => "<f8",
        DType::C64 => "<c8",
        DType::BF16 | DType::V2 => "<V2",
        DType::V1 | DType::F8_E5M2 | DType::F8_E4M3 | DType::F8_E8M0 | DType::F8_E4M3FNUZ | DType::F8_E5M2FNUZ => "|V1",
        _ => return None,
    })
}
