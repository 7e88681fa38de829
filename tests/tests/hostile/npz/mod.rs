//! Npz archives that lie. Each test says what numpy, MLX, npyz or the `zip` crate does with the file ("peer"), and
//! asserts what is refused here: the kind, the member and the byte of the file; or says why it is accepted.

mod arrays;
mod members;
mod system;

use std::io::{Cursor, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use wb::{Checkpoint, CheckpointError, DType, ProblemKind, ReadAt, Source};
use weighbridge_tests::refusal::{problems, refused};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A `.npy` array with this dictionary.
fn npy(dictionary: &str, elements: &[u8]) -> Vec<u8> {
    let mut npy = b"\x93NUMPY\x01\x00".to_vec();
    npy.extend((dictionary.len() as u16).to_le_bytes());
    npy.extend(dictionary.bytes());
    npy.extend(elements);
    npy
}

fn array(descr: &str, shape: &str, elements: &[u8]) -> Vec<u8> {
    npy(&format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n"), elements)
}

fn ordinary() -> Vec<u8> {
    array("<f4", "(2,)", &[0, 0, 128, 63, 0, 0, 0, 64])
}

fn archive(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn stored(members: &[(&str, &[u8])]) -> Vec<u8> {
    archive(members, CompressionMethod::Stored)
}

fn deflated(members: &[(&str, &[u8])]) -> Vec<u8> {
    archive(members, CompressionMethod::Deflated)
}

/// One array, `a`.
fn one(array: &[u8]) -> Vec<u8> {
    stored(&[("a.npy", array)])
}

/// Writes over every occurrence of a record's field: `at` bytes behind its signature.
fn patch(file: &mut [u8], signature: &[u8], at: usize, bytes: &[u8]) {
    let starts: Vec<usize> =
        file.windows(signature.len()).enumerate().filter(|(_, window)| *window == signature).map(|(i, _)| i).collect();
    for start in starts {
        file[start + at..start + at + bytes.len()].copy_from_slice(bytes);
    }
}

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";

/// Asserts that the array, as the only member, is refused.
#[track_caller]
fn refused_array(array: &[u8], kind: ProblemKind) -> String {
    refused(deflated(&[("a.npy", array)]), kind, Some("a.npy"), 0);
    refused(one(array), kind, Some("a.npy"), 0)
}

/// The only array, however it is stored.
#[track_caller]
fn read(array: &[u8]) -> (DType, Vec<usize>, Vec<u8>) {
    let read = |file: Vec<u8>| {
        let checkpoint = Checkpoint::open(file).unwrap();
        let entry = checkpoint.iter().next().unwrap();
        assert_eq!(entry.name(), "a");
        (entry.dtype(), entry.shape().to_vec(), checkpoint.tensor("a").unwrap().as_bytes().to_vec())
    };
    let found = read(one(array));
    assert_eq!(read(deflated(&[("a.npy", array)])), found);
    found
}

#[test]
fn one_member_twice() {
    // peer: Python's zipfile and the `zip` crate let the last one win
    let mut file = stored(&[("a.npy", &ordinary()), ("b.npy", &ordinary())]);
    let second = file.windows(4).rposition(|window| window == LOCAL).unwrap();
    let names: Vec<usize> =
        file.windows(5).enumerate().filter(|(_, window)| *window == b"b.npy").map(|(i, _)| i).collect();
    for at in names {
        file[at] = b'a';
    }
    let text = refused(file, ProblemKind::Duplicate, Some("a.npy"), second as u64);
    assert!(text.contains("bytes 0 and"), "{text}");
}

#[test]
fn members_that_numpy_reads_as_one_name() {
    // numpy looks for `x` and then for `x.npy`; MLX takes the first
    let array = ordinary();
    let text = refused(stored(&[("x", &array), ("x.npy", &array)]), ProblemKind::Name, Some("x"), 0);
    assert!(text.contains("`x.npy`"), "{text}");
    let problems = problems(stored(&[("x.npy", &array), ("x.npy.npy", &array)]));
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!((problems[0].kind, problems[0].tensor.as_deref()), (ProblemKind::Name, Some("x.npy.npy")));
}

#[test]
fn members_that_are_no_arrays() {
    // MLX: a RuntimeError for the whole file; numpy gives them out as bytes
    let array = ordinary();
    refused(stored(&[("README.txt", b"hello"), ("a.npy", &array)]), ProblemKind::Format, Some("README.txt"), 0);
    refused(stored(&[("A.NPY", &array)]), ProblemKind::Format, Some("A.NPY"), 0);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_directory("sub/", SimpleFileOptions::default()).unwrap();
    refused(zip.finish().unwrap().into_inner(), ProblemKind::Format, Some("sub/"), 0);
}

#[test]
fn names_of_members() {
    let array = ordinary();
    // Nothing uses a name as a path.
    let odd = ["sub/a.npy", "../a.npy", ".npy", "größe.npy", "a.b.npy"];
    let members: Vec<(&str, &[u8])> = odd.iter().map(|name| (*name, &array[..])).collect();
    let checkpoint = Checkpoint::open(stored(&members)).unwrap();
    let names: Vec<&str> = checkpoint.iter().map(|entry| entry.name()).collect();
    assert_eq!(names, ["sub/a", "../a", "", "größe", "a.b"]);
    // Python cuts a name off at a zero byte
    let mut file = stored(&[("a_b.npy", &array)]);
    for at in file.windows(3).enumerate().filter(|(_, w)| *w == b"a_b").map(|(i, _)| i).collect::<Vec<_>>() {
        file[at + 1] = 0;
    }
    refused(file, ProblemKind::Name, Some("a\0b.npy"), 0);
}

#[test]
fn encryption_and_other_methods() {
    // peer: Python reads bzip2 and lzma too; no program writes arrays so
    let mut file = one(&ordinary());
    patch(&mut file, LOCAL, 6, &[1]);
    patch(&mut file, CENTRAL, 8, &[1]);
    let text = refused(file, ProblemKind::Format, Some("a.npy"), 0);
    assert!(text.contains("encrypted"), "{text}");
    let mut file = one(&ordinary());
    patch(&mut file, LOCAL, 8, &[12]);
    patch(&mut file, CENTRAL, 10, &[12]);
    refused(file, ProblemKind::Format, Some("a.npy"), 0);
}

#[test]
fn a_record_of_the_directory_that_contradicts_the_member_s_own() {
    // peer: one reader takes this one, another that one
    for (at, bytes) in [(8usize, &[8u8, 0][..]), (14, &[1, 2, 3, 4]), (22, &[0, 0, 0, 1]), (30, b"b")] {
        let mut file = one(&ordinary());
        patch(&mut file, LOCAL, at, bytes);
        refused(file, ProblemKind::Header, Some("a.npy"), 0);
    }
}

#[test]
fn bytes_in_front_of_the_archive() {
    // peer: the `zip` crate and Python skip them
    let plain = one(&ordinary());
    let mut file = b"\x00\x01other file".to_vec();
    file.extend(&plain);
    let text = refused(file, ProblemKind::Unaccounted, None, 0);
    assert!(text.contains("12 bytes"), "{text}");
    // with offsets that take them into account
    let mut file = b"\x00\x01other file".to_vec();
    file.extend(&plain);
    patch(&mut file, CENTRAL, 42, &12u32.to_le_bytes());
    let end = file.len() - 22;
    let start = u32::from_le_bytes(file[end + 16..end + 20].try_into().unwrap()) + 12;
    patch(&mut file, END, 16, &start.to_le_bytes());
    refused(file, ProblemKind::Unaccounted, None, 0);
}

#[test]
fn bytes_behind_the_archive() {
    // peer: searched backwards for the end
    let plain = one(&ordinary());
    let mut file = plain.clone();
    file.extend(b"more");
    refused(file, ProblemKind::Unaccounted, None, plain.len() as u64);
    // A comment is a place to hide another archive in, and no writer of arrays makes one.
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("a.npy", SimpleFileOptions::default().compression_method(CompressionMethod::Stored)).unwrap();
    zip.write_all(&ordinary()).unwrap();
    zip.set_comment("hello").unwrap();
    refused(zip.finish().unwrap().into_inner(), ProblemKind::Unaccounted, None, plain.len() as u64);
}

#[test]
fn a_member_that_the_directory_does_not_list() {
    // peer: a reader that streams sees it, one that looks at the directory does not
    let file = stored(&[("a.npy", &ordinary()), ("b.npy", &ordinary())]);
    let directory = file.windows(4).position(|window| window == CENTRAL).unwrap();
    let record = 46 + 5;
    let hidden = [&file[..directory], &file[directory + record..]].concat();
    let mut first = hidden.clone();
    patch(&mut first, END, 8, &[1, 0, 1, 0]);
    patch(&mut first, END, 12, &(record as u32).to_le_bytes());
    let text = refused(first, ProblemKind::Unaccounted, None, 0);
    assert!(text.contains("in front"), "{text}");
}

#[test]
fn two_members_over_each_other() {
    // peer: accepted; a small file then unpacks to a huge one
    let mut file = stored(&[("a.npy", &ordinary()), ("b.npy", &ordinary())]);
    let second = file.windows(4).rposition(|window| window == CENTRAL).unwrap();
    file[second + 42..second + 46].copy_from_slice(&0u32.to_le_bytes());
    let problems = problems(file);
    assert!(
        problems.iter().any(|problem| problem.kind == ProblemKind::Overlap && problem.offset == Some(0)),
        "{problems:#?}"
    );
}

#[test]
fn a_count_of_members_that_cannot_be() {
    let mut file = one(&ordinary());
    patch(&mut file, END, 8, &[0xff, 0xfe, 0xff, 0xfe]);
    assert_eq!(problems(file)[0].kind, ProblemKind::Header);
    let mut file = one(&ordinary());
    patch(&mut file, END, 8, &[0, 0, 0, 0]);
    assert!(!problems(file).is_empty(), "a member that is not counted");
}

#[test]
fn a_file_cut_anywhere() {
    let whole = deflated(&[("a.npy", &ordinary()), ("b.npy", &ordinary())]);
    for length in 1..whole.len() {
        assert!(!problems(whole[..length].to_vec()).is_empty(), "{length}");
    }
    assert_eq!(problems(whole[..whole.len() - 1].to_vec())[0].kind, ProblemKind::Truncated);
}

#[test]
fn an_archive_written_without_going_back_is_accepted() {
    // numpy writes so to a pipe: the sizes stand behind each member
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let mut zip = ZipWriter::new_stream(Vec::new());
        for name in ["a.npy", "b.npy"] {
            zip.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
            zip.write_all(&ordinary()).unwrap();
        }
        let file = zip.finish().unwrap().into_inner();
        let checkpoint = Checkpoint::open(file).unwrap();
        assert_eq!(checkpoint.tensor("b").unwrap().as_bytes(), [0, 0, 128, 63, 0, 0, 0, 64]);
    }
}

#[test]
fn an_archive_of_nothing_is_accepted() {
    assert_eq!(Checkpoint::open(stored(&[])).unwrap().iter().count(), 0);
}

#[test]
fn an_archive_with_long_sizes_is_accepted() {
    // numpy forces the 64-bit form of every member, so the sizes in front of one say nothing
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    zip.start_file("a.npy", options).unwrap();
    zip.write_all(&ordinary()).unwrap();
    let checkpoint = Checkpoint::open(zip.finish().unwrap().into_inner()).unwrap();
    assert_eq!(checkpoint.tensor("a").unwrap().as_bytes().len(), 8);
}

/// Counts the bytes that are read.
struct Counted(Vec<u8>, AtomicU64);

impl ReadAt for Counted {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        self.1.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        self.0.as_slice().read_exact_at(offset, buffer)
    }
}

#[test]
fn opening_reads_headers_only() {
    // numbers that deflate cannot shorten much
    let numbers: Vec<u8> = (0..250_000u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let array = array("<u4", "(250000,)", &numbers);
    let names: Vec<String> = (0..10).map(|i| format!("layers.{i}.weight.npy")).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &array[..])).collect();
    for file in [stored(&members), deflated(&members)] {
        let counted = Arc::new(Counted(file, AtomicU64::new(0)));
        let checkpoint = Checkpoint::open(Source::reader("counted", Arc::<Counted>::clone(&counted))).unwrap();
        assert_eq!(checkpoint.iter().count(), 10);
        let opened = counted.1.load(Ordering::Relaxed);
        assert!(opened < 10 * 1024 + 2048, "{opened} of {} bytes", counted.len());
        // and one tensor reads little more than itself
        assert!(checkpoint.tensor("layers.7.weight").unwrap().as_bytes() == numbers);
        let read = counted.1.load(Ordering::Relaxed) - opened;
        assert!(read <= array.len() as u64 + 16 * 1024, "{read} bytes");
    }
}

