//! Arrays inside an archive: their header, and whether it agrees with the bytes.

use super::*;

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
    let text = refused_array(cut, ProblemKind::Format);
    assert!(text.contains("it ends inside the header of one; leave it out: ignore the name"), "{text}");
    refused_array(b"", ProblemKind::Format);
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
        ("|b1", DType::BOOL),
        ("?", DType::BOOL),
        ("|i1", DType::I8),
        ("|u1", DType::U8),
        ("<i2", DType::I16),
        ("<u2", DType::U16),
        ("<i4", DType::I32),
        ("<u4", DType::U32),
        ("<i8", DType::I64),
        ("<u8", DType::U64),
        ("<f2", DType::F16),
        ("<f4", DType::F32),
        ("<f8", DType::F64),
        ("<c8", DType::C64),
        // npyz: refused. It is what ml_dtypes calls its float8_e5m2.
        ("<f1", DType::F8_E5M2),
        // What bfloat16 and the other 8-bit floats become; numpy reads raw bytes, MLX takes any V2 as bfloat16.
        // Only a schema can say what they are.
        ("<V2", DType::V2),
        ("|V2", DType::V2),
        ("<V1", DType::V1),
        ("|V1", DType::V1),
        // an order for single bytes says nothing
        (">u1", DType::U8),
        ("<b1", DType::BOOL),
    ] {
        let elements: Vec<u8> = vec![1; dtype.block().bytes * 2];
        assert_eq!(read(&array(descr, "(2,)", &elements)), (dtype, vec![2], elements), "{descr}");
    }
}

#[test]
fn dtypes_that_are_no_tensor_s() {
    // peer: some parse, and fail where they are read; MLX says `<c1` of all of them
    for (descr, said) in [
        ("|O", "pickle"),
        ("<S5", "strings"),
        ("|S5", "strings"),
        ("<U3", "strings"),
        ("<M8[ns]", "dates"),
        ("<m8[s]", "times"),
        ("<c16", "complex64"),
        ("<f16", "float64"),
        ("<f12", "float64"),
        ("|V8", "raw bytes"),
        ("<x4", "unknown"),
        ("<i3", "unknown"),
        ("", "unknown"),
        ("<", "unknown"),
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
        let kind = match Checkpoint::open(one(&array(
            descr,
            "(1,)",
            &vec![
                0;
                if descr.contains("V2") {
                    2
                } else if descr.contains("c8") {
                    8
                } else {
                    4
                }
            ],
        ))) {
            Ok(_) => None,
            Err(CheckpointError::Container { problems, .. }) => Some(problems[0].kind),
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
    // MLX: turns the 8 bytes of a complex number round as one, which exchanges the real and the imaginary part
    for (descr, element, number) in [
        (">i2", 2, 2),
        (">u2", 2, 2),
        (">f2", 2, 2),
        (">i4", 4, 4),
        (">f4", 4, 4),
        (">u8", 8, 8),
        (">f8", 8, 8),
        (">c8", 8, 4),
    ] {
        let elements: Vec<u8> = (0..2 * element).collect();
        let (_, _, found) = read(&array(descr, "(2,)", &elements));
        let expected: Vec<u8> = elements.chunks(number).flat_map(|number| number.iter().rev().copied()).collect();
        assert_eq!(found, expected, "{descr}");
    }
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
    // MLX marks arrays of one dim so, where it changes nothing
    assert_eq!(fortran("|u1", "(3,)", &[1, 2, 3]), [1, 2, 3]);
    assert_eq!(fortran("|u1", "()", &[1]), [1]);
    assert_eq!(fortran("|u1", "(1, 3, 1)", &[1, 2, 3]), [1, 2, 3]);
    assert!(fortran("|u1", "(0, 3)", &[]).is_empty());
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
        let Err(CheckpointError::Container { problems, .. }) = checkpoint.tensor("a") else { panic!("not found") };
        let [problem] = &problems[..] else { panic!("{problems:?}") };
        assert_eq!(
            (problem.kind, problem.tensor.as_deref(), problem.offset),
            (ProblemKind::Corrupt, Some("a"), Some(0))
        );
    }
    // an empty array has a checksum too
    let mut file = one(&self::array("<u4", "(0,)", &[]));
    patch(&mut file, LOCAL, 14, &[1, 2, 3, 4]);
    patch(&mut file, CENTRAL, 16, &[1, 2, 3, 4]);
    assert!(Checkpoint::open(file).unwrap().tensor("a").is_err());
}
