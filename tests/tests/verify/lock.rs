//! Locks of real checkpoints and of types: entry by entry, against each other, and where weights are wanted.

use std::collections::BTreeMap;
use std::path::PathBuf;

use half::bf16;
use wb::lock::Lock;
use wb::{AnyTensor, Cast, Checkpoint, DType, LoadError, Loader, Module, ProblemKind, Report, Source, Tensor};
use weighbridge_tests::fixture;
use weighbridge_tests::layers::Linear;
use weighbridge_tests::llama::{Llama, LlamaTied, Tiny};
use weighbridge_tests::resnet::ResNet;

#[allow(dead_code)]
#[path = "../../../examples/src/llama.rs"]
mod example;

/// Every checkpoint in `fixtures/` that opens.
fn fixtures() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for directory in std::fs::read_dir(fixture("")).unwrap().map(|entry| entry.unwrap().path()) {
        for path in std::fs::read_dir(directory).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            let name = path.to_string_lossy().into_owned();
            let ends = [".safetensors", ".npz", ".index.json", ".gguf", "dtypes.pt", "views-legacy.pt", "fours.pt"];
            if ends.iter().any(|end| name.ends_with(end)) && !name.contains("object") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() >= 25, "{found:?}");
    found
}

fn mismatch<T: std::fmt::Debug>(result: Result<T, LoadError>) -> Report {
    match result {
        Err(LoadError::Mismatch(report)) => *report,
        other => panic!("{other:?}"),
    }
}

