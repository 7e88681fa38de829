//! Models as their users write them, one for each checkpoint in `fixtures/`, and small files made by hand.
//!
//! The runtime is called `wb` here, so that a path hard-coded in generated code does not compile.
//!
//! In `tests/`, each folder is one theme and one binary: linking costs more than a module does. Files without a folder
//! measure their own process, and need it for themselves.

pub mod bert;
pub mod counted;
pub mod files;
pub mod gguf;
pub mod gpt2;
pub mod layers;
pub mod llama;
pub mod mlx;
pub mod refusal;
pub mod resnet;
pub mod torch;
pub mod verify;
pub mod whisper;

use std::path::PathBuf;

/// The path of a committed checkpoint, such as `llama/model.safetensors`.
pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures")).join(name)
}

/// The names, dtypes, shapes and bytes of a module's parameters: what two modules are compared by.
pub fn contents<M: wb::Module>(module: &M) -> Vec<(String, wb::DType, Vec<usize>, Vec<u8>)> {
    let parameters = module.parameters().into_iter();
    parameters
        .map(|(path, view)| (path, view.dtype(), view.shape().to_vec(), view.bytes().unwrap().into_owned()))
        .collect()
}
