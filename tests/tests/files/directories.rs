//! Directories as programs and downloads leave them: which file is the checkpoint, and what is said where that is unclear.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use wb::{Checkpoint, CheckpointError, DType};
use weighbridge_tests::files::safetensors;

/// A directory of these files. A name that ends with `.safetensors`, or is that of a shard, is one with a tensor of the
/// name before the colon of its contents; anything else is written as it is.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, contents) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match contents.strip_prefix("tensor ") {
            Some(tensor) => fs::write(path, safetensors(&[(tensor, DType::U8, &[1], &[7])])).unwrap(),
            None => fs::write(path, contents).unwrap(),
        }
    }
    directory
}

/// An index of these tensors and files.
fn index(listed: &[(&str, &str)]) -> String {
    let listed: Vec<String> = listed.iter().map(|(name, file)| format!(r#""{name}":"{file}""#)).collect();
    format!(r#"{{"metadata":{{"total_size":1}},"weight_map":{{{}}}}}"#, listed.join(","))
}

#[track_caller]
fn opened(directory: &TempDir, expected: &str) {
    let checkpoint = Checkpoint::open(directory.path()).unwrap();
    assert_eq!(Path::new(checkpoint.label()), directory.path().join(expected));
}

/// What is said of a directory that is refused, without its name.
#[track_caller]
fn refused(directory: &TempDir) -> String {
    let error = match Checkpoint::open(directory.path()) {
        Err(error @ CheckpointError::Container { .. }) => error.to_string(),
        other => panic!("not refused: {other:?}"),
    };
    let name = format!("{}: ", directory.path().display());
    error.strip_prefix(&name).unwrap_or_else(|| panic!("{error}")).to_owned()
}

const INDEX: &str = "model.safetensors.index.json";

#[test]
fn an_index_of_the_one_file_beside_it_wins() {
    // as mlx-lm saves a model that fits into one file
    let listed = index(&[("a", "model.safetensors")]);
    opened(&directory(&[(INDEX, &listed), ("model.safetensors", "tensor a")]), INDEX);
    let listed = index(&[("a", "weights.safetensors"), ("b", "model.safetensors")]);
    let files = [(INDEX, listed.as_str()), ("model.safetensors", "tensor b"), ("weights.safetensors", "tensor a")];
    opened(&directory(&files), INDEX);
}

#[test]
fn an_index_that_does_not_list_the_whole_file_beside_it_is_a_question() {
    let listed = index(&[("a", "model-00001-of-00002.safetensors"), ("b", "model-00002-of-00002.safetensors")]);
    let shards = [("model-00001-of-00002.safetensors", "tensor a"), ("model-00002-of-00002.safetensors", "tensor b")];
    let stray = directory(&[&shards[..], &[(INDEX, &listed), ("model.safetensors", "tensor a")]].concat());
    assert_eq!(
        refused(&stray),
        "it has `model.safetensors.index.json`, which lists `model-{00001..=00002}-of-00002.safetensors`, all of \
         which are there, and `model.safetensors`, which is not in that list; give the path of the one that is meant"
    );
    // both paths work
    assert_eq!(Checkpoint::open(stray.path().join(INDEX)).unwrap().len(), 2);
    assert_eq!(Checkpoint::open(stray.path().join("model.safetensors")).unwrap().len(), 1);
    // a file of another name is another checkpoint's business
    opened(&directory(&[&shards[..], &[(INDEX, &listed), ("consolidated.safetensors", "tensor x")]].concat()), INDEX);
}

#[test]
fn variants_of_an_index_are_indices() {
    let variant = "diffusion_pytorch_model.safetensors.index.fp16.json";
    let listed = index(&[("a", "d.fp16-00001-of-00002.safetensors"), ("b", "d.fp16-00002-of-00002.safetensors")]);
    let shards = [("d.fp16-00001-of-00002.safetensors", "tensor a"), ("d.fp16-00002-of-00002.safetensors", "tensor b")];
    let whole = directory(&[&shards[..], &[(variant, &listed)]].concat());
    opened(&whole, variant);
    assert_eq!(Checkpoint::open(whole.path().join(variant)).unwrap().len(), 2);
    let partial = directory(&[shards[0], (variant, &listed)]);
    let text = refused_index(&partial, variant);
    assert!(
        text.starts_with("`d.fp16-00002-of-00002.safetensors`: the index names this shard, and it is not there; "),
        "{text}"
    );
    // the same model in full precision, in one file
    let both =
        directory(&[&shards[..], &[(variant, &listed), ("diffusion_pytorch_model.safetensors", "tensor a")]].concat());
    let text = refused(&both);
    assert!(text.contains("`diffusion_pytorch_model.safetensors`, which is not in that list; give the path"), "{text}");
}

/// What is said of the index in a directory, without its name.
#[track_caller]
fn refused_index(directory: &TempDir, index: &str) -> String {
    let error = Checkpoint::open(directory.path()).unwrap_err().to_string();
    let name = format!("{}: ", directory.path().join(index).display());
    error.strip_prefix(&name).unwrap_or_else(|| panic!("{error}")).to_owned()
}

#[test]
fn two_indices_are_named_with_what_is_there_of_each() {
    let full = index(&[("a", "1.safetensors"), ("b", "2.safetensors")]);
    let half = index(&[("a", "h.safetensors")]);
    let two = directory(&[
        (INDEX, &full),
        ("model.safetensors.index.fp16.json", &half),
        ("1.safetensors", "tensor a"),
        ("h.safetensors", "tensor a"),
    ]);
    assert_eq!(
        refused(&two),
        "it has 2 indices: `model.safetensors.index.fp16.json` (lists 1 file, which is there), \
         `model.safetensors.index.json` (lists 2 files, of which 1 is there); give the path of the one that is meant"
    );
    assert_eq!(Checkpoint::open(two.path().join("model.safetensors.index.fp16.json")).unwrap().len(), 1);
}

#[test]
fn hidden_files_are_not_there() {
    let apple = "\0\u{5}\u{16}\u{7}\0\u{2}\0\0Mac OS X        ";
    let files = [
        ("model.safetensors", "tensor a"),
        ("._model.safetensors", apple),
        ("._model.safetensors.index.json", apple),
        (".DS_Store", "x"),
        (".cache/model.safetensors", "x"),
        ("model.safetensors:Zone.Identifier", "[ZoneTransfer]"),
    ];
    opened(&directory(&files), "model.safetensors");
    let text = refused(&directory(&files[1..4]));
    assert!(text.starts_with("it is empty; "), "{text}");
    let named = directory(&files).path().join("._model.safetensors");
    assert!(!named.exists());
}

#[test]
fn a_part_of_a_download_is_refused_with_what_is_absent() {
    for (there, absent) in [
        (
            "model-00001-of-00004.safetensors",
            "`model-{00002..=00004}-of-00004.safetensors` and `model.safetensors.index.json`",
        ),
        ("model.safetensors-00001-of-00002", "`model.safetensors-00002-of-00002` and `model.safetensors.index.json`"),
        ("consolidated-00002-of-00003.safetensors", "`consolidated-{00001, 00003}-of-00003.safetensors` and"),
        ("model_00001-of-00002.safetensors", "`model_00002-of-00002.safetensors` and `model.safetensors.index.json`"),
        ("consolidated.00-of-08.safetensors", "`consolidated.{01..=07}-of-08.safetensors` and"),
        (
            "diffusion_pytorch_model.fp16-00001-of-00002.safetensors",
            "`diffusion_pytorch_model.fp16-00002-of-00002.safetensors`",
        ),
    ] {
        let partial = directory(&[(there, "tensor a")]);
        let text = refused(&partial);
        assert!(text.contains(&format!("it has `{there}` of a checkpoint in ")), "{text}");
        assert!(text.contains(&format!("and no index; download {absent}")), "{text}");
        // the remedy: one file by its own path is opened
        assert!(text.ends_with("or give the path of a file to open it alone"), "{text}");
        assert_eq!(Checkpoint::open(partial.path().join(there)).unwrap().len(), 1);
    }
    // the only one of one
    opened(&directory(&[("model-00001-of-00001.safetensors", "tensor a")]), "model-00001-of-00001.safetensors");
}

#[test]
fn several_files_without_an_index_are_named() {
    let four: Vec<(String, String)> =
        (1..=4).map(|i| (format!("model-{i:05}-of-00004.safetensors"), format!("tensor {i}"))).collect();
    let four: Vec<(&str, &str)> = four.iter().map(|(name, tensor)| (name.as_str(), tensor.as_str())).collect();
    assert_eq!(
        refused(&directory(&four)),
        "it has the 4 files of a checkpoint, `model-{00001..=00004}-of-00004.safetensors`, and no index that says what is in \
         which; download `model.safetensors.index.json` too, or load the files as one checkpoint with `Source::files`"
    );
    let text = refused(&directory(&[&four[..3], &[("adapter.safetensors", "tensor a")]].concat()));
    assert_eq!(
        text,
        "it has 2 checkpoints and no index (`adapter.safetensors`, `model-{00001..=00003}-of-00004.safetensors` without \
         `model-00004-of-00004.safetensors`); give the path of the one that is meant (in Rust, `Source::files` loads several \
         as one)"
    );
    let parts = [("model-00001-of-00002.safetensors", "tensor a"), ("model-00001-of-00003.safetensors", "tensor a")];
    let text = refused(&directory(&parts));
    assert!(
        text.starts_with(
            "it has parts of 2 checkpoints and no index (`model-00001-of-00002.safetensors` without \
             `model-00002-of-00002.safetensors`, `model-00001-of-00003.safetensors` without \
             `model-{00002..=00003}-of-00003.safetensors`); "
        ),
        "{text}"
    );
    let text = refused(&directory(&[("model.safetensors", "tensor a"), ("mel_filters.npz", "x")]));
    assert!(text.starts_with("it has 2 checkpoints and no index (`mel_filters.npz`, `model.safetensors`); "), "{text}");
}

#[test]
fn downloads_that_run_are_told() {
    let text = refused(&directory(&[("model.safetensors.part", "x"), ("config.json", "{}")]));
    assert!(text.contains("`model.safetensors.part` is a download that has not ended: wait"), "{text}");
    let text = refused(&directory(&[("model.safetensors", "tensor a"), ("model.safetensors.aria2", "x")]));
    assert!(
        text.starts_with("`model.safetensors.aria2` says that the download of the file beside it has not ended; "),
        "{text}"
    );
    // a newer one that is still on its way does not change the file that is there
    opened(
        &directory(&[("model.safetensors", "tensor a"), ("model.safetensors.crdownload", "x")]),
        "model.safetensors",
    );
}

#[test]
fn what_is_there_instead_is_named() {
    for (file, words) in [
        (
            "model.pkl",
            "`model.pkl`, by name a Python pickle that `torch.save` did not write, which can run arbitrary code",
        ),
        ("llama.llamafile", "a llamafile, a program with a GGUF file in it; get the `.gguf` of the model"),
        (
            "optimizer.pt",
            "`optimizer.pt`, by name what a training keeps besides its weights; give the path of the weights",
        ),
        ("training_args.bin", "what a training keeps besides its weights"),
        ("tf_model.h5", "an HDF5 file"),
        ("model.keras", "a Keras archive"),
        ("flax_model.msgpack", "a msgpack file (Flax)"),
        ("model.onnx", "an ONNX model"),
        ("saved_model.pb", "a TensorFlow graph"),
        ("model.tflite", "a TensorFlow Lite model"),
        ("variables.data-00000-of-00001", "a part of a TensorFlow checkpoint"),
        ("model.ckpt.index", "a part of a TensorFlow checkpoint"),
        ("__0_0.distcp", "a part of a distributed PyTorch checkpoint"),
        ("weights.npy", "a single .npy array"),
        ("weights.zip", "a zip archive; unpack it first"),
        ("model.tar.gz", "a tar archive"),
        ("model.safetensors.zst", "a Zstandard file"),
    ] {
        let text = refused(&directory(&[(file, "x"), ("config.json", "{}")]));
        assert!(
            text.starts_with("it has no `.safetensors`, ") && text.contains(&format!(", but `{file}`, by name ")),
            "{text}"
        );
        assert!(text.contains(words), "{text}");
    }
    let all = [("flax_model.msgpack", "x"), ("model.pkl", "x"), ("other.pickle", "x"), ("tf_model.h5", "x")];
    let text = refused(&directory(&all));
    let words = [
        "`model.pkl`, `other.pickle`, by name a Python pickle",
        ", and `flax_model.msgpack`, by name a msgpack file (Flax), and `tf_model.h5`, by name an HDF5 file (Keras, h5py); ",
        "; if you trust it, save its arrays with `safetensors.numpy.save_file`",
    ];
    assert!(words.iter().all(|words| text.contains(words)), "{text}");
    let text = refused(&directory(&[("config.json", "{}")]));
    assert!(text.ends_with("; give the path of a checkpoint"), "{text}");
}

#[test]
fn folders_below_that_hold_a_checkpoint_are_named() {
    let pipeline = directory(&[
        ("model_index.json", "{}"),
        ("scheduler/scheduler_config.json", "{}"),
        ("unet/diffusion_pytorch_model.safetensors", "tensor a"),
        ("vae/diffusion_pytorch_model.safetensors", "tensor a"),
    ]);
    assert_eq!(
        refused(&pipeline),
        "it is a diffusers pipeline, with checkpoints in `unet`, `vae`; give the path of one of these folders"
    );
    assert_eq!(Checkpoint::open(pipeline.path().join("unet")).unwrap().len(), 1);

    let cache = directory(&[
        ("models--org--name/blobs/0a1b", "x"),
        ("models--org--name/refs/main", "77cafe"),
        ("models--org--name/snapshots/77cafe/model.safetensors", "tensor a"),
        ("models--org--name/snapshots/88beef/model.safetensors", "tensor a"),
        ("models--org--name/snapshots/99dead/config.json", "{}"),
    ]);
    assert_eq!(
        refused(&cache),
        "it is a Hub cache, with checkpoints in `models--org--name/snapshots/77cafe` (`main`), \
         `models--org--name/snapshots/88beef`; give the path of one of these folders"
    );
    let error = Checkpoint::open(cache.path().join("models--org--name")).unwrap_err().to_string();
    assert!(
        error.contains(
            "it is a model in a Hub cache, with checkpoints in `snapshots/77cafe` (`main`), `snapshots/88beef`; "
        ),
        "{error}"
    );

    let training = directory(&[("optimizer.pt", "x"), ("checkpoint-500/pytorch_model.bin", "x")]);
    let text = refused(&training);
    assert!(text.contains("`optimizer.pt`, by name") && text.ends_with("that has one: `checkpoint-500`"), "{text}");
    let below = refused(&directory(&[("b/model.safetensors", "tensor a"), ("a/x/model.npz", "x")]));
    assert!(below.ends_with("; give the path of a folder below that has one: `b`"), "{below}");
}

#[test]
fn an_index_that_lists_nothing_is_told() {
    let empty = directory(&[(INDEX, r#"{"weight_map":{}}"#), ("model-00001-of-00002.safetensors", "tensor a")]);
    let text = refused_index(&empty, INDEX);
    assert!(text.contains("`weight_map` is empty") && text.contains("fetch the index again"), "{text}");
}

/// What is said of a path that cannot be opened, without the path.
#[track_caller]
fn unopened(path: &Path) -> String {
    match Checkpoint::open(path) {
        Err(CheckpointError::Io { source, .. }) => {
            assert_eq!(source.kind(), std::io::ErrorKind::NotFound);
            source.to_string()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_path_where_nothing_is_says_what_is_near() {
    let directory = directory(&[("model.safetensors", "tensor a"), ("sub/x.npz", "x")]);
    let at = |name: &str| directory.path().join(name);
    assert_eq!(
        unopened(&at("model.safetensor")),
        format!("there is no such file; did you mean `{}`?", at("model.safetensors").display())
    );
    assert_eq!(unopened(&at("w.npz")), "there is no such file; its folder has `model.safetensors`");
    assert_eq!(
        unopened(&at("subb/x.npz")),
        format!("there is no folder `subb`; did you mean `{}`?", at("sub").display())
    );
    let lock = at("model.lock");
    assert_eq!(
        unopened(&lock),
        format!("there is no such file; make a lock by `weighbridge lock CHECKPOINT > {}`", lock.display())
    );
    assert_eq!(unopened(&at("sub/other/x.npz")), "there is no folder `other`; check the path");
    let error = Checkpoint::open(at("model.safetensors/x")).unwrap_err();
    let CheckpointError::Io { source, .. } = error else { panic!("{error}") };
    assert!(source.to_string().ends_with("is a file and not a folder; give its path"), "{source}");
}

#[test]
fn what_lies_there_instead_is_named() {
    // the bytes decide what a file is
    let odd = directory(&[("model.st", "tensor a"), ("config.json", "{}")]);
    let text = refused(&odd);
    assert!(text.ends_with(", but `model.st`; if it is a checkpoint, give its path"), "{text}");
    Checkpoint::open(odd.path().join("model.st")).unwrap();
    // a name without its ending
    let good = directory(&[("good.safetensors", "tensor a"), ("model.ckpt-1.index", "x"), ("model.ckpt-1.meta", "x")]);
    let at = |name: &str| good.path().join(name);
    let text = unopened(&at("good"));
    assert_eq!(text, format!("there is no such file; did you mean `{}`?", at("good.safetensors").display()));
    let text = unopened(&at("model.ckpt-1"));
    assert!(text.contains("the prefix of the files of a TensorFlow checkpoint: read it with `tf.train"), "{text}");
    // a table of TOML is no JSON
    fs::write(at("pyproject.safetensors"), "[tool.poetry]\nname = \"x\"\n").unwrap();
    let text = Checkpoint::open(at("pyproject.safetensors")).unwrap_err().to_string();
    assert!(text.contains("a text `[tool.poetry] name = \"x\"`") && !text.contains("JSON"), "{text}");
    for json in ["[1, 2]", "[[true]]", "[null]", "{}"] {
        fs::write(at("list.safetensors"), format!("{json}          ")).unwrap();
        let text = Checkpoint::open(at("list.safetensors")).unwrap_err().to_string();
        assert!(text.contains("JSON"), "{text}");
    }
    // an index that was cut
    let text = index(&[("a", "model.safetensors")]);
    fs::write(at(INDEX), &text[..text.len() / 2]).unwrap();
    let text = Checkpoint::open(at(INDEX)).unwrap_err().to_string();
    assert!(text.contains("the JSON ends in the middle") && text.contains("; fetch the file again"), "{text}");
}

#[cfg(feature = "torch")]
#[test]
fn a_program_of_torch_is_no_state_dict() {
    use std::io::Write;

    let archive = |members: &[&str]| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for member in members {
            let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
            zip.start_file(*member, stored).unwrap();
            zip.write_all(b"x").unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    let text = |members: &[&str]| Checkpoint::open(archive(members)).unwrap_err().to_string();
    let script = text(&["script/data.pkl", "script/code/__torch__.py", "script/version"]);
    assert!(script.contains("TorchScript") && script.contains("save its `state_dict()` with"), "{script}");
    let saved = text(&["archive/data.pkl", "archive/data/0", "archive/version"]);
    assert!(saved.contains("version of the archive") && !saved.contains("TorchScript"), "{saved}");
}

#[test]
fn what_is_no_path_says_so() {
    for (path, words) in [
        ("https://example.org/model.safetensors", "this is an address, and only files are opened; download it, "),
        ("s3://bucket/model.safetensors", "this is an address"),
        (
            "hf://no-such-org/name",
            "does not have it; download them with `hf download no-such-org/name`, or set `HF_HUB_CACHE`",
        ),
        (
            "hf://no-such-org/name@v2/unet/x.npz",
            "does not have it; download it with `hf download no-such-org/name unet/x.npz --revision v2`, or set",
        ),
        (
            "hf://spaces/no-such-org/name/unet",
            "download them with `hf download no-such-org/name --include 'unet/*' --repo-type space`, or set",
        ),
        ("hf://", "it names no repository; write `hf://organisation/name`"),
        (
            "https://huggingface.co/org/name/resolve/v2/model.safetensors?download=true",
            "`hf download org/name model.safetensors --revision v2 --local-dir DIRECTORY`",
        ),
        ("https://huggingface.co/org/name/tree/main", "`hf download org/name --local-dir DIRECTORY`"),
        ("file:///no/such.npz", "this is an address; give the path without it: `/no/such.npz`"),
        ("~nobody/x.npz", "`~` is replaced by a shell, and not here; give the whole path"),
        ("$HOME/x.npz", "variables are replaced by a shell"),
        ("no-such/model-*.safetensors", "`*` is replaced by a shell"),
        ("", "the path is empty"),
        ("no-such-org/no-such-model", "`hf download no-such-org/no-such-model --local-dir DIRECTORY`"),
        ("no-such-org/no-such@v2", "`hf download no-such-org/no-such --revision v2 --local-dir DIRECTORY`"),
    ] {
        let text = unopened(Path::new(path));
        assert!(text.contains(words), "{path}: {text}");
    }
    let home = std::env::home_dir().unwrap();
    let text = unopened(Path::new("~/no-such.npz"));
    assert!(text.ends_with(&format!("give `{}`", home.join("no-such.npz").display())), "{text}");
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_say_where() {
    let directory = directory(&[("x", "")]);
    let link = directory.path().join("model.safetensors");
    std::os::unix::fs::symlink("../../blobs/0a1b", &link).unwrap();
    // in a directory, and by its path
    for path in [directory.path(), &link] {
        assert_eq!(
            unopened(path),
            "it is a link into a Hub cache, to `../../blobs/0a1b`, which is not there; download the checkpoint again"
        );
    }
    let listed = index(&[("a", "model.safetensors")]);
    fs::write(directory.path().join(INDEX), listed).unwrap();
    let text = refused_index(&directory, INDEX);
    assert!(
        text.starts_with(
            "`model.safetensors`: the index names this shard, and it is a link to a file that is not there; "
        ),
        "{text}"
    );
}

#[cfg(unix)]
#[test]
fn a_blob_that_is_on_its_way_is_waited_for() {
    let cache = directory(&[("blobs/0a1b.incomplete", "x"), ("snapshots/7/config.json", "{}")]);
    let link = cache.path().join("snapshots/7/model.safetensors");
    std::os::unix::fs::symlink("../../blobs/0a1b", &link).unwrap();
    let text = unopened(&cache.path().join("snapshots/7"));
    assert!(text.ends_with("whose download has not ended: wait until it has, or start it again"), "{text}");
}
