//! What holds of every checkpoint that opens.

use weighbridge::Checkpoint;

/// Every byte of a file accounts for at most this many of its tensors: deflate makes 1,032 of one.
const MOST_FOR_A_BYTE: usize = 1_100;

/// Asserts that a message can be shown: it has no control characters but line breaks, and not more than `most` bytes.
pub(crate) fn readable(text: &str, most: usize) {
    assert!(!text.is_empty() && text.len() <= most, "{} bytes", text.len());
    let raw = text.chars().find(|&c| {
        (c.is_control() && c != '\n') || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    });
    assert_eq!(raw, None, "{text:?}");
}

/// Opens bytes, reads all that they hold, and checks what any file promises. Returns the checkpoint if it opens.
pub(crate) fn open(bytes: &[u8]) -> Option<Checkpoint> {
    match Checkpoint::open(bytes) {
        Ok(checkpoint) => {
            let mut total: usize = 0;
            for entry in checkpoint.iter() {
                total = total.saturating_add(entry.byte_len());
                if let Ok(tensor) = checkpoint.tensor(entry.name()) {
                    assert_eq!(tensor.as_bytes().len(), tensor.dtype().byte_len(tensor.shape()).unwrap());
                }
            }
            assert!(total <= MOST_FOR_A_BYTE * bytes.len(), "{total} bytes of tensors from {}", bytes.len());
            Some(checkpoint)
        }
        Err(error) => {
            readable(&error.to_string(), 64 << 10);
            None
        }
    }
}

/// The name, dtype, shape and bytes of a tensor.
pub(crate) type Content = (String, String, Vec<usize>, Vec<u8>);

/// What a checkpoint holds, sorted by name; `None` if a tensor cannot be read.
pub(crate) fn contents(checkpoint: &Checkpoint) -> Option<Vec<Content>> {
    let mut all = Vec::new();
    for entry in checkpoint.iter() {
        let tensor = checkpoint.tensor(entry.name()).ok()?;
        all.push((
            entry.name().to_owned(),
            tensor.dtype().to_string(),
            tensor.shape().to_vec(),
            tensor.as_bytes().to_vec(),
        ));
    }
    all.sort();
    Some(all)
}
