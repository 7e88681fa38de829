//! Lists of assignments, right and wrong: one that does not fit the checkpoint is an error, and no read goes outside.

use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use weighbridge_checkpoint::read::{Assignment, Composed, Meter, Piece, ReadOptions, Tensors, fetch_one, read};
use weighbridge_checkpoint::{
    AnyTensor, Axis, Checkpoint, CheckpointError, DType, Limits, OpenOptions, ProblemKind, ReadAt, Source, Strided,
    Tensor, TensorSpec, WriteError, WriteOptions, write,
};

/// `a` is `[2, 3]` with the numbers from 0 on, `b` has one number, `c` two truths, and `d` four halves of a byte.
fn checkpoint() -> Checkpoint {
    let numbers = Tensor::new([2, 3], (0..6).map(|n| n as f32).collect()).unwrap();
    let halves = AnyTensor::new(DType::F4, [4], &[0x21, 0x43]).unwrap();
    Checkpoint::open([
        ("a", AnyTensor::from(numbers)),
        ("b", AnyTensor::from(Tensor::new([1], vec![7_i64]).unwrap())),
        ("c", AnyTensor::from(Tensor::new([2], vec![true, false]).unwrap())),
        ("d", halves),
    ])
    .unwrap()
}

fn whole(entry: usize, dtype: DType) -> Assignment {
    Assignment::Whole { entry, dtype, read_as: None, vector: false }
}

fn composed(dtype: DType, shape: &[usize], pieces: Vec<Piece>) -> Assignment {
    Assignment::Composed(Box::new(Composed { dtype, shape: shape.into(), vector: false, pieces }))
}

/// A run of elements of an entry, from `source` on, that goes to `target`.
fn run(entry: usize, steps: usize, source: usize, target: usize) -> Piece {
    Piece {
        entry,
        read_as: None,
        strided: Strided::new(&[Axis { steps, source: 1, target: 1 }], source, target).unwrap(),
    }
}

/// What a refused request says.
#[track_caller]
fn said<T>(result: Result<T, CheckpointError>) -> String {
    match result {
        Err(CheckpointError::Container { problems, .. }) if problems[0].kind == ProblemKind::Request => {
            problems[0].message.clone()
        }
        Err(other) => panic!("refused for another reason: {other}"),
        Ok(_) => panic!("not refused"),
    }
}

#[test]
fn a_list_that_fits_is_read() {
    let checkpoint = checkpoint();
    let columns = [Axis { steps: 2, source: 3, target: 1 }, Axis { steps: 3, source: 1, target: 2 }];
    let transpose = Piece { entry: 0, read_as: None, strided: Strided::new(&columns, 0, 0).unwrap() };
    let assignments = [
        Some(whole(0, DType::F64)),
        None,
        Some(composed(DType::F32, &[3, 2], vec![transpose])),
        Some(Assignment::Same(0)),
        Some(composed(DType::F32, &[7], vec![run(1, 1, 0, 6), run(0, 6, 0, 0)])),
    ];
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    let options = ReadOptions::new().threads(2).progress(move |progress| {
        into.lock().unwrap().push((progress.bytes_read, progress.bytes_total));
        ControlFlow::Continue(())
    });
    let mut tensors = read(&checkpoint, &assignments, &options).unwrap();
    let floats = |tensor: Option<AnyTensor>| Tensor::<f32>::try_from(tensor.unwrap()).unwrap().into_vec();
    assert_eq!(tensors.get(0).unwrap().as_bytes(), tensors.get(3).unwrap().as_bytes());
    assert_eq!(tensors.take(1), None);
    assert_eq!(floats(tensors.take(2)), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    assert_eq!(floats(tensors.take(4)), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0]);
    assert_eq!(seen.lock().unwrap().last(), Some(&(24 * 3 + 8, 24 * 3 + 8)));
}

