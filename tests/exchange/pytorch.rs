//! What the crate `pytorch-reader` reads in a file of PyTorch, beside what a checkpoint holds.

use std::collections::BTreeMap;
use std::path::Path;

use pytorch_reader::{DType as Theirs, PytorchReader};
use wb::{Checkpoint, DType};

/// The dtypes that the other reader has.
fn dtype(theirs: Theirs) -> DType {
    match theirs {
        Theirs::F64 => DType::F64,
        Theirs::F32 => DType::F32,
        Theirs::F16 => DType::F16,
        Theirs::BF16 => DType::BF16,
        Theirs::I64 => DType::I64,
        Theirs::I32 => DType::I32,
        Theirs::I16 => DType::I16,
        Theirs::I8 => DType::I8,
        Theirs::U64 => DType::U64,
        Theirs::U32 => DType::U32,
        Theirs::U16 => DType::U16,
        Theirs::U8 => DType::U8,
        Theirs::Bool => DType::BOOL,
    }
}

/// Compares names, dtypes, shapes and bytes. Returns how many tensors there are.
///
/// # Errors
/// If the other reader refuses the file, or a part of it, or if anything differs.
pub fn compare(checkpoint: &Checkpoint, path: &Path) -> Result<usize, String> {
    let reader = PytorchReader::new(path).map_err(|error| format!("refused: {error}"))?;
    let theirs: BTreeMap<_, _> = reader.tensors().iter().collect();
    let mut ours: Vec<&str> = checkpoint.iter().map(|entry| entry.name()).collect();
    ours.sort_unstable();
    let names: Vec<&str> = theirs.keys().map(|name| name.as_str()).collect();
    if ours != names {
        return Err(format!("other names: Weighbridge {ours:?}, pytorch-reader {names:?}"));
    }
    for (name, theirs) in &theirs {
        let tensor = checkpoint.tensor(name).map_err(|error| error.to_string())?;
        let (ours, found) = ((tensor.dtype(), &**tensor.shape()), (dtype(theirs.dtype()), theirs.shape()));
        if ours != found {
            return Err(format!("{name}: Weighbridge {ours:?}, pytorch-reader {found:?}"));
        }
        let bytes = theirs.read().map_err(|error| format!("not read: {error}"))?;
        if tensor.as_bytes() != bytes {
            return Err(format!("{name} has other bytes"));
        }
    }
    Ok(theirs.len())
}
