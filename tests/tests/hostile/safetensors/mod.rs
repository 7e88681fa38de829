//! Safetensors files that lie. Each test says what the `safetensors` crate does with the file ("peer"), and asserts
//! what is refused here: the kind, the tensor's name and the byte of the file; or says why it is accepted.

mod descriptions;

use proptest::prelude::*;
use wb::{Checkpoint, DType, LoadError, ProblemKind};
use weighbridge_tests::refusal::{problems, refused};

/// A file with this header, as it stands, and these bytes behind it.
fn file(header: &str, elements: &[u8]) -> Vec<u8> {
    raw(header.as_bytes(), elements)
}

fn raw(header: &[u8], elements: &[u8]) -> Vec<u8> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.extend(elements);
    file
}

fn peer_accepts(file: &[u8]) -> bool {
    safetensors::SafeTensors::deserialize(file).is_ok()
}

/// The byte of the file at which a part of the header stands.
#[track_caller]
fn place(header: &str, part: &str) -> u64 {
    8 + header.find(part).expect("in the header") as u64
}

/// A header of one tensor `a`, and where it is named.
const NAMED: u64 = 9;

#[test]
fn a_file_shorter_than_its_length_field() {
    // peer: HeaderTooSmall
    for length in 1..8 {
        let [problem] = &problems(vec![b'x'; length])[..] else { panic!() };
        assert_eq!(problem.kind, ProblemKind::Format);
    }
    assert_eq!(problems(Vec::<u8>::new())[0].kind, ProblemKind::Format);
}

#[test]
fn a_header_beyond_the_limit_is_refused_before_it_is_allocated() {
    // peer: HeaderTooLarge
    let mut long = 100_000_001u64.to_le_bytes().to_vec();
    long.extend(b"{}");
    let text = refused(long, ProblemKind::Limit, None, 0);
    assert!(text.contains("Limits::header_byte_len"), "{text}");
    let mut longest = u64::MAX.to_le_bytes().to_vec();
    longest.extend(b"{}");
    refused(longest, ProblemKind::Limit, None, 0);
}

#[test]
fn a_header_beyond_the_file() {
    // peer: InvalidHeaderLength
    let mut short = 3000u64.to_le_bytes().to_vec();
    short.extend(br#"{"a":"#);
    refused(short, ProblemKind::Truncated, None, 0);
}

#[test]
fn a_header_that_is_no_text() {
    // peer: InvalidHeader
    refused(raw(b"{\"\xff\":1}", &[]), ProblemKind::Header, None, 10);
}

#[test]
fn a_header_that_is_no_json() {
    // peer: InvalidHeaderDeserialization, without a place
    let header = r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},oops}"#;
    let text = refused(file(header, &[]), ProblemKind::Header, None, place(header, "oops"));
    assert!(text.contains("not valid JSON") && !text.contains("line"), "{text}");
    // cut in the middle of a string, over two lines
    let header = "{\n\"abc";
    refused(file(header, &[]), ProblemKind::Header, None, 8 + header.len() as u64 - 1);
    // an empty header, which is no JSON either
    assert_eq!(problems(raw(b"", b"{}"))[0].kind, ProblemKind::Header);
}

#[test]
fn a_header_that_is_no_object() {
    // peer: InvalidHeaderDeserialization
    refused(file("[]", &[]), ProblemKind::Header, None, 8);
    refused(file("null", &[]), ProblemKind::Header, None, 8);
}

