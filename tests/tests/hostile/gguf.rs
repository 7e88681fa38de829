//! GGUF files that lie. The first number of a case is the byte at which the lie was found; "peers" are candle 0.11.1, ggus 0.5.1 and
//! gguf-rs 0.1.8.

use wb::{Checkpoint, DType, Limits, MetadataValue, ProblemKind};
use weighbridge_tests::gguf::{Header, array, gguf, key, string, tensor};
use weighbridge_tests::refusal::{problems, refused};

const I8: i32 = 24;
const F32: i32 = 0;
/// Where the first key is, or the first tensor if there are no keys.
const FIRST: u64 = 24;

/// A file of these tensors, which are 0.
fn of_tensors(tensors: &[Vec<u8>], bytes: usize) -> Vec<u8> {
    Header { tensors: tensors.to_vec(), ..Header::default() }.with(&vec![0; bytes])
}

/// A file of one key and no tensor.
fn of_key(key: Vec<u8>) -> Vec<u8> {
    Header { keys: vec![key], ..Header::default() }.with(&[])
}

#[track_caller]
fn says(text: String, part: &str) {
    assert!(text.contains(part), "{text}");
}

#[test]
fn versions_and_byte_orders() {
    let version = |version| Header { version, ..Header::default() }.with(&[]);
    for known in [2, 3] {
        assert!(Checkpoint::open(version(known)).unwrap().is_empty());
    }
    // peers: v1 is accepted by candle and gguf-rs; a swapped magic by candle
    says(refused(version(1), ProblemKind::Format, None, 4), "GGUF version 1");
    says(refused(version(3 << 24), ProblemKind::Format, None, 4), "big-endian");
    says(refused(version(4), ProblemKind::Format, None, 4), "versions 2 and 3 are known");
    says(refused(version(0), ProblemKind::Format, None, 4), "big-endian");
    let swapped = Header { magic: *b"FUGG", ..Header::default() }.with(&[]);
    let [problem] = &problems(swapped)[..] else { panic!() };
    says(problem.to_string(), "if its bytes are swapped");
}

#[test]
fn alignments() {
    let of = |kind: u32, value: &[u8]| of_key(key("general.alignment", kind, value));
    // peers: 0 panics in candle and ggus, and gguf-rs accepts it; 24 is accepted by all
    for wrong in [0u32, 1, 4, 24, 33, u32::MAX] {
        let [problem] = &problems(of(4, &wrong.to_le_bytes()))[..] else { panic!() };
        says(problem.to_string(), &format!("`general.alignment` is {wrong}, and it must be a U32"));
    }
    let [problem] = &problems(of(10, &64u64.to_le_bytes()))[..] else { panic!() };
    says(problem.to_string(), "`general.alignment` is U64(64), and it must be a U32");
    let [problem] = &problems(of(8, &string("32")))[..] else { panic!() };
    says(problem.to_string(), "and it must be a U32");
    // each power of two from 8 on
    for alignment in [8u32, 64, 4096] {
        let header = Header {
            keys: vec![key("general.alignment", 4, &alignment.to_le_bytes())],
            tensors: vec![tensor("a", &[3], I8, 0), tensor("b", &[2], I8, alignment.into())],
            alignment: alignment as usize,
            ..Header::default()
        };
        let mut elements = vec![1; 3];
        elements.resize(alignment as usize, 0);
        elements.extend([2; 2]);
        let opened = Checkpoint::open(header.with(&elements)).unwrap();
        assert_eq!(opened.tensor("b").unwrap().as_bytes(), [2, 2]);
        assert_eq!(opened.get("b").unwrap().offset() % u64::from(alignment), 0);
    }
}

