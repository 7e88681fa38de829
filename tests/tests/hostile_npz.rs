//! Npz archives that lie. Each test says what numpy, MLX, npyz or the `zip` crate does with the file ("peer"), and
//! asserts what is refused here: the kind, the member and the byte of the file; or says why it is accepted.

use std::io::{Cursor, Write};

use wb::{Checkpoint, DType, LoadError, Problem, ProblemKind};
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

#[track_caller]
fn problems(file: Vec<u8>) -> Vec<Problem> {
    match Checkpoint::open(file) {
        Err(LoadError::Container { problems, .. }) => problems,
        other => panic!("not refused as a container: {other:?}"),
    }
}

/// Asserts that exactly one thing is wrong, and returns what is said of it.
#[track_caller]
fn refused(file: Vec<u8>, kind: ProblemKind, member: Option<&str>, offset: u64) -> String {
    let problems = problems(file);
    let [problem] = problems.as_slice() else { panic!("{problems:#?}") };
    assert_eq!((problem.kind, problem.tensor.as_deref(), problem.offset), (kind, member, Some(offset)), "{problem}");
    problem.to_string()
}

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
fn a_header_longer_than_the_limit() {
    // npyz: allocates up to 4 GiB for it. numpy stops at 10,000 characters.
    let mut huge = b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec();
    huge.extend(b"{'descr': '<f4'");
    let text = refused_array(&huge, ProblemKind::Limit);
    assert!(text.contains("4294967295"), "{text}");
    let spaces = " ".repeat(10_001);
    refused_array(&npy(&spaces, &[]), ProblemKind::Limit);
}

#[test]
fn a_header_beyond_its_member() {
    // peer: an error without the member's name
    let cut = &ordinary()[..40];
    refused_array(cut, ProblemKind::Truncated);
    refused_array(b"", ProblemKind::Truncated);
    refused_array(b"not a numpy array", ProblemKind::Format);
}

#[test]
fn keys_of_the_dictionary() {
    // npyz: extra keys OK, the last of two wins
    let elements = [0; 8];
    for dictionary in [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'strides': (4,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (2,)}",
        "{'descr': '<i4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} {}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)",
        "{'d\\x65scr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "['descr', '<f4']",
        "",
    ] {
        let text = refused_array(&npy(dictionary, &elements), ProblemKind::Header);
        assert!(text.len() < 250, "the header is not repeated in full: {text}");
    }
}

#[test]
fn shapes_that_are_no_tuple_of_unsigned_integers() {
    // npyz: a list OK. MLX: -2 as it is.
    for shape in ["[2]", "2", "(2)", "(2.0,)", "(True,)", "(0x2,)", "(02,)", "(2_0,)", "(2 2)", "((2,),)"] {
        refused_array(&array("<f4", shape, &[0; 8]), ProblemKind::Header);
    }
    for shape in ["(-2,)", "(2, -1)", "(18446744073709551616,)"] {
        refused_array(&array("<f4", shape, &[0; 8]), ProblemKind::Shape);
    }
    // Python 2, which numpy reads and nothing has written for years
    let text = refused_array(&array("<f4", "(2L,)", &[0; 8]), ProblemKind::Shape);
    assert!(text.contains("Python 2"), "{text}");
}

#[test]
fn shapes_that_overflow() {
    // npyz: panics where overflow is checked, else an empty array
    for shape in ["(4294967296, 4294967296)", "(18446744073709551615,)", "(0, 4294967296, 4294967296)"] {
        refused_array(&array("<f4", shape, &[]), ProblemKind::Shape);
    }
    let deep = format!("({})", "1,".repeat(65));
    refused_array(&array("<f4", &deep, &[0; 4]), ProblemKind::Limit);
}

#[test]
fn a_header_nested_deeply() {
    // npyz: an error of its parser's own limit
    let nested = format!("{{'shape': {}", "(".repeat(3000));
    refused_array(&npy(&nested, &[]), ProblemKind::Header);
}

