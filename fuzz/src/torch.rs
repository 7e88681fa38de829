//! Any bytes as a file of PyTorch: an error that can be read, or tensors within their storages.

use weighbridge::OpenOptions;
use weighbridge_checkpoint::Source;

use crate::npz::crc32;

/// The storage of a pickle that stands alone: 24 bytes under the key `0`.
const STORAGE: [u8; 24] = *b"abcdefghijklmnopqrstuvwx";
/// What is in front of the tensors in a file from before 1.6.
const LEGACY: &[u8] =
    b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}X\r\0\0\0little_endian\x88s.";

/// Opens the bytes and reads everything in them. Bytes that are no file become the pickle of one, in both forms.
pub fn run(bytes: &[u8]) {
    let is_file = bytes.starts_with(b"PK") || bytes.starts_with(&LEGACY[..4]);
    let files = if is_file { vec![bytes.to_vec()] } else { vec![archive(bytes), legacy(bytes)] };
    for file in files {
        crate::opened::open(&file);
        // the same where everything else may be left out
        if let Ok(checkpoint) = Source::from(&file).open(&OpenOptions::new().skip(|_| true)) {
            for entry in checkpoint.iter() {
                let pieces = entry.pieces(5, |pieces| {
                    let mut bytes = 0;
                    while let Some(piece) = pieces.next()? {
                        bytes += piece.len();
                    }
                    Ok::<_, weighbridge::CheckpointError>(bytes)
                });
                if let (Ok(bytes), Ok(tensor)) = (pieces, checkpoint.tensor(entry.name())) {
                    assert_eq!((bytes, tensor.as_bytes().len()), (entry.byte_len(), entry.byte_len()));
                }
            }
        }
    }
}

/// An archive of this pickle and its storage, so that the fuzzer need not find a checksum.
fn archive(pickle: &[u8]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in [(&b"a/data.pkl"[..], pickle), (b"a/data/0", &STORAGE), (b"a/version", b"3\n")] {
        let start = (file.len() as u32).to_le_bytes();
        let (sum, len) = (crc32(bytes).to_le_bytes(), (bytes.len() as u32).to_le_bytes());
        let shared = [&[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..], &sum, &len, &len, &[name.len() as u8, 0, 0, 0]].concat();
        file.extend([b"PK\x03\x04", shared.as_slice(), name, bytes].concat());
        directory.extend([b"PK\x01\x02\x14\x00", shared.as_slice(), &[0; 10], &start, name].concat());
    }
    let [size, at] = [directory.len() as u32, file.len() as u32].map(u32::to_le_bytes);
    let end = [b"PK\x05\x06\0\0\0\0\x03\0\x03\0", &size[..], &at, &[0, 0]].concat();
    [file, directory, end].concat()
}

/// The same as before 1.6, as six elements.
fn legacy(pickle: &[u8]) -> Vec<u8> {
    [LEGACY, pickle, b"\x80\x02]X\x01\0\0\x000a.", &6i64.to_le_bytes(), &STORAGE].concat()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_pickle_alone_becomes_files_that_open() {
        let pickle = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/torch/pickle")).unwrap();
        for file in [super::archive(&pickle), super::legacy(&pickle)] {
            let checkpoint = crate::opened::open(&file).expect("it opens");
            assert_eq!(checkpoint.get("w").unwrap().shape().to_vec(), [3, 2]);
        }
    }
}
