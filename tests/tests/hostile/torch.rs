//! Files of PyTorch that lie, made opcode by opcode. Each test says what other readers do with the file: pytorch-reader 0.22
//! and candle 0.11 ("peers"), and which class of weakness of torch itself it is.
#![cfg(feature = "torch")]

use proptest::prelude::*;
use wb::{Checkpoint, CheckpointError, Limits, OpenOptions, ProblemKind, Source};
use weighbridge_tests::files::npz;
use weighbridge_tests::refusal::problems;
use weighbridge_tests::torch::{Pickle, View, archive, dict, legacy, pair, with_pair};

/// Asserts that a file is refused with one problem of this kind that has these words. Returns the whole text.
#[track_caller]
fn refused(file: Vec<u8>, kind: ProblemKind, words: &str) -> String {
    let problems = problems(file);
    let [problem] = problems.as_slice() else { panic!("{problems:#?}") };
    assert_eq!(problem.kind, kind, "{problem}");
    assert!(problem.message.contains(words), "{problem}");
    // what is wrong, and what to do
    assert!(problem.message.contains("; "), "{problem}");
    problem.to_string()
}

/// Both forms of a file with the storage of a pair.
fn both(pickle: &[u8]) -> [Vec<u8>; 2] {
    [with_pair(pickle), legacy(pickle, &[("0", 2, pair())])]
}

/// Asserts that both forms of a pickle without a tensor are refused.
#[track_caller]
fn bare_refused(pickle: &[u8], kind: ProblemKind, words: &str) {
    for file in [archive(pickle, &[]), legacy(pickle, &[])] {
        refused(file, kind, words);
    }
}

/// Asserts the same of both forms with the storage of a pair.
#[track_caller]
fn both_refused(pickle: &[u8], kind: ProblemKind, words: &str) {
    for file in both(pickle) {
        refused(file, kind, words);
    }
}

#[test]
fn an_ordinary_file_is_read() {
    for file in both(&dict(&["w"], |pickle, _| pickle.pair())) {
        let checkpoint = Checkpoint::open(file).unwrap();
        assert_eq!(checkpoint.tensor("w").unwrap().as_bytes(), pair());
    }
}

#[test]
fn a_global_that_runs_something_is_refused_by_name_and_not_run() {
    // peers: not run, and accepted without a word; the value is dropped, and in place of a tensor nothing is there
    let calls: [(&str, &str, &str); 7] = [
        ("os", "system", "no weights need it, so do not open the file with anything that would"),
        ("posix", "system", "get the checkpoint from its author"),
        ("builtins", "eval", "get the checkpoint from its author"),
        ("__builtin__", "eval", "get the checkpoint from its author"),
        ("subprocess", "Popen", "get the checkpoint from its author"),
        ("torch.nn.modules.linear", "Linear", "save only its state dict"),
        ("numpy.core.multiarray", "_reconstruct", "save only its state dict"),
    ];
    for (module, name, remedy) in calls {
        let call = |pickle: Pickle| pickle.global(module, name).raw(b"(").text("touch /tmp/x").raw(b"tR");
        let beside = Pickle::new().raw(b"}(").text("w").pair().text("x");
        let files = [
            call(beside.clone()).raw(b"u").end(),
            // in place of a tensor
            call(Pickle::new().raw(b"}(").text("w")).raw(b"u").end(),
            // named, and not called: put aside, or in front of everything
            beside.clone().global(module, name).raw(b"u").end(),
            Pickle::new().global(module, name).raw(b"q\x00}(").text("w").pair().raw(b"u").end(),
        ];
        for pickle in files {
            both_refused(
                &pickle,
                ProblemKind::Header,
                &format!("the pickle names `{module}.{name}`, of which no tensor is"),
            );
            both_refused(&pickle, ProblemKind::Header, remedy);
        }
    }
    // and so it is where everything is to be left out
    let pickle = Pickle::new().raw(b"}(").text("x").global("os", "system").raw(b"u").end();
    let opened = Source::from(with_pair(&pickle)).open(&OpenOptions::new().skip(|_| true));
    assert!(opened.unwrap_err().to_string().contains("`os.system`"));
}

