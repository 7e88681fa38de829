//! The tools on GGUF files that gguf-py wrote.

use std::path::Path;

use weighbridge::lock::Lock;
use weighbridge::{Checkpoint, DType};
use weighbridge_tools::Selection;
use weighbridge_tools::convert::{ConvertError, Options, convert};
use weighbridge_tools::diff::{self, diff};
use weighbridge_tools::generate::{self, generate};
use weighbridge_tools::inspect::inspect;

use crate::expand::expand;
use crate::generate::declared;
use crate::{fixture, held};

fn open(name: &str) -> Checkpoint {
    Checkpoint::open(fixture(name)).unwrap()
}

const FILES: [&str; 4] = ["gguf/llama.gguf", "gguf/llama-q8_0.gguf", "gguf/types.gguf", "gguf/split"];

#[test]
fn inspect_counts_the_bytes_of_blocks() {
    for name in FILES {
        let checkpoint = open(name);
        let inspection = inspect(&checkpoint).unwrap();
        let bytes: usize = checkpoint.iter().map(|entry| entry.byte_len()).sum();
        assert_eq!(inspection.total.byte_len, bytes as u64, "{name}");
        let text = inspection.to_string();
        assert!(text.contains("general.architecture = llama"), "{text}");
    }
    let text = inspect(&open("gguf/types.gguf")).unwrap().to_string();
    assert!(text.contains("q4_k     Q4_K     [2, 256]                 512    288 B"), "{text}");
}

#[test]
fn a_lock_has_the_types_by_their_names() {
    for name in FILES {
        let checkpoint = open(name);
        let lock = checkpoint.lock().unwrap();
        let text = lock.to_string();
        assert_eq!(text.parse::<Lock>().unwrap(), lock);
        assert!(weighbridge::lock::check(&lock, "a.lock", &checkpoint).is_ok(), "{name}");
    }
    let text = open("gguf/llama-q8_0.gguf").lock().unwrap().to_string();
    assert!(text.contains("blk.{0..=2}.attn_k.weight       Q8_0 [16, 32]\n"), "{text}");
    let q4 = text.replace("Q8_0 [16, 32]", "Q4_0 [16, 32]").parse().unwrap();
    assert!(weighbridge::lock::check(&q4, "a.lock", open("gguf/llama-q8_0.gguf")).is_err());
}

#[test]
fn diff_compares_blocks_and_what_they_stand_for() {
    let with_values = diff::Options::new().values(true);
    let [one, several, quantised] = ["gguf/llama.gguf", "gguf/split", "gguf/llama-q8_0.gguf"].map(open);
    assert!(diff(&one, &several, &with_values).unwrap().same);
    assert!(diff(&quantised, &quantised, &with_values).unwrap().same);
    // of different dtypes, the numbers: those of Q8_0 are near
    let found = diff(&one, &quantised, &with_values).unwrap();
    assert_eq!((found.dtype.len(), found.values.len()), (23, 23));
    for values in &found.values {
        assert!(values.relative.is_some() && values.largest.as_ref().unwrap().absolute < 0.01, "{values:?}");
    }

    // of one dtype, the numbers of the blocks that differ
    let path = fixture("gguf/llama-q8_0.gguf");
    let mut bytes = std::fs::read(&path).unwrap();
    let entry = quantised.get("output.weight").unwrap();
    // the scale of the first block, and one number of the third
    let at = entry.offset() as usize;
    bytes[at + 1] ^= 1;
    bytes[at + 2 * 34 + 2 + 5] ^= 1;
    let changed = Checkpoint::open(bytes).unwrap();
    let found = diff(&quantised, &changed, &with_values).unwrap();
    let [values] = found.values.as_slice() else { panic!("{found:?}") };
    assert!((2..=33).contains(&values.differing_count), "{values:?}");
    assert_eq!((&*values.name, values.dtype, values.first.as_slice()), ("output.weight", DType::Q8_0, &[0, 0][..]));
    // blocks that are kept as they are differ whole
    let mut bytes = std::fs::read(fixture("gguf/types.gguf")).unwrap();
    let types = open("gguf/types.gguf");
    bytes[types.get("x.iq2_xxs").unwrap().offset() as usize] ^= 1;
    let found = diff(&types, &Checkpoint::open(bytes).unwrap(), &with_values).unwrap();
    assert_eq!((found.values[0].differing_count, found.values[0].element_count), (256, 512));
}

#[test]
fn generated_code_declares_the_types() {
    for name in FILES {
        let checkpoint = open(name);
        let code = generate(&checkpoint, &generate::Options::new().name("Model")).unwrap();
        let lines: Vec<_> =
            checkpoint.iter().map(|entry| (entry.name().to_owned(), entry.dtype(), entry.shape().to_vec())).collect();
        assert_eq!(expand(&code, "Model"), declared(&lines), "{name}");
    }
}

