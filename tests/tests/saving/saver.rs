//! What `Saver` writes: read back bit for bit, looked at by hand, and never half.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use half::{bf16, f16};
use safetensors::SafeTensors;
use wb::{
    AnyTensor, Checkpoint, Complex64, DType, Loader, Module, Parameter, ParameterError, SaveError, Saver, Tensor, View,
    WriteError,
};
use weighbridge_tests::layers::{Linear, full};
use weighbridge_tests::llama::{Llama, Tiny};
use weighbridge_tests::{contents, fixture};

/// A tensor of every dtype that a Rust type has, in an order that no writer would choose.
#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Every {
    #[param(shape = [3])]
    z_u8: Tensor<u8>,
    #[param(shape = [3])]
    f64: Tensor<f64>,
    #[param(shape = [3])]
    bool: Tensor<bool>,
    #[param(shape = [1, 3])]
    c64: Tensor<Complex64>,
    #[param(shape = [3])]
    i8: Tensor<i8>,
    #[param(shape = [3])]
    i64: Tensor<i64>,
    #[param(shape = [3])]
    bf16: Tensor<bf16>,
    #[param(shape = [0, 3])]
    empty: Tensor<f32>,
    #[param(shape = [3])]
    u16: Tensor<u16>,
    #[param]
    scalar: i32,
    #[param(shape = [3])]
    u64: Tensor<u64>,
    #[param(shape = [3])]
    f16: Tensor<f16>,
    #[param(shape = [3])]
    u32: Tensor<u32>,
    #[param(shape = [3])]
    i16: Tensor<i16>,
    #[param(shape = [3, 1])]
    a_f32: Tensor<f32>,
}

fn every() -> Every {
    fn three<T: wb::Element, const RANK: usize>(shape: [usize; RANK], elements: [T; 3]) -> Tensor<T> {
        Tensor::new(shape, elements.to_vec()).unwrap()
    }
    Every {
        z_u8: three([3], [0, 1, 255]),
        f64: three([3], [f64::MIN_POSITIVE, -0.0, f64::INFINITY]),
        bool: three([3], [true, false, true]),
        c64: three([1, 3], [Complex64::new(1.0, -2.0), Complex64::new(0.5, 0.0), Complex64::new(0.0, f32::MAX)]),
        i8: three([3], [-128, 0, 127]),
        i64: three([3], [i64::MIN, 0, i64::MAX]),
        bf16: three([3], [bf16::MAX, bf16::EPSILON, bf16::NEG_ONE]),
        empty: Tensor::zeros([0, 3]),
        u16: three([3], [0, 1, u16::MAX]),
        scalar: -5,
        u64: three([3], [0, 1, u64::MAX]),
        f16: three([3], [f16::MAX, f16::EPSILON, f16::NEG_ONE]),
        u32: three([3], [0, 1, u32::MAX]),
        i16: three([3], [i16::MIN, 0, i16::MAX]),
        a_f32: three([3, 1], [f32::MIN_POSITIVE, -0.0, 0.1]),
    }
}

