//! Every committed checkpoint, written by the tools that users have, into a struct written for it; every byte against
//! the digests that those tools' own readers gave.

use std::collections::BTreeMap;
use std::path::Path;

use half::bf16;
use serde_json::Value;
use sha2::{Digest, Sha256};
use wb::{Checkpoint, DType, Module};
#[cfg(feature = "npz")]
use wb::{LoadError, ProblemKind};
use weighbridge_tests::bert::BertForMaskedLm;
use weighbridge_tests::fixture;
use weighbridge_tests::gpt2::Gpt2;
#[cfg(feature = "npz")]
use weighbridge_tests::layers::Linear;
use weighbridge_tests::llama::{Llama, LlamaTied, Tiny};
use weighbridge_tests::mlx::Quantized;
#[cfg(feature = "npz")]
use weighbridge_tests::mlx::{Cnn, Mlp, Transformer};
use weighbridge_tests::resnet::ResNet;
use weighbridge_tests::whisper::Whisper;

/// Dtype, shape and SHA-256 of the elements of a tensor.
pub(super) type Print = (String, Vec<usize>, String);

pub(super) fn print(dtype: DType, shape: &[usize], bytes: &[u8]) -> Print {
    let digest = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    (dtype.to_string(), shape.to_vec(), digest)
}

