//! Members of an npz that are no arrays of numbers: left out where a pattern fits them, else refused by name, and never read.
#![cfg(feature = "npz")]

use std::io::{Cursor, Write};
use std::sync::Mutex;

use std::sync::Arc;
use wb::{Checkpoint, LoadError, Loader, Module, ReadAt, Rule, Source, Tensor};
use weighbridge_tests::fixture;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn npy(descr: &str, shape: &str, elements: &[u8]) -> Vec<u8> {
    let dictionary = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (dictionary.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], dictionary.as_bytes(), elements].concat()
}

fn archive(members: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// What a pickle is made of here: nothing may look at it.
const PICKLE: &[u8] = b"\x80\x04cos\nsystem\n(S'true'\ntR.";

/// The two arrays of a pair, and one of each kind of member that is none.
fn members() -> Vec<(&'static str, Vec<u8>)> {
    let pair = |x: f32| [x, x + 1.0].map(f32::to_le_bytes).concat();
    vec![
        ("model_type.npy", npy("'<U4'", "()", &[0; 16])),
        ("a.npy", npy("'<f4'", "(2,)", &pair(5.0))),
        ("version.npy", npy("'|S3'", "()", b"1.0")),
        ("config.npy", npy("'|O'", "()", PICKLE)),
        ("when.npy", npy("'<M8[D]'", "()", &[0; 8])),
        ("took.npy", npy("'<m8[s]'", "()", &[0; 8])),
        ("record.npy", npy("[('a', '<f4'), ('b', '|O')]", "(2,)", PICKLE)),
        ("long.npy", npy("'<f16'", "(1,)", &[0; 16])),
        ("wide.npy", npy("'<c16'", "(1,)", &[0; 16])),
        ("raw.npy", npy("'|V7'", "(1,)", &[0; 7])),
        ("b.npy", npy("'<f4'", "(2,)", &pair(7.0))),
        ("readme.txt", b"about these weights".to_vec()),
        ("fake.npy", b"no array, whatever its name".to_vec()),
        ("folder/", Vec::new()),
        ("__MACOSX/._a.npy", b"\x00\x05".to_vec()),
        ("empty.npy", Vec::new()),
        ("cut.npy", npy("'<f4'", "(2,)", &[])[..40].to_vec()),
    ]
}

/// The names of those that are none.
fn no_arrays() -> Vec<String> {
    let names = members().into_iter().map(|(name, _)| name.strip_suffix(".npy").unwrap_or(name).to_owned());
    names.filter(|name| !["a", "b"].contains(&name.as_str())).collect()
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Pair {
    #[param(shape = [2])]
    a: Tensor<f32>,
    #[param(shape = [2])]
    b: Tensor<f32>,
}

fn problems<T>(refused: Result<T, LoadError>) -> Vec<(String, String)> {
    match refused.err().expect("it was accepted") {
        LoadError::Container { problems, .. } => {
            problems.into_iter().map(|problem| (problem.tensor.unwrap(), problem.message)).collect()
        }
        other => panic!("{other}"),
    }
}

#[test]
fn members_that_are_no_arrays_are_left_out_where_a_pattern_fits_them() {
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let file = archive(&members(), method);
        let loader = Loader::new().ignore(no_arrays()).ignore(["stale"]);
        let loaded = loader.load::<Pair>(&file).unwrap();
        assert_eq!((loaded.module.a.as_slice(), loaded.module.b.as_slice()), (&[5.0, 6.0][..], &[7.0, 8.0][..]));
        assert_eq!(
            (&loaded.report.ignored, &loaded.report.stale_ignores[..]),
            (&no_arrays(), &["stale".to_owned()][..])
        );
        assert!(loaded.checkpoint.skipped().map(|problem| problem.tensor.clone().unwrap()).eq(no_arrays()));
        // an update, a stream and a check say the same, and a checkpoint that a load has left can be loaded again
        let mut module = Pair { a: Tensor::zeros([2]), b: Tensor::zeros([2]) };
        assert_eq!(loader.update(&mut module, &file).unwrap().ignored, no_arrays());
        assert_eq!(module, loaded.module);
        assert_eq!(loader.check::<Pair>(&loaded.checkpoint).unwrap().ignored, no_arrays());
        assert_eq!(loader.stream::<Pair, LoadError>(&file, |_| Ok(())).unwrap().ignored, no_arrays());
        assert_eq!(problems(Loader::new().load::<Pair>(&loaded.checkpoint)).len(), no_arrays().len());
    }
}

#[test]
fn the_others_are_refused_by_name_with_the_call_that_leaves_them_out() {
    let file = archive(&members(), CompressionMethod::Stored);
    let refused = problems(Loader::new().load::<Pair>(&file));
    assert!(refused.iter().map(|(name, _)| name).eq(&no_arrays()), "{refused:?}");
    // what `unexpected` lets through are names of tensors
    assert_eq!(problems(Loader::new().strict(false).unexpected(Rule::Allow).load::<Pair>(&file)), refused);
    let listed: Vec<String> = no_arrays().into_iter().take(8).map(|name| format!("\"{name}\"")).collect();
    let call = format!("say `Loader::new().ignore([{}])` to load the rest", listed.join(", "));
    assert_eq!(refused[0].1, format!("an array of strings (`<U4`), which is not a tensor; {call}"));
    assert!(refused[2].1.contains("pickle") && refused[2].1.ends_with(&format!(", or {call}")), "{}", refused[2].1);
    assert!(refused[11].1.ends_with("ignore the name \"folder/\" too"), "{}", refused[11].1);

    // some of them: the call is followed word for word
    let some = ["model_type", "a", "config", "b"].map(|name| format!("{name}.npy"));
    let file = archive(
        &members().into_iter().filter(|(name, _)| some.contains(&(*name).to_owned())).collect::<Vec<_>>(),
        CompressionMethod::Deflated,
    );
    let refused = problems(Loader::new().load::<Pair>(&file));
    assert!(refused.iter().all(|(_, text)| text.contains("say `Loader::new().ignore([\"model_type\", \"config\"])` to load the rest")), "{refused:?}");
    let loaded = Loader::new().ignore(["model_type", "config"]).load::<Pair>(&file).unwrap();
    assert_eq!(loaded.report.ignored, ["model_type", "config"]);
    // one is left: the loader has a pattern already
    let refused = problems(Loader::new().ignore(["model_type"]).load::<Pair>(&file));
    assert!(refused.len() == 1 && refused[0].1.contains("say `loader.ignore([\"config\"])`"), "{refused:?}");
    // without a struct
    let text = Checkpoint::open(&file).unwrap_err().to_string();
    assert!(
        text.contains("`model_type.npy`: an array of strings")
            && text.contains("; leave it out: ignore the name `model_type`"),
        "{text}"
    );
    let opening = wb::OpenOptions::new().skip(|name| ["model_type", "config"].contains(&name));
    let checkpoint = Source::from(&file).open(&opening).unwrap();
    assert_eq!((checkpoint.len(), checkpoint.skipped().count()), (2, 2));
    // what was left out on purpose needs no pattern again
    Loader::new().load::<Pair>(checkpoint).unwrap();
}

#[test]
fn names_and_patterns_are_those_of_any_tensor() {
    let file = archive(&members(), CompressionMethod::Stored);
    // after renaming; outside of a subtree they are not there at all
    let loader = Loader::new().add_prefix("x.").ignore([
        "x.*e",
        "x.*g",
        "x.r*",
        "x.wh*",
        "x.too*",
        "x.version",
        "x.folder/",
        "x.__MACOSX/*",
        "x.empty",
        "x.cut",
    ]);
    let report = loader.strip_prefix("x.x.").load::<Prefixed>(&file).unwrap().report;
    assert_eq!((report.ignored.len(), report.stale_renames.len()), (no_arrays().len(), 1));
    let below: Vec<(&str, Vec<u8>)> = vec![
        ("m.a.npy", members()[1].1.clone()),
        ("m.b.npy", members()[10].1.clone()),
        ("kind.npy", members()[0].1.clone()),
    ];
    let report = Loader::new().subtree("m").load::<Pair>(archive(&below, CompressionMethod::Stored)).unwrap().report;
    assert!(report.ignored.is_empty());

    // patterns of a type, below the module
    #[derive(Debug, Module)]
    #[module(crate = wb, ignore = ["kind"])]
    struct Inner {
        #[module(flatten)]
        pair: Pair,
    }
    #[derive(Debug, Module)]
    #[module(crate = wb, ignore = ["readme.*"])]
    struct Outer {
        m: Inner,
        #[param(shape = [2])]
        kind: Option<Tensor<f32>>,
    }
    let inner = [("m.kind.npy", members()[0].1.clone()), ("readme.txt", b"text".to_vec())];
    let report = Outer::from_weights(archive(&[&below[..2], &inner].concat(), CompressionMethod::Stored)).unwrap();
    assert!(report.kind.is_none());
    let refused = problems(Outer::from_weights(archive(&[&below[..], &inner].concat(), CompressionMethod::Stored)));
    assert!(refused.len() == 1 && refused[0].0 == "kind", "{refused:?}");

    // a parameter of that name is missing, and the pattern is named
    let some = [("a.npy", members()[0].1.clone()), ("b.npy", members()[10].1.clone())];
    let error = Loader::new().ignore(["a"]).load::<Pair>(archive(&some, CompressionMethod::Stored)).unwrap_err();
    let missing = &error.report().unwrap().missing;
    assert_eq!((missing.len(), missing[0].path.as_str()), (1, "a"));
    assert!(missing[0].hints[0].starts_with("the pattern `a` of `Loader::ignore` hides it"), "{error}");
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Prefixed {
    x: Pair,
}

#[test]
fn damage_is_refused_whatever_is_ignored() {
    let loader = Loader::new().ignore(["*"]);
    let good = archive(&members(), CompressionMethod::Stored);
    // bytes between two members, a member twice, and a header that contradicts itself are no matter of names
    let mut gap = good.clone();
    gap.insert(0, 0);
    let header = archive(&[("a.npy", npy("'<f4'", "(2,", &[0; 8]))], CompressionMethod::Stored);
    let short = archive(&[("a.npy", npy("'<f4'", "(3,)", &[0; 8]))], CompressionMethod::Stored);
    for file in [gap, header, short] {
        let error = loader.load::<Pair>(file).unwrap_err();
        assert!(matches!(error, LoadError::Container { .. }), "{error}");
    }
}

/// Remembers which bytes were read.
struct Watched(Vec<u8>, Mutex<Vec<(u64, usize)>>);

impl ReadAt for Watched {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        self.1.lock().unwrap().push((offset, buffer.len()));
        self.0[..].read_exact_at(offset, buffer)
    }
}

#[test]
fn what_numpy_wrote_as_a_pickle_is_left_out_unread() {
    // numpy's own: a pickle named `weight`, and a bias
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Bias {
        #[param(shape = [_])]
        bias: Tensor<f32>,
    }
    let file = fixture("mlx/numpy-object.npz");
    let loaded = Loader::new().ignore(["weight"]).load::<Bias>(&file).unwrap();
    assert_eq!(loaded.report.ignored, ["weight"]);
    let error = Loader::new().load::<Bias>(&file).unwrap_err().to_string();
    assert!(
        error.contains("`weight`: an array of Python objects")
            && error.contains("`Loader::new().ignore([\"weight\"])`"),
        "{error}"
    );

    // the contents of a large one are not read
    let large = [
        ("a.npy", members()[1].1.clone()),
        ("b.npy", members()[10].1.clone()),
        ("config.npy", npy("'|O'", "()", &vec![b'.'; 1 << 20])),
    ];
    let watched = Arc::new(Watched(archive(&large, CompressionMethod::Stored), Mutex::default()));
    Loader::new().ignore(["config"]).load::<Pair>(Source::reader("large", watched.clone())).unwrap();
    let read: usize = watched.1.lock().unwrap().iter().map(|(_, length)| *length).sum();
    assert!(read < 1 << 18, "{read}");
}

#[test]
fn what_is_no_array_says_nothing_of_the_tensor_beside_it() {
    // these names would make the weight a packed one
    let numbers = npy("'<u4'", "(2, 2)", &[0; 16]);
    let members =
        [("weight.npy", numbers), ("scales.npy", npy("'|O'", "()", PICKLE)), ("biases.npy", b"no array".to_vec())];
    let loader = Loader::new().ignore(["scales", "biases"]);
    let refused = loader.check::<Tensors>(archive(&members, CompressionMethod::Stored)).unwrap_err();
    let report = refused.report().unwrap();
    assert_eq!((report.dtype.len(), report.ignored.len()), (1, 2), "{report}");
}

#[derive(Module)]
#[module(crate = wb)]
struct Tensors {
    #[param(shape = [2, 2])]
    weight: Tensor<f32>,
}
