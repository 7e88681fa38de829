//! GGUF as gguf-py writes it: every tensor and every key against what its own reader says, in one file and in several.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use wb::{AnyTensor, Cast, Checkpoint, DType, LoadError, Loader, MetadataValue, Module, Rule, Source, Tensor, View};
use weighbridge_tests::fixture;
use weighbridge_tests::refusal::problems;

use super::fixtures::{expected, print};

const FILES: [&str; 4] = ["gguf/llama.gguf", "gguf/llama-q8_0.gguf", "gguf/types.gguf", "gguf/split"];

/// A matrix and a row in the names of the format.
#[derive(Module)]
#[module(crate = wb, ignore = ["x.*", "blk.*", "output.weight"])]
struct Head {
    #[param(rename = "token_embd.weight", shape = ["vocab", "width"])]
    embedding: AnyTensor,
    #[param(rename = "output_norm.weight", shape = ["width"])]
    norm: Tensor<f32>,
}

/// Blocks of one type, as they are. [`others`] leaves out the others.
#[derive(Module)]
#[module(crate = wb)]
struct Blocks {
    #[param(rename = "x.q4_k", shape = [2, 256], dtype = "Q4_K")]
    blocks: AnyTensor,
}

#[test]
fn every_tensor_is_what_gguf_py_reads() {
    for file in FILES {
        let opened = Checkpoint::open(fixture(file)).unwrap();
        let found: BTreeMap<_, _> = opened
            .iter()
            .map(|entry| {
                let tensor = opened.tensor(entry.name()).unwrap();
                assert_eq!((tensor.dtype(), &tensor.shape()[..]), (entry.dtype(), &entry.shape()[..]));
                (entry.name().to_owned(), print(entry.dtype(), entry.shape(), tensor.as_bytes()))
            })
            .collect();
        assert_eq!(found, expected(file), "{file}");
        // bytes in memory are shared, as those of a mapped file are
        if let Ok(bytes) = fs::read(fixture(file)) {
            let opened = Checkpoint::open(bytes).unwrap();
            for entry in opened.iter() {
                let tensor = opened.tensor(entry.name()).unwrap();
                assert_eq!(Some(&print(tensor.dtype(), tensor.shape(), tensor.as_bytes())), found.get(entry.name()));
            }
        }
    }
}

#[test]
fn versions_2_and_3_are_alike() {
    let three = fs::read(fixture("gguf/llama.gguf")).unwrap();
    let mut two = three.clone();
    two[4] = 2;
    let [two, three] = [two, three].map(|bytes| Checkpoint::open(bytes).unwrap());
    assert_eq!(two.lock().unwrap(), three.lock().unwrap());
    assert_eq!(two.metadata(), three.metadata());
}

#[test]
fn metadata_keeps_its_types() {
    let opened = Checkpoint::open(fixture("gguf/llama.gguf")).unwrap();
    let typed = opened.typed_metadata();
    let get = |key| typed.get(key).unwrap();
    assert_eq!(get("general.architecture"), MetadataValue::Text("llama"));
    assert_eq!(get("llama.embedding_length"), MetadataValue::U32(32));
    assert_eq!(get("llama.attention.layer_norm_rms_epsilon"), MetadataValue::F32(1e-6));
    assert_eq!(get("tokenizer.ggml.add_bos_token"), MetadataValue::Bool(true));
    let MetadataValue::Array(tokens) = get("tokenizer.ggml.tokens") else { panic!() };
    assert_eq!(tokens.len(), 7);
    assert_eq!(tokens.iter().nth(6), Some(MetadataValue::Text("ä€😀")));
    let MetadataValue::Array(types) = get("tokenizer.ggml.token_type") else { panic!() };
    assert_eq!(types.iter().collect::<Vec<_>>(), [1, 1, 3, 1, 1, 1, 6].map(MetadataValue::I32));
    assert_eq!((typed.get("llama"), typed.len()), (None, typed.iter().count()));
    // the texts have all but the arrays
    let texts = opened.metadata();
    assert_eq!(texts["llama.block_count"], "3");
    assert_eq!(texts["llama.rope.freq_base"], "10000");
    assert!(!texts.contains_key("tokenizer.ggml.tokens"));
    assert_eq!(texts.len() + 2, typed.len());
    // other formats have texts alone
    assert!(Checkpoint::open(fixture("llama")).unwrap().typed_metadata().is_empty());
    // and those of a model in several files are those of the first, without what it says of the files
    let split = Checkpoint::open(fixture("gguf/split")).unwrap();
    assert_eq!(split.metadata(), texts);
    assert_eq!(split.typed_metadata().get("llama.block_count"), Some(MetadataValue::U32(3)));
}

