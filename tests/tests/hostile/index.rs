//! Indices that lie about their shards. Each test says what others do with the files ("peers": transformers,
//! huggingface_hub, mlx-lm), and asserts what is refused here, or says why it is accepted.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use wb::{Checkpoint, CheckpointError, Loader, Module, Problem, ProblemKind, Tensor};

/// A safetensors file of U8 tensors of one element each.
fn shard(names: &[&str]) -> Vec<u8> {
    let tensors: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(i, name)| format!(r#""{name}":{{"dtype":"U8","shape":[1],"data_offsets":[{i},{}]}}"#, i + 1))
        .collect();
    let header = format!("{{{}}}", tensors.join(","));
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.bytes());
    file.extend((0..names.len()).map(|i| i as u8));
    file
}

const INDEX: &str = "model.safetensors.index.json";

/// A folder of shards and the index `{"weight_map": …}`, with this in place of the dots.
fn folder(weight_map: &str, shards: &[(&str, &[&str])]) -> TempDir {
    whole(&format!(r#"{{"metadata":{{"total_size":2}},"weight_map":{weight_map}}}"#), shards)
}

fn whole(index: &str, shards: &[(&str, &[&str])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, tensors) in shards {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, shard(tensors)).unwrap();
    }
    fs::write(folder.path().join(INDEX), index).unwrap();
    folder
}

fn open(folder: &TempDir) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::open(folder.path().join(INDEX).as_path())
}

#[track_caller]
fn problems(folder: &TempDir) -> Vec<Problem> {
    match open(folder) {
        Err(CheckpointError::Container { problems, .. }) => problems,
        other => panic!("not refused as a container: {other:?}"),
    }
}

#[track_caller]
fn refused(folder: &TempDir, kind: ProblemKind, tensor: Option<&str>) -> String {
    let problems = problems(folder);
    let [problem] = problems.as_slice() else { panic!("{problems:#?}") };
    assert_eq!((problem.kind, problem.tensor.as_deref()), (kind, tensor), "{problem}");
    problem.to_string()
}

fn names(checkpoint: &Checkpoint) -> Vec<String> {
    checkpoint.iter().map(|entry| entry.name().to_owned()).collect()
}

#[test]
fn a_true_index() {
    let folder = folder(
        r#"{"a":"x-00001-of-00002.safetensors","b":"sub/x.safetensors"}"#,
        // Names that say nothing: the shards of bloom have another pattern, and extra ones have no number.
        &[("x-00001-of-00002.safetensors", &["a"]), ("sub/x.safetensors", &["b"])],
    );
    assert_eq!(names(&open(&folder).unwrap()), ["a", "b"]);
}

#[test]
fn a_file_beside_the_shards_is_left_alone() {
    // peers: mlx-lm reads every file that its pattern matches, and the last one wins
    let folder = folder(
        r#"{"a":"model-1.safetensors"}"#,
        &[("model-1.safetensors", &["a"]), ("model-2.safetensors", &["a", "stray"])],
    );
    assert_eq!(names(&open(&folder).unwrap()), ["a"]);
}

#[test]
fn a_shard_that_is_absent() {
    // peers: loaded as garbage by some servers
    let folder = folder(r#"{"a":"1.safetensors","b":"2.safetensors"}"#, &[("1.safetensors", &["a"])]);
    let [problem] = &problems(&folder)[..] else { panic!() };
    assert_eq!(problem.kind, ProblemKind::Index);
    assert!(!problem.message.contains("`b`"), "what is in the absent shard cannot be told: {problem}");
}

#[test]
fn an_index_of_other_files_than_those_beside_it() {
    // peers: a missing file
    let folder = folder(
        r#"{"a":"model-00001-of-00004.safetensors","b":"model-00002-of-00004.safetensors"}"#,
        &[("model-00001-of-00003.safetensors", &["a"]), ("model-00002-of-00003.safetensors", &["b"])],
    );
    let text = open(&folder).unwrap_err().to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].ends_with(": 3 problems"), "{text}");
    assert!(
        lines[1].starts_with("  `model-{00001..=00002}-of-00004.safetensors`: the index names this shard, and it is"),
        "{text}"
    );
    assert!(
        lines[2].starts_with("  beside the index lie `model-{00001..=00002}-of-00003.safetensors`, which it does not"),
        "{text}"
    );
}