/// The names in a directory.
fn listing(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn bit_for_bit() {
    let scratch = tempfile::tempdir().unwrap();
    for name in ["every.safetensors", "every.npz"] {
        let path = scratch.path().join(name);
        every().save_weights(&path).unwrap();
        let loaded = Every::from_weights(&path).unwrap();
        assert!(contents(&loaded) == contents(&every()), "{name}");
    }
}

#[test]
fn odd_numbers_survive() {
    // the bits of a NaN, and of a negative zero
    let elements: Vec<f32> = [0x7fc0_1234, 0xffa0_0001, 0x8000_0000].map(f32::from_bits).into();
    let linear = Linear::<1, 3> {
        weight: Tensor::new([3, 1], elements.clone()).unwrap(),
        bias: Tensor::new([3], elements).unwrap(),
    };
    let scratch = tempfile::tempdir().unwrap();
    for name in ["nan.safetensors", "nan.npz"] {
        let path = scratch.path().join(name);
        linear.save_weights(&path).unwrap();
        assert!(contents(&Linear::<1, 3>::from_weights(&path).unwrap()) == contents(&linear), "{name}");
    }
}

#[test]
fn the_reference_reader_reads_it() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("every.safetensors");
    Saver::new().metadata("format", "pt").save(&every(), &path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let theirs = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(theirs.len(), contents(&every()).len());
    for (name, dtype, shape, elements) in contents(&every()) {
        let tensor = theirs.tensor(&name).unwrap();
        assert_eq!((tensor.dtype().to_string(), tensor.shape()), (dtype.to_string(), &shape[..]), "{name}");
        assert!(tensor.data() == elements, "{name}");
    }
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    assert_eq!(header.metadata().as_ref().unwrap()["format"], "pt");
}

#[test]
fn safetensors_are_aligned() {
    let scratch = tempfile::tempdir().unwrap();
    for salt in 0..8 {
        // names of every length, so that the header ends at every byte if it is not padded
        let module = BTreeMap::from([("n".repeat(salt + 1), every())]);
        let path = scratch.path().join("every.safetensors");
        module.save_weights(&path).unwrap();
        let bytes = fs::read(&path).unwrap();
        let header = u64::from_le_bytes(*bytes.first_chunk().unwrap());
        assert_eq!((8 + header) % 8, 0);
        let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + header as usize]).unwrap();
        for (name, tensor) in header.as_object().unwrap() {
            let start = tensor["data_offsets"][0].as_u64().unwrap();
            let dtype: DType = tensor["dtype"].as_str().unwrap().parse().unwrap();
            assert_eq!(start % dtype.alignment() as u64, 0, "{name}");
        }
    }
}

#[test]
fn safetensors_are_in_order_and_always_the_same() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("every.safetensors");
    let saver = ["format", "b", "a", "license", "author"].into_iter().fold(Saver::new(), |saver, key| {
        // a hash map would write these in another order each time
        saver.metadata(key, "pt")
    });
    saver.save(&every(), &path).unwrap();
    let once = fs::read(&path).unwrap();
    for _ in 0..8 {
        saver.save(&every(), &path).unwrap();
        assert!(fs::read(&path).unwrap() == once);
    }
    let checkpoint = Checkpoint::open(&path).unwrap();
    let saved: Vec<_> = checkpoint.iter().map(|entry| (entry.name().to_owned(), entry.dtype().alignment())).collect();
    let mut wanted: Vec<_> =
        contents(&every()).into_iter().map(|(path, dtype, ..)| (path, dtype.alignment())).collect();
    // within one alignment the order of the schema
    wanted.sort_by_key(|(_, alignment)| std::cmp::Reverse(*alignment));
    assert_eq!(saved, wanted);
}

#[test]
fn npz_is_aligned_and_in_order() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("every.npz");
    every().save_weights(&path).unwrap();
    let mut archive = zip::ZipArchive::new(fs::File::open(&path).unwrap()).unwrap();
    let bytes = fs::read(&path).unwrap();
    let mut starts = Vec::new();
    for (index, (name, ..)) in contents(&every()).into_iter().enumerate() {
        let member = archive.by_index(index).unwrap();
        assert_eq!(member.name().unwrap(), format!("{name}.npy"));
        assert_eq!(member.compression(), zip::CompressionMethod::Stored);
        let start = member.data_start().unwrap() as usize;
        assert_eq!(bytes[start..start + 8], *b"\x93NUMPY\x01\x00");
        let header = 10 + usize::from(u16::from_le_bytes([bytes[start + 8], bytes[start + 9]]));
        assert_eq!(((start + header) % 64, bytes[start + header - 1]), (0, b'\n'), "{name}");
        starts.push(start);
    }
    assert!(starts.is_sorted() && archive.len() == starts.len());
    // as numpy writes it
    let text = String::from_utf8_lossy(&bytes);
    for dictionary in [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (), }",
        "{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<V2', 'fortran_order': False, 'shape': (3,), }",
    ] {
        assert!(text.contains(dictionary), "{dictionary}");
    }
}

