//! `save_weights`.

use wb::{Checkpoint, Module, SaveError, Tensor, WriteError};
use weighbridge_tests::contents;
use weighbridge_tests::layers::{Linear, full};

/// `Sequential(Linear, ReLU, Linear, ReLU)`.
#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Sequential {
    layers: (Linear<2, 3>, (), Linear<3, 1>, ()),
}

fn sequential() -> Sequential {
    Sequential { layers: (Linear::full(0.5), (), Linear::full(-0.25), ()) }
}

#[test]
fn there_and_back() {
    // MLX's test_save_npz_weights and test_save_safetensors_weights: all arrays of a fresh model equal, also with a
    // layer without parameters at the end (once an IndexError)
    let scratch = tempfile::tempdir().unwrap();
    for name in ["model.npz", "model.safetensors"] {
        let path = scratch.path().join(name);
        sequential().save_weights(&path).unwrap();
        assert_eq!(Sequential::from_weights(&path).unwrap(), sequential());
        let mut fresh = Sequential { layers: (Linear::zeros(), (), Linear::zeros(), ()) };
        assert_eq!(*fresh.load_weights(&path).unwrap(), sequential());
    }
}

#[test]
fn extensions() {
    // MLX: ValueError "Unsupported file extension for x.bin. Use '.npz' or '.safetensors'."
    let scratch = tempfile::tempdir().unwrap();
    for name in ["x.bin", "x", "x.safetensors.gz", "npz"] {
        let path = scratch.path().join(name);
        match sequential().save_weights(&path).unwrap_err() {
            SaveError::Write(WriteError::Extension { path: said }) => assert_eq!(said, path.display().to_string()),
            other => panic!("{other:?}"),
        }
        assert!(!path.exists());
    }
}

#[test]
fn a_parameter_called_file() {
    // MLX: TypeError savez(): incompatible function arguments
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [2])]
        file: Tensor<f32>,
    }
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("model.npz");
    Model { file: full([2], 1.0) }.save_weights(&path).unwrap();
    assert_eq!(Model::from_weights(&path).unwrap().file, full([2], 1.0));
}

#[test]
fn order_in_the_file() {
    // MLX: the order of a hash map
    let scratch = tempfile::tempdir().unwrap();
    let layers = vec![Linear::<2, 2>::full(1.0); 11];
    for name in ["model.npz", "model.safetensors"] {
        let path = scratch.path().join(name);
        layers.save_weights(&path).unwrap();
        let checkpoint = Checkpoint::open(&path).unwrap();
        let names: Vec<_> = checkpoint.iter().map(|entry| entry.name().to_owned()).collect();
        assert_eq!(names, layers.parameter_paths(), "{name}");
    }
}

#[test]
fn over_the_file_that_was_loaded() {
    // MLX: .npz is a RuntimeError, and the file is destroyed (seen with 512 x 512); .safetensors was an error in 0.32.1
    let scratch = tempfile::tempdir().unwrap();
    for name in ["large.npz", "large.safetensors"] {
        let path = scratch.path().join(name);
        let large = Linear::<512, 512>::full(3.0);
        large.save_weights(&path).unwrap();
        let opened = Checkpoint::open(&path).unwrap();
        let mut model = Linear::<512, 512>::from_weights(&opened).unwrap();
        model.bias = full([512], 4.0);
        model.save_weights(&path).unwrap();
        let again = Linear::<512, 512>::from_weights(&path).unwrap();
        assert_eq!(contents(&again), contents(&model));
        // what was opened before still reads what it opened
        #[cfg(unix)]
        assert_eq!(Linear::from_weights(&opened).unwrap(), large);
    }
}

#[test]
fn no_metadata_is_none() {
    // MLX: `"__metadata__":null`
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("model.safetensors");
    sequential().save_weights(&path).unwrap();
    assert!(!String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains("__metadata__"));
}
