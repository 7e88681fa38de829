//! Members as they lie in an archive: many of them, damaged ones, and what stands in front of them and behind.

use super::*;

/// A member, packed or not, and what stands in front of it.
#[derive(Clone)]
struct Raw {
    name: String,
    method: u16,
    crc: u32,
    size: u32,
    bytes: Vec<u8>,
    /// The extra fields in front of it, and the sizes there, packed and unpacked.
    extra: Vec<u8>,
    sizes: Option<(u32, u32)>,
}

impl Raw {
    /// A member as the `zip` crate writes it.
    fn of(name: &str, array: &[u8], method: CompressionMethod) -> Raw {
        let file = archive(&[(name, array)], method);
        let long = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
        let short = |at: usize| u16::from_le_bytes(file[at..at + 2].try_into().unwrap());
        let start = 30 + usize::from(short(26)) + usize::from(short(28));
        let bytes = file[start..start + long(18) as usize].to_vec();
        let (method, crc, size) = (short(8), long(14), long(22));
        Raw { name: name.to_owned(), method, crc, size, bytes, extra: Vec::new(), sizes: None }
    }

    /// The fields that both records of a member have.
    fn fields(&self, (packed, size): (u32, u32)) -> Vec<u8> {
        let mut fields = [20, 0, self.method].map(u16::to_le_bytes).concat();
        fields.extend([0, 33].map(u16::to_le_bytes).concat());
        fields.extend([self.crc, packed, size].map(u32::to_le_bytes).concat());
        fields.extend((self.name.len() as u16).to_le_bytes());
        fields
    }
}

/// An archive whose members lie in this order, and are listed in the other one if `turned`.
fn assembled(members: &[Raw], turned: bool) -> Vec<u8> {
    let (mut file, mut records) = (Vec::new(), Vec::new());
    for member in members {
        let sizes = (member.bytes.len() as u32, member.size);
        let mut record = CENTRAL.to_vec();
        record.extend([20, 0]);
        record.extend(member.fields(sizes));
        record.extend([0; 12]);
        record.extend((file.len() as u32).to_le_bytes());
        record.extend(member.name.bytes());
        records.push(record);

        file.extend(LOCAL);
        file.extend(member.fields(member.sizes.unwrap_or(sizes)));
        file.extend((member.extra.len() as u16).to_le_bytes());
        file.extend(member.name.bytes());
        file.extend(&member.extra);
        file.extend(&member.bytes);
    }
    if turned {
        records.reverse();
    }
    let start = file.len() as u32;
    file.extend(records.concat());
    let length = file.len() as u32 - start;
    file.extend(END);
    file.extend([0, 0, members.len() as u16, members.len() as u16].map(u16::to_le_bytes).concat());
    file.extend([length, start].map(u32::to_le_bytes).concat());
    file.extend([0, 0]);
    file
}

const METHODS: [CompressionMethod; 2] = [CompressionMethod::Stored, CompressionMethod::Deflated];

/// Numbers that deflate shortens a little.
fn numbers(count: u32, seed: u32) -> Vec<u8> {
    (0..count).flat_map(|i| ((i ^ seed).wrapping_mul(2_654_435_761) & 0xff_ffff).to_le_bytes()).collect()
}

/// All arrays of a file, or none if one of them is refused.
fn all(file: impl Into<Source>) -> Result<Vec<(String, Vec<u8>)>, CheckpointError> {
    let checkpoint = Checkpoint::open(file)?;
    let names = checkpoint.iter().map(|entry| entry.name().to_owned());
    names.map(|name| checkpoint.tensor(&name).map(|tensor| (name, tensor.as_bytes().to_vec()))).collect()
}

/// A reader that is no memory, so that nothing is shared.
struct Plain(Vec<u8>);

impl ReadAt for Plain {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        self.0.as_slice().read_exact_at(offset, buffer)
    }
}

fn plain(file: Vec<u8>) -> Source {
    Source::reader("plain", Arc::new(Plain(file)))
}