/// The directory, and each of its files, is all of the model.
#[test]
fn a_model_in_several_files() {
    let directory = fixture("gguf/split");
    let whole = Checkpoint::open(fixture("gguf/llama.gguf")).unwrap().lock().unwrap();
    let mut paths: Vec<_> = (1..=3).map(|number| directory.join(name(number))).collect();
    paths.push(directory);
    for path in paths {
        let opened = Checkpoint::open(&path).unwrap();
        assert_eq!((opened.file_count(), opened.lock().unwrap()), (3, whole.clone()), "{}", path.display());
    }
}

fn name(number: usize) -> String {
    format!("llama-{number:05}-of-00003.gguf")
}

/// A copy of the model in several files.
fn copied() -> tempfile::TempDir {
    let scratch = tempfile::tempdir().unwrap();
    for number in 1..=3 {
        fs::copy(fixture("gguf/split").join(name(number)), scratch.path().join(name(number))).unwrap();
    }
    scratch
}

#[track_caller]
fn says(source: impl Into<Source>, part: &str) {
    let found: Vec<String> = problems(source).iter().map(ToString::to_string).collect();
    assert!(found.iter().any(|one| one.contains(part)), "{found:#?}");
}

#[test]
fn files_that_are_not_one_model() {
    let scratch = copied();
    let at = |name: &str| scratch.path().join(name);
    let [first, second, third] = [1, 2, 3].map(|number| at(&name(number)));
    // one is absent: told by its name, and by what the directory has
    fs::rename(&third, at("aside")).unwrap();
    says(&first, "`llama-00003-of-00003.gguf`: the model has this file too, and it is not there; download it");
    says(scratch.path(), "of a checkpoint in 3 files; download `llama-00003-of-00003.gguf` too");
    // one in place of another
    fs::copy(&second, &third).unwrap();
    says(&first, "it is to be file 3 of 3 with 30 tensors in all, and its metadata says file 2 of 3 with 30 tensors");
    says(&first, "two files of the model have this tensor");
    // a whole model in place of one
    fs::copy(fixture("gguf/llama.gguf"), &third).unwrap();
    says(&first, "and its metadata says that it is a whole model");
    says(&third, "its name says that it is file 3 of 3, and it has no `split.count`");
    // something else
    fs::write(&third, "no GGUF file, but long enough").unwrap();
    says(&first, "it is no GGUF file, as its name says");
    fs::rename(at("aside"), &third).unwrap();
    assert!(Checkpoint::open(&first).is_ok());

    // under another name, or without one; what the message says works
    fs::rename(&second, at("model.gguf")).unwrap();
    says(at("model.gguf"), "name it `MODEL-00002-of-00003.gguf`, and the others likewise");
    says(fs::read(at("model.gguf")).unwrap(), "this is file 2 of 3 of a model; give it by its path");
    for (from, number) in [(first, 1), (at("model.gguf"), 2), (third.clone(), 3)] {
        fs::rename(from, at(&format!("MODEL-0000{number}-of-00003.gguf"))).unwrap();
    }
    assert_eq!(Checkpoint::open(at("MODEL-00002-of-00003.gguf")).unwrap().len(), 30);
}

#[test]
fn files_that_say_other_things_of_their_model() {
    let scratch = copied();
    let first = scratch.path().join(name(1));
    let whole = fs::read(&first).unwrap();
    let patched = |key: &str, value: &[u8]| {
        let mut bytes = whole.clone();
        let at = bytes.windows(key.len()).position(|window| window == key.as_bytes()).unwrap() + key.len() + 4;
        bytes[at..at + value.len()].copy_from_slice(value);
        fs::write(&first, bytes).unwrap();
        first.as_path()
    };
    says(patched("split.tensors.count", &29i32.to_le_bytes()), "the files have 30 tensors in all, and");
    says(patched("split.tensors.count", &(-1i32).to_le_bytes()), "`split.tensors.count` is below zero");
    says(patched("split.count", &4u16.to_le_bytes()), "say that it is file 1 of 4 of a model, and its name does not");
    says(patched("split.no", &1u16.to_le_bytes()), "say that it is file 2 of 3 of a model, and its name does not");
    says(patched("split.no", &3u16.to_le_bytes()), "`split.count` does not count the file itself");
    let mut bytes = whole.clone();
    let at = bytes.windows(8).position(|window| window == b"split.no").unwrap();
    bytes[at..at + 8].copy_from_slice(b"split_no");
    fs::write(&first, bytes).unwrap();
    says(&first, "`split.no` is not there");
    fs::write(&first, &whole).unwrap();
    assert!(Checkpoint::open(&first).is_ok());
}

#[test]
fn a_name_that_promises_another_format() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    let [gguf, safetensors] =
        ["gguf/types.gguf", "mlx/linear.safetensors"].map(|file| fs::read(fixture(file)).unwrap());
    for name in ["a.safetensors", "a.npz"] {
        fs::write(at(name), &gguf).unwrap();
        says(at(name), "it is a GGUF file; rename it to end in `.gguf`");
    }
    fs::write(at("a.gguf"), &safetensors).unwrap();
    says(at("a.gguf"), "its name says that it is a GGUF file, but it is a safetensors file");
    // any other name is fine, as the bytes decide
    fs::write(at("ollama-blob"), &gguf).unwrap();
    assert_eq!(Checkpoint::open(at("ollama-blob")).unwrap().len(), 34);
    // two in one folder are not one
    fs::write(at("b.gguf"), &gguf).unwrap();
    says(scratch.path(), "checkpoints and no index");
}