#[test]
fn keys_and_values() {
    let two = [key("a", 0, &[1]), key("b", 0, &[2]), key("a", 1, &[3])];
    // peers: the last one wins in candle and gguf-rs
    let twice = refused(Header { keys: two.to_vec(), ..Header::default() }.with(&[]), ProblemKind::Duplicate, None, 60);
    says(twice, "the key `a` of the metadata is there twice");
    says(refused(of_key(key("", 0, &[1])), ProblemKind::Header, None, FIRST), "a key of the metadata is empty");
    says(refused(of_key(key("a\0b", 0, &[1])), ProblemKind::Header, None, FIRST), "the key `a\\u{0}b` has a NUL in it");
    says(refused(of_key(key(b"\xff", 0, &[1])), ProblemKind::Header, None, FIRST), "not UTF-8");
    says(refused(of_key(key("a", 13, &[1])), ProblemKind::Header, None, 33), "the key `a`: its value has the type 13");
    says(refused(of_key(key("a", 8, &string(b"\xff"))), ProblemKind::Header, None, 37), "a string of it is not UTF-8");
    // llama.cpp takes any byte but 0 for true
    says(refused(of_key(key("a", 7, &[2])), ProblemKind::Value, None, 37), "a boolean of it is 2");
    let truths = problems(of_key(key("a", 9, &array(7, 3, &[0, 1, 255]))));
    says(truths[0].to_string(), "a boolean of it is 255");
    let strings = problems(of_key(key("a", 9, &array(8, 2, &[string("x"), string(b"\xff")].concat()))));
    says(strings[0].to_string(), "a string of it is not UTF-8");
    says(refused(of_key(key("a", 9, &array(77, 1, &[0]))), ProblemKind::Header, None, 37), "the type 77");
}

/// Peers: arrays in arrays, 100,000 deep, overflow the stack of ggus, and end the process.
#[test]
fn arrays_in_arrays_however_deep() {
    let mut value = array(0, 0, &[]);
    for _ in 0..100_000 {
        value = [&9u32.to_le_bytes()[..], &1u64.to_le_bytes(), &value[..12]].concat();
    }
    let nested = vec![array(9, 1, &[]); 100_000].concat();
    for value in [value, nested] {
        let text = refused(of_key(key("a", 9, &value)), ProblemKind::Header, None, 37);
        says(text, "the key `a`: it is an array of arrays");
    }
}

#[test]
fn names_of_tensors() {
    let named = |name: &[u8]| of_tensors(&[tensor(name, &[32], I8, 0)], 32);
    assert!(Checkpoint::open(named(&[b'n'; 64])).is_ok());
    // peers: a name of 70 bytes is accepted by all, one that is not UTF-8 by candle and gguf-rs
    let long = problems(named(&[b'n'; 65]));
    says(long[0].to_string(), "its name has 65 bytes, and the format allows 64");
    says(problems(named(b"\xff"))[0].to_string(), "its name is not UTF-8");
    says(problems(named(b""))[0].to_string(), "a tensor has no name");
    says(problems(named(b"a\0b"))[0].to_string(), "has a NUL in it");
    // peers: the last one wins in candle, and gguf-rs lists both
    let twice = of_tensors(&[tensor("a", &[32], I8, 0), tensor("a", &[32], I8, 32)], 64);
    let [problem] = &problems(twice)[..] else { panic!() };
    assert_eq!((problem.kind, problem.tensor.as_deref()), (ProblemKind::Duplicate, Some("a")));
}

#[test]
fn types_and_shapes() {
    let of = |dims: &[u64], kind: i32, bytes: usize| of_tensors(&[tensor("a", dims, kind, 0)], bytes);
    let one = |file: Vec<u8>, kind: ProblemKind, part: &str| says(refused(file, kind, Some("a"), FIRST), part);
    // peers: ggus panics at 99 and 31, and gguf-rs takes 31 for a type of 0 bytes
    one(of(&[32], 99, 32), ProblemKind::DType, "its type is 99, which is not known here");
    one(of(&[32], -1, 32), ProblemKind::DType, "its type is -1");
    for (removed, name) in [
        (4, "Q4_2"),
        (5, "Q4_3"),
        (31, "Q4_0_4_4"),
        (32, "Q4_0_4_8"),
        (33, "Q4_0_8_8"),
        (36, "IQ4_NL_4_4"),
        (37, "IQ4_NL_4_8"),
        (38, "IQ4_NL_8_8"),
    ] {
        one(of(&[32], removed, 32), ProblemKind::DType, &format!("the removed type {name}"));
    }
    one(of(&[33], 8, 64), ProblemKind::Shape, "its rows have 33 elements, and Q8_0 has blocks of 32");
    one(of(&[16, 2], 8, 64), ProblemKind::Shape, "its rows have 16 elements");
    one(of(&[], 8, 64), ProblemKind::Shape, "its rows have 1 element");
    // an element that is 0 wide, which aborts candle, is nothing here
    let empty = Checkpoint::open(of(&[0, 3], F32, 0)).unwrap();
    assert_eq!(
        (empty.get("a").unwrap().shape().to_vec(), empty.tensor("a").unwrap().as_bytes().len()),
        (vec![3, 0], 0)
    );
    let scalar = Checkpoint::open(of(&[], F32, 4)).unwrap();
    assert_eq!((scalar.get("a").unwrap().shape().to_vec(), scalar.get("a").unwrap().dtype()), (vec![], DType::F32));
    let rows = Checkpoint::open(of(&[64, 3], 8, 204)).unwrap();
    assert_eq!((rows.get("a").unwrap().shape().to_vec(), rows.get("a").unwrap().byte_len()), (vec![3, 64], 204));
}

