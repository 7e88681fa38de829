//! Any bytes as a GGUF file: an error that can be read, or tensors that the file accounts for, keys that have values, and blocks that
//! are dequantised.

use weighbridge::{DType, MetadataValue, cast_elements};

use crate::made::{self, Choices};

/// Opens the bytes and reads everything in them. A recipe becomes a file; other bytes that have no magic get one, and the version.
pub fn run(bytes: &[u8]) {
    let file;
    let bytes = match Choices::of(bytes) {
        _ if bytes.starts_with(b"GGUF") => bytes,
        Some(mut choices) => {
            file = made::gguf::file(&mut choices);
            &file
        }
        None => {
            file = [b"GGUF\x03\0\0\0", bytes].concat();
            &file
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
    crate::theirs::gguf(&checkpoint, bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_become_files_of_which_many_open() {
        let opens = |seed: u32| {
            let bytes: Vec<u8> =
                (0..200u32).map(|at| (seed.wrapping_add(at).wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            crate::opened::open(&made::gguf::file(&mut Choices::of(&[&[0xff][..], &bytes].concat()).unwrap())).is_some()
        };
        let opened = (0..100).filter(|seed| opens(seed * 977)).count();
        assert!(opened > 50, "{opened} of 100");
    }
}
