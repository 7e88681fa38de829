//! Counts in messages agree with their nouns, and a limit is told in one form.

use wb::{AnyTensor, Checkpoint, DType, Limits, ProblemKind, Source, Tensor};
use weighbridge_tests::files::{npy, npz, raw_safetensors};
use weighbridge_tests::refusal::problems;

const ONE: &str = r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#;

/// What is said of a file of which one thing is wrong.
#[track_caller]
fn said(file: impl Into<Source>) -> String {
    let problems = problems(file);
    let [problem] = problems.as_slice() else { panic!("{problems:#?}") };
    problem.message.clone()
}

#[test]
fn one_byte_is_not_bytes() {
    let perhaps = "the file may hide something, so fetch it again or write it anew";
    assert_eq!(
        said(raw_safetensors(ONE, &[1, 2])),
        format!("no tensor accounts for 1 byte after the last one; {perhaps}")
    );
    assert_eq!(
        said(raw_safetensors(ONE, &[1, 2, 3])),
        format!("no tensor accounts for 2 bytes after the last one; {perhaps}")
    );
    let gap = r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#;
    assert_eq!(
        said(raw_safetensors(gap, &[1, 2])),
        format!("no tensor accounts for 1 byte before this one; {perhaps}")
    );
    let short = r#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,1]}}"#;
    assert_eq!(said(raw_safetensors(short, &[1])), "F32 [] has 4 bytes, but `data_offsets` give 1");
    let short = r#"{"a":{"dtype":"U8","shape":[],"data_offsets":[0,2]}}"#;
    assert_eq!(said(raw_safetensors(short, &[1, 2])), "U8 [] has 1 byte, but `data_offsets` give 2");

    let mut archive = npz(&[("a.npy", npy("|u1", false, "(1,)", &[1]))]);
    archive.insert(0, 0);
    let text = said(archive.clone());
    assert!(text.starts_with("1 byte in front of the archive; "), "{text}");
    archive.remove(0);
    archive.push(0);
    let text = said(archive);
    assert!(text.starts_with("1 byte after the archive's end; "), "{text}");
}

#[test]
fn one_number_is_not_numbers() {
    for (offsets, count) in [("", "0 numbers"), ("0", "1 number"), ("0,1,2", "3 numbers")] {
        let header = format!(r#"{{"a":{{"dtype":"U8","shape":[1],"data_offsets":[{offsets}]}}}}"#);
        assert_eq!(
            problems(raw_safetensors(&header, &[1]))[0].message,
            format!("`data_offsets` hold {count} instead of 2")
        );
    }
}

#[test]
fn one_problem_more_is_not_problems() {
    // names that do not fold
    let name = |i: usize| ["a", "b", "c"].map(|letter| letter.repeat(i % 8 + 1))[i / 8].clone();
    let tensor = |i: usize| format!(r#""{}":{{"dtype":"U8","shape":[2],"data_offsets":[{i},{}]}}"#, name(i), i + 1);
    for (count, more) in [(20, None), (21, Some("\n  and 1 more problem")), (22, Some("\n  and 2 more problems"))] {
        let header = format!("{{{}}}", (0..count).map(tensor).collect::<Vec<_>>().join(","));
        let text = Checkpoint::open(raw_safetensors(&header, &vec![0; count])).unwrap_err().to_string();
        assert!(text.contains(&format!(": {count} problems\n")), "{text}");
        match more {
            None => assert!(!text.contains("more problem"), "{text}"),
            Some(more) => assert!(text.ends_with(more), "{text}"),
        }
    }
}

#[test]
fn one_element_is_not_elements() {
    assert_eq!(Tensor::<u8>::new([], vec![]).unwrap_err().to_string(), "shape [] takes 1 element, not 0");
    assert_eq!(Tensor::<u8>::new([2], vec![]).unwrap_err().to_string(), "shape [2] takes 2 elements, not 0");
    assert_eq!(AnyTensor::new(DType::U8, [], &[]).unwrap_err().to_string(), "shape [] takes 1 byte, not 0");
    let odd = AnyTensor::new(DType::BOOL, [2], &[0, 2]).unwrap_err().to_string();
    assert_eq!(odd, "shape [2] has a byte that is neither 0 nor 1, and a BOOL is one of them");
}

#[test]
fn a_limit_is_told_in_one_form() {
    let limits = Limits::new;
    let index = r#"{"weight_map":{"a":"a.safetensors","b":"b.safetensors","c":"c.safetensors","d":"d.safetensors"}}"#;
    let index_of = |text: &str| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model.safetensors.index.json");
        std::fs::write(&path, text).unwrap();
        (directory, Source::from(path))
    };
    let lock = "# weighbridge lock 1\na  U8 [1]\nb  U8 [1]\n";
    let one = || Source::from(raw_safetensors(ONE, &[1]));
    let array = || Source::from(npz(&[("a.npy", npy("|u1", false, "(1,)", &[1]))]));
    let (_kept, by_shards) = index_of(index);
    let (_kept, by_tensors) = index_of(index);
    for (source, limits, found, field, limit) in [
        (one(), limits().header_byte_len(10), "the header claims 53 bytes", "header_byte_len", "10"),
        (one(), limits().tensor_count(0), "there are more tensors", "tensor_count", "0"),
        (one(), limits().name_byte_len(0), "the name has 1 byte", "name_byte_len", "0"),
        (one(), limits().rank(0), "the shape has 1 dim", "rank", "0"),
        (one(), limits().component_count(0), "the names have 1 component in all", "component_count", "0"),
        (array(), limits().tensor_count(0), "the archive claims 1 member", "tensor_count", "0"),
        (array(), limits().name_byte_len(0), "the name has 1 byte", "name_byte_len", "0"),
        (array(), limits().rank(0), "the shape has 1 dim", "rank", "0"),
        (array(), limits().npy_header_byte_len(9), "the .npy header claims ", "npy_header_byte_len", "9"),
        (by_shards, limits().shard_count(1), "there are more shards", "shard_count", "1"),
        (by_tensors, limits().tensor_count(1), "there are more tensors", "tensor_count", "1"),
        (lock.as_bytes().into(), limits().header_byte_len(9), "the lock has ", "header_byte_len", "9"),
        (lock.as_bytes().into(), limits().tensor_count(1), "the lock stands for 2 tensors", "tensor_count", "1"),
        (lock.as_bytes().into(), limits().rank(0), "the shape has 1 dim", "rank", "0"),
    ] {
        let Err(wb::CheckpointError::Container { problems, .. }) = Checkpoint::open_within(source, &limits) else {
            panic!("not refused: {limits:?}")
        };
        let Some(problem) = problems.iter().find(|problem| problem.kind == ProblemKind::Limit) else {
            panic!("{limits:?}: {problems:#?}")
        };
        let rest = format!(", and the limit is {limit}; raise `Limits::{field}` if the file is trusted");
        assert!(problem.message.starts_with(found) && problem.message.ends_with(&rest), "{problem}");
        // however much is beyond it
        let count = problems.iter().filter(|problem| problem.message.starts_with("there are more")).count();
        assert!(count <= 1, "{problems:#?}");
    }
}
