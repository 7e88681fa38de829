//! The fast reader accepts only what `header` accepts, with the same result. It accepts what writers write.

#![allow(clippy::as_conversions, clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::agreement::fast_takes;
use super::super::header::{self, READ};
use super::*;
use crate::container::problems::FoundProblems;
use crate::limits::Limits;
use crate::reader::InMemory;

/// Numbers that look random and are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// What the tolerant reader returns for a header without a mistake.
fn tolerant(text: &[u8], limits: &Limits) -> Option<Plain> {
    let mut problems = FoundProblems::default();
    let header = header::read(text, 8, Most { limits, listed: None }, &mut problems).ok()?;
    let plain = Plain { entries: header.entries, metadata: header.metadata };
    (header.unplaced == 0 && problems.is_empty()).then_some(plain)
}

fn plain(text: &[u8], limits: &Limits) -> Option<Plain> {
    read(text, 8 + text.len() as u64, Most { limits, listed: None })
}

/// Correct headers in every form that writers use.
const RIGHT: &[&str] = &[
    r#"{}"#,
    " \n\t\r{ \n\t\r} \n\t\r",
    r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#,
    r#"{"a":{"data_offsets":[0,24],"shape":[2,3],"dtype":"F32"},"b":{"shape":[],"dtype":"BF16","data_offsets":[24,26]}}   "#,
    "{\n  \"a\" : {\n    \"dtype\" : \"U8\" ,\n    \"shape\" : [ 2 , 1 , 1 , 1 , 1 ] ,\r\n\t\"data_offsets\" : [ 0 , 2 ]\n  }\n}\n",
    r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"I64","shape":[0],"data_offsets":[0,0]}}"#,
    r#"{"__metadata__":null,"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}"#,
    r#"{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]},"__metadata__":{"a":"{\"b\": \"\\u00e9\\n\"}","\"":"","c":"ü"}}"#,
    r#"{"__metadata__":{ }}"#,
    r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}"#,
    r#"{"":{"dtype":"F4","shape":[4],"data_offsets":[0,2]},"\ud83d\ude00.\/.\"":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[2,5]},"ünï.😀":{"dtype":"U8","shape":[0],"data_offsets":[5,5]}}"#,
    r#"{"model.layers.0.self_attn.q_proj.weight":{"dtype":"F16","shape":[1024,1024],"data_offsets":[0,2097152]}}"#,
    r#"{"a":{"dtype":"U8","shape":[2305843009213693951,0],"data_offsets":[0,0]}}"#,
];

/// Headers with one mistake, or that only look correct.
const WRONG: &[&str] = &[
    "",
    "{",
    "[]",
    "{}{}",
    "{},",
    "{}\0",
    "\u{feff}{}",
    r#"{"a"}"#,
    r#"{"a":{}}"#,
    r#"{"a":null}"#,
    r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},}"#,
    r#"{,"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#,
    r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24],}}"#,
    r#"{"a":{"dtype":"F32","shape":[2,3,],"data_offsets":[0,24]}}"#,
    r#"{"a":{"dtype":"F32","shape":[,2,3],"data_offsets":[0,24]}}"#,
    r#"{"a":{"dtype":"F32","shape":[2 3],"data_offsets":[0,24]}}"#,
    r#"{"a":{"dtype":"F32","shape":[02,3],"data_offsets":[0,24]}}"#,
    r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[00,24]}}"#,
    r#"{"a":{"dtype":"F32","shape":[2.0,3],"data_offsets":[0,24]}}"#,
    r#"{"a":{"dtype":"F32","shape":[2e0,3],"data_offsets":[0,24]}}"#,
    r#"{"a":{"dtype":"F32","shape":[+2,3],"data_offsets":[0,24]}}"#,
    r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[-0,24]}}"#,
    r#"{"a":{"dtype":"F32","shape":["2",3],"data_offsets":[0,24]}}"#,
    r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24,24]}}"#,
    r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[24]}}"#,
    r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[]}}"#,
    r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,25]}}"#,
    r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[24,0]}}"#,
    r#"{"a":{"dtype":"U8","shape":[18446744073709551615,0],"data_offsets":[0,0]}}"#,
    r#"{"a":{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,0]}}"#,
    r#"{"a":{"dtype":"U8","shape":[36893488147419103232,0],"data_offsets":[0,0]}}"#,
    r#"{"a":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}"#,
    r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[18446744073709551615,18446744073709551615]}}"#,
    r#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}"#,
    r#"{"a":{"dtype":"V1","shape":[3],"data_offsets":[0,3]}}"#,
    r#"{"a":{"dtype":"f32","shape":[2,3],"data_offsets":[0,24]}}"#,
    r#"{"a":{"dtype":"F32 ","shape":[2,3],"data_offsets":[0,24]}}"#,
    r#"{"a":{"dtype":F32,"shape":[2,3],"data_offsets":[0,24]}}"#,
    r#"{"a":{"dtype":"F32","dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#,
    r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24],"shape":[2,3]}}"#,
    r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24],"strides":[1]}}"#,
    r#"{"a":{"dtype":"F32","shape":[2,3]}}"#,
    r#"{"a" {"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#,
    r#"{'a':{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#,
    r#"{"a\x":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#,
    r#"{"a\ud83d":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#,
    "{\"a\n\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}",
    "{\"a\\u0041\n\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}",
    "{\"a\":\u{b}{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}",
    "{\"a\":\u{a0}{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}",
    r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}"#,
    r#"{"__metadata__":{"a":1}}"#,
    r#"{"__metadata__":{"a":null}}"#,
    r#"{"__metadata__":nul}"#,
    r#"{"__metadata__":[]}"#,
    r#"{"__metadata__":{"a":"b","a":"b"}}"#,
    r#"{"__metadata__":{"a":"b","\u0061":"c"}}"#,
    r#"{"__metadata__":{},"__metadata__":{}}"#,
    r#"{"__metadata__":null,"\u005f_metadata__":null}"#,
];

