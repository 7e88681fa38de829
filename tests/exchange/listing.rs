//! What a checkpoint holds, as JSON: what other readers' lists are compared with. `gguf_files.py` makes the same list with gguf-py.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use wb::{Checkpoint, CheckpointError, DType, MetadataValue, cast_elements};

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest of what blocks stand for in f32, if they are dequantised; every not-a-number is the same.
fn floats(dtype: DType, bytes: &[u8]) -> Option<String> {
    let mut floats = vec![0; dtype.elements_in(bytes.len()) * 4];
    if !cast_elements(dtype, bytes, DType::F32, &mut floats) {
        return None;
    }
    for float in floats.as_chunks_mut::<4>().0 {
        if f32::from_le_bytes(*float).is_nan() {
            *float = 0x7fc0_0000_u32.to_le_bytes();
        }
    }
    Some(digest(&floats))
}

fn tensors(checkpoint: &Checkpoint) -> Result<Map<String, Value>, CheckpointError> {
    let mut all = Map::new();
    for entry in checkpoint.iter() {
        let tensor = checkpoint.tensor(entry.name())?;
        let (dtype, bytes) = (tensor.dtype(), tensor.as_bytes());
        let mut said = json!({ "dtype": dtype.name(), "shape": tensor.shape().to_vec(), "sha256": digest(bytes) });
        if dtype.is_quantised()
            && !bytes.is_empty()
            && let Some(floats) = floats(dtype, bytes)
        {
            said["floats"] = floats.into();
        }
        all.insert(entry.name().to_owned(), said);
    }
    Ok(all)
}

/// The name of a value's type, and the value, of floats their bits, so that all of them have one in JSON.
fn value(value: MetadataValue<'_>) -> (String, Value) {
    let (kind, value) = match value {
        MetadataValue::U8(number) => ("U8", number.into()),
        MetadataValue::I8(number) => ("I8", number.into()),
        MetadataValue::U16(number) => ("U16", number.into()),
        MetadataValue::I16(number) => ("I16", number.into()),
        MetadataValue::U32(number) => ("U32", number.into()),
        MetadataValue::I32(number) => ("I32", number.into()),
        MetadataValue::U64(number) => ("U64", number.into()),
        MetadataValue::I64(number) => ("I64", number.into()),
        MetadataValue::F32(number) => ("F32", number.to_bits().into()),
        MetadataValue::F64(number) => ("F64", number.to_bits().into()),
        MetadataValue::Bool(truth) => ("Bool", truth.into()),
        MetadataValue::Text(text) => ("String", text.into()),
        MetadataValue::Array(array) => {
            return (format!("{array:?}"), array.iter().map(|item| self::value(item).1).collect());
        }
        other => unreachable!("{other:?}"),
    };
    (kind.to_owned(), value)
}

/// Tensors with dtype, shape and digests, and keys with type and value.
///
/// # Errors
/// If a tensor cannot be read.
pub fn listing(checkpoint: &Checkpoint) -> Result<Value, CheckpointError> {
    let metadata: Map<String, Value> = checkpoint
        .typed_metadata()
        .iter()
        .map(|(key, said)| {
            let (kind, value) = value(said);
            (key.to_owned(), json!({ "type": kind, "value": value }))
        })
        .collect();
    Ok(json!({ "tensors": tensors(checkpoint)?, "metadata": metadata }))
}