#[test]
fn opcodes_that_torch_does_not_write_are_refused_by_name() {
    // CVE-2025-32434 is the class: a reader of only weights that went on to another way of reading
    for (bytes, name) in [
        (&b"0"[..], "POP"),
        (b"2", "DUP"),
        (b"\x82\x01", "EXT1"),
        (b"\x93", "STACK_GLOBAL"),
        (b"(ios\nsystem\n", "INST"),
        (b"(o", "OBJ"),
        (b"\x92", "NEWOBJ_EX"),
        (b"P0\n", "PERSID"),
        (b"\x8b\xff\xff\xff\x7f", "LONG4"),
        (b"B\xff\xff\xff\xff", "BINBYTES"),
        (b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f", "BINUNICODE8"),
        (b"\x95\x08\0\0\0\0\0\0\0", "FRAME"),
        (b"\x97", "NEXT_BUFFER"),
    ] {
        let pickle = Pickle::new().raw(b"}").raw(bytes).end();
        both_refused(&pickle, ProblemKind::Header, &format!("the opcode {name}, which"));
    }
    both_refused(&Pickle::new().raw(b"\xff").end(), ProblemKind::Header, "the byte 0xff in place of an opcode");
}

#[test]
fn keys_go_into_dictionaries_and_into_nothing_else() {
    // CVE-2026-24747: torch before 2.10 wrote outside of its memory, by SETITEM and SETITEMS on what is no dictionary
    let onto: [(&str, Pickle); 6] = [
        ("a tensor", Pickle::new().pair()),
        ("a list", Pickle::new().raw(b"]")),
        ("a string", Pickle::new().text("x")),
        ("a number", Pickle::new().int(5)),
        ("a storage without a tensor", Pickle::new().storage("torch.FloatStorage", "0", 2)),
        ("a class or a function", Pickle::new().global("torch", "Size")),
    ];
    for (what, pickle) in onto {
        let one = pickle.clone().text("k").int(1).raw(b"s").end();
        both_refused(&one, ProblemKind::Header, &format!("puts a key into {what} (SETITEM)"));
        let several = pickle.raw(b"(").text("k").int(1).raw(b"u").end();
        both_refused(&several, ProblemKind::Header, &format!("puts a key into {what} (SETITEMS)"));
    }
    both_refused(&Pickle::new().raw(b"}(").text("k").raw(b"u").end(), ProblemKind::Header, "a key without a value");
    both_refused(&Pickle::new().raw(b"}").int(1).raw(b"a").end(), ProblemKind::Header, "appends to a dictionary");
    both_refused(&Pickle::new().raw(b"}").text("x").raw(b"b").end(), ProblemKind::Header, "a state that is a string");
    let attribute = Pickle::new().raw(b"}}").text("w").pair().raw(b"sb").end();
    both_refused(&attribute, ProblemKind::Header, "the attribute `w`, which a load would lose; ");
}

#[test]
fn a_key_that_is_there_twice() {
    // peers: the last one wins
    both_refused(&dict(&["w", "w"], |pickle, _| pickle.pair()), ProblemKind::Duplicate, "has this key twice");
    let many: Vec<String> = (0..40).map(|i| format!("w{}", i % 39)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    both_refused(&dict(&many, |pickle, _| pickle.pair()), ProblemKind::Duplicate, "has this key twice");
    let numbers = Pickle::new().raw(b"}(").int(1).pair().raw(b"\x88").pair().raw(b"u").end();
    both_refused(&numbers, ProblemKind::Duplicate, "has this key twice");
    // two ways to one name are there twice too, and a load refuses them
    let dotted = Pickle::new().raw(b"}(").text("a.b").pair().text("a").raw(b"}").text("b").pair().raw(b"su").end();
    for file in both(&dotted) {
        let checkpoint = Checkpoint::open(file).unwrap();
        assert_eq!(checkpoint.named("a.b").count(), 2);
        assert!(checkpoint.lock().is_err());
    }
}

/// A tensor of a storage `"0"` of six elements with these dims and strides.
fn view(offset: i64, size: &[i64], stride: &[i64]) -> Vec<u8> {
    dict(&["w"], |pickle, _| pickle.view(View { key: "0", count: 6, offset, size, stride }))
}

fn six(pickle: &[u8]) -> [Vec<u8>; 2] {
    let bytes = weighbridge_tests::files::f32s(&[0., 1., 2., 3., 4., 5.]);
    [archive(pickle, &[("0", bytes.clone())]), legacy(pickle, &[("0", 6, bytes)])]
}

#[test]
fn a_view_is_within_its_storage() {
    // peers, for stride 0: 8 GB of memory and an abort, or an error; a negative stride: skipped without a word
    use ProblemKind::{Format, Shape};
    for (offset, size, stride, kind, words) in [
        (0, &[2_000_000_000][..], &[0][..], Format, "an expanded view: 2000000000 elements of a dim are one"),
        (0, &[1_000_000, 3], &[0, 1], Format, "an expanded view"),
        (0, &[3, 4], &[1, 1], Format, "two of its elements are one in its storage"),
        (0, &[7], &[1], Shape, "[7] from element 0 on reaches beyond its storage, which has 6 elements"),
        (5, &[2], &[1], Shape, "from element 5 on reaches beyond"),
        (7, &[0], &[1], Shape, "from element 7 on reaches beyond"),
        (0, &[2, 2], &[5, 1], Shape, "reaches beyond"),
        (0, &[2], &[i64::MAX], Shape, "reaches beyond"),
        (i64::MAX, &[1], &[1], Shape, "reaches beyond"),
        (-1, &[2], &[1], Shape, "it begins at element -1"),
        (5, &[2], &[-1], Shape, "the stride -1, and PyTorch has none below 0"),
        (0, &[-2], &[1], Shape, "the dim -2"),
        (0, &[i64::MAX, i64::MAX], &[1, 1], Shape, "more elements than there can be"),
        (0, &[2, 3], &[1], Shape, "it has 2 dims and 1 stride"),
    ] {
        for file in six(&view(offset, size, stride)) {
            let text = refused(file, kind, words);
            assert!(text.starts_with("`w`: "), "{text}");
        }
    }
    // a dim of 1 has any stride, as torch says it
    for (size, stride, read) in [
        (&[1, 6][..], &[0, 1][..], [0., 1., 2., 3., 4., 5.]),
        (&[3, 2], &[1, 3], [0., 3., 1., 4., 2., 5.]),
        (&[6, 1], &[1, i64::MAX], [0., 1., 2., 3., 4., 5.]),
    ] {
        for file in six(&view(0, size, stride)) {
            let tensor = Checkpoint::open(file).unwrap().tensor("w").unwrap();
            assert_eq!(tensor.as_bytes(), weighbridge_tests::files::f32s(&read));
        }
    }
    let deep = vec![1; 65];
    for file in six(&view(0, &deep, &deep)) {
        assert!(refused(file, ProblemKind::Limit, "the shape has 65 dims").contains("`Limits::rank`"));
    }
}

#[test]
fn a_storage_has_the_bytes_that_the_pickle_says() {
    // peers: a record of 6 for 60 accepted, too short and absent only told at the read. CVE-2026-24747 is this class too
    let w = |count: i64| {
        dict(&["w"], |pickle, _| pickle.view(View { key: "0", count, offset: 0, size: &[2], stride: &[1] }))
    };
    let truncated = ProblemKind::Truncated;
    refused(with_pair(&w(20)), truncated, "it is 20 elements of float32, and the member has 8 bytes; ");
    refused(archive(&w(2), &[("0", vec![0; 9])]), truncated, "and the member has 9 bytes");
    refused(with_pair(&w(i64::MAX)), truncated, "and the member has 8 bytes");
    refused(with_pair(&w(-2)), ProblemKind::Header, "a storage has -2 elements; ");
    refused(archive(&w(2), &[]), truncated, "of which the archive has no member; ");
    refused(legacy(&w(20), &[("0", 20, pair())]), truncated, "it is 20 elements of float32, and 16 bytes are left; ");
    refused(legacy(&w(2), &[("0", 3, pair())]), truncated, "the number in front of them is 3; ");
    refused(legacy(&w(2), &[("0", -2, pair())]), truncated, "the number in front of them is -2; ");
    refused(legacy(&w(2), &[]), truncated, "the file does not list it; ");
    // one storage that is two
    for (class, count) in [("torch.IntStorage", 2), ("torch.DoubleStorage", 1), ("torch.FloatStorage", 1)] {
        let two = Pickle::new().raw(b"}(").text("w").pair().text("x").storage(class, "0", count).raw(b"u").end();
        both_refused(&two, ProblemKind::Header, "the storage `0` is 2 elements of float32 in one place, and ");
    }
}

#[test]
fn every_byte_belongs_to_something() {
    let pickle = dict(&["w"], |pickle, _| pickle.pair());
    let unaccounted = ProblemKind::Unaccounted;
    refused(archive(&pickle, &[("0", pair()), ("1", pair())]), unaccounted, "the pickle names no such storage");
    let members = |more: (&'static str, &[u8])| {
        npz(&[("a/data.pkl", pickle.clone()), ("a/data/0", pair()), (more.0, more.1.to_vec())])
    };
    refused(members(("a/other", b"x")), unaccounted, "a member that belongs to no tensor; ");
    refused(members(("b/data/0", b"x")), unaccounted, "outside of the folder `a/` of the pickle; ");
    refused(members(("a/b/data.pkl", b"x")), unaccounted, "a second pickle; ");
    refused(members(("a/data/0/1", b"x")), unaccounted, "a member that belongs to no tensor; ");
    refused(members(("a/version", &[b'3'; 2000])), unaccounted, "it has 2000 bytes, and PyTorch writes a word");
    refused(with_pair(&[&pickle[..], b"x"].concat()), unaccounted, "1 byte after the end of the pickle; ");
    let old = legacy(&pickle, &[("0", 2, pair())]);
    refused([&old[..], &[0; 5]].concat(), unaccounted, "5 bytes after the last storage; ");
    refused(legacy(&pickle, &[("0", 2, pair()), ("1", 2, pair())]), unaccounted, "lists a storage that no tensor has");
    refused(legacy(&pickle, &[("0", 2, pair()), ("0", 2, pair())]), ProblemKind::Duplicate, "lists this storage twice");
    refused(with_pair(&Pickle::new().raw(b"}}").end()), ProblemKind::Header, "ends with 1 value left over; ");
}

#[test]
fn big_endian_is_refused_by_name() {
    // candle reads it as little-endian; pytorch-reader refuses it
    let pickle = dict(&["w"], |pickle, _| pickle.pair());
    let file =
        |order: &[u8]| npz(&[("a/data.pkl", pickle.clone()), ("a/byteorder", order.to_vec()), ("a/data/0", pair())]);
    assert!(Checkpoint::open(file(b"little")).is_ok());
    refused(file(b"big"), ProblemKind::Format, "written on a big-endian machine");
    refused(file(b"middle"), ProblemKind::Header, "the order of bytes is `middle`, which is not known; ");
    let mut old = legacy(&pickle, &[("0", 2, pair())]);
    let at = old.windows(3).position(|window| window == b"\x88s.").unwrap();
    old[at] = 0x89;
    refused(old, ProblemKind::Format, "written on a big-endian machine");
}

#[test]
fn dtypes_that_are_not_read_are_told_by_name() {
    // candle panics on one, and skips another
    let file = |class: &str, width: usize| {
        let tensor = |pickle: Pickle, _: &str| {
            let rebuilt = pickle.global("torch._utils", "_rebuild_tensor_v2").raw(b"(").storage(class, "0", 2);
            rebuilt.int(0).ints(&[2]).ints(&[1]).raw(b"\x89}tR")
        };
        archive(&dict(&["w"], tensor), &[("0", vec![0; 2 * width])])
    };
    assert!(Checkpoint::open(file("torch.IntStorage", 4)).is_ok());
    for (class, width, name) in [("torch.ComplexDoubleStorage", 16, "complex128"), ("torch.QInt8Storage", 1, "qint8")] {
        refused(file(class, width), ProblemKind::DType, &format!("its elements are {name}, which is not read here; "));
    }
    refused(file("torch.NewStorage", 4), ProblemKind::Header, "the pickle names `torch.NewStorage`");
    refused(file("torch.UntypedStorage", 4), ProblemKind::Truncated, "2 elements of one byte");
}

#[test]
fn nesting_and_bombs_cost_what_their_bytes_cost() {
    // peers: 200,000 levels are an error at 1,000, or overflow the stack; 10^12 items hang
    const DEEP: usize = 200_000;
    let deep = |open: &[u8], close: &[u8]| Pickle::new().raw(&open.repeat(DEEP)).raw(&close.repeat(DEEP)).end();
    let tuples = Pickle::new().raw(b"N").raw(&b"\x85".repeat(DEEP)).end();
    for pickle in [deep(b"]", b"a")[..DEEP + 2 + DEEP - 1].to_vec(), tuples] {
        let pickle = if pickle.ends_with(b".") { pickle } else { [&pickle[..], b"."].concat() };
        bare_refused(&pickle, ProblemKind::Format, "and no tensors; save a state dict");
    }
    // dictionaries in one another, down to a tensor
    let down = Pickle::new().raw(&Pickle(vec![b'}']).text("k").0.repeat(DEEP)).pair().raw(&b"s".repeat(DEEP)).end();
    both_refused(&down, ProblemKind::Limit, "the name has ");
    // each tuple has the one before it twice
    let bomb = |first: Pickle| {
        let doubled = (0..40).fold(first, |pickle, _| pickle.raw(b"q\x00h\x00\x86"));
        Pickle(b"\x80\x02}".to_vec()).text("w").raw(&doubled.0[2..]).raw(b"s").end()
    };
    let plain = bomb(Pickle::new().raw(b"]"));
    bare_refused(&plain, ProblemKind::Format, "a tuple, and no tensor; leave it out: ignore the name `w`");
    both_refused(&bomb(Pickle::new().pair()), ProblemKind::Header, "in the file under another name too; ");
    let itself = Pickle::new().raw(b"}").text("w").raw(b"]q\x00h\x00as").end();
    bare_refused(&itself, ProblemKind::Header, "a list that holds itself; ");
    // a list that becomes a dictionary again and again
    let pairs =
        (0..1000).fold(Pickle::new().raw(b"]q\x00("), |pickle, i| pickle.raw(b"]").int(i).raw(b"aNa")).raw(b"e");
    let again = (0..3).fold(pairs, |pickle, _| pickle.global("collections", "OrderedDict").raw(b"(h\x00tR"));
    both_refused(&again.end(), ProblemKind::Header, "`collections.OrderedDict` with arguments that it does not take; ");
}

#[test]
fn names_take_no_more_than_their_keys_can() {
    // one long key in front of many short ones
    let many = |length: usize| {
        let inner = (0..20_000).fold(Pickle(b"}(".to_vec()), |pickle, i| pickle.int(i).raw(b"N")).raw(b"u");
        Pickle::new().raw(b"}").text(&"k".repeat(length)).raw(&inner.0).raw(b"s").end()
    };
    bare_refused(&many(4000), ProblemKind::Name, "no program of PyTorch wrote it");
    let skipped = Source::from(archive(&many(20), &[])).open(&OpenOptions::new().skip(|_| true)).unwrap();
    assert_eq!(skipped.skipped().count(), 20_000);
    both_refused(&dict(&[&"k".repeat(5000)], |pickle, _| pickle.pair()), ProblemKind::Limit, "the name has 5001 bytes");
}

#[test]
fn what_a_length_claims_is_there() {
    for pickle in [&b"\x80\x02X\xff\xff\xff\x7f"[..], b"\x80\x02U\xffabc", b"\x80\x02\x8a\xff", b"\x80\x02J\0"] {
        refused(archive(pickle, &[]), ProblemKind::Truncated, "are left; ");
    }
    for (bytes, words) in [
        (&b"}r\xff\xff\xff\xff"[..], "keeps a value as number 4294967295"),
        (b"h\x05", "asks for its value 5"),
        (b"t", "goes back to a mark"),
        (b"s", "takes more than it has put on the stack"),
        (b"(a", "takes more than it has put on the stack"),
        (b"}(s", "takes more than it has put on the stack"),
        (b"X\x01\0\0\0\xff", "a string of the pickle is not UTF-8"),
        (b"\x80\x09", "the protocol 9"),
        (b"K\x01Q", "names a storage by a number"),
        (b")Q", "in a way that is not known"),
        (b"ctorch\nSize\nNR", "in place of arguments"),
        (b"N)R", "calls None"),
        (b"N)\x81", "makes an object of None"),
        (b"ctorch\nFloatStorage\n)R", "calls a class or a function"),
    ] {
        both_refused(&Pickle::new().raw(bytes).end(), ProblemKind::Header, words);
    }
    let long = Pickle::new().global(&"m".repeat(5000), "n").end();
    both_refused(&long, ProblemKind::Header, "a name in the pickle has more than 1024 bytes; ");
    // a limit of the caller
    let file = with_pair(&dict(&["w"], |pickle, _| pickle.pair()));
    let Err(CheckpointError::Container { problems, .. }) =
        Checkpoint::open_within(file, &Limits::new().header_byte_len(20))
    else {
        panic!()
    };
    assert!(problems[0].message.contains("raise `Limits::header_byte_len`"), "{}", problems[0]);
}

#[test]
fn bits_that_change_what_the_elements_mean_are_refused() {
    let bits = |value: &[u8]| {
        let tensor = Pickle::new().raw(b"}").text("w").global("torch._utils", "_rebuild_tensor_v2").raw(b"(");
        let tensor = tensor.storage("torch.FloatStorage", "0", 2).int(0).ints(&[2]).ints(&[1]).raw(b"\x89}}");
        tensor.text("neg").raw(value).raw(b"stRs").end()
    };
    both_refused(&bits(b"\x88"), ProblemKind::Header, "negates or conjugates its storage");
    for file in both(&bits(b"\x89")) {
        assert!(Checkpoint::open(file).is_ok());
    }
}

#[test]
fn damage_is_found_wherever_it_is() {
    let file = with_pair(&dict(&["w", "v"], |pickle, name| match name {
        "w" => pickle.pair(),
        _ => pickle.view(View { key: "0", count: 2, offset: 1, size: &[1], stride: &[1] }),
    }));
    let find = |needle: &[u8]| file.windows(needle.len()).position(|window| window == needle).unwrap();
    // of the elements at a read, whether all of them are read or a part; of all else when it is opened
    for (at, opens) in
        [(find(&pair()), true), (find(b"a/data.pkl") + 20, false), (find(b"3\n"), false), (find(b"little"), false)]
    {
        let mut damaged = file.clone();
        damaged[at] ^= 0x10;
        match Checkpoint::open(damaged) {
            Ok(checkpoint) => {
                assert!(opens);
                for name in ["w", "v"] {
                    let said = checkpoint.tensor(name).unwrap_err().to_string();
                    assert!(said.contains("the member's bytes are damaged: their CRC-32 is "), "{said}");
                    let pieces = checkpoint.get(name).unwrap().pieces(1, |pieces| {
                        while pieces.next()?.is_some() {}
                        Ok::<_, CheckpointError>(())
                    });
                    assert!(pieces.is_err());
                }
            }
            Err(error) => {
                assert!(!opens, "{error}");
                assert!(error.to_string().contains("CRC-32"), "{error}");
            }
        }
    }
    // a compressed member
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("a/data.pkl", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut zip, &[b'N'; 500]).unwrap();
    let deflated = zip.finish().unwrap().into_inner();
    refused(deflated, ProblemKind::Format, "compressed with Deflated, which `torch.save` does not do; ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Any change of an honest file, and any end: an error that can be read, or tensors within their storages.
    #[test]
    fn no_change_of_a_file_panics(at in 0..700usize, bit in 0..8u32, cut in 0..700usize, old in any::<bool>()) {
        let pickle = Pickle::new().raw(b"}(").text("a").pair().text("b").raw(b"}").text("c").pair().raw(b"s").raw(b"u").end();
        let mut file = both(&pickle)[usize::from(old)].clone();
        let length = file.len();
        file[at % length] ^= 1 << bit;
        if cut % 3 == 0 {
            file.truncate(cut % length);
        }
        match Checkpoint::open(file) {
            Ok(checkpoint) => {
                for entry in checkpoint.iter() {
                    if let Ok(tensor) = checkpoint.tensor(entry.name()) {
                        prop_assert!(tensor.as_bytes().len() <= length);
                    }
                }
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
