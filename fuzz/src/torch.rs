//! Any bytes as a file of PyTorch: an error that can be read, or tensors within their storages.

use weighbridge::OpenOptions;
use weighbridge_checkpoint::Source;

use crate::made::{self, Choices};
use crate::npz::crc32;

/// The storage of a pickle that stands alone: 24 bytes under the key `0`.
const STORAGE: [u8; 24] = *b"abcdefghijklmnopqrstuvwx";
/// What is in front of the tensors in a file from before 1.6.
const LEGACY: &[u8] =
    b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}X\r\0\0\0little_endian\x88s.";

/// Opens the bytes and reads everything in them. A recipe becomes a file, and other bytes that are no file the pickle of one, in both
/// forms.
pub fn run(bytes: &[u8]) {
    let is_file = bytes.starts_with(b"PK") || bytes.starts_with(&LEGACY[..4]);
    let files = match Choices::of(bytes) {
        Some(mut choices) => {
            let (pickle, storages) = made::torch::pickle(&mut choices);
            both(&pickle, &storages.iter().map(|storage| (storage.count, &storage.bytes[..])).collect::<Vec<_>>())
        }
        None if is_file => vec![bytes.to_vec()],
        None => both(bytes, &[(6, &STORAGE)]),
    };
    for file in files {
        if let Some(checkpoint) = crate::opened::open(&file) {
            crate::theirs::torch(&checkpoint, &file);
        }
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

/// Both forms of a file with this pickle and these storages, each with how many elements it has.
fn both(pickle: &[u8], storages: &[(i64, &[u8])]) -> Vec<Vec<u8>> {
    vec![archive(pickle, storages), legacy(pickle, storages)]
}

/// An archive of a pickle and its storages, so that the fuzzer need not find a checksum.
fn archive(pickle: &[u8], storages: &[(i64, &[u8])]) -> Vec<u8> {
    let mut members = vec![("a/data.pkl".to_owned(), pickle)];
    members.extend(storages.iter().enumerate().map(|(key, (_, bytes))| (format!("a/data/{key}"), *bytes)));
    members.push(("a/version".to_owned(), b"3\n"));
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in &members {
        let start = (file.len() as u32).to_le_bytes();
        let (sum, len) = (crc32(bytes).to_le_bytes(), (bytes.len() as u32).to_le_bytes());
        let shared = [&[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..], &sum, &len, &len, &[name.len() as u8, 0, 0, 0]].concat();
        file.extend([b"PK\x03\x04", shared.as_slice(), name.as_bytes(), bytes].concat());
        directory.extend([b"PK\x01\x02\x14\x00", shared.as_slice(), &[0; 10], &start, name.as_bytes()].concat());
    }
    let [size, at] = [directory.len() as u32, file.len() as u32].map(u32::to_le_bytes);
    let count = members.len() as u8;
    let end = [b"PK\x05\x06\0\0\0\0", &[count, 0, count, 0][..], &size, &at, &[0, 0]].concat();
    [file, directory, end].concat()
}

/// The same as before 1.6.
fn legacy(pickle: &[u8], storages: &[(i64, &[u8])]) -> Vec<u8> {
    let mut file = [LEGACY, pickle, b"\x80\x02]("].concat();
    (0..storages.len()).for_each(|key| file.extend([b"X\x01\0\0\0", &[b'0' + key as u8][..]].concat()));
    file.extend(b"e.");
    for (count, bytes) in storages {
        file.extend(count.to_le_bytes());
        file.extend(*bytes);
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pickle_alone_becomes_files_that_open() {
        let pickle = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/torch/pickle")).unwrap();
        for file in both(&pickle, &[(6, &STORAGE)]) {
            let checkpoint = crate::opened::open(&file).expect("it opens");
            assert_eq!(checkpoint.get("w").unwrap().shape().to_vec(), [3, 2]);
        }
    }

    #[test]
    fn recipes_become_files_of_which_many_open() {
        let opens = |seed: u32| {
            let bytes: Vec<u8> =
                (0..200u32).map(|at| (seed.wrapping_add(at).wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            let recipe = [&[0xff][..], &bytes].concat();
            run(&recipe);
            let (pickle, storages) = made::torch::pickle(&mut Choices::of(&recipe).unwrap());
            let storages: Vec<_> = storages.iter().map(|storage| (storage.count, &storage.bytes[..])).collect();
            both(&pickle, &storages).iter().filter(|file| crate::opened::open(file).is_some()).count()
        };
        let opened: usize = (0..100).map(|seed| opens(seed * 977)).sum();
        assert!(opened > 120, "{opened} of 200");
    }
}