/// The prints of every file, as `digests.json` has them.
fn digests() -> BTreeMap<String, BTreeMap<String, Print>> {
    let text = std::fs::read_to_string(fixture("digests.json")).unwrap();
    let files: BTreeMap<String, BTreeMap<String, Value>> = serde_json::from_str(&text).unwrap();
    let print = |tensor: Value| {
        let shape = tensor["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
        let [dtype, digest] = ["dtype", "sha256"].map(|key| tensor[key].as_str().unwrap().to_owned());
        (dtype, shape, digest)
    };
    let tensors = |tensors: BTreeMap<String, Value>| tensors.into_iter().map(|(name, t)| (name, print(t))).collect();
    files.into_iter().map(|(file, named)| (file, tensors(named))).collect()
}

/// The prints of one file, or of all files below a directory.
pub(super) fn expected(of: &str) -> BTreeMap<String, Print> {
    let files = digests().into_iter().filter(|(file, _)| file == of || Path::new(file).starts_with(of));
    let expected: BTreeMap<_, _> = files.flat_map(|(_, tensors)| tensors).collect();
    assert!(!expected.is_empty(), "{of} has no digests");
    expected
}

fn prints<M: Module>(module: &M) -> BTreeMap<String, Print> {
    let parameters = module.parameters();
    let count = parameters.len();
    let prints: BTreeMap<_, _> = parameters
        .into_iter()
        .map(|(path, view)| (path, print(view.dtype(), view.shape(), &view.bytes().unwrap())))
        .collect();
    assert_eq!(prints.len(), count, "no two parameters have one path");
    prints
}

/// Loads strictly, and compares every parameter with the digests: none more, none fewer.
#[track_caller]
fn agrees<M: Module>(file: &str) -> M {
    let module = M::from_weights(fixture(file)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(prints(&module), expected(file));
    module
}

#[test]
fn llama_in_bf16() {
    let llama: Llama<Tiny, bf16> = agrees("llama/model.safetensors");
    assert_eq!(llama.model.layers.len(), 3);
    // by its directory, which holds a config.json beside it
    let again = Llama::<Tiny, bf16>::from_weights(fixture("llama")).unwrap();
    assert_eq!(llama, again);
}

#[test]
fn llama_in_four_shards() {
    let by_directory: Llama<Tiny> = agrees("llama-sharded");
    let by_index = Llama::<Tiny>::from_weights(fixture("llama-sharded/model.safetensors.index.json")).unwrap();
    assert_eq!(by_directory, by_index);
}

#[test]
fn one_shard_is_not_the_whole() {
    let error = Llama::<Tiny>::from_weights(fixture("llama-sharded/model-00001-of-00004.safetensors")).unwrap_err();
    let report = error.report().unwrap();
    assert_eq!(report.missing.len(), 24);
    assert!(report.unexpected.is_empty());
}

#[test]
fn llama_with_a_tied_head() {
    agrees::<LlamaTied<Tiny>>("llama-tied/model.safetensors");
    let error = Llama::<Tiny>::from_weights(fixture("llama-tied")).unwrap_err();
    let missing: Vec<_> = error.report().unwrap().missing.iter().map(|finding| &*finding.path).collect();
    assert_eq!(missing, ["lm_head.weight"]);
}

#[test]
fn gpt2() {
    agrees::<Gpt2>("gpt2/model.safetensors");
}

#[test]
fn bert() {
    let bert: BertForMaskedLm = agrees("bert/model.safetensors");
    assert_eq!(bert.bert.encoder.layer.len(), 2);
}

#[test]
fn resnet() {
    let resnet: ResNet = agrees("resnet/model.safetensors");
    let (first, second) = &resnet.resnet.encoder.stages;
    assert!(first.layers[0].shortcut.is_none());
    assert!(second.layers.0.shortcut.is_some() && second.layers.1.shortcut.is_none());
}

#[test]
fn whisper() {
    let whisper: Whisper = agrees("whisper/model.safetensors");
    let attention = &whisper.model.decoder.layers[1].encoder_attn;
    assert!(attention.k_proj.bias.is_none() && attention.q_proj.bias.is_some());
}

#[test]
#[cfg(feature = "npz")]
fn linear_of_mlx() {
    let npz: Linear<10, 10> = agrees("mlx/linear.npz");
    let safetensors = agrees("mlx/linear.safetensors");
    assert_eq!(npz, safetensors);
}

#[test]
#[cfg(feature = "npz")]
fn mlp_of_mlx() {
    let npz: Mlp = agrees("mlx/mlp.npz");
    assert_eq!(npz, agrees("mlx/mlp.safetensors"));
}

#[test]
#[cfg(feature = "npz")]
fn mlp_of_mlx_in_bf16() {
    // `<V2` in the npz: bf16 because the schema says so
    let npz: Mlp<bf16> = agrees("mlx/mlp-bf16.npz");
    assert_eq!(npz, agrees("mlx/mlp-bf16.safetensors"));
}

#[test]
#[cfg(feature = "npz")]
fn cnn_of_mlx() {
    let npz: Cnn = agrees("mlx/cnn.npz");
    assert!(npz.conv1.bias.is_some() && npz.conv2.bias.is_none());
    assert_eq!(npz, agrees("mlx/cnn.safetensors"));
}

#[test]
#[cfg(feature = "npz")]
fn transformer_of_mlx() {
    let transformer: Transformer<16, 64> = agrees("mlx/transformer.npz");
    assert_eq!((transformer.encoder.layers.len(), transformer.decoder.layers.len()), (2, 2));
}

#[test]
fn quantized_by_mlx() {
    agrees::<Quantized<4, 32>>("mlx/quantized.safetensors");
}

#[test]
#[cfg(feature = "npz")]
fn numpy_whatever_the_order_and_the_compression() {
    for way in ["stored", "deflated", "fortran", "bigendian"] {
        agrees::<Linear<10, 10>>(&format!("mlx/numpy-{way}.npz"));
    }
}

#[test]
#[cfg(feature = "npz")]
fn a_pickle_is_refused_by_name() {
    let error = Linear::<10, 10>::from_weights(fixture("mlx/numpy-object.npz")).unwrap_err();
    assert!(error.to_string().contains("pickle"), "{error}");
    let LoadError::Container { file, problems } = error else { panic!("{error:?}") };
    assert!(file.ends_with("numpy-object.npz"));
    assert_eq!(problems[0].kind, ProblemKind::DType);
    assert!(problems[0].tensor.is_some() && problems[0].message.contains("pickle"));
}

#[test]
fn every_tensor_of_every_file_without_a_struct() {
    for (file, expected) in digests() {
        // a file of several is opened with the others: the tests of GGUF compare them
        if file.ends_with(".npz") && !cfg!(feature = "npz") || file.starts_with("gguf/split/") {
            continue;
        }
        let checkpoint = Checkpoint::open(fixture(&file)).unwrap();
        let found: BTreeMap<_, _> = checkpoint
            .iter()
            .map(|entry| {
                let tensor = checkpoint.tensor(entry.name()).unwrap();
                assert_eq!((tensor.dtype(), tensor.shape()), (entry.dtype(), entry.shape()));
                assert_eq!(tensor.as_bytes().len(), entry.byte_len());
                // without a schema nobody knows what numpy's untyped elements are; the digests do
                let dtype = if entry.dtype() == DType::V2 { DType::BF16 } else { entry.dtype() };
                (entry.name().to_owned(), print(dtype, tensor.shape(), tensor.as_bytes()))
            })
            .collect();
        assert_eq!(found, expected, "{file}");
    }
}

#[test]
fn every_committed_file_has_digests() {
    let known = digests();
    let (mut directories, mut files) = (vec![fixture("")], 0);
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(fixture("")).unwrap().to_str().unwrap().replace('\\', "/");
            if path.is_dir() {
                // what the models compute, not what they hold; and models whose bytes the zoo's round trips compare
                directories.extend((!["logits", "configured", "quantised"].contains(&name.as_str())).then_some(path));
            } else if [".safetensors", ".npz", ".gguf"].iter().any(|end| name.ends_with(end)) {
                assert!(known.contains_key(&name) || name == "mlx/numpy-object.npz", "{name}");
                files += 1;
            }
        }
    }
    assert_eq!(files, known.len() + 1);
}