#[test]
fn keys_that_a_file_cannot_hold() {
    let scratch = tempfile::tempdir().unwrap();
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Scalar(#[param] f32);

    for (key, path) in [("", ".0"), ("a..b", "a..b.0"), ("a\0b", "a\0b.0"), (".", "..0")] {
        for file in ["map.safetensors", "map.npz"] {
            let map = BTreeMap::from([(key.to_owned(), Scalar(1.0)), ("good".to_owned(), Scalar(2.0))]);
            match map.save_weights(scratch.path().join(file)) {
                Err(SaveError::Write(WriteError::Name { name: said, .. })) => assert_eq!(said, path),
                other => panic!("{key:?}: {other:?}"),
            }
        }
    }
    assert!(listing(scratch.path()).is_empty());
    // safetensors keeps `__metadata__` for itself, and only as a whole name; a field of that name does not compile
    let path = scratch.path().join("map.safetensors");
    BTreeMap::from([("__metadata__".to_owned(), Scalar(1.0))]).save_weights(&path).unwrap();
    let again = BTreeMap::<String, Scalar>::from_weights(&path).unwrap();
    assert_eq!(again["__metadata__"].0, 1.0);
}

#[test]
fn metadata_is_kept_and_given() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("llama.safetensors");
    let loaded = Loader::new().load::<Llama<Tiny, bf16>>(fixture("llama")).unwrap();
    let theirs = loaded.checkpoint.metadata().clone();
    assert_eq!(theirs["format"], "pt");
    loaded.save_weights(&path).unwrap();
    let again = Checkpoint::open(&path).unwrap();
    assert_eq!(*again.metadata(), theirs);
    assert_eq!(contents(&Llama::<Tiny, bf16>::from_weights(again).unwrap()), contents(&loaded.module));
    // more of it, and other values: the last word counts
    let saver = Saver::new().metadata_of(&loaded.checkpoint).metadata("format", "mlx").metadata("by", "\"hand\"\n");
    saver.save(&loaded.module, &path).unwrap();
    let metadata = Checkpoint::open(&path).unwrap().metadata().clone();
    assert_eq!((&*metadata["format"], &*metadata["by"]), ("mlx", "\"hand\"\n"));
    // the module alone knows of none
    loaded.module.save_weights(&path).unwrap();
    assert!(Checkpoint::open(&path).unwrap().metadata().is_empty());
    // npz has no place for it
    let npz = scratch.path().join("llama.npz");
    assert!(matches!(
        Saver::new().metadata("a", "b").save(&loaded.module, &npz),
        Err(SaveError::Write(WriteError::Metadata))
    ));
    assert!(!npz.exists());
}

#[test]
fn dtypes_that_a_format_lacks() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct One {
        #[param(shape = [2])]
        a: AnyTensor,
    }
    let scratch = tempfile::tempdir().unwrap();
    let one = |dtype: DType| One { a: AnyTensor::new(dtype, [2], &vec![0; dtype.size_of(2).unwrap()]).unwrap() };
    for (dtype, file, format) in [(DType::V2, "a.safetensors", "safetensors"), (DType::F4, "a.npz", "npz")] {
        match one(dtype).save_weights(scratch.path().join(file)).unwrap_err() {
            SaveError::Write(WriteError::DType { name: path, dtype: said, format: which }) => {
                assert_eq!((&*path, said, which), ("a", dtype, format))
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(listing(scratch.path()).is_empty());
    // every other there and back, packed ones too
    for &dtype in DType::ALL {
        if [DType::V1, DType::V2].contains(&dtype) || dtype.size_of(2).is_none() {
            continue;
        }
        let path = scratch.path().join("a.safetensors");
        one(dtype).save_weights(&path).unwrap();
        assert_eq!(One::from_weights(&path).unwrap().a.dtype(), dtype);
    }
}

#[cfg(unix)]
#[test]
fn the_mode_of_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = tempfile::tempdir().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let ordinary = scratch.path().join("ordinary");
    fs::write(&ordinary, "").unwrap();
    for name in ["a.safetensors", "a.npz"] {
        let path = scratch.path().join(name);
        every().save_weights(&path).unwrap();
        assert_eq!(mode(&path), mode(&ordinary), "a new file is like any other of the user's: {name}");
        for kept in [0o600, 0o664] {
            fs::set_permissions(&path, fs::Permissions::from_mode(kept)).unwrap();
            every().save_weights(&path).unwrap();
            assert_eq!(mode(&path), kept, "an existing one keeps its own: {name}");
        }
    }
    assert_eq!(listing(scratch.path()), ["a.npz", "a.safetensors", "ordinary"]);
}

#[test]
fn over_the_file_that_it_came_from() {
    let scratch = tempfile::tempdir().unwrap();
    for name in ["model.safetensors", "model.npz"] {
        let path = scratch.path().join(name);
        Linear::<64, 64>::full(1.0).save_weights(&path).unwrap();
        let mut loaded = Loader::new().load::<Linear<64, 64>>(&path).unwrap();
        loaded.module.bias = full([64], 2.0);
        loaded.save_weights(&path).unwrap();
        let again = Linear::<64, 64>::from_weights(&path).unwrap();
        assert_eq!((again.weight, again.bias), (full([64, 64], 1.0), full([64], 2.0)));
        assert_eq!(listing(scratch.path()), [name]);
        fs::remove_file(path).unwrap();
    }
}

/// A tensor on a device that does not answer.
#[derive(Debug)]
struct Lost;

impl Parameter for Lost {
    const DTYPES: &'static [DType] = &[DType::F32];

    fn from_tensor(_: AnyTensor, _: &wb::Devices) -> Result<Self, ParameterError> {
        Ok(Lost)
    }

    fn view(&self) -> View<'_> {
        View::deferred(DType::F32, [2], || Err(ParameterError::new("the device does not answer")))
    }
}