#[test]
fn every_byte_belongs_to_something() {
    let [a, b] = [tensor("a", &[32], I8, 0), tensor("b", &[20], I8, 32)];
    let header = Header { tensors: vec![a.clone(), b.clone()], ..Header::default() };
    let start = header.with(&[]).len();
    // as some writers end a file, and as most do
    for bytes in [52, 64] {
        assert_eq!(Checkpoint::open(header.with(&vec![0; bytes])).unwrap().len(), 2);
    }
    // peers: all of these are accepted by all
    let text = refused(header.with(&[0; 60]), ProblemKind::Truncated, None, start as u64 + 52);
    says(text, "its last tensor ends at");
    says(
        refused(header.with(&[0; 65]), ProblemKind::Unaccounted, None, start as u64 + 64),
        "1 byte after the last one",
    );
    says(refused(header.with(&[0; 51]), ProblemKind::Truncated, Some("b"), start as u64 + 32), "the file is truncated");
    let mut hidden = vec![0; 64];
    hidden[63] = 1;
    says(refused(header.with(&hidden), ProblemKind::Unaccounted, None, start as u64 + 63), "bytes other than 0");
    let mut behind = header.with(&[0; 64]);
    behind[start - 1] = 1;
    says(refused(behind, ProblemKind::Unaccounted, None, start as u64 - 1), "bytes other than 0");

    let second = |offset: u64| of_tensors(&[a.clone(), tensor("b", &[20], I8, offset)], 128);
    says(problems(second(0))[0].to_string(), "its offset is 0, which overlaps those before it");
    says(problems(second(16))[0].to_string(), "overlaps");
    says(problems(second(64))[0].to_string(), "its offset is 64, which leaves 32 bytes that no tensor accounts for");
    says(problems(second(33))[0].to_string(), "leaves 1 byte that no tensor accounts for");
    assert_eq!(problems(second(64)).len(), 1);
    // out of order
    let swapped = problems(of_tensors(&[tensor("a", &[32], I8, 32), tensor("b", &[32], I8, 0)], 64));
    assert_eq!(swapped.iter().map(|problem| problem.tensor.as_deref()).collect::<Vec<_>>(), [Some("a"), Some("b")]);
    // a tensor of unknown length hides nothing of the others
    let unknown = problems(of_tensors(&[a, tensor("b", &[32], 99, 32), tensor("c", &[32], I8, 64)], 96));
    assert_eq!(unknown.len(), 1, "{unknown:?}");
    // no tensors: bare, or padded, and nothing behind
    for (bytes, fits) in
        [(Header::default().bytes(), true), (Header::default().with(&[]), true), (Header::default().with(&[0]), false)]
    {
        assert_eq!(Checkpoint::open(bytes).is_ok(), fits);
    }
}

#[test]
fn a_header_that_is_cut_at_any_byte() {
    let keys = [key("a", 8, &string("text")), key("b", 9, &array(8, 2, &[string("x"), string("y")].concat()))];
    let whole = gguf(&keys, &[("t", &[8, 4], &[1; 32])]);
    assert!(Checkpoint::open(whole.clone()).is_ok());
    for end in 4..whole.len() - 1 {
        let problems = problems(whole[..end].to_vec());
        assert!(problems.iter().all(|problem| problem.kind == ProblemKind::Truncated), "{end}: {problems:?}");
    }
}

