//! Large tensors whose elements lie otherwise in the file.

use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use half::bf16;
use wb::{Cast, DType, LoadError, Loader, Module, ProblemKind, ReadAt, Source, Tensor};
use weighbridge_tests::files::{raw_safetensors, safetensors};

use super::elements;

const ROWS: usize = 400;
const COLUMNS: usize = 8192;
const SIDE: usize = 4608;

/// Rows of these are read in halves, but not in thirds.
const BYTES: [usize; 2] = [900, 20_480];
/// Rows of these are read as they are.
const NARROW: [usize; 2] = [2400, 4096];

/// 12.5 MiB that are transposed, 14 MiB of two joined side by side, and one of bf16 that is transposed and cast to 12.5 MiB; and
/// matrices with rows that are not worth a cut.
#[derive(Debug, Module)]
#[module(crate = wb)]
struct Moved {
    #[param(shape = [COLUMNS, ROWS], from = transpose)]
    turned: Tensor<f32>,
    #[param(shape = [ROWS, 2 * SIDE], from = concat(dim = 1, "left", "right"))]
    joined: Tensor<f32>,
    #[param(shape = [COLUMNS, ROWS], from = transpose)]
    cast: Tensor<f32>,
    #[param(shape = [BYTES[1], BYTES[0]], from = transpose)]
    bytes: Tensor<u8>,
    #[param(shape = [NARROW[1], NARROW[0]], from = transpose)]
    narrow: Tensor<u8>,
}

fn byte(index: usize) -> u8 {
    (index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

/// A file that counts the bytes that are read, and fails where it is told to.
struct Counted {
    bytes: Vec<u8>,
    read: AtomicU64,
    broken: Option<u64>,
}

impl ReadAt for Counted {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.read.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        if self.broken.is_some_and(|at| (offset..offset + buffer.len() as u64).contains(&at)) {
            return Err(io::Error::other("it cannot be read"));
        }
        ReadAt::read_exact_at(&self.bytes[..], offset, buffer)
    }
}

fn file(broken: Option<u64>) -> Arc<Counted> {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    Arc::new(Counted { bytes: MADE.get_or_init(make).clone(), read: AtomicU64::new(0), broken })
}

fn make() -> Vec<u8> {
    let halves: Vec<u8> = (0..ROWS * COLUMNS).flat_map(|i| bf16::from_f32((i % 251) as f32).to_le_bytes()).collect();
    let bytes = |[rows, columns]: [usize; 2]| (0..rows * columns).map(byte).collect::<Vec<u8>>();
    safetensors(&[
        ("turned", DType::F32, &[ROWS, COLUMNS], &elements(ROWS * COLUMNS, 1)),
        ("left", DType::F32, &[ROWS, SIDE], &elements(ROWS * SIDE, 2)),
        ("right", DType::F32, &[ROWS, SIDE], &elements(ROWS * SIDE, 3)),
        ("cast", DType::BF16, &[ROWS, COLUMNS], &halves),
        ("bytes", DType::U8, &BYTES, &bytes(BYTES)),
        ("narrow", DType::U8, &NARROW, &bytes(NARROW)),
    ])
}

fn source(file: &Arc<Counted>) -> Source {
    Source::reader("counted", Arc::clone(file) as Arc<dyn ReadAt>)
}

fn words(len: usize, seed: u32) -> Vec<u32> {
    elements(len, seed).as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect()
}

#[test]
fn threads_share_a_tensor_that_moves() {
    let file = file(None);
    let loader = Loader::new().cast(Cast::Lossless);
    loader.check::<Moved>(source(&file)).unwrap();
    let (turned, left, right) = (words(ROWS * COLUMNS, 1), words(ROWS * SIDE, 2), words(ROWS * SIDE, 3));
    for threads in [1, 2, 3] {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&seen);
        let loader = loader.clone().threads(threads).progress(move |progress| {
            into.lock().unwrap().push(progress.bytes_read);
            ControlFlow::Continue(())
        });
        file.read.store(0, Ordering::Relaxed);
        let moved = loader.load::<Moved>(source(&file)).unwrap().module;
        let at = |tensor: &Tensor<f32>, index: usize| tensor.as_slice()[index].to_bits();
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                let (here, there) = (row * COLUMNS + column, column * ROWS + row);
                assert_eq!(at(&moved.turned, there), turned[here], "{threads} threads: {row}, {column}");
                assert_eq!(
                    at(&moved.cast, there),
                    ((here % 251) as f32).to_bits(),
                    "{threads} threads: {row}, {column}"
                );
            }
            let joined = &moved.joined.as_slice()[row * (2 * SIDE)..][..2 * SIDE];
            let wanted = left[row * SIDE..][..SIDE].iter().chain(&right[row * SIDE..][..SIDE]);
            assert!(joined.iter().map(|x| x.to_bits()).eq(wanted.copied()), "{threads} threads: {row}");
        }
        for ([rows, columns], tensor) in [(BYTES, &moved.bytes), (NARROW, &moved.narrow)] {
            let wanted = (0..columns).flat_map(|column| (0..rows).map(move |row| byte(row * columns + column)));
            assert!(wanted.eq(tensor.as_slice().iter().copied()), "{threads} threads: {rows} by {columns}");
        }
        // all are read once; in two jobs, but for the narrow one
        let tensors = file.bytes.len() as u64;
        let read = file.read.load(Ordering::Relaxed);
        assert!((tensors - 1000..tensors + 1000).contains(&read), "{read} bytes of a file of {tensors}");
        let seen = seen.lock().unwrap();
        let total = 4 * ROWS * (COLUMNS + 2 * SIDE) + 2 * ROWS * COLUMNS + BYTES[0] * BYTES[1] + NARROW[0] * NARROW[1];
        assert_eq!((seen.len(), *seen.last().unwrap()), (9, total as u64));
    }
}