#[test]
fn convert_makes_safetensors_of_numbers() {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out.safetensors");
    for name in ["gguf/llama.gguf", "gguf/split"] {
        let done = convert(&open(name), &out, &Options::new()).unwrap();
        assert_eq!((done.tensor_count, done.cast.len()), (30, 0));
        assert!(held(&out) == held(&fixture(name)));
        // texts come along, and lists are told
        assert_eq!(Checkpoint::open(&out).unwrap().metadata()["llama.block_count"], "3");
        assert_eq!(done.dropped_metadata, ["tokenizer.ggml.tokens", "tokenizer.ggml.token_type"]);
        let told = "metadata    tokenizer.ggml.tokens, tokenizer.ggml.token_type: left out, a safetensors file has a place for texts";
        assert!(done.to_string().contains(told), "{done}");
    }
}

/// One file of each format, with other tensors.
#[test]
fn every_tool_takes_every_format() {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out.safetensors");
    for name in
        ["llama/model.safetensors", "mlx/mlp.npz", "torch/dtypes.pt", "torch/dtypes-legacy.pt", "gguf/llama.gguf"]
    {
        let checkpoint = open(name);
        assert!(!checkpoint.is_empty(), "{name}");
        assert_eq!(inspect(&checkpoint).unwrap().total.tensor_count, checkpoint.len() as u64, "{name}");
        let lock = checkpoint.lock().unwrap();
        assert_eq!(lock.to_string().parse(), Ok(lock.clone()), "{name}");
        assert!(weighbridge::lock::check(&lock, "a.lock", &checkpoint).is_ok(), "{name}");
        let code = generate(&checkpoint, &generate::Options::new().name("Model")).unwrap();
        let lines: Vec<_> =
            checkpoint.iter().map(|entry| (entry.name().to_owned(), entry.dtype(), entry.shape().to_vec())).collect();
        assert_eq!(expand(&code, "Model"), declared(&lines), "{name}");
        let done = convert(&checkpoint, &out, &Options::new()).unwrap();
        assert_eq!(done.tensor_count, checkpoint.len(), "{name}");
        let found = diff(&checkpoint, &Checkpoint::open(&out).unwrap(), &diff::Options::new().values(true)).unwrap();
        assert!(found.same, "{name}: {found}");
    }
}

fn refused(out: &Path, options: &Options) -> String {
    match convert(&open("gguf/types.gguf"), out, options) {
        Err(error @ ConvertError::Quantised { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn convert_dequantises_where_a_cast_is_asked_for() {
    let scratch = tempfile::tempdir().unwrap();
    let [out, npz] = ["out.safetensors", "out.npz"].map(|name| scratch.path().join(name));
    for out in [&out, &npz] {
        assert_eq!(
            refused(out, &Options::new()),
            "`x.q4_0` is Q4_0, which only a GGUF file can hold, and none is written here; dequantise it with `--cast F32`, \
             `--cast F16` or `--cast BF16` (`Options::cast` in code)"
        );
    }
    // what the message says, and what it says of those that are kept
    let cast = Options::new().cast(DType::F32);
    let kept = refused(&out, &cast);
    assert!(kept.starts_with("`x.q8_1` is Q8_1, ") && kept.contains("leave it out with `--ignore`"), "{kept}");
    let ignored = ["x.q8_1", "x.q8_k", "x.iq[123]*", "x.iq1*", "x.iq2*", "x.iq3*", "x.nvfp4", "x.q1_0"];
    let selection = Selection::new().ignore(ignored.into_iter().filter(|pattern| !pattern.contains('[')));
    let done = convert(&open("gguf/types.gguf"), &out, &cast.clone().select(selection.clone())).unwrap();
    assert_eq!((done.tensor_count, done.cast.len()), (23, 18));
    let [found, expected] =
        [&out, &fixture("gguf/dequantised.safetensors")].map(|path| Checkpoint::open(path).unwrap());
    let floats = |tensor: weighbridge::AnyTensor| -> Vec<u32> {
        let numbers = tensor.as_bytes().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        numbers.map(|number| if number.is_nan() { 0x7fc0_0000 } else { number.to_bits() }).collect()
    };
    let dequantised = found.iter().filter(|entry| entry.name().contains("q") || entry.name().contains("mxfp4"));
    let mut count = 0;
    for entry in dequantised {
        let [found, expected] = [&found, &expected].map(|all| floats(all.tensor(entry.name()).unwrap()));
        assert!(found == expected, "{}", entry.name());
        count += 1;
    }
    assert_eq!(count, 15);
    // as halves, too
    let done = convert(&open("gguf/llama-q8_0.gguf"), &out, &Options::new().cast(DType::BF16)).unwrap();
    assert_eq!(done.cast.len(), 30);
    // and not to what no block is cast to
    let eight = refused(&out, &Options::new().cast(DType::F8_E4M3).select(selection));
    assert!(eight.contains("`x.q4_0` is Q4_0"), "{eight}");
}
