//! Tensors that are written piece by piece, and in shards.

use std::fs;
use std::path::{Path, PathBuf};

use wb::{Checkpoint, DType, Module, Saver, Sink, Tensor, TensorSpec, WriteError};

fn spec(name: &str, dtype: DType, extent: usize) -> TensorSpec {
    TensorSpec::new(name, dtype, [extent])
}

/// Two tensors of two and of four bytes.
fn specs() -> [TensorSpec; 2] {
    [spec("a", DType::U8, 2), spec("b", DType::I16, 2)]
}

/// Gives every tensor just its bytes.
fn fill(number: usize, sink: &mut Sink<'_>) -> Result<(), WriteError> {
    (0..2 + 2 * number).try_for_each(|byte| sink.put(&[byte as u8]))
}

fn names_in(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn elements_come_in_the_order_of_the_format() {
    let scratch = tempfile::tempdir().unwrap();
    for (name, expected) in [("a.safetensors", [1, 0]), ("a.npz", [0, 1])] {
        let path = scratch.path().join(name);
        let mut order = Vec::new();
        let files = Saver::new().write(&path, &specs(), |number, sink| {
            order.push(number);
            fill(number, sink)
        });
        assert_eq!(files.unwrap(), std::slice::from_ref(&path));
        assert_eq!(order, expected, "{name}");
        let checkpoint = Checkpoint::open(path).unwrap();
        assert_eq!(checkpoint.tensor("a").unwrap().as_bytes(), [0, 1]);
        assert_eq!(checkpoint.tensor("b").unwrap().as_bytes(), [0, 1, 2, 3]);
    }
}

#[test]
fn neither_more_nor_fewer_bytes_than_promised() {
    let scratch = tempfile::tempdir().unwrap();
    let shards = scratch.path().join("shards");
    for path in [scratch.path().join("a.safetensors"), scratch.path().join("a.npz"), shards] {
        for (bytes, found) in [(3usize, 3), (5, 5), (0, 0)] {
            let saver = if path.extension().is_none() { Saver::new().max_shard_size(1) } else { Saver::new() };
            let error = saver.write::<WriteError>(&path, &specs(), |number, sink| match number {
                0 => fill(number, sink),
                _ => sink.put(&vec![0; bytes]),
            });
            let error = error.unwrap_err();
            assert!(matches!(&error, WriteError::Elements { expected: 4, found: n, .. } if *n == found), "{error}");
            assert_eq!(error.to_string(), format!("`b` takes 4 bytes, and it was given {found}"));
            assert!(names_in(scratch.path()).is_empty(), "{}", path.display());
        }
    }
}

#[test]
fn an_error_of_ones_own_comes_back() {
    #[derive(Debug)]
    enum Own {
        Mine,
        Save(WriteError),
    }
    impl From<WriteError> for Own {
        fn from(error: WriteError) -> Own {
            Own::Save(error)
        }
    }
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("a.npz");
    assert!(matches!(Saver::new().write(&path, &specs(), |_, _| Err(Own::Mine)), Err(Own::Mine)));
    let twice = [spec("a", DType::U8, 1), spec("a", DType::U8, 1)];
    let error = Saver::new().write(&path, &twice, |_, _| Err(Own::Mine));
    assert!(matches!(error, Err(Own::Save(WriteError::Name { .. }))), "{error:?}");
    let large = [TensorSpec::new("a", DType::U8, [usize::MAX, 2])];
    let error = Saver::new().write(&path, &large, |_, _| Err(Own::Mine));
    assert!(matches!(error, Err(Own::Save(WriteError::Size { .. }))), "{error:?}");
    assert!(names_in(scratch.path()).is_empty());
}

#[test]
fn shards_are_filled_to_the_last_byte() {
    let scratch = tempfile::tempdir().unwrap();
    let five: Vec<TensorSpec> = (0..5).map(|i| spec(&format!("w{i}"), DType::U8, 2)).collect();
    // shards of two bytes each, of four, of ten; a tensor that is larger has one of its own
    for (most, shards) in [(1u64, 5), (2, 5), (3, 5), (4, 3), (5, 3), (9, 2), (10, 1)] {
        let directory = scratch.path().join(most.to_string());
        let files: Vec<PathBuf> =
            Saver::new().max_shard_size(most).write(&directory, &five, |_, sink| sink.put(&[1, 2])).unwrap();
        let expected = if shards == 1 { 1 } else { shards + 1 };
        assert_eq!(files.len(), expected, "{most}");
        let checkpoint = Checkpoint::open(&directory).unwrap();
        assert_eq!((checkpoint.file_count(), checkpoint.len()), (shards, 5), "{most}");
    }
}

#[test]
fn a_file_of_the_same_name_keeps_shards_away() {
    let saver = Saver::new().max_shard_size(1);
    for occupied in [
        "model.safetensors",
        "model.safetensors.index.json",
        "model-00003-of-00007.safetensors",
        "model-1-of-2.safetensors",
    ] {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join(occupied), "somebody's").unwrap();
        let error = saver.write::<WriteError>(scratch.path(), &specs(), fill).unwrap_err();
        assert!(matches!(&error, WriteError::Occupied { path } if path.ends_with(occupied)), "{error}");
        assert_eq!(names_in(scratch.path()), [occupied]);
        assert_eq!(fs::read(scratch.path().join(occupied)).unwrap(), b"somebody's");
        // another name does not meet it
        saver.write::<WriteError>(scratch.path().join("other.safetensors.index.json"), &specs(), fill).unwrap();
        assert_eq!(names_in(scratch.path()).len(), 4);
    }
    for beside in ["config.json", "model-card.safetensors.txt", "mymodel.safetensors", "model-a-of-b.safetensors"] {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join(beside), "somebody's").unwrap();
        saver.write::<WriteError>(scratch.path(), &specs(), fill).unwrap();
        assert_eq!(names_in(scratch.path()).len(), 4, "{beside}");
    }
}

#[derive(Module)]
#[module(crate = wb)]
struct Mlp {
    #[param(shape = [8, 4])]
    up: Tensor<f32>,
    #[param(shape = [4, 8])]
    down: Tensor<f32>,
}

#[test]
fn a_module_is_saved_in_shards_and_loaded_again() {
    let scratch = tempfile::tempdir().unwrap();
    let directory = scratch.path().join("mlp");
    let counted = |shape: [usize; 2]| Tensor::new(shape, (0..32u8).map(f32::from).collect()).unwrap();
    let mlp = Mlp { up: counted([8, 4]), down: counted([4, 8]) };
    Saver::new().max_shard_size(128).metadata("format", "pt").save(&mlp, &directory).unwrap();
    assert_eq!(
        names_in(&directory),
        ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"]
    );
    let again = Mlp::from_weights(&directory).unwrap();
    assert_eq!(again.up.as_slice(), mlp.up.as_slice());
    assert_eq!(again.down.as_slice(), mlp.down.as_slice());
    assert_eq!(Checkpoint::open(&directory).unwrap().metadata()["format"], "pt");
}