/// Asserts that the array of a file is refused where it is read, and returns what is said of it.
#[track_caller]
fn damaged(file: Vec<u8>) -> String {
    let problem = |source: Source| match all(source) {
        Err(CheckpointError::Container { problems, .. }) => problems.into_iter().next().unwrap(),
        other => panic!("not refused as a container: {other:?}"),
    };
    let found = problem(file.clone().into());
    assert_eq!((found.kind, found.tensor.as_deref(), found.offset), (ProblemKind::Corrupt, Some("a"), Some(0)));
    assert_eq!(problem(plain(file)), found);
    found.to_string()
}

#[test]
fn members_of_all_sizes_in_any_order() {
    // names and arrays of lengths that put some members near each other, and others across what is read at once
    let members: Vec<(String, Vec<u8>)> = (0..300u32)
        .map(|i| {
            let numbers = numbers(i * i % 1777, i);
            (format!("{}{i}", "layer.".repeat(i as usize % 50)), numbers)
        })
        .collect();
    for method in METHODS {
        let raw = members.iter().map(|(name, numbers)| {
            Raw::of(&format!("{name}.npy"), &array("<u4", &format!("({},)", numbers.len() / 4), numbers), method)
        });
        let raw: Vec<Raw> = raw.collect();
        assert_eq!(all(assembled(&raw, false)).unwrap(), members);
        assert_eq!(all(plain(assembled(&raw, false))).unwrap(), members);
        let mut turned = all(plain(assembled(&raw, true))).unwrap();
        turned.reverse();
        assert_eq!(turned, members);
    }
}

#[test]
fn many_small_members_are_opened_with_few_reads() {
    struct Calls(Vec<u8>, AtomicU64);

    impl ReadAt for Calls {
        fn len(&self) -> u64 {
            self.0.len() as u64
        }

        fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.as_slice().read_exact_at(offset, buffer)
        }
    }

    let array = array("<u4", "(16, 16)", &numbers(256, 7));
    for method in METHODS {
        let raw: Vec<Raw> = (0..2000).map(|i| Raw::of(&format!("layers.{i}.npy"), &array, method)).collect();
        let calls = Arc::new(Calls(assembled(&raw, false), AtomicU64::new(0)));
        let checkpoint = Checkpoint::open(Source::reader("calls", Arc::<Calls>::clone(&calls))).unwrap();
        assert_eq!(checkpoint.iter().count(), 2000);
        let opened = calls.1.load(Ordering::Relaxed);
        assert!(opened < 60, "{opened} reads");
        // and a tensor is one
        checkpoint.tensor("layers.1000").unwrap();
        assert_eq!(calls.1.load(Ordering::Relaxed), opened + 1);
    }
}

#[test]
fn every_bit_of_a_member() {
    let elements: Vec<u8> = (0..200u32).map(|i| (i * i % 7) as u8).collect();
    let array = array("<u4", "(50,)", &elements);
    for method in METHODS {
        let member = Raw::of("a.npy", &array, method);
        let file = assembled(std::slice::from_ref(&member), false);
        assert_eq!(all(file.clone()).unwrap()[0].1, elements);
        let start = 30 + "a.npy".len();
        for at in start..start + member.bytes.len() {
            for bit in 0..8 {
                let mut file = file.clone();
                file[at] ^= 1 << bit;
                for read in [all(file.clone()), all(plain(file))] {
                    // the last byte of a stream has bits that mean nothing
                    let idle = method == CompressionMethod::Deflated && at + 1 == start + member.bytes.len();
                    match read {
                        Ok(read) => assert!(idle && read[0].1 == elements, "bit {bit} of byte {at}: {method}"),
                        Err(CheckpointError::Container { problems, .. }) => {
                            let tensor = problems[0].tensor.as_deref().map(|name| name.trim_end_matches(".npy"));
                            assert_eq!((tensor, problems[0].offset), (Some("a"), Some(0)), "{problems:?}");
                        }
                        Err(other) => panic!("{other:?}"),
                    }
                }
            }
        }
    }
}

/// A file of which one byte comes out wrong.
struct Wrong(Arc<Vec<u8>>, AtomicU64);

impl ReadAt for Wrong {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        self.0.as_slice().read_exact_at(offset, buffer)?;
        let at = self.1.load(Ordering::Relaxed).checked_sub(offset).map(|at| at as usize);
        if let Some(byte) = at.and_then(|at| buffer.get_mut(at)) {
            *byte ^= 0x10;
        }
        Ok(())
    }
}