#[test]
fn a_list_that_does_not_fit_is_refused_before_anything_is_read() {
    let checkpoint = checkpoint();
    let huge = Strided::new(&[Axis { steps: 2, source: usize::MAX / 2, target: 1 }], 0, 0).unwrap();
    for (assignment, why) in [
        (whole(4, DType::F32), "tensor 0 is to come from entry 4 of 4 tensors; correct its assignment"),
        (
            whole(2, DType::F32),
            "tensor 0 is to be F32, and `c` is BOOL, which cannot be cast to it, as an element of BOOL is no number; correct its assignment",
        ),
        (
            whole(0, DType::BOOL),
            "tensor 0 is to be BOOL, and `a` is F32, which cannot be cast to it, as an element of BOOL is no number; correct its assignment",
        ),
        (Assignment::Same(1), "tensor 0 is to share tensor 1 of 1 tensor; correct its assignment"),
        (
            composed(DType::F32, &[6], vec![run(9, 6, 0, 0)]),
            "tensor 0 is to come from entry 9 of 4 tensors; correct its assignment",
        ),
        (
            composed(DType::F32, &[6], vec![run(0, 6, 1, 0)]),
            "tensor 0 takes elements of `a` up to 7, and it has 6; correct its assignment",
        ),
        (
            composed(DType::F32, &[2], vec![Piece { entry: 0, read_as: None, strided: huge }]),
            &format!(
                "tensor 0 takes elements of `a` up to {}, and it has 6; correct its assignment",
                usize::MAX / 2 + 1
            ),
        ),
        (
            composed(DType::F32, &[6], vec![run(0, 6, 0, 1)]),
            "tensor 0 has elements up to 7, and [6] has 6; correct its assignment",
        ),
        (
            composed(DType::F32, &[6], vec![run(0, 5, 0, 0)]),
            "tensor 0 is [6], which has 6 elements, and its pieces have 5; correct its assignment",
        ),
        (
            composed(DType::F32, &[1], vec![]),
            "tensor 0 is [1], which has 1 element, and its pieces have 0; correct its assignment",
        ),
        (
            composed(DType::F4, &[2], vec![run(3, 2, 1, 0)]),
            "tensor 0 takes apart blocks of `d`, which have 2 elements each; correct its assignment",
        ),
        (
            composed(DType::F32, &[usize::MAX, 2], vec![run(0, 6, 0, 0)]),
            &format!("tensor 0 is [{}, 2], which has more elements than memory; correct its assignment", usize::MAX),
        ),
    ] {
        let assignments = [Some(assignment.clone())];
        assert_eq!(said(Tensors::of(&checkpoint, &assignments)), why);
        assert_eq!(said(read(&checkpoint, &assignments, &ReadOptions::new())), why);
        assert_eq!(said(fetch_one(&checkpoint, assignment, None)), why);
    }
}

#[test]
fn a_number_without_elements_of_its_own_is_refused() {
    let checkpoint = checkpoint();
    let assignments = [Some(whole(0, DType::F32)), None, Some(Assignment::Same(0))];
    let mut tensors = Tensors::of(&checkpoint, &assignments).unwrap();
    for number in [1, 2, 3, usize::MAX] {
        let why = format!(
            "tensor {number} is asked for, and the list has no elements of its own for it; fetch only what `in_order` lists"
        );
        assert_eq!(said(tensors.fetch(&[0, number], None, &Meter::new(None, 0))), why);
        assert_eq!((tensors.get(0), tensors.take(number)), (None, None));
    }
    assert_eq!(said(fetch_one(&checkpoint, Assignment::Same(0), None)).split(" is").next(), Some("tensor 0"));
    assert_eq!((tensors.in_order(), tensors.file_byte_len(&[0, 1, 2, 3])), (vec![0], 24));
    tensors.share(3, 0);
    tensors.share(1, 3);
    assert_eq!(tensors.memory().count(), 0);
}

/// A file whose elements cannot be read while it is `broken`.
struct Unsteady {
    file: Vec<u8>,
    broken: AtomicBool,
    read: AtomicU64,
}