#[test]
fn right_headers_are_taken() {
    for text in RIGHT {
        assert!(fast_takes(text.as_bytes(), &Limits::default()), "{text}");
    }
}

#[test]
fn wrong_headers_are_left_to_the_tolerant_reader() {
    for text in WRONG {
        assert!(plain(text.as_bytes(), &Limits::default()).is_none(), "{text}");
        assert!(tolerant(text.as_bytes(), &Limits::default()).is_none(), "right: {text}");
    }
    for text in
        [&b"{\"\xff\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"[..], b"{\"a\xc3\":{}}", b"\xff{}"]
    {
        assert!(plain(text, &Limits::default()).is_none() && tolerant(text, &Limits::default()).is_none());
    }
}

#[test]
fn what_stands_for_itself_in_a_string() {
    for byte in 0..=u8::MAX {
        for length in 0..20 {
            for place in 0..=length {
                let mut text = vec![b'a'; length];
                text.insert(place, byte);
                // what follows it must not count
                text.extend(b"\" \x1f");
                let found = text.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
                assert_eq!(special(&text), found, "{text:?}");
            }
        }
    }
    assert_eq!(special(&[b'a'; 30]), None);
}

#[test]
fn limits_hold() {
    let two = br#"{"aa":{"dtype":"U8","shape":[1,1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#;
    let exact = Limits { tensor_count: 2, name_byte_len: 2, rank: 2, ..Limits::default() };
    assert!(fast_takes(two, &exact));
    for limits in [
        Limits { tensor_count: 1, ..exact.clone() },
        Limits { name_byte_len: 1, ..exact.clone() },
        Limits { rank: 1, ..exact.clone() },
    ] {
        assert!(plain(two, &limits).is_none() && tolerant(two, &limits).is_none(), "{limits:?}");
    }
}

/// Changes a header at random, so that it often stays valid JSON.
fn change(text: &mut Vec<u8>, numbers: &mut Numbers) {
    const LIKELY: &[u8] = b"0123456789,[]{}\":\\ \n-.eu_a\x00\x1f\x7f\xc3\xff";
    let at = numbers.below(text.len() + 1);
    let byte = if numbers.below(4) == 0 { numbers.next() as u8 } else { LIKELY[numbers.below(LIKELY.len())] };
    match numbers.below(6) {
        0 => text.insert(at, byte),
        1 if at < text.len() => text[at] = byte,
        2 if at < text.len() => drop(text.remove(at)),
        3 if at < text.len() => text[at] ^= 1 << (byte % 8),
        4 => {
            // a part copied elsewhere: fields, tensors and brackets that are repeated or swapped
            let from = numbers.below(text.len() + 1);
            let to = (from + numbers.below(40)).min(text.len());
            let part = text[from..to].to_vec();
            text.splice(at..at, part);
        }
        _ => {
            let words: [&[u8]; 8] = [
                b"null",
                b"\\u0061",
                b"\"__metadata__\":",
                b"\"dtype\":\"F32\",",
                b"18446744073709551615",
                b"\xc3\xbc",
                b"\\\"",
                b"[]",
            ];
            let word = words[numbers.below(words.len())].to_vec();
            text.splice(at..at, word);
        }
    }
}

#[test]
fn whatever_is_taken_is_right() {
    let mut numbers = Numbers(1);
    let limits = Limits { tensor_count: 4, name_byte_len: 60, rank: 6, ..Limits::default() };
    let (mut taken, mut changed) = (0, 0);
    for round in 0..60_000 {
        let mut text = RIGHT[round % RIGHT.len()].as_bytes().to_vec();
        for _ in 0..1 + numbers.below(2) {
            change(&mut text, &mut numbers);
        }
        changed += usize::from(text != RIGHT[round % RIGHT.len()].as_bytes());
        taken += usize::from(fast_takes(&text, &limits));
    }
    // otherwise the loop has shown nothing
    assert!(changed > 50_000 && taken > 2_000 && taken < 50_000, "{taken} of {changed}");
}

fn fixtures(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            fixtures(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "safetensors") {
            found.push(path);
        }
    }
}

#[test]
fn files_of_real_writers_are_taken() {
    let mut files = Vec::new();
    fixtures(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures"), &mut files);
    assert!(files.len() >= 10, "{files:?}");
    for path in files {
        let bytes = fs::read(&path).unwrap();
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        assert!(fast_takes(&bytes[8..8 + length], &Limits::default()), "{}", path.display());
        // the reader of files accepts it too, without the tolerant reader
        let before = READ.get();
        super::super::open(Arc::new(InMemory(Arc::new(bytes))), &Limits::default()).map(drop).unwrap();
        assert_eq!(READ.get(), before, "{}", path.display());
    }
}