#[test]
fn damage_in_any_part_of_a_large_member() {
    let elements = numbers(5 << 19, 1);
    let array = array("<u4", "(5, 524288)", &elements);
    for method in METHODS {
        let member = Raw::of("a.npy", &array, method);
        let start = 30 + "a.npy".len() as u64;
        let end = start + member.bytes.len() as u64;
        let file = Arc::new(Wrong(Arc::new(assembled(&[member], false)), AtomicU64::new(u64::MAX)));
        let checkpoint = Checkpoint::open(Source::reader("wrong", Arc::<Wrong>::clone(&file))).unwrap();
        assert!(checkpoint.tensor("a").unwrap().as_bytes() == elements);
        let header = (array.len() - elements.len()) as u64;
        let mut places = vec![start + header, start + (5 << 20) + header, start + (17 << 19), end - 1];
        if method == CompressionMethod::Deflated {
            places = vec![start + 200, start + (end - start) / 2, end - 20];
        }
        for at in places {
            file.1.store(at, Ordering::Relaxed);
            let Err(CheckpointError::Container { problems, .. }) = checkpoint.tensor("a") else {
                panic!("byte {at}: {method}")
            };
            assert_eq!(
                (problems[0].kind, problems[0].tensor.as_deref()),
                (ProblemKind::Corrupt, Some("a")),
                "byte {at}"
            );
        }
        // once it comes out right, the tensor does too
        file.1.store(u64::MAX, Ordering::Relaxed);
        assert!(checkpoint.tensor("a").unwrap().as_bytes() == elements);
    }
}

#[test]
fn a_wrong_checksum_is_told_in_one_way() {
    // of a small member and of a large one, which are read as a whole, in parts, and piece by piece
    for elements in [numbers(100, 1), numbers(9 << 18, 2)] {
        let array = array("<u4", &format!("({},)", elements.len() / 4), &elements);
        for method in METHODS {
            let member = Raw::of("a.npy", &array, method);
            let (right, wrong) = (member.crc, member.crc ^ 1);
            let file = assembled(&[Raw { crc: wrong, ..member }], false);
            let wanted = format!(
                "`a`: the member's bytes are damaged: their CRC-32 is {right:08x}, and the file says {wrong:08x}; \
                 fetch the file again (byte 0)"
            );
            assert_eq!(damaged(file.clone()), wanted, "{method}");
            let checkpoint = Checkpoint::open(plain(file)).unwrap();
            let entry = checkpoint.get("a").unwrap();
            let pieces = entry.pieces(1000, |pieces| {
                while pieces.next()?.is_some() {}
                Ok::<_, CheckpointError>(())
            });
            let Err(CheckpointError::Container { problems, .. }) = pieces else { panic!("{method}: {pieces:?}") };
            assert_eq!(problems[0].to_string(), wanted, "{method}");
        }
    }
}

#[test]
fn deflated_members_from_several_threads() {
    let members: Vec<Raw> = (0..40)
        .map(|i| {
            let array = array("<u4", "(1000,)", &numbers(1000, i));
            Raw::of(&format!("{i}.npy"), &array, CompressionMethod::Deflated)
        })
        .collect();
    let checkpoint = Checkpoint::open(plain(assembled(&members, false))).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for i in 0..40 {
                    assert_eq!(checkpoint.tensor(&i.to_string()).unwrap().as_bytes(), numbers(1000, i));
                }
            });
        }
    });
}

#[test]
fn bytes_behind_a_deflated_stream() {
    // peer: Python, MLX and the `zip` crate stop at the end of the stream
    let array = array("<u4", "(100,)", &numbers(100, 5));
    let member = Raw::of("a.npy", &array, CompressionMethod::Deflated);
    let imitated = [member.crc.to_le_bytes(), member.size.to_le_bytes()].concat();
    for hidden in [&[0][..], b"a second model", &imitated, &[&imitated, &b"a second model"[..]].concat()] {
        let mut member = member.clone();
        member.bytes.extend(hidden);
        let text = damaged(assembled(&[member], false));
        assert!(text.contains("after the end"), "{text}");
    }
}