#[test]
fn limits_are_named() {
    let file = gguf(&[key("a", 8, &string("x".repeat(1000)))], &[("name", &[1, 1, 1], &[0])]);
    let refused = |limits: Limits| Checkpoint::open_within(file.clone(), &limits).unwrap_err().to_string();
    says(refused(Limits::new().header_byte_len(500)), "raise `Limits::header_byte_len`");
    says(refused(Limits::new().tensor_count(0)), "raise `Limits::tensor_count`");
    says(refused(Limits::new().name_byte_len(3)), "raise `Limits::name_byte_len`");
    says(refused(Limits::new().rank(2)), "raise `Limits::rank`");
}

// The classes of mistakes that readers in C had. Each of these files is a few bytes long, and nothing is allocated for what it claims.

#[test]
fn cve_2024_21836_more_tensors_than_the_file_has_room_for() {
    for count in [3, 1 << 32, 1 << 60, 1 << 63, u64::MAX] {
        let file = Header { tensor_count: Some(count), ..Header::default() }.with(&[0; 8]);
        says(refused(file, ProblemKind::Truncated, None, 8), "and the rest of the file has 24 bytes");
    }
}

#[test]
fn cve_2024_23605_more_keys_than_the_file_has_room_for() {
    for count in [2, 1 << 62, u64::MAX] {
        let file = Header { key_count: Some(count), ..Header::default() }.with(&[]);
        says(refused(file, ProblemKind::Truncated, None, 16), "the header claims");
    }
}

#[test]
fn cve_2024_23496_a_string_longer_than_the_file() {
    for length in [4u64, 1 << 31, 1 << 63, u64::MAX] {
        let value = [&length.to_le_bytes()[..], b"abc"].concat();
        let file = Header { keys: vec![key("a", 8, &value)], ..Header::default() }.bytes();
        says(refused(file, ProblemKind::Truncated, None, 37), "the key `a`: a string claims");
        // the length of a key, and of a name
        let file = Header { keys: vec![[&length.to_le_bytes()[..], &[0; 3]].concat()], ..Header::default() };
        says(problems(file.bytes())[0].to_string(), "claims");
    }
    let named = [&u64::MAX.to_le_bytes()[..], &[0; 40]].concat();
    says(problems(of_tensors(&[named], 0))[0].to_string(), "a string claims");
}

#[test]
fn cve_2024_21825_an_array_whose_size_overflows() {
    for kind in [0, 4, 8, 10] {
        for count in [100, 1 << 61, 1 << 62, u64::MAX] {
            let file = of_key(key("a", 9, &array(kind, count, &[0; 8])));
            says(refused(file, ProblemKind::Truncated, None, 41), "the key `a`: an array claims");
        }
    }
}

#[test]
fn cve_2024_21802_more_dims_than_four() {
    for rank in [5u32, 1 << 31, u32::MAX] {
        let tensor = [&string("a")[..], &rank.to_le_bytes(), &[0; 64]].concat();
        let text = refused(of_tensors(&[tensor], 0), ProblemKind::Shape, Some("a"), 33);
        says(text, &format!("it has {rank} dims, and the format allows 4"));
    }
}

#[test]
fn cve_2025_53630_sizes_whose_sum_overflows() {
    let half = 1u64 << 62;
    let tensors: Vec<_> = (0..5u64).map(|i| tensor(format!("t{i}"), &[half], I8, half.wrapping_mul(i))).collect();
    let problems = problems(of_tensors(&tensors, 64));
    assert!(problems.iter().any(|problem| problem.to_string().contains("more bytes than any file")), "{problems:?}");
}

#[test]
fn cve_2026_33298_a_size_that_overflows() {
    // peers: candle and ggus panic
    for dims in
        [&[1 << 62, 4][..], &[1 << 61, 8], &[u64::MAX / 4 + 1], &[1 << 32, 1 << 32], &[1 << 40, 1 << 40, 1 << 40, 0]]
    {
        let problems = problems(of_tensors(&[tensor("a", dims, F32, 0)], 64));
        assert!(problems.iter().all(|problem| problem.kind == ProblemKind::Shape), "{problems:?}");
    }
}

#[test]
fn a_padded_size_that_wraps() {
    let most = i64::MAX as u64;
    let tensors = [tensor("a", &[most], I8, 0), tensor("b", &[most], I8, 1 << 63), tensor("c", &[32], I8, 0)];
    let problems = problems(of_tensors(&tensors, 64));
    assert!(problems.iter().any(|problem| problem.to_string().contains("more bytes than any file")), "{problems:?}");
}