/// Sizes that the file says itself.
#[derive(Module)]
#[module(crate = wb, ignore = ["blk.*", "output.weight"])]
struct Sized {
    #[param(rename = "token_embd.weight", shape = ["llama.vocab_size", "llama.embedding_length"])]
    embedding: Tensor<f32>,
    #[param(rename = "output_norm.weight", shape = ["llama.embedding_length"])]
    norm: Tensor<f32>,
    #[module(config = "llama.attention.layer_norm_rms_epsilon")]
    epsilon: f64,
    #[module(config = "tokenizer.ggml.token_type")]
    types: Vec<i32>,
}

#[test]
fn metadata_is_the_configuration_of_a_load() {
    let path = fixture("gguf/llama.gguf");
    let loaded = Loader::new().config_file(&path).load::<Sized>(&path).unwrap().module;
    assert_eq!((loaded.embedding.shape().to_vec(), loaded.norm.shape().to_vec()), (vec![128, 32], vec![32]));
    assert_eq!((loaded.epsilon, loaded.types), (1e-6, vec![1, 1, 3, 1, 1, 1, 6]));

    let scratch = tempfile::tempdir().unwrap();
    let wrong = scratch.path().join("wrong.gguf");
    let mut bytes = fs::read(&path).unwrap();
    let key = b"llama.embedding_length";
    let at = bytes.windows(key.len()).position(|window| window == key).unwrap() + key.len() + 4;
    bytes[at..at + 4].copy_from_slice(&64u32.to_le_bytes());
    fs::write(&wrong, bytes).unwrap();
    match Loader::new().config_file(&wrong).load::<Sized>(&path) {
        Err(LoadError::Mismatch(report)) => {
            assert_eq!(report.config.len(), 1);
            assert_eq!(report.config[0].path, "llama.embedding_length");
        }
        _ => panic!("the configuration contradicts the file"),
    }
    // any file of any length may be given, and what is wrong with it is told
    fs::write(&wrong, b"GGUF\x03\0\0\0").unwrap();
    assert!(matches!(Loader::new().config_file(&wrong).load::<Sized>(&path), Err(LoadError::Container { .. })));
}

fn others() -> Loader {
    Loader::new().unexpected(Rule::Allow)
}

fn load<M: Module>(path: &Path) -> M {
    M::from_weights(path).unwrap_or_else(|error| panic!("{error}"))
}

fn bytes(view: &View<'_>) -> Vec<u8> {
    view.bytes().unwrap().into_owned()
}

#[test]
fn blocks_are_loaded_updated_streamed_and_mapped() {
    let types = fixture("gguf/types.gguf");
    let wanted = Checkpoint::open(&types).unwrap().tensor("x.q4_k").unwrap();
    let mut module = others().load::<Blocks>(&types).unwrap().module;
    assert_eq!(module.blocks, wanted);
    assert_eq!((module.blocks.dtype(), module.blocks.as_bytes().len()), (DType::Q4_K, 288));

    module.blocks = AnyTensor::new(DType::Q4_K, [2, 256], &[0; 288]).unwrap();
    others().update(&mut module, &types).unwrap();
    assert_eq!(module.blocks, wanted);

    let mut streamed = Vec::new();
    let stream = others().stream::<Blocks, LoadError>(&types, |parameter| {
        streamed.push(parameter.tensor);
        Ok(())
    });
    assert!(stream.unwrap().ok);
    assert_eq!(streamed, std::slice::from_ref(&wanted));

    // SAFETY: nobody writes to the fixtures
    let mapped = unsafe { others().mapped() }.load::<Blocks>(&types).unwrap();
    assert!(mapped.module.blocks.is_in_place() && mapped.module.blocks == wanted);
    let view = &mapped.module.parameters()[0].1;
    assert_eq!((view.dtype(), bytes(view)), (DType::Q4_K, wanted.as_bytes().to_vec()));
}

#[test]
fn floats_are_loaded_cast_and_bound() {
    for file in ["gguf/llama.gguf", "gguf/split"] {
        let loaded = Loader::new().cast(Cast::Any).dtype(DType::BF16).load::<Head>(fixture(file)).unwrap();
        let Head { embedding, norm } = loaded.module;
        assert_eq!((embedding.dtype(), embedding.shape().to_vec()), (DType::BF16, vec![128, 32]));
        assert_eq!(norm.shape().to_vec(), [32]);
    }
    let quantised = load::<Head>(&fixture("gguf/llama-q8_0.gguf"));
    assert_eq!((quantised.embedding.dtype(), quantised.embedding.as_bytes().len()), (DType::Q8_0, 128 * 34));
}
