//! Every committed checkpoint with bytes flipped, cut and grown: an error or a module, never a panic, and never memory
//! that the file does not account for.

use std::collections::HashSet;
use std::path::Path;
use std::sync::OnceLock;

use proptest::prelude::*;
use tempfile::TempDir;
use wb::{Checkpoint, Loader, Module};
use weighbridge_tests::bert::BertForMaskedLm;
use weighbridge_tests::fixture;
use weighbridge_tests::llama::{Llama, Tiny};
use weighbridge_tests::mlx::{Mlp, Quantized};

/// The bytes of every checkpoint file.
fn files() -> &'static [Vec<u8>] {
    fn collect(directory: &Path, files: &mut Vec<Vec<u8>>) {
        let mut entries: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => collect(&path, files),
                Some("safetensors" | "npz") => files.push(std::fs::read(path).unwrap()),
                _ => {}
            }
        }
    }
    static FILES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    FILES.get_or_init(|| {
        let mut files = Vec::new();
        collect(&fixture(""), &mut files);
        assert!(files.len() > 20, "{}", files.len());
        files
    })
}

/// A directory of its own with the committed shards and this index.
fn shards_with(index: &[u8]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for shard in 1..=4 {
        let name = format!("model-{shard:05}-of-00004.safetensors");
        std::fs::copy(fixture("llama-sharded").join(&name), directory.path().join(&name)).unwrap();
    }
    std::fs::write(directory.path().join(INDEX), index).unwrap();
    directory
}

const INDEX: &str = "model.safetensors.index.json";

/// One change of a file. Positions are parts of its length, so that headers and ends are met often.
#[derive(Clone, Debug)]
enum Change {
    Flip { at: prop::sample::Index, bits: u8 },
    Set { at: prop::sample::Index, byte: u8 },
    Cut { at: prop::sample::Index },
    Remove { at: prop::sample::Index, count: usize },
    Insert { at: prop::sample::Index, bytes: Vec<u8> },
    Append { bytes: Vec<u8> },
}

/// A position: any, or near the start, where the headers are.
fn change() -> impl Strategy<Value = (bool, Change)> {
    let at = any::<prop::sample::Index>;
    let bytes = || prop::collection::vec(any::<u8>(), 1..24);
    let change = prop_oneof![
        4 => (at(), 1u8..).prop_map(|(at, bits)| Change::Flip { at, bits }),
        4 => (at(), prop::sample::select(b"0129-{}[]\",:x \0\xff".to_vec())).prop_map(|(at, byte)| Change::Set { at, byte }),
        1 => at().prop_map(|at| Change::Cut { at }),
        1 => (at(), 1usize..16).prop_map(|(at, count)| Change::Remove { at, count }),
        1 => (at(), bytes()).prop_map(|(at, bytes)| Change::Insert { at, bytes }),
        1 => bytes().prop_map(|bytes| Change::Append { bytes }),
    ];
    (any::<bool>(), change)
}

fn apply(file: &mut Vec<u8>, (in_front, change): &(bool, Change)) {
    let span = if *in_front { file.len().min(1024) } else { file.len() };
    if span == 0 {
        return;
    }
    match change {
        Change::Flip { at, bits } => file[at.index(span)] ^= bits,
        Change::Set { at, byte } => file[at.index(span)] = *byte,
        Change::Cut { at } => file.truncate(at.index(span)),
        Change::Remove { at, count } => {
            let start = at.index(span);
            file.drain(start..(start + count).min(file.len()));
        }
        Change::Insert { at, bytes } => {
            let start = at.index(span);
            file.splice(start..start, bytes.iter().copied());
        }
        Change::Append { bytes } => file.extend(bytes),
    }
}

/// Loads the bytes as `M`: it is refused, or every parameter is as the schema says.
fn load<M: Module>(bytes: &[u8]) {
    match Loader::new().load::<M>(bytes) {
        Ok(loaded) => assert_eq!(loaded.report.fitting_count, loaded.module.parameters().len()),
        // every refusal has words
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Everything that can be done with bytes that somebody sent.
fn survive(bytes: &[u8]) {
    match Checkpoint::open(bytes) {
        Ok(checkpoint) => {
            for entry in checkpoint.iter() {
                assert!(
                    entry.byte_len() as u64 <= 1100 * bytes.len() as u64,
                    "{} claims {}",
                    entry.name(),
                    entry.byte_len()
                );
                if let Ok(tensor) = checkpoint.tensor(entry.name()) {
                    assert_eq!(tensor.as_bytes().len(), entry.byte_len());
                }
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    load::<Mlp>(bytes);
    load::<Llama<Tiny>>(bytes);
    load::<BertForMaskedLm>(bytes);
    load::<Quantized<4, 32>>(bytes);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_file_is_an_error_or_a_module(
        file in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 1..4),
    ) {
        let mut bytes = file.get(files()).clone();
        changes.iter().for_each(|change| apply(&mut bytes, change));
        survive(&bytes);
    }

    #[test]
    fn any_bytes_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(Checkpoint::open(bytes).is_err());
    }

    #[test]
    fn a_changed_index_is_an_error_or_the_checkpoint(changes in prop::collection::vec(change(), 1..4)) {
        let mut index = std::fs::read(fixture("llama-sharded").join(INDEX)).unwrap();
        changes.iter().for_each(|change| apply(&mut index, change));
        match Loader::new().load::<Llama<Tiny>>(shards_with(&index).path().join(INDEX)) {
            Ok(loaded) => prop_assert_eq!(loaded.module.parameters().len(), 30),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    /// What is accepted here is accepted by the reference reader.
    #[test]
    fn accepted_is_accepted_by_the_reference(
        file in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 1..3),
    ) {
        let mut bytes = file.get(files()).clone();
        changes.iter().for_each(|change| apply(&mut bytes, change));
        let is_safetensors = bytes.get(8..).is_some_and(|header| header.trim_ascii_start().starts_with(b"{"));
        if is_safetensors && let Ok(checkpoint) = Checkpoint::open(bytes.as_slice()) {
            let names: HashSet<_> = checkpoint.iter().map(|entry| entry.name()).collect();
            if names.len() < checkpoint.len() {
                // a name twice is listed as it stands, for people to see, and refused by every load
                let error = Loader::new().strict(false).load::<Llama<Tiny>>(&checkpoint).unwrap_err();
                prop_assert!(error.report().is_some_and(|report| !report.duplicate.is_empty()), "{}", error);
                return Ok(());
            }
            let reference = safetensors::SafeTensors::deserialize(&bytes);
            prop_assert!(reference.is_ok(), "{:?}", reference.err());
            prop_assert_eq!(reference.unwrap().len(), checkpoint.len());
        }
    }
}

#[test]
fn every_truncation_of_every_file_is_refused() {
    for file in files() {
        // every length near the ends, and a spread of those between
        let lengths = (0..file.len()).filter(|length| *length < 64 || file.len() - length < 64 || length % 997 == 0);
        for length in lengths {
            assert!(Checkpoint::open(&file[..length]).is_err(), "{length} of {} bytes were accepted", file.len());
        }
    }
}