#[test]
fn a_number_of_elements_that_is_negative() {
    for dims in [&[i64::MAX as u64, 2, 1, 1][..], &[u64::MAX], &[1 << 63], &[2, 1 << 63]] {
        let [problem] = &problems(of_tensors(&[tensor("a", dims, I8, 0)], 64))[..] else { panic!() };
        assert_eq!(problem.kind, ProblemKind::Shape);
    }
}

/// CVE-2025-49847 and CVE-2025-52566: tokens copied into memory that was too short, by a length that had become negative.
#[test]
fn cve_2025_49847_and_52566_tokens_are_as_long_as_they_are() {
    let long = "t".repeat(100_000);
    let tokens = array(8, 3, &[string("a"), string(&long), string("")].concat());
    let opened = Checkpoint::open(of_key(key("tokenizer.ggml.tokens", 9, &tokens))).unwrap();
    let Some(MetadataValue::Array(found)) = opened.typed_metadata().get("tokenizer.ggml.tokens") else { panic!() };
    let lengths = found.iter().map(|item| if let MetadataValue::Text(text) = item { text.len() } else { usize::MAX });
    assert_eq!(lengths.collect::<Vec<_>>(), [1, 100_000, 0]);
    for length in [1u64 << 31, 1 << 63, u64::MAX - 7] {
        let tokens = array(8, 2, &[&string("a")[..], &length.to_le_bytes(), b"bcd"].concat());
        says(problems(of_key(key("t", 9, &tokens)))[0].to_string(), "a string claims");
    }
}

/// A reader of vocabularies that took the type of an array's items for granted.
#[test]
fn items_of_an_array_have_the_type_that_it_says() {
    let scores = [1u32, 2].map(u32::to_le_bytes).concat();
    let opened = Checkpoint::open(of_key(key("tokenizer.ggml.tokens", 9, &array(4, 2, &scores)))).unwrap();
    let Some(MetadataValue::Array(found)) = opened.typed_metadata().get("tokenizer.ggml.tokens") else { panic!() };
    assert_eq!(found.iter().collect::<Vec<_>>(), [MetadataValue::U32(1), MetadataValue::U32(2)]);
}

/// gguf-py 0.19.0 does not end at a file of 43 bytes, which claims an endless array.
#[test]
fn a_short_file_takes_no_time() {
    let claims = [array(8, u64::MAX, &[]), array(0, u64::MAX, &[]), array(9, u64::MAX, &[])];
    for value in claims {
        let mut file = Header { keys: vec![key("", 9, &value)], ..Header::default() }.bytes();
        file.truncate(43);
        assert!(!problems(file).is_empty());
    }
}

/// Whatever a byte of a header becomes, the file is refused, or its tensors are within it.
#[test]
fn any_byte_of_a_header_may_be_another() {
    let keys = [
        key("general.alignment", 4, &8u32.to_le_bytes()),
        key("a", 9, &array(8, 2, &[string("x"), string("yz")].concat())),
        key("b", 9, &array(7, 2, &[0, 1])),
    ];
    let tensors = vec![tensor("t", &[32, 2], 8, 0), tensor("u", &[3], F32, 72), tensor("v", &[0, 2], I8, 88)];
    let header = Header { keys: keys.to_vec(), tensors, alignment: 8, ..Header::default() };
    let whole = header.with(&[&[1; 68][..], &[0; 4], &[2; 12], &[0; 4]].concat());
    assert_eq!(Checkpoint::open(whole.clone()).unwrap().len(), 3);
    let mut accepted = 0;
    for at in 0..header.bytes().len() {
        for other in [0, 1, 2, 7, 9, 0x20, 0x7f, 0x80, 0xff, whole[at] ^ 1, whole[at] ^ 0x40] {
            let mut bytes = whole.clone();
            bytes[at] = other;
            let Ok(opened) = Checkpoint::open(bytes.clone()) else { continue };
            accepted += 1;
            let held: usize = opened.iter().map(|entry| opened.tensor(entry.name()).unwrap().as_bytes().len()).sum();
            assert!(held <= bytes.len(), "byte {at} as {other}");
            assert!(
                opened.typed_metadata().iter().all(|(key, value)| !key.is_empty() && !value.to_string().contains('\0'))
            );
        }
    }
    // a letter of a name, a number of the metadata, and what is as it was
    assert!(accepted > 100, "{accepted}");
}