#[test]
fn a_key_that_its_shard_does_not_hold() {
    // peers: not looked at; the parameter keeps its random values
    let folder = folder(r#"{"a":"1.safetensors","b":"1.safetensors"}"#, &[("1.safetensors", &["a"])]);
    let text = refused(&folder, ProblemKind::Index, Some("b"));
    assert!(text.contains("`1.safetensors`") && text.contains("no other shard"), "{text}");
}

#[test]
fn a_key_that_another_shard_holds() {
    // peers: not looked at
    let folder = folder(
        r#"{"a":"1.safetensors","b":"1.safetensors","c":"2.safetensors"}"#,
        &[("1.safetensors", &["a"]), ("2.safetensors", &["b", "c"])],
    );
    let text = refused(&folder, ProblemKind::Index, Some("b"));
    assert!(text.contains("`1.safetensors`, which does not hold it; `2.safetensors` does"), "{text}");
}

#[test]
fn a_key_that_the_index_does_not_list() {
    // peers: ignored or loaded, as it happens
    let folder = folder(r#"{"a":"1.safetensors"}"#, &[("1.safetensors", &["a", "b"])]);
    let text = refused(&folder, ProblemKind::Index, Some("b"));
    let byte = shard(&["a", "b"]).len() - 1;
    assert!(text.contains("`1.safetensors`") && text.contains(&format!("byte {byte}")), "{text}");
}

#[test]
fn a_key_in_two_shards() {
    // peers: the shard that is loaded last wins, and the order is that of a set
    let folder = folder(
        r#"{"a":"1.safetensors","b":"2.safetensors"}"#,
        &[("1.safetensors", &["a"]), ("2.safetensors", &["a", "b"])],
    );
    // the list shows both, and a load refuses the name unless it ignores it
    #[derive(Module)]
    #[module(crate = wb)]
    struct B {
        #[param(shape = [1])]
        b: Tensor<u8>,
    }
    let checkpoint = open(&folder).unwrap();
    assert_eq!((checkpoint.len(), checkpoint.named("a").count()), (3, 2));
    let refused = Loader::new().check::<B>(&checkpoint).unwrap_err().to_string();
    assert!(refused.contains("of 1.safetensors and at byte") && refused.contains("of 2.safetensors"), "{refused}");
    Loader::new().ignore(["a"]).check::<B>(&checkpoint).unwrap();
}

#[test]
fn everything_is_told_at_once() {
    let folder = folder(
        r#"{"a":"1.safetensors","gone":"1.safetensors","c":"3.safetensors","d":"2.safetensors"}"#,
        &[("1.safetensors", &["a", "d"]), ("2.safetensors", &["a", "new"])],
    );
    let found = problems(&folder);
    assert!(found.iter().all(|problem| problem.kind == ProblemKind::Index), "{found:#?}");
    assert_eq!(found.len(), 4, "absent shard, absent key, wrong shard, unlisted key: {found:#?}");
}

#[test]
fn one_tensor_listed_twice() {
    // peers: the last one wins
    let text = r#"{"a":"1.safetensors", "a":"2.safetensors"}"#;
    let folder = folder(text, &[("1.safetensors", &["a"]), ("2.safetensors", &[])]);
    let index = fs::read_to_string(folder.path().join(INDEX)).unwrap();
    let [problem] = &problems(&folder)[..] else { panic!() };
    let second = index.rfind(r#""a""#).unwrap() as u64;
    assert_eq!(
        (problem.kind, problem.tensor.as_deref(), problem.offset),
        (ProblemKind::Duplicate, Some("a"), Some(second))
    );
    // the same in another spelling
    let folder = self::folder(r#"{"a":"1.safetensors","\u0061":"1.safetensors"}"#, &[("1.safetensors", &["a"])]);
    refused(&folder, ProblemKind::Duplicate, Some("a"));
}

#[test]
fn one_part_of_the_index_twice() {
    // peers: the last one wins
    let index = r#"{"weight_map":{"a":"1.safetensors"},"weight_map":{"b":"1.safetensors"}}"#;
    refused(&whole(index, &[("1.safetensors", &["a"])]), ProblemKind::Duplicate, None);
    let index = r#"{"metadata":{"x":1,"x":2},"weight_map":{"a":"1.safetensors"}}"#;
    refused(&whole(index, &[("1.safetensors", &["a"])]), ProblemKind::Duplicate, None);
}

#[test]
fn an_index_that_is_none() {
    // peers: a KeyError
    let text = refused(&whole(r#"{"model_type":"llama"}"#, &[]), ProblemKind::Header, None);
    assert!(text.contains("`weight_map`"), "{text}");
    refused(&whole(r#"{"weight_map":["a"]}"#, &[]), ProblemKind::Header, None);
    refused(&whole(r#"{"weight_map":{"a":1}}"#, &[]), ProblemKind::Header, Some("a"));
    refused(&whole(r#"{"weight_map":{"a":"#, &[]), ProblemKind::Header, None);
    refused(&whole(r#"["a"]"#, &[]), ProblemKind::Header, None);
    for (text, words) in [
        (
            r#"{"error":"Repository\nnot found"}"#,
            "not an index of shards but the answer of a server, which says `Repository not found`; download the file again",
        ),
        (r#"{"error":{"x":1},"message":"Access denied"}"#, "which says `Access denied`"),
        (r#"{"error":{"code":404,"message":"No such object"}}"#, "which says `No such object`; "),
        (r#"{"architectures":["A"]}"#, "but the configuration of a model; give the path of the weights"),
        (r#"{"peft_type":"LORA"}"#, "but the configuration of an adapter; "),
        (r#"{"_class_name":"A","_diffusers_version":"1"}"#, "but the configuration of a diffusers pipeline"),
        (r#"{"h":{"0":1},"\u001b":2}"#, "a JSON object with `\\u{1b}`, `h`; give the path of a checkpoint"),
        ("{}", "an empty JSON object; fetch the file again"),
        ("\u{feff}{}", "the text begins with a byte order mark; save it as UTF-8 without one"),
        (r#"{"weight_map":{}}"#, "`weight_map` is empty, so the index lists no tensors; fetch the index again"),
    ] {
        let text = refused(&whole(text, &[("model-00001-of-00001.safetensors", &["a"])]), ProblemKind::Header, None);
        assert!(text.contains(words), "{text}");
    }
    // the same text in memory
    let error = Checkpoint::open(r#"{"error":"Entry not found"}"#.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("which says `Entry not found`; "), "{error}");
}

#[test]
fn other_keys_are_left_alone() {
    // They belong to the programs that wrote them, and none can change which file holds a tensor.
    let index =
        r#"{"metadata":{"total_size":2,"total_parameters":"2","more":[1]},"weight_map":{"a":"1.safetensors"},"x":{}}"#;
    let checkpoint = open(&whole(index, &[("1.safetensors", &["a"])])).unwrap();
    assert_eq!(names(&checkpoint), ["a"]);
    let index = r#"{"metadata":null,"weight_map":{"a":"1.safetensors"}}"#;
    assert!(open(&whole(index, &[("1.safetensors", &["a"])])).is_ok());
}

#[test]
fn a_wrong_total_size_is_accepted() {
    // peers: not looked at. Tensors that share storage count once, and merged checkpoints are often wrong.
    let index = r#"{"metadata":{"total_size":999999},"weight_map":{"a":"1.safetensors"}}"#;
    assert!(open(&whole(index, &[("1.safetensors", &["a"])])).is_ok());
}

#[test]
fn names_of_files_that_lead_elsewhere() {
    // peers: transformers joins them to the folder's path as they are
    let hostile = [
        "../1.safetensors",
        "a/../../1.safetensors",
        "/etc/1.safetensors",
        "C:/1.safetensors",
        "C:1.safetensors",
        r"..\\1.safetensors",
        r"a\\1.safetensors",
        r"\\\\server\\share\\1.safetensors",
        "",
        "./1.safetensors",
        "a//1.safetensors",
        "a/",
        r"1\u0000.safetensors",
    ];
    for name in hostile {
        let folder = folder(&format!(r#"{{"a":"{name}"}}"#), &[]);
        let [problem, ..] = &problems(&folder)[..] else { panic!("{name}") };
        assert_eq!((problem.kind, problem.tensor.as_deref()), (ProblemKind::Name, Some("a")), "{name}: {problem}");
        assert!(problem.offset.is_some() || name.contains('\\'), "{problem}");
    }
}

#[test]
fn a_pickle_in_an_index_of_safetensors() {
    // peers: opened by what its extension says, so the index decides that a pickle is run
    let folder = folder(r#"{"a":"pytorch_model-1-of-2.bin","b":"pytorch_model-2-of-2.bin"}"#, &[]);
    let [first, second] = &problems(&folder)[..] else { panic!() };
    assert_eq!((first.kind, second.kind), (ProblemKind::Index, ProblemKind::Index));
    assert_eq!(first.tensor.as_deref(), Some("pytorch_model-1-of-2.bin"));
    let text = open(&folder).unwrap_err().to_string();
    assert!(
        text.contains("\n  `pytorch_model-{1..=2}-of-2.bin`: ")
            && text.contains("get the checkpoint's safetensors, or its `*.bin.index.json`"),
        "{text}"
    );
}

#[test]
fn a_damaged_shard_is_told_with_its_name() {
    let folder = folder(r#"{"a":"1.safetensors","b":"2.safetensors"}"#, &[("1.safetensors", &["a"])]);
    fs::write(folder.path().join("2.safetensors"), &shard(&["b"])[..40]).unwrap();
    let [problem] = &problems(&folder)[..] else { panic!() };
    assert_eq!(problem.kind, ProblemKind::Truncated);
}

#[cfg(unix)]
#[test]
fn links_out_of_the_folder_are_followed() {
    // A cache of checkpoints is made of them, so where a link leads says nothing.
    let folder = folder(r#"{"a":"1.safetensors"}"#, &[]);
    let blobs = tempfile::tempdir().unwrap();
    let blob = blobs.path().join("4f2a");
    fs::write(&blob, shard(&["a"])).unwrap();
    std::os::unix::fs::symlink(&blob, folder.path().join("1.safetensors")).unwrap();
    assert_eq!(names(&open(&folder).unwrap()), ["a"]);
}

#[test]
fn the_real_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/llama-sharded/model.safetensors.index.json");
    assert_eq!(Checkpoint::open(Path::new(path)).unwrap().iter().count(), 30);
}
