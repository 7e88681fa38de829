//! Tensors written and read again, in each format: what is written opens, with the same names, dtypes, shapes and bytes.

use std::path::Path;

use weighbridge::{AnyTensor, Checkpoint, Saver, TensorSpec, WriteError};

use crate::opened::{self, readable};
use crate::pairs::pairs;

/// Saves what the bytes hold if they are a file, else the tensors that they describe.
pub fn run(bytes: &[u8]) {
    let tensors = match Checkpoint::open(bytes) {
        Ok(checkpoint) => {
            let tensor = |name: &str| Some((name.to_owned(), checkpoint.tensor(name).ok()?));
            checkpoint.iter().filter_map(|entry| tensor(entry.name())).collect()
        }
        Err(_) => pairs(bytes),
    };
    let directory = tempfile::tempdir().expect("a folder");
    for name in ["a.safetensors", "a.npz"] {
        save(&tensors, &directory.path().join(name));
    }
}

fn save(tensors: &[(String, AnyTensor)], path: &Path) {
    let specs: Vec<_> =
        tensors.iter().map(|(name, tensor)| TensorSpec::new(name, tensor.dtype(), tensor.shape())).collect();
    let written = Saver::new().write(path, &specs, |number, sink| sink.put(tensors[number].1.as_bytes()));
    if let Err(error) = written {
        let error: WriteError = error;
        readable(&error.to_string(), 64 << 10);
        assert!(!path.exists(), "a refused save leaves a file");
        return;
    }
    let again = Checkpoint::open(path).unwrap_or_else(|error| panic!("we wrote it, and it does not open: {error}"));
    let again = opened::contents(&again).expect("what we wrote can be read");
    let mut before: Vec<_> = tensors
        .iter()
        .map(|(name, tensor)| {
            (name.clone(), dtype_in(path, tensor), tensor.shape().to_vec(), tensor.as_bytes().to_vec())
        })
        .collect();
    before.sort();
    assert_eq!(again, before);
}

/// The dtype that the file has for a tensor: numpy has no name for some, and writes their bytes without one.
fn dtype_in(path: &Path, tensor: &AnyTensor) -> String {
    use weighbridge::DType;
    let untyped = |untyped: &&DType| untyped.reads_as(tensor.dtype());
    match path.extension().is_some_and(|extension| extension == "npz") {
        true => [DType::V1, DType::V2].iter().find(untyped).map_or(tensor.dtype(), |untyped| *untyped).to_string(),
        false => tensor.dtype().to_string(),
    }
}
