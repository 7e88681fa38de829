//! What the shards of one index claim together.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use tempfile::TempDir;
use wb::{Checkpoint, CheckpointError, Limits, Problem, ProblemKind, Source};
use weighbridge_tests::files::raw_safetensors;

/// Tensors without elements, of these names.
fn shard(names: impl Iterator<Item = String>, padding: usize) -> Vec<u8> {
    let tensors: Vec<String> =
        names.map(|name| format!(r#""{name}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#)).collect();
    raw_safetensors(&format!("{{{}}}{}", tensors.join(","), " ".repeat(padding)), &[])
}

/// A directory with these shards, each of which the index gives the tensors of this number and name.
fn directory(shards: &[Vec<u8>], listed: impl Fn(usize) -> Vec<String>) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let mut index = String::from(r#"{"weight_map":{"#);
    for (number, bytes) in shards.iter().enumerate() {
        fs::write(directory.path().join(format!("{number}.safetensors")), bytes).unwrap();
        for name in listed(number) {
            let comma = if index.ends_with('{') { "" } else { "," };
            write!(index, r#"{comma}"{name}":"{number}.safetensors""#).unwrap();
        }
    }
    fs::write(directory.path().join("model.safetensors.index.json"), index + "}}").unwrap();
    directory
}

fn refused(directory: &Path, limits: &Limits) -> Vec<Problem> {
    match Checkpoint::open_within(directory, limits) {
        Err(CheckpointError::Container { problems, .. }) => problems,
        other => panic!("{other:?}"),
    }
}

fn names(first: usize, count: usize) -> impl Iterator<Item = String> {
    (first..first + count).map(|i| format!("t{i}"))
}

#[test]
fn a_shard_that_lists_more_than_its_index_is_not_read_on() {
    // a mistake behind what is read is not looked for
    let mut long = shard(names(0, 1000), 0);
    let quote = long.iter().rposition(|&byte| byte == b'"').unwrap();
    long[quote] = b'!';
    let directory = directory(&[long], |_| vec!["t0".to_owned()]);
    let problems = refused(directory.path(), &Limits::new());
    let [problem] = problems.as_slice() else { panic!("{problems:#?}") };
    assert_eq!((problem.kind, problem.tensor.as_deref()), (ProblemKind::Index, Some("t21")));
    let expected = "this shard has more tensors, and the index gives it 1 tensor; correct the index, or take all files \
                    from one upload (in `0.safetensors`)";
    assert_eq!(problem.message, expected);
}

#[test]
fn a_few_tensors_too_many_are_named() {
    let directory = directory(&[shard(names(0, 12), 0)], |_| names(0, 10).collect());
    let problems = refused(directory.path(), &Limits::new());
    let named: Vec<_> = problems.iter().map(|problem| problem.tensor.as_deref().unwrap()).collect();
    assert_eq!(named, ["t10", "t11"]);
}

#[test]
fn the_tensors_of_all_shards_are_limited_together() {
    let shards = [shard(names(0, 450), 0), shard(names(450, 450), 0), shard(names(900, 450), 0)];
    let directory = directory(&shards, |number| names(450 * number, 450).collect());
    let problems = refused(directory.path(), &Limits::new().tensor_count(1349));
    assert_eq!((problems.len(), problems[0].kind), (1, ProblemKind::Limit));
    assert!(problems[0].message.contains("raise `Limits::tensor_count`"), "{}", problems[0]);
    // the remedy
    let opened = Checkpoint::open_within(directory.path(), &Limits::new().tensor_count(1350)).unwrap();
    assert_eq!((opened.len(), opened.file_count()), (1350, 3));
}

#[test]
fn the_headers_of_all_shards_are_limited_together() {
    let shards: Vec<Vec<u8>> = (0..4).map(|number| shard(names(number, 1), 10_000)).collect();
    let bytes: usize = shards.iter().map(|shard| shard.len() - 8).sum();
    let directory = directory(&shards, |number| names(number, 1).collect());
    let problems = refused(directory.path(), &Limits::new().header_byte_len(bytes as u64 - 1));
    let [problem] = problems.as_slice() else { panic!("{problems:#?}") };
    assert_eq!((problem.kind, problem.tensor.as_deref()), (ProblemKind::Limit, Some("3.safetensors")));
    assert!(problem.message.contains("raise `Limits::header_byte_len`"), "{problem}");
    Checkpoint::open_within(directory.path(), &Limits::new().header_byte_len(bytes as u64)).unwrap();
    // nothing behind that is opened
    fs::remove_file(directory.path().join("3.safetensors")).unwrap();
    let problems = refused(directory.path(), &Limits::new().header_byte_len(10_000));
    assert_eq!((problems.len(), problems[0].tensor.as_deref()), (1, Some("0.safetensors")));
}

#[derive(wb::Module)]
#[module(crate = wb)]
struct Number {
    #[param(shape = [1])]
    t: wb::Tensor<u8>,
}

/// A process that may have 32 files open reads 60 shards, and 60 files without an index.
#[cfg(target_os = "linux")]
#[test]
fn more_shards_than_a_process_may_open() {
    const NAME: &str = "shards::more_shards_than_a_process_may_open";
    // a shell passes on only what could be a variable of its own
    const DIRECTORY: &str = "WEIGHBRIDGE_SHARDS";
    const SHARDS: usize = 60;
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        let directory = Path::new(&directory);
        let files = Source::files((0..SHARDS).map(|number| directory.join(format!("{number}.safetensors"))));
        let numbers =
            |modules: Vec<Number>| modules.iter().map(|one| usize::from(one.t.as_slice()[0])).collect::<Vec<_>>();
        for source in [Source::from(directory), files] {
            let checkpoint = Checkpoint::open(source).unwrap();
            assert_eq!(checkpoint.file_count(), SHARDS);
            for threads in [1, 4] {
                let loaded = wb::Loader::new().threads(threads).load::<Vec<Number>>(&checkpoint).unwrap();
                assert_eq!(numbers(loaded.module), (0..SHARDS).collect::<Vec<_>>());
            }
        }
        return println!("read");
    }
    let shards: Vec<Vec<u8>> = (0..SHARDS)
        .map(|i| {
            raw_safetensors(&format!(r#"{{"{i}.t":{{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}}"#), &[i as u8])
        })
        .collect();
    let directory = directory(&shards, |number| vec![format!("{number}.t")]);
    let mut child = std::process::Command::new("sh");
    child.args(["-c", "ulimit -n 32 && exec \"$@\"", "sh"]).arg(std::env::current_exe().unwrap());
    let output = child.args(["--exact", NAME, "--nocapture"]).env(DIRECTORY, directory.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("read\n"), "{output:?}");
}