#[test]
fn the_first_error_in_what_moves() {
    let good = file(None);
    let start = 8 + u64::from_le_bytes(*good.bytes.first_chunk().unwrap());
    let tensor = 4 * (ROWS * COLUMNS) as u64;
    let side = 4 * (ROWS * SIDE) as u64;
    for (broken, name) in
        [(start + tensor - 1, "turned"), (start + tensor + 5, "left"), (start + tensor + side + 9, "right")]
    {
        let file = file(Some(broken));
        for threads in [1, 2] {
            let loader = Loader::new().cast(Cast::Lossless).threads(threads);
            let error = loader.load::<Moved>(source(&file)).unwrap_err();
            let LoadError::Container { problems, .. } = error else { panic!("{error:?}") };
            assert_eq!((problems[0].kind, problems[0].tensor.as_deref()), (ProblemKind::Io, Some(name)));
        }
    }
}

/// A header, and zeros behind it up to this length.
struct Claimed(Vec<u8>, u64);

impl ReadAt for Claimed {
    fn len(&self) -> u64 {
        self.1
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        buffer.fill(0);
        let here = self.0.get(offset as usize..).unwrap_or_default();
        let count = here.len().min(buffer.len());
        buffer[..count].copy_from_slice(&here[..count]);
        Ok(())
    }
}

#[test]
fn more_than_memory_is_refused_before_it_is_cut() {
    // 2^50 bytes, more than a process can have addresses
    const SHAPES: [usize; 2] = [1 << 24, 1 << 24];
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Turned {
        #[param(shape = [SHAPES[1], SHAPES[0]], from = transpose)]
        a: Tensor<f32>,
    }
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Joined {
        #[param(shape = [SHAPES[0], SHAPES[1]], from = concat(dim = 1, "a", "b"))]
        c: Tensor<f32>,
    }
    let claimed = |names: &[&str], extents: [usize; 2]| {
        let each = 4 * extents[0] as u64 * extents[1] as u64;
        let entry = |(i, name): (u64, &&str)| {
            let [start, end] = [i * each, (i + 1) * each];
            format!(r#""{name}":{{"dtype":"F32","shape":{extents:?},"data_offsets":[{start},{end}]}}"#)
        };
        let header = format!("{{{}}}", (0..).zip(names).map(entry).collect::<Vec<_>>().join(","));
        let len = 8 + header.len() as u64 + names.len() as u64 * each;
        Source::reader("claimed", Arc::new(Claimed(raw_safetensors(&header, &[]), len)) as Arc<dyn ReadAt>)
    };
    let refused = |error: LoadError| {
        let LoadError::Container { problems, .. } = error else { panic!("{error:?}") };
        assert_eq!((problems[0].kind, problems[0].tensor.as_deref()), (ProblemKind::Limit, Some("a")));
        assert!(problems[0].message.starts_with("there is no memory for its "), "{}", problems[0].message);
    };
    refused(Loader::new().load::<Turned>(claimed(&["a"], SHAPES)).unwrap_err());
    refused(Loader::new().load::<Joined>(claimed(&["a", "b"], [SHAPES[0], SHAPES[1] / 2])).unwrap_err());
}