/// The header of an array of 56 bytes, as long as numpy makes it.
fn header_of_128_bytes(descr: &str) -> Vec<u8> {
    let dictionary = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (14,), }}");
    let header = npy(&format!("{dictionary:<117}\n"), &[]);
    assert_eq!(header.len(), 128);
    header
}

/// A deflated stream of one block with fixed codes: literals, and then a match of 56 bytes at this distance.
fn literals_and_match(literals: &[u8], distance: u32) -> Vec<u8> {
    let (mut bytes, mut count) = (Vec::new(), 0usize);
    let mut put = |value: u32, length: usize| {
        for bit in 0..length {
            if count.is_multiple_of(8) {
                bytes.push(0);
            }
            *bytes.last_mut().unwrap() |= ((value >> bit & 1) as u8) << (count % 8);
            count += 1;
        }
    };
    // codes are written from their highest bit on, other numbers from their lowest
    let code = |code: u32, length: usize| code.reverse_bits() >> (32 - length);
    put(1, 1);
    put(1, 2);
    for &byte in literals {
        match u32::from(byte) {
            byte @ ..144 => put(code(0x30 + byte, 8), 8),
            byte => put(code(0x190 + byte - 144, 9), 9),
        }
    }
    // the lengths 51 to 58, and the distances 97 to 128, and 129 to 192
    put(code(275 - 256, 7), 7);
    put(56 - 51, 3);
    let (symbol, least, extra) = match distance {
        97..=128 => (13, 97, 5),
        129..=192 => (14, 129, 6),
        _ => panic!("no distance of this test: {distance}"),
    };
    put(code(symbol, 5), 5);
    put(distance - least, extra);
    put(0, 7);
    bytes
}

#[test]
fn a_distance_in_front_of_a_deflated_stream() {
    // peer: zlib refuses it, and so do Python and the `zip` crate; libdeflate takes it where anything is in front
    let header = header_of_128_bytes("<u4");
    let member = |distance: u32, elements: &[u8]| {
        let bytes = literals_and_match(&header, distance);
        let array = [&header, elements].concat();
        Raw { bytes, ..Raw::of("a.npy", &array, CompressionMethod::Deflated) }
    };
    // back to the first byte of all
    let elements = &header[..56];
    for source in [assembled(&[member(128, elements)], false).into(), plain(assembled(&[member(128, elements)], false))]
    {
        assert_eq!(all(source).unwrap()[0].1, elements);
    }
    // a byte in front of it, and so far in front that all of it could be zeros that a reader has there
    for distance in [129, 184, 192] {
        let before = (distance - 128).min(56) as usize;
        let elements = [vec![0; before], header[..56 - before].to_vec()].concat();
        let text = damaged(assembled(&[member(distance, &elements)], false));
        assert!(text.contains("distance"), "{distance}: {text}");
    }
}

#[test]
fn a_header_that_is_another_one_when_its_elements_are_read() {
    struct Replaced([Vec<u8>; 2], AtomicU64);

    impl ReadAt for Replaced {
        fn len(&self) -> u64 {
            self.0[0].len() as u64
        }

        fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
            self.0[self.1.load(Ordering::Relaxed) as usize].as_slice().read_exact_at(offset, buffer)
        }
    }

    // the checksum of both files is that of the second one, which opening does not compare
    let second = header_of_128_bytes("<i4");
    let array = [&second[..], &second[..56]].concat();
    let files = ["<u4", "<i4"].map(|descr| {
        let bytes = literals_and_match(&header_of_128_bytes(descr), 128);
        assembled(&[Raw { bytes, ..Raw::of("a.npy", &array, CompressionMethod::Deflated) }], false)
    });
    assert_eq!(all(files[1].clone()).unwrap()[0].1, second[..56]);
    let file = Arc::new(Replaced(files, AtomicU64::new(0)));
    let checkpoint = Checkpoint::open(Source::reader("replaced", Arc::<Replaced>::clone(&file))).unwrap();
    file.1.store(1, Ordering::Relaxed);
    let Err(CheckpointError::Container { problems, .. }) = checkpoint.tensor("a") else { panic!("not refused") };
    assert_eq!(problems[0].kind, ProblemKind::Corrupt);
    assert!(problems[0].message.contains("when the archive was opened"), "{}", problems[0].message);
}