/// The kind and the text of the only problem.
fn problem<T: std::fmt::Debug>(result: Result<T, impl Into<LoadError>>) -> (ProblemKind, String) {
    match result.map_err(Into::into) {
        Err(LoadError::Container { problems, .. }) if problems.len() == 1 => {
            (problems[0].kind, problems[0].to_string())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lock_has_every_entry_of_its_file() {
    for path in fixtures() {
        let checkpoint = Checkpoint::open(&path).unwrap();
        let lock: Lock = checkpoint.lock().unwrap().to_string().parse().unwrap();
        let entries: BTreeMap<String, (DType, Vec<usize>)> =
            checkpoint.iter().map(|entry| (entry.name().to_owned(), (entry.dtype(), entry.shape().to_vec()))).collect();
        let listed: BTreeMap<String, (DType, Vec<usize>)> =
            lock.tensors().map(|(name, dtype, shape)| (name, (dtype, shape.to_vec()))).collect();
        assert_eq!((lock.len(), &listed), (entries.len(), &entries), "{}", path.display());
    }
}

#[test]
fn every_file_fits_its_own_lock_and_no_other() {
    let all: Vec<(PathBuf, Lock)> =
        fixtures().into_iter().map(|path| (path.clone(), Checkpoint::open(path).unwrap().lock().unwrap())).collect();
    for (path, lock) in &all {
        let report = wb::lock::check(lock, "model.lock", path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((report.fitting_count, report.module.as_str()), (lock.len(), "model.lock"));
        for (other, theirs) in &all {
            let fits = wb::lock::check(lock, "model.lock", other).is_ok();
            // numpy's untyped bytes are what the lock says they are
            let untyped = theirs.lines().iter().any(|line| line.dtype.is_untyped());
            assert!(fits == (lock == theirs) || untyped, "{} and the lock of {}", other.display(), path.display());
        }
    }
}

#[test]
fn the_lock_of_a_type_is_that_of_its_file() {
    let lock = |path: &str| Checkpoint::open(fixture(path)).unwrap().lock().unwrap();
    assert_eq!(wb::lock::<Llama<Tiny, bf16>>(), Ok(lock("llama/model.safetensors")));
    assert_eq!(wb::lock::<LlamaTied<Tiny>>(), Ok(lock("llama-tied/model.safetensors")));
    assert_eq!(wb::lock::<example::Llama<example::TinyBf16>>(), Ok(lock("llama/model.safetensors")));
    assert_eq!(wb::lock::<example::Llama<example::Tiny>>(), Ok(lock("llama-sharded/model.safetensors.index.json")));
    assert_eq!(wb::lock::<Linear<10, 10>>(), Ok(lock("mlx/linear.safetensors")));
}

/// What is saved of a module of a type whose lock is asked for.
fn saved<M: Module>(module: &M) -> Lock {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model.safetensors");
    module.save_weights(&path).unwrap();
    Checkpoint::open(path).unwrap().lock().unwrap()
}

#[derive(Module)]
#[module(crate = wb)]
struct Attention {
    #[param(shape = [4, 8], from = slice(dim = 0, of = "qkv", len = 4))]
    q: Tensor<f32>,
    #[param(shape = [2, 8], from = slice(dim = 0, of = "qkv", start = 4, len = 2))]
    k: Tensor<f32>,
    #[param(shape = [8, 4], from = transpose)]
    out: Tensor<f32>,
    #[param(shape = [3, 2, 2], from = stack(dim = 0, "experts.{}.w"))]
    experts: Tensor<f32>,
    #[param(shape = [4], from = concat(dim = 0, "low", "high"))]
    scale: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Block {
    pair: (Linear<2, 3>, (), Linear<3, 2>),
    #[module(flatten)]
    attention: Attention,
    #[param]
    bias: [f32; 3],
    #[param(shape = [2], dtype = "F16")]
    any: AnyTensor,
}

#[derive(Module)]
#[module(crate = wb)]
struct Tied {
    blocks: [Block; 2],
    #[param(shape = [8, 2])]
    embed: Tensor<f32>,
    #[param(shape = [8, 2], tied = "embed")]
    head: Tensor<f32>,
}

fn linear<const IN: usize, const OUT: usize>() -> Linear<IN, OUT> {
    Linear { weight: Tensor::zeros([OUT, IN]), bias: Tensor::zeros([OUT]) }
}

fn block() -> Block {
    let attention = Attention {
        q: Tensor::zeros([4, 8]),
        k: Tensor::zeros([2, 8]),
        out: Tensor::zeros([8, 4]),
        experts: Tensor::zeros([3, 2, 2]),
        scale: Tensor::zeros([4]),
    };
    let any = Tensor::<half::f16>::zeros([2]).into();
    Block { pair: (linear(), (), linear()), attention, bias: [0.0; 3], any }
}

#[test]
fn the_lock_of_a_type_is_that_of_what_it_saves() {
    let tied = Tied { blocks: [block(), block()], embed: Tensor::zeros([8, 2]), head: Tensor::zeros([8, 2]) };
    let lock = wb::lock::<Tied>().unwrap();
    assert_eq!(lock, saved(&tied));
    let names: Vec<String> = lock.lines().iter().map(|line| line.pattern.to_string()).collect();
    assert!(names.contains(&"blocks.{0..=1}.experts.{0..=2}.w".to_owned()) && !names.contains(&"head".to_owned()));
    Loader::new().check::<Tied>(&lock).unwrap();
}

#[derive(Module)]
#[module(crate = wb)]
enum Either {
    One(Linear<2, 2>),
    Two(Linear<3, 3>),
}

#[derive(Module)]
#[module(crate = wb)]
struct Open {
    #[param(shape = ["vocab", 4])]
    embed: Tensor<f32>,
    items: [OpenItem; 3],
    list: Vec<Linear<2, 2>>,
    #[module(len = "layers")]
    named: Vec<Linear<2, 2>>,
    map: BTreeMap<String, Linear<2, 2>>,
    either: Either,
    #[param(shape = [2], from = slice(dim = 0, of = "half", start = 1, len = 2))]
    part: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct OpenItem {
    #[param(shape = [_, 2])]
    w: Tensor<f32>,
    #[param(shape = [2])]
    any: AnyTensor,
    bias: Option<Linear<2, 2>>,
}

#[test]
fn what_only_a_file_decides_is_listed() {
    let open = wb::lock::<Open>().unwrap_err();
    let expected = "\
Open leaves something open that a file decides; make the lock from a file, with `weighbridge lock FILE`, or give a configuration that has `layers`, `vocab`, with `SCHEMA.with(&config)`
  embed: the file says dim 0, `vocab`
  items.{0..=2}.w: the file says dim 0
  items.{0..=2}.any: the file says which dtype it has
  items.{0..=2}.bias: the file says whether it is there
  list: the file says how many there are
  named: the file says how many there are, `layers`
  map: the file says which keys there are
  either: the file says which variant it is
  part: it takes a part of `half`, of which the file may have more";
    assert_eq!(open.to_string(), expected);
}

#[test]
fn a_lock_is_checked_as_its_file_is() {
    let file = fixture("llama/model.safetensors");
    let lock = Checkpoint::open(&file).unwrap().lock().unwrap();
    let [by_file, mut by_lock] = [Source::from(&file), Source::from(&lock)]
        .map(|source| mismatch(Loader::new().check::<Llama<Tiny, f32>>(source)));
    assert_eq!((by_lock.checkpoint.as_str(), by_lock.dtype.len()), ("a lock", lock.len()));
    by_lock.checkpoint = by_file.checkpoint.clone();
    assert_eq!(by_lock.to_string(), by_file.to_string());

    let labelled = mismatch(Loader::new().check::<ResNet>(Source::lock("llama.lock", &lock)));
    assert_eq!(labelled.checkpoint, "llama.lock");
    assert!(Loader::new().check::<Llama<Tiny, bf16>>(lock).is_ok());
}

#[test]
fn a_lock_is_given_by_its_path() {
    let directory = tempfile::tempdir().unwrap();
    let text = Checkpoint::open(fixture("llama/model.safetensors")).unwrap().lock().unwrap().to_string();
    for name in ["model.lock", "model.txt"] {
        let path = directory.path().join(name);
        std::fs::write(&path, &text).unwrap();
        let report = Loader::new().check::<Llama<Tiny, bf16>>(&path).unwrap();
        assert_eq!(report.checkpoint, path.display().to_string());
        assert!(Checkpoint::open(&path).unwrap().is_lock());
    }
    let written = |name: &str, text: &[u8]| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        problem(Checkpoint::open(path))
    };
    let wrong = text.replace("BF16 [16, 32]", "BF17 [16, 32]");
    let (kind, message) = written("wrong.lock", wrong.as_bytes());
    assert_eq!((kind, &message[..38]), (ProblemKind::Header, "9:55: unknown dtype `BF17`; write one "));
    let (kind, message) = written("merge.lock", b"<<<<<<< HEAD\n# weighbridge lock 1\n");
    assert_eq!((kind, &message[..23]), (ProblemKind::Header, "1:1: this is not a lock"));
    let (kind, message) = written("latin.lock", b"# weighbridge lock 1\n\xe4 F32 [2]\n");
    assert_eq!((kind, message.as_str()), (ProblemKind::Header, "the text is not UTF-8; make the lock again (byte 21)"));
    let (kind, message) = written("model.safetensors", text.as_bytes());
    assert_eq!(kind, ProblemKind::Format);
    assert!(message.ends_with("but it is the lock of a checkpoint; rename it to end in `.lock`"), "{message}");
    let (_, message) = written("zip.lock", b"PK\x03\x04");
    assert!(message.starts_with("its name says that it is a lock, but it is a zip archive"), "{message}");
    let (kind, message) = written("odd.lock", b"# weighbridge lock 1\nw F4 [3]\n");
    assert_eq!((kind, &message[..14]), (ProblemKind::Shape, "`w`: F4 [3] is"));
    let long = format!("# weighbridge lock 1\n{} F32 [3]\n", "a".repeat(5000));
    let (kind, message) = written("long.lock", long.as_bytes());
    assert_eq!((kind, message.len() < 300), (ProblemKind::Limit, true), "{message}");
    let (kind, _) = written("many.lock", b"# weighbridge lock 1\nw.{0..=2000000} F32 [3]\n");
    assert_eq!(kind, ProblemKind::Limit);
}

#[test]
fn a_lock_is_not_loaded() {
    let lock = wb::lock::<Linear<10, 5>>().unwrap();
    let expected =
        (ProblemKind::Format, "this is a lock, which has no weights; load the file that it was made of".to_owned());
    assert_eq!(problem(Loader::new().load::<Linear<10, 5>>(&lock)), expected);
    // before the type is asked
    assert_eq!(problem(Loader::new().load::<Linear<3, 3>>(&lock)), expected);
    let mut module = linear::<10, 5>();
    assert_eq!(problem(module.load_weights(&lock)), expected);
}

#[test]
fn a_file_with_one_name_twice_has_no_lock() {
    let twice = [("w", Tensor::<f32>::zeros([2])), ("w", Tensor::<f32>::zeros([2]))];
    let (kind, message) = problem(Checkpoint::open(twice).unwrap().lock());
    assert_eq!((kind, &message[..36]), (ProblemKind::Duplicate, "`w`: two tensors have this name, and"));
}

#[test]
fn a_check_says_all_that_differs() {
    let text = Checkpoint::open(fixture("llama/model.safetensors")).unwrap().lock().unwrap().to_string();
    let edit = |text: String, name: &str, from: &str, to: &str| {
        let line = text.lines().find(|line| line.contains(name)).unwrap();
        assert!(line.contains(from), "{line}");
        text.replace(line, &line.replace(from, to))
    };
    let edited = edit(text, "down_proj", "[32, 64]", "[64, 32]");
    let edited = edit(edited, "model.norm", "BF16", "F32");
    let edited = edit(edited, "lm_head", "lm_head", "lm_haed");
    let edited = edit(edited, "k_proj", "{0..=2}", "{0..=3}");
    let lock: Lock = edited.parse().unwrap();
    let report = mismatch(wb::lock::check(&lock, "llama.lock", fixture("llama/model.safetensors")));
    let shown = report.to_string().replace(&fixture("").display().to_string(), "");
    insta::assert_snapshot!("lock_check", shown);
}

#[test]
fn odd_names_are_checked_too() {
    let pairs =
        |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Tensor::<f32>::zeros([2]))).collect::<Vec<_>>();
    for names in [
        &["w"][..],
        &["0", "1", "2"],
        &["1", "2"],
        &["l.0", "l.2.w"],
        &["l.0.w", "l.1.w", "l.x"],
        &["a b.{0..=1}.w"],
        &["a..b", "a..c.0", "x"],
        &[".a"],
        &["a.", "b..", "c.d."],
        &[""],
        &["."],
        &["l.0.0.a", "l.0.1.a", "l.1.0.a"],
        &[],
    ] {
        let lock = Checkpoint::open(pairs(names)).unwrap().lock().unwrap();
        let report = wb::lock::check(&lock, "odd.lock", pairs(names)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.fitting_count, names.len(), "{names:?}");
        for absent in 0..names.len() {
            let mut others = pairs(names);
            let (name, _) = others.remove(absent);
            let report = mismatch(wb::lock::check(&lock, "odd.lock", others));
            assert!(
                report.missing.iter().any(|finding| finding.path == name) || report.dim.len() + report.name.len() > 0,
                "{report}"
            );
        }
        let mut more = pairs(names);
        more.push(("more.w".to_owned(), Tensor::zeros([2])));
        let report = mismatch(wb::lock::check(&lock, "odd.lock", more));
        assert_eq!(report.unexpected[0].path, "more.w", "{names:?}");
    }
}

#[test]
fn a_checkpoint_fits_its_own_lock_if_a_tensor_is_named_like_a_module() {
    for names in [
        &["a", "a.b"][..],
        &["a", "a.0", "a.1"],
        &["a.0", "a.0.b", "a.1", "a.1.b"],
        &["a.0", "a.1", "a.1.b", "a.2"],
        &["", ".a", ".a.", "a", "a."],
        &["a", "a..", "a..b", "0", "0.0", "00"],
    ] {
        let pairs = || names.iter().map(|name| (*name, Tensor::<f32>::zeros([2]))).collect::<Vec<_>>();
        let lock = Checkpoint::open(pairs()).unwrap().lock().unwrap();
        let report = wb::lock::check(&lock, "both.lock", pairs()).unwrap_or_else(|error| panic!("{names:?}: {error}"));
        assert_eq!(report.fitting_count, names.len());
        for absent in 0..names.len() {
            let mut others = pairs();
            let (name, _) = others.remove(absent);
            let report = mismatch(wb::lock::check(&lock, "both.lock", others));
            assert!(report.missing.iter().any(|finding| finding.path == name), "{name} of {names:?}: {report}");
        }
    }
}

#[test]
fn the_page_about_the_lock_is_real() {
    let page = std::fs::read_to_string(fixture("../docs/lock.md")).unwrap();
    let quoted = page.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(quoted, Checkpoint::open(fixture("llama/model.safetensors")).unwrap().lock().unwrap().to_string());
}

#[test]
fn hints_about_a_lock_name_calls_of_a_loader_and_no_struct() {
    let lock = Checkpoint::open(fixture("llama-sharded")).unwrap().lock().unwrap();
    let error = wb::lock::check(&lock, "llama.lock", fixture("llama")).unwrap_err();
    let said = "F32 holds every BF16 exactly; to cast while loading, say `Loader::new().cast(Cast::Lossless)`";
    assert_eq!(error.report().unwrap().dtype[0].hints, [said]);
    let report = Loader::new().cast(Cast::Lossless).check_lock(&lock, "llama.lock", fixture("llama")).unwrap();
    assert_eq!(report.cast.len(), 30);
    let error = wb::lock::check(&lock, "llama.lock", fixture("llama-tied")).unwrap_err();
    assert_eq!(error.report().unwrap().missing[0].hints, ["`model.embed_tokens.weight` has this shape"]);

    let renamed = lock.tensors().map(|(name, dtype, shape)| (format!("module.{name}"), dtype, shape.to_vec()));
    let renamed = wb::lock::Lock::of(renamed).unwrap();
    let error = wb::lock::check(&lock, "llama.lock", &renamed).unwrap_err();
    let said = "hint        the checkpoint's names begin with `module.`, and the lock's do not; say \
        `Loader::new().strip_prefix(\"module.\")`\n";
    assert!(error.to_string().contains(said), "{error}");
    Loader::new().strip_prefix("module.").check_lock(&lock, "llama.lock", &renamed).unwrap();
    // one name, which an alias would read if there were a field
    let one =
        lock.tensors().map(|(name, dtype, shape)| (name.replace("norm.weight", "norm.gamma"), dtype, shape.to_vec()));
    let one = wb::lock::Lock::of(one.filter(|(name, ..)| !name.contains("layers")).collect::<Vec<_>>()).unwrap();
    let few = lock.tensors().filter(|(name, ..)| !name.contains("layers"));
    let few =
        wb::lock::Lock::of(few.map(|(name, dtype, shape)| (name, dtype, shape.to_vec())).collect::<Vec<_>>()).unwrap();
    let error = wb::lock::check(&few, "few.lock", &one).unwrap_err();
    let said = "the checkpoint has `model.norm.gamma`; if it is this one, say `Loader::new().rename(\"model.norm.gamma\", \"model.norm.weight\")`";
    assert_eq!(error.report().unwrap().missing[0].hints, [said]);
    Loader::new().rename("model.norm.gamma", "model.norm.weight").check_lock(&few, "few.lock", &one).unwrap();
}

#[test]
fn a_check_against_a_lock_takes_the_options_of_a_load() {
    let lock: Lock = "# weighbridge lock 1\na.weight F32 [2]\nb.weight F32 [2]".parse().unwrap();
    let tensor = || Tensor::<f32>::zeros([2]);
    let file =
        || [("m.a.weight", tensor()), ("m.b.weight", tensor()), ("m.b.steps", tensor()), ("ema.a.weight", tensor())];
    let loader = Loader::new().subtree("m").ignore(["*.steps", "*.bias"]).rename("c", "d");
    let report = loader.check_lock(&lock, "two.lock", file()).unwrap();
    assert_eq!((report.ignored, report.stale_ignores), (vec!["b.steps".to_owned()], vec!["*.bias".to_owned()]));
    assert_eq!(report.stale_renames.len(), 1);
    // what a pattern hides is named, and no field is to be declared otherwise
    let report = mismatch(Loader::new().subtree("m").ignore(["*b*"]).check_lock(&lock, "two.lock", file()));
    assert_eq!(report.missing[0].hints, ["the pattern `*b*` of `Loader::ignore` hides it; narrow the pattern"]);
    // a lock has no named dims, and a check keeps nothing
    let error = Loader::new().dim("vocab", 3).check_lock(&lock, "two.lock", file()).unwrap_err();
    assert!(matches!(&error, LoadError::UnknownDim { module, .. } if module == "two.lock"), "{error}");
    let error = Loader::new().keep(["a*"]).check_lock(&lock, "two.lock", file()).unwrap_err();
    assert!(matches!(error, LoadError::Keep { .. }), "{error}");
}