impl ReadAt for Unsteady {
    fn len(&self) -> u64 {
        self.file.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(io::Error::other("the line is dead"));
        }
        self.read.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        self.file.as_slice().read_exact_at(offset, buffer)
    }
}

/// Writes these tensors, whose elements are their number.
fn written(path: &std::path::Path, options: &WriteOptions) -> Vec<std::path::PathBuf> {
    let specs: Vec<TensorSpec> = ["x", "y", "z"].iter().map(|name| TensorSpec::new(*name, DType::U8, [3])).collect();
    write::<WriteError>(path, &specs, options, |number, sink| sink.put(&[number as u8; 3])).unwrap()
}

#[test]
fn a_fetch_that_failed_can_be_made_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model.safetensors");
    written(&path, &WriteOptions::new());
    let file = std::fs::read(path).unwrap();
    let reader = Arc::new(Unsteady { file, broken: AtomicBool::new(false), read: AtomicU64::new(0) });
    let shared: Arc<dyn ReadAt> = reader.clone();
    let checkpoint = Source::reader("unsteady", shared).open(&OpenOptions::new()).unwrap();
    let assignments: Vec<_> = (0..3).map(|entry| Some(whole(entry, DType::U8))).collect();
    let mut tensors = Tensors::of(&checkpoint, &assignments).unwrap();
    let meter = Meter::new(None, 0);
    tensors.fetch(&[2], None, &meter).unwrap();
    reader.broken.store(true, Ordering::Relaxed);
    let error = tensors.fetch(&[0, 1], None, &meter).unwrap_err();
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "the line is dead");
    assert_eq!((tensors.get(0), tensors.get(1)), (None, None));
    reader.broken.store(false, Ordering::Relaxed);
    // a number twice, and one that is there already
    tensors.fetch(&[1, 1, 0, 2], None, &meter).unwrap();
    let bytes: Vec<u8> = (0..3).flat_map(|number| tensors.take(number).unwrap().as_bytes().to_vec()).collect();
    assert_eq!(bytes, [0, 0, 0, 1, 1, 1, 2, 2, 2]);
}

#[test]
fn options_do_what_they_say() {
    let directory = tempfile::tempdir().unwrap();
    let options = WriteOptions::new().metadata("format", "pt").max_shard_size(3);
    let files = written(directory.path(), &options);
    assert_eq!(files.len(), 4, "{files:?}");
    let opened = |options: &OpenOptions| Source::from(directory.path()).open(options);
    let checkpoint = opened(&OpenOptions::new()).unwrap();
    assert_eq!((checkpoint.file_count(), checkpoint.metadata()["format"].as_str()), (3, "pt"));
    let refused = opened(&OpenOptions::new().limits(Limits::new().shard_count(2))).unwrap_err().to_string();
    assert!(refused.contains("and the limit is 2; raise `Limits::shard_count`"), "{refused}");
    assert_eq!(TensorSpec::from(checkpoint.entry(1)), TensorSpec::new("y", DType::U8, [3]));
}

#[test]
fn a_fetch_that_failed_leaves_nothing() {
    let header = r#"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"y":{"dtype":"BOOL","shape":[1],"data_offsets":[1,2]}}"#;
    let file = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[1, 2]].concat();
    let checkpoint = Checkpoint::open(file).unwrap();
    let assignments = [Some(whole(0, DType::U8)), Some(whole(1, DType::BOOL))];
    let mut tensors = Tensors::of(&checkpoint, &assignments).unwrap();
    // `x` is used in place, and `y` has a byte that no BOOL has
    assert!(tensors.fetch(&[0, 1], None, &Meter::new(None, 0)).is_err());
    assert_eq!((tensors.get(0), tensors.get(1)), (None, None));
    tensors.fetch(&[0], None, &Meter::new(None, 0)).unwrap();
    assert_eq!(tensors.take(0).unwrap().as_bytes(), [1]);
}