#[test]
fn json_too_deep_is_an_error_and_no_overflow_of_the_stack() {
    // peer: the same limit of recursion
    let deep = "[".repeat(100_000);
    let header = format!(r#"{{"a":{deep}"#);
    assert_eq!(problems(file(&header, &[]))[0].kind, ProblemKind::Header);
}

#[test]
fn something_behind_the_header_s_object() {
    // peer: InvalidHeaderDeserialization
    refused(file("{}x", &[]), ProblemKind::Header, None, 10);
    refused(raw(b"{}\0\0", &[]), ProblemKind::Header, None, 10);
}

#[test]
fn white_space_around_the_header_is_accepted() {
    // Its text asks for `{` first and spaces behind; the peer's tests accept all of JSON's white space on both
    // sides, because writers pad to put the elements on a page. So it is accepted here.
    let header = "\n\t \r{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}} \t\r\n";
    let file = file(header, &[3, 4]);
    assert!(peer_accepts(&file));
    let checkpoint = Checkpoint::open(file).unwrap();
    assert_eq!(checkpoint.tensor("a").unwrap().as_bytes(), [3, 4]);
    let padded = raw(format!("{}{{}}", " ".repeat(4088)).as_bytes(), &[]);
    assert_eq!(Checkpoint::open(padded).unwrap().iter().count(), 0);
}

#[test]
fn one_name_twice_with_one_range_is_kept_twice() {
    // peer: OK, the last one wins in silence. Here both are listed, and a load refuses the name.
    let header = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}}"#;
    let file = file(header, &[0; 8]);
    assert!(peer_accepts(&file));
    let checkpoint = Checkpoint::open(file).unwrap();
    let found: Vec<_> = checkpoint.iter().map(|entry| (entry.name(), entry.dtype(), entry.offset())).collect();
    let data = 8 + header.len() as u64;
    assert_eq!(found, [("a", DType::F32, data), ("a", DType::I32, data)]);
}

#[test]
fn one_name_in_two_spellings_is_kept_twice() {
    // peer: OK, the last one wins
    let header = r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}"#;
    let file = file(header, &[0]);
    assert!(peer_accepts(&file));
    let names: Vec<String> = Checkpoint::open(file).unwrap().iter().map(|entry| entry.name().to_owned()).collect();
    assert_eq!(names, ["a", "a"]);
}

#[test]
fn one_name_twice_with_two_ranges_is_kept_twice() {
    // peer: InvalidOffset, which is not what is wrong
    let header =
        r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#;
    let checkpoint = Checkpoint::open(file(header, &[0, 1])).unwrap();
    let data = 8 + header.len() as u64;
    assert_eq!(checkpoint.iter().map(|entry| entry.offset()).collect::<Vec<_>>(), [data, data + 1]);
}

#[test]
fn two_tensors_over_each_other() {
    // peer: InvalidOffset. MLX accepts it.
    let header =
        r#"{"a":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#;
    let data = 8 + header.len() as u64;
    let text = refused(file(header, &[0; 8]), ProblemKind::Overlap, Some("b"), data + 4);
    assert!(text.contains("`a`"), "{text}");
    // the same range under two names
    let header =
        r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#;
    refused(file(header, &[0; 4]), ProblemKind::Overlap, Some("b"), 8 + header.len() as u64);
    // an empty tensor inside another
    let header =
        r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}"#;
    refused(file(header, &[0; 4]), ProblemKind::Overlap, Some("b"), 10 + header.len() as u64);
}

#[test]
fn a_hundred_thousand_tensors_over_one_range() {
    // peer: InvalidOffset, since it checks that ranges follow one another
    let one = r#"{"dtype":"U8","shape":[4],"data_offsets":[0,4]}"#;
    let all: Vec<String> = (0..100_000).map(|i| format!(r#""{i}":{one}"#)).collect();
    let problems = problems(file(&format!("{{{}}}", all.join(",")), &[0; 4]));
    assert_eq!(problems.len(), 10_001);
    assert!(problems[10_000].message.contains("89999 more"), "{}", problems[10_000]);
}

#[test]
fn a_hole_between_tensors() {
    // peer: InvalidOffset. MLX accepts it.
    let header =
        r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[6,8]}}"#;
    let data = 8 + header.len() as u64;
    let text = refused(file(header, &[0; 8]), ProblemKind::Unaccounted, Some("b"), data + 2);
    assert!(text.contains("4 bytes") && text.contains("`a`"), "{text}");
    // in front of the first
    let header = r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[6,8]}}"#;
    refused(file(header, &[0; 8]), ProblemKind::Unaccounted, Some("a"), 8 + header.len() as u64);
}

#[test]
fn bytes_behind_the_last_tensor() {
    // peer: MetadataIncompleteBuffer. MLX accepts it.
    let header = r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#;
    let text = refused(file(header, &[0; 7]), ProblemKind::Unaccounted, None, 10 + header.len() as u64);
    assert!(text.contains("5 bytes"), "{text}");
    refused(file("{}", &[0]), ProblemKind::Unaccounted, None, 10);
}