#[test]
fn dictionaries_that_only_look_odd_are_accepted() {
    let elements = [1, 0, 2, 0, 3, 0, 4, 0];
    for dictionary in [
        // MLX: ValueError, because it reads by position
        "{'shape': (2, 2), 'descr': '<u2', 'fortran_order': False}",
        // MLX: reads (2,)
        "{'descr': '<u2', 'fortran_order': False, 'shape': (2,2)}\n",
        // as MLX writes it
        "{'descr': '<u2', 'fortran_order': False, 'shape': (2, 2, )}    \n",
        "{\"descr\":\"<u2\",\"fortran_order\":False,\"shape\":(2,2,),}",
    ] {
        assert_eq!(read(&npy(dictionary, &elements)), (DType::U16, vec![2, 2], elements.to_vec()));
    }
    // versions 2 and 3; MLX refuses 3
    for version in [2, 3] {
        let dictionary = "{'descr': '<u2', 'fortran_order': False, 'shape': (4,), }";
        let mut array = vec![0x93, b'N', b'U', b'M', b'P', b'Y', version, 0];
        array.extend((dictionary.len() as u32).to_le_bytes());
        array.extend(dictionary.bytes());
        array.extend(elements);
        assert_eq!(read(&array), (DType::U16, vec![4], elements.to_vec()));
    }
    let mut unknown = ordinary();
    unknown[6] = 4;
    refused_array(&unknown, ProblemKind::Header);
}

#[test]
fn scalars_and_empty_arrays() {
    assert_eq!(read(&array("<f4", "()", &[1, 2, 3, 4])), (DType::F32, vec![], vec![1, 2, 3, 4]));
    assert_eq!(read(&array("<f4", "(0, 3)", &[])), (DType::F32, vec![0, 3], vec![]));
    assert_eq!(read(&array(">f8", "(3, 0)", &[])), (DType::F64, vec![3, 0], vec![]));
}

#[test]
fn dtypes() {
    for (descr, dtype) in [
        ("|b1", DType::BOOL), ("?", DType::BOOL), ("|i1", DType::I8), ("|u1", DType::U8), ("<i2", DType::I16),
        ("<u2", DType::U16), ("<i4", DType::I32), ("<u4", DType::U32), ("<i8", DType::I64), ("<u8", DType::U64),
        ("<f2", DType::F16), ("<f4", DType::F32), ("<f8", DType::F64), ("<c8", DType::C64),
        // npyz: refused. It is what ml_dtypes calls its float8_e5m2.
        ("<f1", DType::F8_E5M2),
        // What bfloat16 and the other 8-bit floats become; numpy reads raw bytes, MLX takes any V2 as bfloat16.
        // Only a schema can say what they are.
        ("<V2", DType::V2), ("|V2", DType::V2), ("<V1", DType::V1), ("|V1", DType::V1),
        // an order for single bytes says nothing
        (">u1", DType::U8), ("<b1", DType::BOOL),
    ] {
        let elements: Vec<u8> = vec![1; dtype.bits() / 8 * 2];
        assert_eq!(read(&array(descr, "(2,)", &elements)), (dtype, vec![2], elements), "{descr}");
    }
}

#[test]
fn dtypes_that_are_no_tensor_s() {
    // peer: some parse, and fail where they are read; MLX says `<c1` of all of them
    for (descr, said) in [
        ("|O", "pickle"), ("<S5", "strings"), ("|S5", "strings"), ("<U3", "strings"), ("<M8[ns]", "dates"),
        ("<m8[s]", "times"), ("<c16", "complex64"), ("<f16", "float64"), ("<f12", "float64"), ("|V8", "raw bytes"),
        ("<x4", "unknown"), ("<i3", "unknown"), ("", "unknown"), ("<", "unknown"),
    ] {
        let text = refused_array(&array(descr, "(1,)", &[0; 8]), ProblemKind::DType);
        assert!(text.contains(said), "{text}");
    }
    let records = "{'descr': [('x', '<f4'), ('y', '|O')], 'fortran_order': False, 'shape': (1,)}";
    let text = refused_array(&npy(records, &[0; 8]), ProblemKind::DType);
    assert!(text.contains("structured") && text.contains("pickle"), "{text}");
    let inner = "{'descr': ('<f4', (2,)), 'fortran_order': False, 'shape': (1,)}";
    refused_array(&npy(inner, &[0; 8]), ProblemKind::DType);
}

