//! Every model loads strictly from its real file, and what is saved again is that file: every name, dtype, shape and byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use weighbridge::{Checkpoint, Loaded, Loader, Module};
use weighbridge_zoo::bert::BertForMaskedLm;
use weighbridge_zoo::deepseek::DeepseekV3;
use weighbridge_zoo::gemma2::Gemma2;
use weighbridge_zoo::gemma4::{self, Gemma4};
use weighbridge_zoo::gpt2::{Gpt2, Gpt2Split};
use weighbridge_zoo::llama::{Llama, LlamaFused};
use weighbridge_zoo::llava::Llava;
use weighbridge_zoo::mixtral::Mixtral;
use weighbridge_zoo::t5::T5;
use weighbridge_zoo::whisper::Whisper;
use weighbridge_zoo::{mlx_cnn, mlx_quantized, mlx_transformer, resnet};

use crate::fixture;

/// Dtype, shape and bytes of each tensor.
type Contents = BTreeMap<String, (String, Vec<usize>, Vec<u8>)>;

/// The tensors of safetensors files, as their own crate reads them.
fn safetensors(files: &[PathBuf]) -> Contents {
    let mut contents = Contents::new();
    for file in files {
        let bytes = fs::read(file).unwrap();
        for (name, view) in SafeTensors::deserialize(&bytes).unwrap().iter() {
            let tensor = (view.dtype().to_string(), view.shape().to_vec(), view.data().to_vec());
            assert!(contents.insert(name.to_owned(), tensor).is_none(), "{name} is in two files");
        }
    }
    contents
}

/// The arrays of an npz file.
fn npz(file: &Path) -> Contents {
    let checkpoint = Checkpoint::open(file).unwrap();
    let tensor = |name: &str| checkpoint.tensor(name).unwrap();
    let entries = checkpoint.iter().map(|entry| (entry.name().to_owned(), tensor(entry.name())));
    entries.map(|(name, t)| (name, (t.dtype().to_string(), t.shape().to_vec(), t.as_bytes().to_vec()))).collect()
}

/// The file, or the shards of a directory.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "safetensors")).collect()
}

/// Loads, saves, and compares the two files. The configuration is that beside the checkpoint, if there is one.
#[track_caller]
fn round_trip<M: Module>(checkpoint: &str) {
    let path = fixture(checkpoint);
    let config = if path.is_dir() { path.join("config.json") } else { path.with_file_name("config.json") };
    let loader = if config.exists() { Loader::new().config_file(config) } else { Loader::new() };
    round_trip_with::<M>(loader, checkpoint);
}

/// The same with what the load is told.
#[track_caller]
fn round_trip_with<M: Module>(loader: Loader, checkpoint: &str) {
    let path = fixture(checkpoint);
    let loaded: Loaded<M> = loader.load(&path).unwrap_or_else(|error| panic!("{error}"));
    let directory = tempfile::tempdir().unwrap();
    let (saved, before, after);
    if checkpoint.ends_with(".npz") {
        saved = directory.path().join("model.npz");
        loaded.save_weights(&saved).unwrap();
        (before, after) = (npz(&path), npz(&saved));
    } else {
        saved = directory.path().join("model.safetensors");
        loaded.save_weights(&saved).unwrap();
        (before, after) = (safetensors(&files(&path)), safetensors(std::slice::from_ref(&saved)));
    }
    assert!(!before.is_empty());
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (name, tensor) in &before {
        // not `assert_eq`, which would print all the bytes
        assert!(&after[name] == tensor, "{name}");
    }
    assert_eq!(Checkpoint::open(&saved).unwrap().metadata(), loaded.checkpoint.metadata());
}

#[test]
fn llama() {
    round_trip::<Llama>("llama/model.safetensors");
    round_trip::<Llama>("llama-sharded");
    round_trip::<Llama>("llama-tied");
    sizes::<Llama>("llama", &["small", "large"]);
}

/// Each size of a model.
#[track_caller]
fn sizes<M: Module>(name: &str, sizes: &[&str]) {
    for size in sizes {
        round_trip::<M>(&format!("configured/{name}/{size}"));
    }
}

#[test]
fn llama_with_fused_projections() {
    round_trip::<LlamaFused>("llama");
    round_trip::<LlamaFused>("llama-sharded");
    round_trip::<LlamaFused>("llama-tied/model.safetensors");
}

#[test]
fn qwen() {
    sizes::<Llama>("qwen2", &["small", "large"]);
    sizes::<Llama>("qwen3", &["small", "large"]);
}

#[test]
fn gemma() {
    sizes::<Gemma2>("gemma2", &["small", "large"]);
    for size in ["small", "large"] {
        let checkpoint = format!("configured/gemma4/{size}");
        let config = fs::read(fixture(&checkpoint).join("config.json")).unwrap();
        let config = gemma4::for_all_layers(serde_json::from_slice(&config).unwrap());
        round_trip_with::<Gemma4>(Loader::new().config(&config), &checkpoint);
    }
}

#[test]
fn experts() {
    sizes::<Mixtral>("mixtral", &["small", "large"]);
    sizes::<DeepseekV3>("deepseek", &["small", "large"]);
}

#[test]
fn gpt2() {
    round_trip::<Gpt2>("gpt2");
}

#[test]
fn gpt2_with_its_projections_apart() {
    round_trip::<Gpt2Split>("gpt2");
}

#[test]
fn bert() {
    round_trip::<BertForMaskedLm>("bert");
    sizes::<BertForMaskedLm>("bert", &["small", "large"]);
}

#[test]
fn llava() {
    sizes::<Llava>("llava", &["small", "large"]);
}

#[test]
fn t5() {
    sizes::<T5>("t5", &["small", "large", "gated"]);
}

#[test]
fn whisper() {
    round_trip::<Whisper>("whisper");
    sizes::<Whisper>("whisper", &["small", "large"]);
}

#[test]
fn resnet() {
    round_trip::<resnet::Tiny>("resnet");
}

#[test]
fn transformer_of_mlx() {
    round_trip::<mlx_transformer::Tiny>("mlx/transformer.npz");
}

#[test]
fn cnn_of_mlx() {
    round_trip::<mlx_cnn::Cnn>("mlx/cnn.npz");
    round_trip::<mlx_cnn::Cnn>("mlx/cnn.safetensors");
}

#[test]
fn cnn_of_mlx_with_the_channels_first() {
    round_trip::<mlx_cnn::TorchCnn>("mlx/cnn.npz");
    round_trip::<mlx_cnn::TorchCnn>("mlx/cnn.safetensors");
}

#[test]
fn quantized_by_mlx() {
    round_trip::<mlx_quantized::Tiny>("mlx/quantized.safetensors");
}