#[test]
fn a_file_that_ends_early() {
    // peer: MetadataIncompleteBuffer, without a name. One cut is one problem, at the first tensor that it takes.
    let header = r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]},"c":{"dtype":"U8","shape":[2],"data_offsets":[6,8]}}"#;
    let text = refused(file(header, &[0; 3]), ProblemKind::Truncated, Some("b"), 10 + header.len() as u64);
    assert!(text.contains("1 more"), "{text}");
}

#[test]
fn offsets_up_to_the_end_of_the_numbers() {
    // peer: panics, "attempt to add with overflow", where overflow is checked
    let step = u64::MAX / 8;
    let all: Vec<String> = (0..8u64)
        .map(|i| {
            let (begin, end) = (i * step, (i + 1) * step);
            format!(r#""{i}":{{"dtype":"U8","shape":[{step}],"data_offsets":[{begin},{end}]}}"#)
        })
        .collect();
    let problems = problems(file(&format!("{{{}}}", all.join(",")), &[]));
    let found: Vec<_> = problems.iter().map(|problem| (problem.kind, problem.tensor.as_deref())).collect();
    // the last one ends where no file can, the others behind the end of this one
    assert_eq!(found, [(ProblemKind::Truncated, Some("7")), (ProblemKind::Truncated, Some("0"))]);

    let end = u64::MAX;
    let header = format!(r#"{{"a":{{"dtype":"U8","shape":[1],"data_offsets":[{},{end}]}}}}"#, end - 1);
    refused(file(&header, &[]), ProblemKind::Truncated, Some("a"), NAMED);
    let begin = u64::MAX / 2;
    let header = format!(r#"{{"a":{{"dtype":"U8","shape":[1],"data_offsets":[{begin},{}]}}}}"#, begin + 1);
    refused(file(&header, &[]), ProblemKind::Truncated, Some("a"), begin + 8 + header.len() as u64);
}

#[test]
fn unaligned_elements_are_read_right() {
    // peer: OK, and hands out bytes that must not be cast. MLX writes such files.
    for pad in 0..8 {
        let pad = " ".repeat(pad);
        let header = format!(
            r#"{{"a":{{"dtype":"U8","shape":[1],"data_offsets":[0,1]}},"b":{{"dtype":"F64","shape":[1],"data_offsets":[1,9]}}}}{pad}"#
        );
        let mut elements = vec![7];
        elements.extend(1.5f64.to_le_bytes());
        let file = file(&header, &elements);
        assert!(peer_accepts(&file));
        let checkpoint = Checkpoint::open(file).unwrap();
        assert_eq!(checkpoint.tensor("b").unwrap().as_bytes(), 1.5f64.to_le_bytes());
    }
}

#[test]
fn any_name_is_accepted_and_escaped_where_it_is_shown() {
    // peer: OK. The format allows them, and a name is never used as a path here, so they are accepted.
    let header = r#"{"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a\u0000\nb":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"../../x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#;
    let names: Vec<String> =
        Checkpoint::open(file(header, &[])).unwrap().iter().map(|entry| entry.name().to_owned()).collect();
    assert_eq!(names, ["", "a\0\nb", "../../x"]);
    let header = r#"{"a\u0000\nb":{"dtype":"U9","shape":[0],"data_offsets":[0,0]}}"#;
    let [problem] = &problems(file(header, &[]))[..] else { panic!() };
    assert_eq!(problem.tensor.as_deref(), Some("a\0\nb"));
    assert!(!problem.to_string().contains(['\0', '\n']), "{problem:?}");
}

#[test]
fn empty_tensors_at_one_place_are_accepted() {
    // peer: OK; they share no byte
    let header = r#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]},"c":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"d":{"dtype":"F32","shape":[3,0],"data_offsets":[4,4]}}"#;
    let file = file(header, &[0; 4]);
    assert!(peer_accepts(&file));
    assert_eq!(Checkpoint::open(file).unwrap().iter().count(), 4);
}

#[test]
fn everything_is_told_at_once() {
    // peer: the first one
    let header = concat!(
        r#"{"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]},"#,
        r#""b":{"dtype":"F32","shape":[-2],"data_offsets":[8,16]},"#,
        r#""c":{"dtype":"F32","shape":[2],"data_offsets":[16,20],"strides":[1]},"#,
        r#""__metadata__":{"x":1}}"#
    );
    let kinds: Vec<_> = problems(file(header, &[0; 21])).iter().map(|problem| problem.kind).collect();
    use ProblemKind::{DType, Header, Shape, Unaccounted};
    assert_eq!(kinds, [DType, Shape, Header, Shape, Header, Unaccounted]);
}

#[test]
fn other_files_under_this_name_are_told_by_their_kind() {
    // peer: HeaderTooLarge for all of them
    let kinds: [(&[u8], &str); 8] = [
        (b"<!DOCTYPE html><html><body>404</body></html>", "HTML"),
        (b"  \n<html><body>404</body></html>", "HTML"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "git lfs pull"),
        (b"\x80\x02}q\x00(X\x06\x00\x00\x00weightq\x01.............", "pickle"),
        (b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f4'}", ".npy"),
        (b"\x89HDF\r\n\x1a\n\x00\x00\x00\x00\x00", "HDF5"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "gzip"),
        (b"hello world, this is a text", "a text `hello world, this is a text`, and no checkpoint; "),
    ];
    for (bytes, said) in kinds {
        let [problem] = &problems(bytes.to_vec())[..] else { panic!() };
        assert_eq!(problem.kind, ProblemKind::Format);
        assert!(problem.message.contains(said), "{problem}");
    }
}

#[test]
fn what_is_left_of_a_file_is_told_to_be_cut() {
    let whole = file(r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, &[1, 2]);
    for length in [1, 7, 8] {
        let [problem] = &problems(whole[..length].to_vec())[..] else { panic!() };
        assert!(problem.message.contains("8 bytes") && problem.message.contains("truncated"), "{problem}");
    }
    // a length that no limit makes right
    let mut lie = (1u64 << 60).to_le_bytes().to_vec();
    lie.extend(b"{}");
    let text = refused(lie, ProblemKind::Limit, None, 0);
    assert!(
        text.contains("the rest of the file has 2") && text.contains("damaged, truncated") && !text.contains("raise"),
        "{text}"
    );
}

#[test]
fn an_archive_of_pytorch_under_this_name() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model.safetensors");
    std::fs::write(&path, weighbridge_tests::files::npz(&[("model/data.pkl", vec![0x80, 2, b'.'])])).unwrap();
    let text = Checkpoint::open(path).unwrap_err().to_string();
    assert!(text.ends_with("but it is a file of PyTorch; rename it to end in `.pt`"), "{text}");
}

#[test]
fn two_files_in_one() {
    // peer: MetadataIncompleteBuffer. A zip archive behind the tensors is opened by any program that reads zip.
    let mut both = file("{}", &[]);
    both.extend(b"PK\x05\x06");
    both.extend([0; 18]);
    refused(both, ProblemKind::Unaccounted, None, 10);
}

/// A file of some tensors, sound before it is changed.
fn sound() -> impl Strategy<Value = Vec<u8>> {
    let tensor = (
        prop::sample::select(vec![("U8", 1usize), ("F16", 2), ("F32", 4), ("I64", 8)]),
        prop::collection::vec(0usize..4, 0..4),
    );
    (prop::collection::vec(tensor, 0..5), 0usize..9).prop_map(|(tensors, pad)| {
        let mut at = 0;
        let mut parts = Vec::new();
        for (i, ((dtype, width), shape)) in tensors.iter().enumerate() {
            let end = at + width * shape.iter().product::<usize>();
            parts.push(format!(r#""t{i}":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{at},{end}]}}"#));
            at = end;
        }
        let header = format!("{{{}}}{}", parts.join(","), " ".repeat(pad));
        file(&header, &(0..at).map(|i| i as u8).collect::<Vec<_>>())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// What is accepted here, the peer accepts, and reads the same from it; nothing panics.
    #[test]
    fn the_peer_accepts_what_is_accepted_here(
        mut file in sound(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..6), 0..3),
    ) {
        for (place, byte, how) in changes {
            let at = place.index(file.len());
            match how {
                0 => file[at] = byte,
                1 => file[at] ^= 1 << (byte % 8),
                2 => { file.truncate(at.max(1)); }
                3 => file.insert(at, byte),
                4 => file.extend([byte]),
                // a digit, a bracket or a quote is likelier to make another sound header
                _ => file[at] = b"0123456789,[]{}\" :"[usize::from(byte) % 18],
            }
        }
        if let Ok(checkpoint) = Checkpoint::open(file.clone()) {
            let mut names: Vec<&str> = checkpoint.iter().map(|entry| entry.name()).collect();
            names.sort_unstable();
            names.dedup();
            if names.len() == checkpoint.iter().count() {
                let peer = safetensors::SafeTensors::deserialize(&file);
                prop_assert!(peer.is_ok(), "{peer:?} {:?}", String::from_utf8_lossy(&file));
                let peer = peer.unwrap();
                prop_assert_eq!(peer.len(), names.len());
                for entry in checkpoint.iter().filter(|entry| entry.dtype() != DType::BOOL) {
                    let theirs = peer.tensor(entry.name()).unwrap();
                    prop_assert_eq!(theirs.shape(), &entry.shape()[..]);
                    prop_assert_eq!(format!("{:?}", theirs.dtype()), entry.dtype().name());
                    let ours = checkpoint.tensor(entry.name()).unwrap();
                    prop_assert_eq!(theirs.data(), ours.as_bytes());
                }
            }
        }
    }
}

/// Opening is not loading: what a name stands for is decided where it is asked for.
mod loaded {
    use super::*;
    use wb::{Loader, Module, Tensor};

    #[derive(Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [2], dtype = ["F32", "I32"])]
        a: wb::AnyTensor,
    }

    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Flags {
        #[param(shape = [3])]
        flags: Tensor<bool>,
    }

    #[test]
    fn one_name_twice() {
        // peer: the last one wins in silence
        for second in ["a", "\\u0061"] {
            let header = format!(
                r#"{{"a":{{"dtype":"F32","shape":[2],"data_offsets":[0,8]}},"{second}":{{"dtype":"I32","shape":[2],"data_offsets":[0,8]}}}}"#
            );
            let Err(LoadError::Mismatch(report)) = Model::from_weights(file(&header, &[0; 8])) else { panic!() };
            let [finding] = &report.duplicate[..] else { panic!("{report}") };
            assert_eq!((finding.path.as_str(), finding.offset), ("a", Some(8 + header.len() as u64)), "{report}");
        }
    }

    #[test]
    fn a_truth_value_that_is_neither() {
        // peer: hands out the bytes, whose cast to `bool` is undefined; MLX reads true
        let header = r#"{"flags":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}}"#;
        assert_eq!(Flags::from_weights(file(header, &[0, 1, 1])).unwrap().flags.as_slice(), [false, true, true]);
        let Err(LoadError::Container { problems, .. }) = Flags::from_weights(file(header, &[0, 2, 1])) else {
            panic!()
        };
        assert_eq!((problems[0].kind, problems[0].tensor.as_deref()), (ProblemKind::Value, Some("flags")));
    }

    #[test]
    fn a_limit_can_be_raised_and_lowered() {
        let header = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
        let limits = wb::Limits::new().header_byte_len(10);
        let file = file(header, &[0; 8]);
        let Err(LoadError::Container { problems, .. }) = Loader::new().limits(limits).check::<Model>(file.clone())
        else {
            panic!()
        };
        assert_eq!(problems[0].kind, ProblemKind::Limit);
        let limits = wb::Limits::new().tensor_count(1).name_byte_len(1).rank(1);
        assert!(Loader::new().limits(limits).check::<Model>(file).unwrap().ok);
        let many = r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#;
        let limits = wb::Limits::new().tensor_count(1);
        let Err(LoadError::Container { problems, .. }) =
            Loader::new().limits(limits).check::<Model>(super::file(many, &[]))
        else {
            panic!()
        };
        assert_eq!((problems[0].kind, problems[0].tensor.as_deref()), (ProblemKind::Limit, Some("b")));
    }
}
