//! Lists of problems: their headline is true where they are cut, equal ones fold, and the text is bounded.

use std::fs;

use wb::{Checkpoint, CheckpointError, LoadError, Loader, Module, Tensor};
use weighbridge_tests::files::raw_safetensors;

#[derive(Module)]
#[module(crate = wb)]
struct Norm {
    #[param(shape = [4])]
    _weight: Tensor<f32>,
}

/// The text of the error, and how many problems it holds as data.
fn refused(source: impl Into<wb::Source>) -> (String, usize) {
    match Checkpoint::open(source) {
        Err(error @ CheckpointError::Container { .. }) => {
            let text = error.to_string();
            let CheckpointError::Container { problems, .. } = error else { unreachable!() };
            (text, problems.len())
        }
        other => panic!("{other:?}"),
    }
}

/// A header of tensors whose dtype nobody knows.
fn unknown(names: impl Iterator<Item = String>) -> Vec<u8> {
    let tensor = |name: String| format!(r#""{name}":{{"dtype":"X9","shape":[0],"data_offsets":[0,0]}}"#);
    raw_safetensors(&format!("{{{}}}", names.map(tensor).collect::<Vec<_>>().join(",")), &[])
}

#[test]
fn a_headline_counts_all_of_them() {
    // digits would fold
    let name = |i: usize| -> String { i.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect() };
    let (text, kept) = refused(unknown((0..2001).map(name)));
    assert!(text.starts_with("bytes in memory: 2001 problems\n"), "{text}");
    assert!(text.ends_with("\n  and 1981 more problems"), "{text}");
    assert_eq!((text.lines().count(), kept), (22, 2001));
    // beyond what is kept
    let (text, kept) = refused(unknown((0..12_000).map(name)));
    assert!(
        text.starts_with("bytes in memory: 12000 problems\n") && text.ends_with("\n  and 11980 more problems"),
        "{text}"
    );
    assert_eq!(kept, 10_001);
    // a load says the same
    match Loader::new().check::<Norm>(unknown((0..12_000).map(|i| format!("t{i}")))) {
        Err(LoadError::Container { problems, .. }) => {
            assert_eq!(problems.last().unwrap().message, "and 2000 more problems that are not listed");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn layers_with_one_mistake_are_one_line() {
    let (text, kept) = refused(unknown((0..32).map(|i| format!("layers.{i}.weight")).chain(["head".to_owned()])));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0], kept), (3, "bytes in memory: 33 problems", 33));
    assert!(lines[1].starts_with("  `head`: ") && lines[1].contains("(byte "), "{text}");
    assert!(lines[2].starts_with("  `layers.{0..=31}.weight`: ") && !lines[2].contains("(byte "), "{text}");
    let (text, _) = refused(unknown((0..32).map(|i| format!("block_{i}.weight"))));
    assert!(text.lines().count() == 2 && text.contains("\n  `block_{0..=31}.weight`: "), "{text}");
}

#[test]
fn absent_shards_are_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let listed: Vec<String> = (1..=40).map(|i| format!(r#""{i}.w":"model-{i:05}-of-00040.safetensors""#)).collect();
    let index = directory.path().join("model.safetensors.index.json");
    fs::write(&index, format!(r#"{{"weight_map":{{{}}}}}"#, listed.join(","))).unwrap();
    let file = |i: usize| directory.path().join(format!("model-{i:05}-of-00040.safetensors"));
    for i in [1, 2] {
        let header = format!(r#"{{"{i}.w":{{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}}"#);
        fs::write(file(i), raw_safetensors(&header, &[1])).unwrap();
    }
    let (text, _) = refused(directory.path());
    assert_eq!(
        text,
        format!(
            "{}: 38 problems\n  `model-{{00003..=00040}}-of-00040.safetensors`: the index names this shard, and it is not there; \
             download it, or the whole checkpoint again",
            index.display()
        )
    );
}

#[test]
fn the_text_is_bounded_whatever_the_file() {
    // names of 4,000 characters, each with mistakes
    let long = (0..200).map(|i| format!("{}{i}", "é".repeat(2000)));
    let (text, _) = refused(unknown(long));
    assert!(text.len() <= 22 * 4096 && text.lines().count() <= 22, "{} bytes", text.len());
    assert!(text.lines().skip(1).take(20).all(|line| line.contains("bytes left out")), "{text}");
    // one name
    let (text, _) = refused(unknown(std::iter::once("x".repeat(4000))));
    assert!(text.len() <= 2 * 4096 && text.contains("bytes left out"), "{}", text.len());
    // names with a pattern that is as long
    let long = (0..200).map(|i| format!("{}.{i}", "é".repeat(2000)));
    let (text, _) = refused(unknown(long));
    assert!(text.len() <= 22 * 4096 && text.lines().count() <= 22, "{} bytes", text.len());
}