#[test]
fn orders_of_bytes_that_are_not_said() {
    // numpy reads them in the order of its own machine, MLX as little endian; npyz refuses
    for descr in ["=f4", "|f4", "f4", "=c8", "=V2", ">V2"] {
        let kind = match Checkpoint::open(one(&array(descr, "(1,)", &vec![0; if descr.contains("V2") { 2 } else if descr.contains("c8") { 8 } else { 4 }]))) {
            Ok(_) => None,
            Err(LoadError::Container { problems, .. }) => Some(problems[0].kind),
            Err(other) => panic!("{other:?}"),
        };
        // untyped bytes have no order to be said, unless one is
        assert_eq!(kind, if descr == "=V2" { None } else { Some(ProblemKind::DType) }, "{descr}");
    }
}

#[test]
fn the_object_array_of_numpy() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx/numpy-object.npz");
    let text = problems(std::fs::read(path).unwrap())[0].to_string();
    assert!(text.contains("pickle"), "{text}");
}

#[test]
fn big_endian() {
    let swapped = |descr: &str, width: usize| {
        let elements: Vec<u8> = (0..2 * width as u8).collect();
        let (_, _, found) = read(&array(descr, "(2,)", &elements));
        let expected: Vec<u8> = elements.chunks(width).flat_map(|number| number.iter().rev().copied()).collect();
        assert_eq!(found, expected, "{descr}");
    };
    for (descr, width) in [(">i2", 2), (">u2", 2), (">f2", 2), (">i4", 4), (">f4", 4), (">u8", 8), (">f8", 8)] {
        swapped(descr, width);
    }
    // MLX: turns the 8 bytes round as one, which exchanges the real and the imaginary part
    swapped(">c8", 4);
}

#[test]
fn fortran_order() {
    let fortran = |descr: &str, shape: &str, elements: &[u8]| {
        read(&npy(&format!("{{'descr': '{descr}', 'fortran_order': True, 'shape': {shape}, }}"), elements)).2
    };
    // [[0, 1, 2], [3, 4, 5]], column by column
    assert_eq!(fortran("|u1", "(2, 3)", &[0, 3, 1, 4, 2, 5]), [0, 1, 2, 3, 4, 5]);
    assert_eq!(fortran(">u2", "(2, 2)", &[0, 1, 0, 3, 0, 2, 0, 4]), [1, 0, 2, 0, 3, 0, 4, 0]);
    let (planes, rows, columns) = (3, 5, 7);
    let mut columns_first = Vec::new();
    for column in 0..columns {
        for row in 0..rows {
            for plane in 0..planes {
                columns_first.push((plane * rows + row) * columns + column);
            }
        }
    }
    let found = fortran("|u1", "(3, 5, 7)", &columns_first);
    assert_eq!(found, (0..planes * rows * columns).collect::<Vec<u8>>());
    // more than is read at once
    let (rows, columns) = (400usize, 500usize);
    let numbers: Vec<u8> = (0..columns)
        .flat_map(|column| (0..rows).flat_map(move |row| ((row * columns + column) as u32).to_le_bytes()))
        .collect();
    let found = fortran("<u4", "(400, 500)", &numbers);
    assert!(found.chunks(4).enumerate().all(|(i, number)| number == (i as u32).to_le_bytes()));
    // MLX marks arrays of one dimension so, where it changes nothing
    assert_eq!(fortran("|u1", "(3,)", &[1, 2, 3]), [1, 2, 3]);
    assert_eq!(fortran("|u1", "()", &[1]), [1]);
    assert_eq!(fortran("|u1", "(1, 3, 1)", &[1, 2, 3]), [1, 2, 3]);
    assert_eq!(fortran("|u1", "(0, 3)", &[]), []);
}

