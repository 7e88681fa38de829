//! One model with `burn-store` and with `Module`: `docs/from-burn-store.md` shows both files.

mod module;
mod store;

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use weighbridge::LoadError;

use self::burn::nn::{Embedding, LayerNorm, Linear};
use self::burn::tensor::{Device, Int, Tensor, TensorData, activation};

/// The crate `burn`, as far as both need it.
mod burn {
    pub use burn_core::*;
    pub use {burn_nn as nn, burn_store as store};
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/classifier")
}

fn forward(
    embed: &Embedding,
    layers: &[(&LayerNorm, &Linear, &Linear)],
    head: &Linear,
    ids: Tensor<2, Int>,
) -> Vec<f32> {
    let mut x = embed.forward(ids);
    for (norm, up, down) in layers {
        x = x.clone() + down.forward(activation::relu(up.forward(norm.forward(x))));
    }
    head.forward(x.mean_dim(1).squeeze_dim::<2>(1)).into_data().try_to_vec().unwrap()
}

fn of_store(model: &store::Classifier, ids: Tensor<2, Int>) -> Vec<f32> {
    let layers: Vec<_> = model.layers.iter().map(|block| (&block.norm, &block.up, &block.down)).collect();
    forward(&model.embed, &layers, &model.head, ids)
}

fn of_module(model: &module::Classifier, ids: Tensor<2, Int>) -> Vec<f32> {
    let layers: Vec<_> = model.layers.iter().map(|block| (&block.norm, &block.up, &block.down)).collect();
    forward(&model.embed, &layers, &model.head, ids)
}

#[test]
fn both_compute_what_torch_does() {
    let bytes = std::fs::read(fixture().join("computed.safetensors")).unwrap();
    let computed = SafeTensors::deserialize(&bytes).unwrap();
    let ids: Vec<i64> =
        computed.tensor("ids").unwrap().data().chunks(8).map(|x| i64::from_le_bytes(x.try_into().unwrap())).collect();
    let logits = computed.tensor("logits").unwrap();
    let logits = logits.data().chunks(4).map(|x| f32::from_le_bytes(x.try_into().unwrap()));

    let device = Device::default();
    let ids = || Tensor::<2, Int>::from_data(TensorData::new(ids.clone(), [2, 3]), &device);
    let theirs = of_store(&store::load(&fixture(), &device).unwrap(), ids());
    let ours = of_module(&module::load(&fixture(), &device).unwrap(), ids());
    assert_eq!((theirs.len(), ours.len()), (6, 6));
    for ((theirs, ours), expected) in theirs.into_iter().zip(ours).zip(logits) {
        assert!((theirs - expected).abs() < 1e-5 && (ours - expected).abs() < 1e-5, "{theirs} {ours} {expected}");
    }
}

/// The model's folder, with other tensors in its file.
fn changed(change: impl Fn(&str, &[usize], &[u8]) -> Option<(String, Vec<usize>, Vec<u8>)>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture().join("config.json"), folder.path().join("config.json")).unwrap();
    let bytes = std::fs::read(fixture().join("model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensors = file.tensors().into_iter().filter_map(|(name, view)| {
        let (name, shape, data) = change(&name, view.shape(), view.data())?;
        Some((name, view.dtype(), shape, data))
    });
    let tensors: Vec<_> = tensors.collect();
    let views = tensors
        .iter()
        .map(|(name, dtype, shape, data)| (name.as_str(), TensorView::new(*dtype, shape.clone(), data).unwrap()));
    std::fs::write(folder.path().join("model.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
    folder
}

/// What the page says about a file and a configuration that are of two models.
#[test]
fn a_wrong_size_is_one_finding_or_one_for_each_tensor() {
    let device = Device::default();
    let folder = changed(|name, shape, data| Some((name.to_owned(), shape.to_vec(), data.to_vec())));
    let config = std::fs::read_to_string(fixture().join("config.json")).unwrap();
    let config = config.replace("\"hidden_size\": 4", "\"hidden_size\": 8");
    std::fs::write(folder.path().join("config.json"), config).unwrap();
    let theirs = store::load(folder.path(), &device).unwrap_err().to_string();
    for name in ["embed.weight", "layers.0.norm", "layers.0.up.weight", "layers.1.down.weight", "head.weight"] {
        assert!(theirs.contains(name), "{name}: {theirs}");
    }
    let LoadError::Mismatch(ours) = module::load(folder.path(), &device).unwrap_err() else { panic!() };
    assert_eq!((ours.config.len(), ours.config[0].path.as_str()), (1, "hidden_size"), "{ours}");
    assert!(ours.dim.is_empty() && ours.shape.is_empty(), "{ours}");
}

/// What the page says about names.
#[test]
fn names_that_differ_are_refused_by_both() {
    let device = Device::default();
    let folder =
        changed(|name, shape, data| Some((name.replace("layers.1.up", "layers.1.fc"), shape.to_vec(), data.to_vec())));
    assert!(store::load(folder.path(), &device).is_err());
    let LoadError::Mismatch(ours) = module::load(folder.path(), &device).unwrap_err() else { panic!() };
    assert_eq!((ours.missing.len(), ours.unexpected.len()), (2, 2), "{ours}");
}

#[test]
fn the_page_shows_these_files() {
    let read = |path: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let page = read("../docs/from-burn-store.md");
    let quoted: Vec<&str> =
        page.split("```rust,ignore\n").skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect();
    let files = ["store", "module"].map(|name| read(&format!("tests/libraries/burn/from_burn_store/{name}.rs")));
    let programs = files.each_ref().map(|file| file.split_once("use super::burn;\n").unwrap().1.trim());
    assert_eq!(quoted, programs);
    let [theirs, ours] = programs.map(|program| program.lines().filter(|line| !line.trim().is_empty()).count());
    assert!(page.contains(&format!("Of {theirs} lines, {ours} are left.")), "{theirs} {ours}");
}
