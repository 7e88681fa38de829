//! The structs that `generate` writes for each library compile, load the file that they were made from, save it again as it was,
//! and refuse every other. `GENERATED=rewrite` writes the code again. A new case begins as `pub type Model = ();`, which compiles.

use std::fs;
use std::path::Path;

use weighbridge::lock::Lock;
use weighbridge::{Checkpoint, DType, Loader, Module};
use weighbridge_library_tests::{assert_is_the_file, fixture};
use weighbridge_tools::generate::{Library, Options, generate};

/// One test for each: its name, the struct's name, the library, and the checkpoint.
macro_rules! cases {
    ($($name:ident: $root:ident, $library:ident = $source:expr;)*) => {$(
        mod $name {
            // generated for users, who may need all of it
            #![allow(dead_code, missing_docs, unreachable_pub, unused_imports)]
            use burn_core as burn;
            include!(concat!("generated/", stringify!($name), ".rs"));
        }

        #[test]
        fn $name() {
            let checkpoint: Checkpoint = $source;
            kept(stringify!($name), stringify!($root), Library::$library, &checkpoint);
            refuses_others::<$name::$root>(&checkpoint);
            round_trip::<$name::$root>(&checkpoint);
        }
    )*};
}

cases! {
    candle_llama: Llama, Candle = open("llama");
    candle_gpt2: Gpt2, Candle = open("gpt2");
    candle_resnet: ResNet, Candle = open("resnet");
    candle_floats: Floats, Candle = dtypes(is_float);
    candle_integers: Integers, Candle = dtypes(|dtype| !is_float(dtype));
    candle_gguf: Llama, Candle = Checkpoint::open(fixture("gguf/llama-q8_0.gguf")).unwrap();
    burn_llama: Llama, Burn = open("llama");
    burn_gpt2: Gpt2, Burn = open("gpt2");
    burn_resnet: ResNet, Burn = open("resnet");
    burn_floats: Floats, Burn = dtypes(is_float);
    burn_integers: Integers, Burn = dtypes(|dtype| !is_float(dtype));
    ndarray_llama: Llama, Ndarray = open("llama");
    ndarray_gpt2: Gpt2, Ndarray = open("gpt2");
    ndarray_resnet: ResNet, Ndarray = open("resnet");
    ndarray_floats: Floats, Ndarray = dtypes(is_float);
    ndarray_integers: Integers, Ndarray = dtypes(|dtype| !is_float(dtype));
}

fn open(name: &str) -> Checkpoint {
    Checkpoint::open(fixture(name).join("model.safetensors")).unwrap()
}

type Line = (String, DType, Vec<usize>);

/// Whether the elements of a dtype are floats. Complex numbers are, and bytes without a type are not.
fn is_float(dtype: DType) -> bool {
    ["F", "BF", "C"].iter().any(|kind| dtype.name().starts_with(kind))
}

/// Every dtype of a kind, of ranks that libraries have a type for and of others, in lists, and of a size that none can have.
fn dtypes(is_of_kind: fn(DType) -> bool) -> Checkpoint {
    let mut lines: Vec<Line> = vec![("large".to_owned(), DType::F32, vec![0, 1 << 40, 1 << 40])];
    for &dtype in DType::ALL.iter().filter(|dtype| !dtype.is_quantised() && is_of_kind(**dtype)) {
        let shapes: [&[usize]; 5] = [&[], &[8], &[4, 8], &[0, 8], &[1, 1, 1, 1, 1, 1, 8]];
        for (number, shape) in shapes.into_iter().enumerate().filter(|(number, _)| *number > 0 || !dtype.shares_bytes())
        {
            let name = dtype.name().to_lowercase();
            lines.push((format!("{name}.rank{number}"), dtype, shape.to_vec()));
            lines.push((format!("{name}.list{number}.0"), dtype, shape.to_vec()));
            lines.push((format!("{name}.list{number}.1"), dtype, shape.to_vec()));
        }
    }
    Checkpoint::open(Lock::of(lines).unwrap()).unwrap()
}

/// Generating again gives the code that was compiled.
fn kept(name: &str, root: &str, library: Library, checkpoint: &Checkpoint) {
    let code = generate(checkpoint, &Options::new().name(root).library(library)).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/libraries/generated").join(format!("{name}.rs"));
    if std::env::var_os("GENERATED").is_some_and(|word| word == "rewrite") {
        fs::write(&path, &code).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == code,
        "generated/{name}.rs is out of date; run the test with GENERATED=rewrite, and read what changed"
    );
}

/// A file without one of the tensors, or with another shape or dtype of it, is refused.
fn refuses_others<M: Module>(checkpoint: &Checkpoint) {
    let lines: Vec<Line> =
        checkpoint.iter().map(|entry| (entry.name().to_owned(), entry.dtype(), entry.shape().to_vec())).collect();
    let fits = |lines: Vec<Line>| {
        let lock = Lock::of(lines).unwrap();
        Loader::new().check::<M>(&Checkpoint::open(&lock).unwrap()).is_ok()
    };
    assert!(fits(lines.clone()));
    // of every dtype, a sample of the tensors is enough
    for at in (0..lines.len()).step_by(1 + lines.len() / 60) {
        let name = lines[at].0.clone();
        let mut other = lines.clone();
        other.remove(at);
        assert!(!fits(other), "without {name}");
        let mut other = lines.clone();
        other[at].2.insert(0, 1);
        assert!(!fits(other), "{name} of another shape");
        let of_one_kind = |dtype: DType| [DType::F32, DType::F64, DType::I32, DType::I64].contains(&dtype);
        for &dtype in DType::ALL.iter().filter(|dtype| of_one_kind(**dtype) && **dtype != lines[at].1) {
            let mut other = lines.clone();
            other[at].1 = dtype;
            assert!(!fits(other), "{name} of {dtype}");
        }
    }
}

fn round_trip<M: Module>(checkpoint: &Checkpoint) {
    if checkpoint.is_lock() {
        return;
    }
    let loaded = Loader::new().load::<M>(checkpoint).unwrap_or_else(|error| panic!("{error}"));
    // no other format has the types of GGUF
    if checkpoint.label().ends_with(".gguf") {
        for (path, view) in loaded.module.parameters() {
            let tensor = checkpoint.tensor(&path).unwrap();
            assert_eq!((view.dtype(), view.shape()), (tensor.dtype(), tensor.shape()), "{path}");
            assert_eq!(view.bytes().unwrap(), tensor.as_bytes(), "{path}");
        }
        return;
    }
    assert_is_the_file(&loaded.module, &fs::read(checkpoint.label()).unwrap());
    let scratch = tempfile::tempdir().unwrap();
    let saved = scratch.path().join("saved.safetensors");
    loaded.module.save_weights(&saved).unwrap();
    assert_is_the_file(&loaded.module, &fs::read(&saved).unwrap());
}