#[test]
fn bytes_behind_an_array() {
    // peer: numpy and npyz do not look
    let mut long = ordinary();
    long.extend([0; 5]);
    refused_array(&long, ProblemKind::Unaccounted);
}

#[test]
fn an_array_cut_short() {
    // MLX: an error only where it is used
    let short = ordinary();
    refused_array(&short[..short.len() - 1], ProblemKind::Truncated);
}

#[test]
fn a_size_that_is_claimed_and_not_there() {
    // Nothing is allocated for it: shape and archive must agree, and the archive with the file.
    let huge = array("<f4", "(1000000000000,)", &[0; 8]);
    refused_array(&huge, ProblemKind::Truncated);
    let mut file = one(&huge);
    let size = u32::MAX.saturating_sub(5).to_le_bytes();
    for (record, at) in [(LOCAL, 18), (LOCAL, 22), (CENTRAL, 20), (CENTRAL, 24)] {
        patch(&mut file, record, at, &size);
    }
    assert!(!problems(file).is_empty());
}

#[test]
fn an_inflation_that_deflate_cannot_do() {
    let array = array("|u1", "(4000000000,)", &[0; 8]);
    let mut file = deflated(&[("a.npy", &array)]);
    let size = (array.len() as u32 - 8 + 4_000_000_000).to_le_bytes();
    patch(&mut file, LOCAL, 22, &size);
    patch(&mut file, CENTRAL, 24, &size);
    let text = refused(file, ProblemKind::Limit, Some("a.npy"), 0);
    assert!(text.contains("Limits::inflation"), "{text}");
    // what deflate can do is accepted
    let zeros = self::array("|u1", "(1000000,)", &vec![0; 1_000_000]);
    assert_eq!(read(&zeros).2.len(), 1_000_000);
}

#[test]
fn damaged_elements_are_found_where_they_are_read() {
    // peer: a checksum that is looked at only where the end is reached
    let numbers: Vec<u8> = (0..1000u32).flat_map(|i| (i * i).to_le_bytes()).collect();
    let array = array("<u4", "(1000,)", &numbers);
    for mut file in [one(&array), deflated(&[("a.npy", &array)])] {
        let at = file.len() - 200;
        file[at] ^= 1;
        let checkpoint = Checkpoint::open(file).unwrap();
        let Err(LoadError::Container { problems, .. }) = checkpoint.tensor("a") else { panic!("not found") };
        let [problem] = &problems[..] else { panic!("{problems:?}") };
        assert_eq!((problem.kind, problem.tensor.as_deref(), problem.offset), (ProblemKind::Corrupt, Some("a"), Some(0)));
    }
    // an empty array has a checksum too
    let mut file = one(&self::array("<u4", "(0,)", &[]));
    patch(&mut file, LOCAL, 14, &[1, 2, 3, 4]);
    patch(&mut file, CENTRAL, 16, &[1, 2, 3, 4]);
    assert!(Checkpoint::open(file).unwrap().tensor("a").is_err());
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
fn a_pytorch_archive() {
    // peer: MLX a RuntimeError, numpy gives out the pickle's bytes
    let file = stored(&[("model/data.pkl", b"\x80\x02"), ("model/data/0", b"1234"), ("model/version", b"3\n")]);
    let text = refused(file, ProblemKind::Format, Some("model/data.pkl"), 0);
    assert!(text.contains("PyTorch") && text.contains("safetensors.torch.save_file"), "{text}");
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
    assert!(problems.iter().any(|problem| problem.kind == ProblemKind::Overlap && problem.offset == Some(0)), "{problems:#?}");
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
