//! Several files as one checkpoint, without an index.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use wb::{Checkpoint, CheckpointError, DType, Limits, Loader, Module, ProblemKind, Source, Tensor};
use weighbridge_tests::files::{f32s, npy, npz, safetensors};

/// A directory with a base of two tensors, an adapter of one, and an npz file of one.
struct Files {
    directory: TempDir,
}

impl Files {
    fn new() -> Files {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: Vec<u8>| fs::write(directory.path().join(name), bytes).unwrap();
        let base: [(&str, DType, &[usize], &[u8]); 2] =
            [("a.weight", DType::F32, &[2], &f32s(&[1., 2.])), ("b.weight", DType::F32, &[1], &f32s(&[3.]))];
        write("base.safetensors", safetensors(&base));
        write("adapter.safetensors", safetensors(&[("lora.weight", DType::F32, &[1], &f32s(&[4.]))]));
        write("more.npz", npz(&[("c.weight.npy", npy("<f4", false, "(1,)", &f32s(&[5.])))]));
        Files { directory }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn all(&self) -> [PathBuf; 3] {
        ["base.safetensors", "adapter.safetensors", "more.npz"].map(|name| self.at(name))
    }
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Norm {
    #[param(shape = [_])]
    weight: Tensor<f32>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Adapted {
    a: Norm,
    b: Norm,
    lora: Norm,
    c: Norm,
}

#[test]
fn a_base_its_adapter_and_an_npz_are_one_checkpoint() {
    let files = Files::new();
    let module = Adapted::from_weights(Source::files(files.all())).unwrap();
    let read = [module.a, module.b, module.lora, module.c].map(|norm| norm.weight.as_slice().to_vec());
    assert_eq!(read, [vec![1., 2.], vec![3.], vec![4.], vec![5.]]);

    let checkpoint = Checkpoint::open(Source::files(files.all())).unwrap();
    assert_eq!((checkpoint.len(), checkpoint.file_count(), checkpoint.is_lock()), (4, 3, false));
    assert_eq!(checkpoint.label(), format!("{} and 2 more files", files.at("base.safetensors").display()));
    let held: Vec<_> = checkpoint.iter().map(|entry| (entry.name(), entry.file().to_owned())).collect();
    let file = |name: &str| files.at(name).display().to_string();
    let base = file("base.safetensors");
    assert_eq!(
        held,
        [
            ("a.weight", base.clone()),
            ("b.weight", base),
            ("lora.weight", file("adapter.safetensors")),
            ("c.weight", file("more.npz"))
        ]
    );
    assert_eq!(checkpoint.get("c.weight").unwrap().index(), 3);
    // a stream and an update read them too
    let mut paths = Vec::new();
    Loader::new()
        .stream::<Adapted, wb::LoadError>(&checkpoint, |parameter| {
            paths.push(parameter.path.to_owned());
            Ok(())
        })
        .unwrap();
    assert_eq!(paths.len(), 4);
}

#[test]
fn a_report_names_the_file_of_what_it_found() {
    let files = Files::new();
    let error = Loader::new().check::<Norm>(Source::files(files.all())).unwrap_err();
    let report = error.report().unwrap();
    assert_eq!(report.unexpected.len(), 4);
    let adapter = report.unexpected.iter().find(|finding| finding.path == "lora.weight").unwrap();
    assert_eq!(adapter.file.as_deref(), Some(&*files.at("adapter.safetensors").display().to_string()));
}

#[test]
fn shards_of_a_lost_index_are_one_checkpoint() {
    // what a refused directory says, followed
    let shards = tempfile::tempdir().unwrap();
    let paths = [1, 2].map(|i| shards.path().join(format!("model-{i:05}-of-00002.safetensors")));
    for (path, name) in paths.iter().zip(["a", "b"]) {
        fs::write(path, safetensors(&[(name, DType::U8, &[1], &[1])])).unwrap();
    }
    let refused = Checkpoint::open(shards.path()).unwrap_err().to_string();
    assert!(refused.contains("load the files as one checkpoint with `Source::files`"), "{refused}");
    let names: Vec<String> =
        Checkpoint::open(Source::files(&paths)).unwrap().iter().map(|entry| entry.name().to_owned()).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn a_directory_with_an_index_is_a_base_too() {
    let files = Files::new();
    let base = weighbridge_tests::fixture("llama-sharded");
    let checkpoint = Checkpoint::open(Source::files([base.clone(), files.at("adapter.safetensors")])).unwrap();
    assert_eq!((checkpoint.len(), checkpoint.file_count()), (31, 5));
    // shards are named from where the program stands, and not from their index
    let entry = checkpoint.get("lm_head.weight").unwrap();
    assert!(PathBuf::from(entry.file()).is_file(), "{}", entry.file());
    assert!(PathBuf::from(checkpoint.get("lora.weight").unwrap().file()).is_file());
}

/// What is wrong with these files, each with its kind and what it is about.
#[track_caller]
fn refused(source: Source) -> (String, Vec<(ProblemKind, Option<String>, String)>) {
    match Checkpoint::open(source) {
        Err(CheckpointError::Container { file, problems }) => {
            let problems = problems.into_iter().map(|problem| (problem.kind, problem.tensor, problem.message));
            (file, problems.collect())
        }
        other => panic!("{other:?}"),
    }
}

/// Two files that both have `b.weight`, as an adapter has what its base has.
fn overlapping(files: &Files) -> [PathBuf; 2] {
    let other = files.at("other.safetensors");
    let both: [(&str, DType, &[usize], &[u8]); 2] =
        [("b.weight", DType::F32, &[1], &f32s(&[9.])), ("d.weight", DType::F32, &[1], &f32s(&[8.]))];
    fs::write(&other, safetensors(&both)).unwrap();
    [files.at("base.safetensors"), other]
}

#[test]
fn a_name_in_two_files_names_both() {
    let files = Files::new();
    let [base, other] = overlapping(&files);
    let report = Loader::new().check::<One>(Source::files([&base, &other])).unwrap_err();
    let [duplicate] = &report.report().unwrap().duplicate[..] else { panic!("{report}") };
    assert_eq!(duplicate.path, "b.weight");
    let found = duplicate.found.as_ref().unwrap().to_string();
    assert!(found.contains(&base.display().to_string()) && found.contains(&other.display().to_string()), "{found}");
    assert_eq!(duplicate.hints, ["two files hold it; remove it from one of them, or ignore it"]);
    // the list shows both, and nothing that has each name once comes from it
    let checkpoint = Checkpoint::open(Source::files([&base, &other])).unwrap();
    assert_eq!((checkpoint.len(), checkpoint.named("b.weight").count()), (4, 2));
    assert!(checkpoint.lock().unwrap_err().to_string().contains("two tensors have this name"));
    // one file twice
    let report = Loader::new().check::<One>(Source::files([&other, &other])).unwrap_err();
    let duplicates = &report.report().unwrap().duplicate;
    let hints: Vec<_> = duplicates.iter().flat_map(|duplicate| &duplicate.hints).collect();
    assert_eq!(hints, ["this file is given twice; give each file once"; 2]);
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct One {
    d: Norm,
}

#[test]
fn a_name_in_two_files_that_is_ignored_is_no_duplicate() {
    let files = Files::new();
    let both = overlapping(&files);
    let source = || Source::files(&both);
    let d = |loader: Loader| loader.load::<One>(source()).unwrap().module.d.weight.into_vec();
    // by its name, by the name that it gets, and by a pattern of a type
    assert_eq!(d(Loader::new().ignore(["a.*", "b.weight"])), [8.]);
    assert_eq!(d(Loader::new().rename("b", "gone").rename("a", "gone.a").ignore(["gone.*"])), [8.]);
    #[derive(Debug, Module)]
    #[module(crate = wb, ignore = ["a.*", "b.*"])]
    struct Ignoring {
        d: Norm,
    }
    let report = Loader::new().load::<Ignoring>(source()).unwrap().report;
    assert_eq!(report.ignored, ["a.weight", "b.weight", "b.weight"]);
    // outside of the subtree
    let norm = Loader::new().subtree("d").load::<Norm>(source()).unwrap();
    assert_eq!((norm.module.weight.as_slice(), norm.report.ignored.len()), (&[8.][..], 0));
    // an update, a stream and a check too
    let mut module = One { d: Norm { weight: Tensor::zeros([1]) } };
    let loader = Loader::new().ignore(["a.*", "b.weight"]);
    loader.update(&mut module, source()).unwrap();
    assert_eq!(module.d.weight.as_slice(), [8.]);
    loader.stream::<One, wb::LoadError>(source(), |_| Ok(())).unwrap();
    loader.check::<One>(source()).unwrap();
    // a pattern of another name does not help
    assert!(Loader::new().ignore(["a.*"]).load::<One>(source()).is_err());

    // the shards of an index
    let index = r#"{"weight_map": {"a.weight": "base.safetensors", "b.weight": "base.safetensors", "d.weight": "other.safetensors"}}"#;
    fs::write(files.at("model.safetensors.index.json"), index).unwrap();
    fs::remove_file(files.at("adapter.safetensors")).unwrap();
    let source = files.at("model.safetensors.index.json");
    assert_eq!(loader.load::<One>(&source).unwrap().module.d.weight.as_slice(), [8.]);
    let refused = Loader::new().ignore(["a.*"]).load::<One>(&source).unwrap_err();
    let [duplicate] = &refused.report().unwrap().duplicate[..] else { panic!("{refused}") };
    assert_eq!(duplicate.path, "b.weight");
}

#[test]
fn every_file_that_is_refused_is_told() {
    let files = Files::new();
    let [bin, absent] = ["pytorch_model.bin", "absent.npz"].map(|name| files.at(name));
    fs::write(&bin, b"\x80\x02}.....................").unwrap();
    let (_, problems) = refused(Source::files([&files.at("base.safetensors"), &bin, &absent]));
    let [(ProblemKind::Format, Some(first), pickle), (ProblemKind::Io, Some(second), _)] = &problems[..] else {
        panic!("{problems:?}")
    };
    assert_eq!([PathBuf::from(first), PathBuf::from(second)], [bin.clone(), absent.clone()]);
    assert!(pickle.contains("pickle"), "{pickle}");
    // one alone is the error that it is by itself
    let error = Checkpoint::open(Source::files([&files.at("base.safetensors"), &absent])).unwrap_err();
    assert!(matches!(&error, CheckpointError::Io { file, .. } if *file == absent.display().to_string()), "{error}");
}

#[test]
fn a_list_of_none_is_refused() {
    let (label, problems) = refused(Source::files(Vec::<PathBuf>::new()));
    let [(ProblemKind::Request, None, message)] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!((&*label, &**message), ("a list of files", "there are no files in it; give at least one"));
    // one is what it is by itself
    let files = Files::new();
    let alone = Checkpoint::open(Source::files([files.at("more.npz")])).unwrap();
    assert_eq!(alone.label(), files.at("more.npz").display().to_string());
}

#[test]
fn a_lock_is_no_file_of_weights() {
    let files = Files::new();
    let lock = files.at("model.lock");
    fs::write(&lock, "# weighbridge lock 1\nd.weight F32 [1]\n").unwrap();
    let (label, problems) = refused(Source::files([files.at("base.safetensors"), lock.clone()]));
    assert_eq!(label, lock.display().to_string());
    assert!(problems[0].2.contains("a lock, which has no weights"), "{problems:?}");
}

#[test]
fn limits_hold_across_files() {
    let files = Files::new();
    for (limits, field) in [
        (Limits::new().tensor_count(3), "tensor_count"),
        (Limits::new().shard_count(2), "shard_count"),
        (Limits::new().component_count(7), "component_count"),
    ] {
        let error = Checkpoint::open_within(Source::files(files.all()), &limits).unwrap_err().to_string();
        assert!(error.contains(&format!("raise `Limits::{field}`")), "{error}");
    }
    let enough = Limits::new().tensor_count(4).shard_count(3).component_count(8);
    assert_eq!(Checkpoint::open_within(Source::files(files.all()), &enough).unwrap().len(), 4);
}

#[test]
fn the_headers_of_all_files_are_limited_together() {
    let files = Files::new();
    let paths = ["base.safetensors", "adapter.safetensors"].map(|name| files.at(name));
    let headers = paths.iter().map(|path| u64::from_le_bytes(*fs::read(path).unwrap().first_chunk().unwrap()));
    let sum: u64 = headers.sum();
    let open = |most: u64| Checkpoint::open_within(Source::files(&paths), &Limits::new().header_byte_len(most));
    let error = open(sum - 1).unwrap_err().to_string();
    assert!(error.contains("adapter.safetensors") && error.contains("raise `Limits::header_byte_len`"), "{error}");
    assert_eq!(open(sum).unwrap().len(), 3);
    // nothing behind that is opened, and a directory among them is counted like a file
    let behind = [files.at("base.safetensors"), files.at("adapter.safetensors"), files.at("absent.safetensors")];
    let within = Limits::new().header_byte_len(sum - 1);
    let error = Checkpoint::open_within(Source::files(&behind), &within).unwrap_err().to_string();
    assert!(!error.contains("absent"), "{error}");
    let nested = [Source::files(&paths), Source::from(files.at("more.npz"))];
    assert!(Checkpoint::open_within(Source::files(nested), &within).is_err());
}

#[test]
fn metadata_that_files_contradict_is_left_out() {
    let bytes = |name: &str, metadata: &str| {
        let header =
            format!(r#"{{"__metadata__":{{{metadata}}},"{name}":{{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}}"#);
        weighbridge_tests::files::raw_safetensors(&header, &[1])
    };
    let files = [bytes("a", r#""format":"pt","step":"1""#), bytes("b", r#""format":"pt","step":"2","rank":"8""#)];
    let checkpoint = Checkpoint::open(Source::files(files)).unwrap();
    let said: Vec<_> = checkpoint.metadata().iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(said, [("format", "pt"), ("rank", "8")]);
}