#[test]
fn a_failure_leaves_the_file_as_it_was() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [2])]
        here: Tensor<f32>,
        #[param(shape = [2])]
        lost: Lost,
    }
    let scratch = tempfile::tempdir().unwrap();
    for name in ["model.safetensors", "model.npz"] {
        let path = scratch.path().join(name);
        fs::write(&path, "as it was").unwrap();
        match (Model { here: full([2], 1.0), lost: Lost }).save_weights(&path).unwrap_err() {
            SaveError::Parameter { path, source } => {
                assert_eq!((&*path, &*source.to_string()), ("lost", "the device does not answer"))
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(fs::read(&path).unwrap(), b"as it was");
    }
    assert_eq!(listing(scratch.path()), ["model.npz", "model.safetensors"]);
}

#[test]
fn places_that_cannot_be_written() {
    let scratch = tempfile::tempdir().unwrap();
    // a directory of the file's name, and a directory that is not there
    for name in ["model.safetensors", "model.npz"] {
        let directory = scratch.path().join(name);
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("kept"), "").unwrap();
        assert!(matches!(every().save_weights(&directory), Err(SaveError::Write(WriteError::Io { .. }))));
        match every().save_weights(scratch.path().join("absent").join(name)).unwrap_err() {
            SaveError::Write(WriteError::Io { path, source }) => {
                assert!(path.ends_with(name));
                assert_eq!(source.kind(), std::io::ErrorKind::NotFound);
            }
            other => panic!("{other:?}"),
        }
        assert!(directory.join("kept").exists());
    }
    assert_eq!(listing(scratch.path()), ["model.npz", "model.safetensors"]);
}

#[test]
fn a_view_that_lies() {
    // fewer bytes than its shape says: an error, and no file that nobody can read
    #[derive(Debug)]
    struct Liar;
    impl Parameter for Liar {
        const DTYPES: &'static [DType] = &[DType::F32];
        fn from_tensor(_: AnyTensor, _: &wb::Devices) -> Result<Self, ParameterError> {
            Ok(Liar)
        }
        fn view(&self) -> View<'_> {
            View::new(DType::F32, [3], vec![0; 8])
        }
    }
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [3])]
        liar: Liar,
    }
    let scratch = tempfile::tempdir().unwrap();
    for name in ["model.safetensors", "model.npz"] {
        assert!(Model { liar: Liar }.save_weights(scratch.path().join(name)).is_err(), "{name}");
    }
    assert!(listing(scratch.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn a_path_without_a_directory() {
    // relative to where the program runs; nothing else here depends on that
    let scratch = tempfile::tempdir().unwrap();
    let before = std::env::current_dir().unwrap();
    std::env::set_current_dir(scratch.path()).unwrap();
    let saved = every().save_weights("model.npz");
    let names = listing(Path::new("."));
    std::env::set_current_dir(before).unwrap();
    saved.unwrap();
    assert_eq!(names, ["model.npz"]);
}
