//! Any bytes as a GGUF file: an error that can be read, or tensors that the file accounts for, keys that have values, and blocks that
//! are dequantised.

use weighbridge::{DType, MetadataValue, cast_elements};

/// Opens the bytes and reads everything in them. Bytes that have no magic get one, and the version.
pub fn run(bytes: &[u8]) {
    let with_magic;
    let bytes = match bytes.starts_with(b"GGUF") {
        true => bytes,
        false => {
            with_magic = [b"GGUF\x03\0\0\0", bytes].concat();
            &with_magic
        }
    };
    let Some(checkpoint) = crate::opened::open(bytes) else { return };
    let metadata = checkpoint.typed_metadata();
    let mut items = 0;
    for (key, value) in metadata.iter() {
        assert_eq!(metadata.get(key).map(|found| found.to_string()), Some(value.to_string()));
        if let MetadataValue::Array(array) = value {
            assert_eq!(array.iter().count(), array.len());
            items += array.len();
        }
    }
    assert!(metadata.len() + items <= bytes.len());
    for entry in checkpoint.iter() {
        assert_eq!(entry.dtype().byte_len(entry.shape()), Some(entry.byte_len()));
        let tensor = checkpoint.tensor(entry.name()).expect("it was opened");
        if entry.dtype().is_quantised() {
            let elements = entry.dtype().elements_in(entry.byte_len());
            let mut floats = vec![0; elements * 4];
            let _ = cast_elements(entry.dtype(), tensor.as_bytes(), DType::F32, &mut floats);
        }
    }
}