#[test]
fn everything_is_told_at_once() {
    let file = stored(&[
        ("README.txt", b"hello"),
        ("a.npy", &array("|O", "(1,)", &[0; 8])),
        ("b.npy", &array("<f4", "(3,)", &[0; 8])),
        ("c.npy", &ordinary()),
    ]);
    let kinds: Vec<_> = problems(file).iter().map(|problem| problem.kind).collect();
    assert_eq!(kinds, [ProblemKind::Format, ProblemKind::DType, ProblemKind::Truncated]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// Whatever is done to an archive: an error, or arrays that can be read, and never a panic.
    #[test]
    fn a_changed_archive_is_refused_or_read(
        packed: bool,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..4),
    ) {
        let members: [(&str, &[u8]); 3] = [
            ("a.npy", &ordinary()),
            ("b.npy", &npy("{'descr': '>c8', 'fortran_order': True, 'shape': (2, 2), }", &[7; 32])),
            ("c.npy", &array("|b1", "()", &[1])),
        ];
        let mut file = if packed { deflated(&members) } else { stored(&members) };
        for (place, byte, how) in changes {
            let at = place.index(file.len());
            match how {
                0 => file[at] = byte,
                1 => file[at] ^= 1 << (byte % 8),
                2 => file.truncate(at.max(1)),
                _ => file.insert(at, byte),
            }
        }
        if let Ok(checkpoint) = Checkpoint::open(file) {
            for entry in checkpoint.iter() {
                if let Ok(tensor) = checkpoint.tensor(entry.name()) {
                    prop_assert_eq!(tensor.as_bytes().len(), entry.byte_len());
                }
            }
        }
    }
}
