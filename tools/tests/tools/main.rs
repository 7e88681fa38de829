//! The tools on files that other programs wrote, and on hostile files.

mod configured;
mod convert;
mod diff;
mod expand;
mod generate;
mod gguf;
mod inspect;
mod lossless;
mod made;
mod quantised;
mod selection;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use weighbridge::Checkpoint;

/// The dtype, shape and bytes of a tensor.
type Held = (String, Vec<usize>, Vec<u8>);

/// The name (as JSON writes it), dtype, shape and bytes of a tensor.
type Tensor<'t> = (&'t str, &'t str, Vec<usize>, &'t [u8]);

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name)
}

/// All tensors of a file, read by the format's own crate if it is safetensors. Untyped elements count as `BF16`.
fn held(path: &Path) -> BTreeMap<String, Held> {
    if path.extension().is_some_and(|extension| extension == "safetensors") {
        let bytes = fs::read(path).unwrap();
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let tensor = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
            (name, (format!("{:?}", view.dtype()), view.shape().to_vec(), view.data().to_vec()))
        };
        return tensors.tensors().into_iter().map(tensor).collect();
    }
    let checkpoint = Checkpoint::open(path).unwrap();
    let tensor = |entry: weighbridge::Entry<'_>| {
        let tensor = checkpoint.tensor(entry.name()).unwrap();
        let dtype = entry.dtype().name().replace("V2", "BF16");
        (entry.name().to_owned(), (dtype, entry.shape().to_vec(), tensor.as_bytes().to_vec()))
    };
    checkpoint.iter().map(tensor).collect()
}

/// Writes a safetensors file of these tensors, honest or not.
fn safetensors(path: &Path, tensors: &[Tensor<'_>]) {
    let (mut header, mut elements) = (Vec::new(), Vec::new());
    for (name, dtype, shape, bytes) in tensors {
        let start = elements.len();
        elements.extend_from_slice(bytes);
        let end = elements.len();
        header.push(format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{start},{end}]}}"#));
    }
    let header = format!("{{{}}}", header.join(","));
    fs::write(path, [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &elements].concat()).unwrap();
}

/// The names in a directory, sorted.
fn names_in(directory: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> = fs::read_dir(directory).unwrap().map(name).collect();
    names.sort();
    names
}