#[test]
fn a_deflated_stream_that_does_not_end() {
    let array = array("<u4", "(100,)", &numbers(100, 5));
    let mut member = Raw::of("a.npy", &array, CompressionMethod::Deflated);
    // the only block says that another one follows
    member.bytes[0] ^= 1;
    let text = damaged(assembled(&[member], false));
    assert!(text.contains("no end"), "{text}");
}

#[test]
fn a_deflated_stream_of_another_length() {
    // peer: numpy reads what the header says, and no more
    for (shape, kind) in [("(99,)", ProblemKind::Unaccounted), ("(101,)", ProblemKind::Truncated)] {
        let array = array("<u4", shape, &numbers(100, 5));
        refused(assembled(&[Raw::of("a.npy", &array, CompressionMethod::Deflated)], false), kind, Some("a.npy"), 0);
    }
    // and where the archive agrees with the header, the stream does not
    for shape in ["(99,)", "(101,)"] {
        let array = array("<u4", shape, &numbers(100, 5));
        let mut member = Raw::of("a.npy", &array, CompressionMethod::Deflated);
        member.size = if shape == "(99,)" { member.size - 4 } else { member.size + 4 };
        damaged(assembled(&[member], false));
    }
    // nor do zeros of fresh memory make up for what a stream does not give, whatever the checksum says
    let short = Raw::of("a.npy", &array("<u4", "(101,)", &numbers(100, 5)), CompressionMethod::Deflated);
    let zeros = [numbers(100, 5), vec![0; 4]].concat();
    let long = Raw::of("a.npy", &array("<u4", "(101,)", &zeros), CompressionMethod::Deflated);
    damaged(assembled(&[Raw { bytes: short.bytes, ..long }], false));
}

#[test]
fn extra_fields_in_front_of_a_member() {
    let array = array("<u4", "(100,)", &numbers(100, 5));
    let field =
        |id: u16, content: &[u8]| [&id.to_le_bytes()[..], &(content.len() as u16).to_le_bytes(), content].concat();
    for method in METHODS {
        let member = Raw::of("a.npy", &array, method);
        let (size, packed) = (u64::from(member.size), member.bytes.len() as u64);
        let sizes = |size: u64, packed: u64| field(1, &[size.to_le_bytes(), packed.to_le_bytes()].concat());
        let with = |extra: Vec<u8>, sizes| assembled(&[Raw { extra, sizes, ..member.clone() }], false);
        let long = Some((u32::MAX, u32::MAX));
        // as numpy writes it; as a writer that aligns does; and what only the `zip` crate knows
        for file in [
            with(sizes(size, packed), long),
            with([sizes(size, packed), field(0xa11e, &[64, 0, 0, 0])].concat(), long),
            with(field(0xa11e, &[64, 0, 0, 0, 0]), None),
            with(field(0x5455, &[1, 0, 0, 0, 0]), None),
            with(vec![0; 3], None),
        ] {
            assert_eq!(all(file).unwrap()[0].1, numbers(100, 5));
        }
        for (what, file) in [
            ("another size", with(sizes(size + 1, packed), long)),
            ("another packed size", with(sizes(size, packed + 1), long)),
            ("no long sizes", with(Vec::new(), long)),
            ("zeros", with(Vec::new(), Some((0, 0)))),
            ("another name", with(field(0x7075, b"\x01\0\0\0\0b.npy"), None)),
            ("padding without its number", with(field(0xa11e, &[64]), None)),
            ("a field beyond the others", with([1, 0, 16, 0, 0].to_vec(), long)),
        ] {
            let problems = problems(file);
            let found = (problems[0].kind, problems[0].tensor.as_deref(), problems[0].offset);
            assert_eq!(found, (ProblemKind::Header, Some("a.npy"), Some(0)), "{what}: {problems:?}");
        }
    }
}

#[test]
fn times_and_flags_that_contradict_the_directory() {
    for (at, bytes) in [(6usize, [8, 0]), (10, [1, 0]), (12, [34, 0]), (18, [1, 2])] {
        let mut file = one(&ordinary());
        patch(&mut file, LOCAL, at, &bytes);
        refused(file, ProblemKind::Header, Some("a.npy"), 0);
    }
}
