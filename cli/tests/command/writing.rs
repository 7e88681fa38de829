//! `lock`, `generate` and `convert`: what they write, and that nothing is lost.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::{fixture, run, tensors};

/// A directory to write to, and the paths in it.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Scratch {
        Scratch(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn place(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// The names of its files, to see that nothing is left behind.
    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[test]
fn a_lock_says_what_there_is_and_folds_the_layers() {
    let text = run(["lock", "fixtures/llama"]).quiet(0);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "# weighbridge lock 1");
    let real = tensors(&fixture("llama/model.safetensors"));
    let expanded: Vec<String> = lines[1..]
        .iter()
        .flat_map(|line| match line.split_once("{0..=2}") {
            Some((before, behind)) => (0..3).map(|layer| format!("{before}{layer}{behind}")).collect(),
            None => vec![(*line).to_owned()],
        })
        .collect();
    let mut expanded: Vec<String> =
        expanded.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    expanded.sort();
    let listed = real.iter().map(|(name, dtype, shape)| format!("{name} {dtype} {shape:?}"));
    assert_eq!(expanded, listed.collect::<Vec<_>>());
    assert_eq!(lines.len() - 1, real.len() - 2 * 9, "nine tensors of three layers are nine lines");

    let document = run(["lock", "fixtures/llama", "--json"]).json(0);
    assert_eq!(document["tensor_count"], 30);
    let counts = document["lines"].as_array().unwrap().iter().map(|line| line["tensor_count"].as_u64().unwrap());
    assert_eq!((counts.clone().sum::<u64>(), counts.count()), (30, lines.len() - 1));
    let norm = json!({ "pattern": "model.layers.{0..=2}.input_layernorm.weight", "tensor_count": 3, "dtype": "BF16", "shape": [32] });
    assert!(document["lines"].as_array().unwrap().contains(&norm), "{document}");
}

#[test]
fn the_lock_of_a_lock_is_itself() {
    let scratch = Scratch::new();
    for model in
        ["llama", "llama-sharded", "gpt2", "bert", "resnet", "whisper", "mlx/cnn.npz", "mlx/quantized.safetensors"]
    {
        let text = run(["lock", &format!("fixtures/{model}")]).quiet(0);
        fs::write(scratch.path("model.lock"), &text).unwrap();
        assert_eq!(run(["lock", &scratch.place("model.lock")]).quiet(0), text, "{model}");
    }
}

#[test]
fn an_update_keeps_comments_and_says_what_changed() {
    let scratch = Scratch::new();
    let lock = scratch.place("model.lock");
    let text = run(["lock", "fixtures/llama-tied"]).quiet(0);
    let commented = text.replace("model.norm.weight", "# the last one\nmodel.norm.weight");
    fs::write(&lock, &commented).unwrap();

    let update = |model: &str, more: &[&str]| run(["lock", model, "--update", &lock].iter().chain(more));
    assert_eq!(update("fixtures/llama-tied", &[]).quiet(0), format!("{lock} is up to date\n"));
    assert_eq!(fs::read_to_string(&lock).unwrap(), commented);
    let document = update("fixtures/llama-tied", &["--json"]).json(0);
    assert_eq!(
        (&document["rewritten"], &document["lock"], &document["diff"]["same"]),
        (&json!(false), &json!(lock), &json!(true))
    );

    // the sharded one has a head
    let said = update("fixtures/llama-sharded", &[]).quiet(0);
    assert!(said.starts_with(&format!("{lock} is rewritten")) && said.contains("lm_head.weight"), "{said}");
    let rewritten = fs::read_to_string(&lock).unwrap();
    assert!(rewritten.contains("# the last one\nmodel.norm.weight "), "{rewritten}");
    assert_eq!(rewritten.replace("# the last one\n", ""), run(["lock", "fixtures/llama-sharded"]).quiet(0));
    let document = update("fixtures/llama-tied", &["--json"]).json(0);
    assert_eq!(document["rewritten"], true);
    assert_eq!(document["diff"]["only_in_a"][0]["name"], "lm_head.weight");
    assert_eq!(scratch.files(), ["model.lock"]);

    // another form with the same meaning
    fs::write(&lock, commented.replace("  ", "    ")).unwrap();
    assert!(update("fixtures/llama-tied", &[]).quiet(0).contains("the usual form"));
    assert_eq!(fs::read_to_string(&lock).unwrap(), commented);
}

#[test]
fn an_update_overwrites_locks_and_nothing_else() {
    let scratch = Scratch::new();
    let (lock, weights) = (scratch.place("model.lock"), scratch.path("model.safetensors"));
    let said = run(["lock", "fixtures/gpt2", "--update", &lock]).failure();
    assert!(said.contains("does not exist") && said.contains("make it with `weighbridge lock "), "{said}");
    fs::copy(fixture("gpt2/model.safetensors"), &weights).unwrap();
    let said = run(["lock", "fixtures/gpt2", "--update", weights.to_str().unwrap()]).failure();
    assert!(said.contains("is a checkpoint and not a lock"), "{said}");
    assert_eq!(fs::read(&weights).unwrap(), fs::read(fixture("gpt2/model.safetensors")).unwrap());
    // as git leaves it
    let conflict = "# weighbridge lock 1\n<<<<<<< HEAD\nweight  F32 [2]\n";
    fs::write(&lock, conflict).unwrap();
    let said = run(["lock", "fixtures/gpt2", "--update", &lock]).failure();
    assert!(said.contains("model.lock") && said.contains("2:1"), "{said}");
    assert_eq!(fs::read_to_string(&lock).unwrap(), conflict);
    // if the checkpoint cannot be read, the lock stays
    let said = run(["lock", "no-such", "--update", &lock]).failure();
    assert!(said.contains("no-such could not be read"), "{said}");
    assert_eq!(scratch.files(), ["model.lock", "model.safetensors"]);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_replaced_stays_what_it_was() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let scratch = Scratch::new();
    let (target, link) = (scratch.path("real.lock"), scratch.place("model.lock"));
    fs::write(&target, "# weighbridge lock 1\n").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.lock", &link).unwrap();
    let said = run(["lock", "fixtures/gpt2", "--update", &link]).quiet(0);
    assert!(said.contains("is rewritten"), "{said}");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&target).unwrap(), run(["lock", "fixtures/gpt2"]).quiet(0));
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);

    // weights are often links into a store that others read, so a link to weights is replaced itself
    let [stored, weights] = ["stored.safetensors", "weights.safetensors"].map(|name| scratch.path(name));
    fs::copy(fixture("mlx/mlp.safetensors"), &stored).unwrap();
    symlink("stored.safetensors", &weights).unwrap();
    run(["convert", "fixtures/mlx/linear.npz", weights.to_str().unwrap()]).quiet(0);
    assert!(!fs::symlink_metadata(&weights).unwrap().is_symlink());
    assert_eq!(fs::read(&stored).unwrap(), fs::read(fixture("mlx/mlp.safetensors")).unwrap());

    // a device is written to, and stays one
    let args = ["generate", "fixtures/mlx/linear.npz", "--name", "Linear", "--out"];
    let code = run(&args[..4]).quiet(0);
    let ran = run(args.iter().chain(&["/dev/stdout"]));
    assert_eq!((ran.code, ran.stdout), (Some(0), code), "{}", ran.stderr);
}

#[test]
fn generated_code_is_printed_or_written_and_replaces_nothing() {
    let scratch = Scratch::new();
    let out = scratch.place("llama.rs");
    let code = run(["generate", "fixtures/llama", "--name", "Llama"]).quiet(0);
    for piece in ["Module)]\npub struct Llama {", "use weighbridge::{Module, Tensor};"] {
        assert!(code.contains(piece), "{piece} is not in\n{code}");
    }
    let args = ["generate", "fixtures/llama", "--name", "Llama", "--out", &out];
    let ran = run(args);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr), (Some(0), "", format!("wrote {out}\n")));
    assert_eq!(fs::read_to_string(&out).unwrap(), code);

    fs::write(&out, "mine").unwrap();
    let said = run(args).failure();
    assert!(said.contains("llama.rs exists") && said.contains("`--force`"), "{said}");
    assert_eq!(fs::read_to_string(&out).unwrap(), "mine");
    let document = run(args.iter().chain(&["--force", "--json"])).json(0);
    assert_eq!((&document["code"], &document["out"], &document["name"]), (&json!(code), &json!(out), &json!("Llama")));
    assert_eq!(fs::read_to_string(&out).unwrap(), code);
    assert_eq!(scratch.files(), ["llama.rs"]);

    let verified = run(["generate", "fixtures/llama", "--name", "Llama", "--verify", "llama.lock"]).quiet(0);
    assert!(verified.contains("#[module(verify = \"llama.lock\")]"), "{verified}");
    let said = run(["generate", "fixtures/llama", "--name", "not a name"]).failure();
    assert!(said.contains("`not a name`"), "{said}");
    // a lock is enough
    fs::write(scratch.path("llama.lock"), run(["lock", "fixtures/llama"]).quiet(0)).unwrap();
    let said = run(["generate", "fixtures/llama", "--name", "Llama", "--force", "--out", &scratch.place("llama.lock")]);
    assert!(said.failure().contains("llama.lock is a checkpoint or a lock, and is not replaced"));
    let of_lock = run(["generate", &scratch.place("llama.lock"), "--name", "Llama"]).quiet(0);
    let body = |code: &str| code[code.find("use ").unwrap()..].to_owned();
    let constants = run(["generate", "fixtures/llama", "--name", "Llama", "--no-config"]).quiet(0);
    assert_eq!(body(&of_lock), body(&constants));
}

#[test]
fn generated_code_has_the_names_of_the_configuration_beside_the_checkpoint() {
    let scratch = Scratch::new();
    let [file, config, other] = ["model.safetensors", "config.json", "other.json"].map(|name| scratch.place(name));
    fs::copy(fixture("llama/model.safetensors"), &file).unwrap();
    let generate = |more: &[&str]| run(["generate", &file, "--name", "Llama"].iter().chain(more));
    let constants = generate(&[]).quiet(0);
    assert!(constants.contains("shape = [HIDDEN]") && !constants.contains("args("), "{constants}");

    fs::copy(fixture("llama/config.json"), &config).unwrap();
    let named = generate(&[]).quiet(0);
    assert!(named.contains("len = \"num_hidden_layers\"") && named.contains("shape = [\"hidden_size\"]"), "{named}");
    let beside =
        "pub const INTERMEDIATE: usize = 64; // \"intermediate_size\" or \"max_position_embeddings\" in config.json";
    assert!(named.contains(beside), "{named}");
    assert_eq!(generate(&["--no-config"]).quiet(0), constants);
    // a lock is of one size
    assert!(generate(&["--verify", "llama.lock"]).quiet(0).contains("shape = [HIDDEN]"));

    fs::write(&other, "{\"size\": 32}").unwrap();
    let own = generate(&["--config", &other]).quiet(0);
    assert!(own.contains("shape = [\"size\"]") && own.contains("len = LAYERS"), "{own}");

    fs::write(&config, "{\"hidden_size\": 32,}").unwrap();
    let said = generate(&[]).failure();
    assert!(said.contains("config.json: line 1, column 20") && said.contains("write `--no-config`"), "{said}");
    assert_eq!(generate(&["--no-config"]).quiet(0), constants);
    let said = generate(&["--config", "no-such.json"]).failure();
    assert!(said.contains("no-such.json could not be read"), "{said}");
}

#[test]
fn a_conversion_there_and_back_loses_nothing() {
    let scratch = Scratch::new();
    let (npz, back) = (scratch.place("a.npz"), scratch.place("a.safetensors"));
    for model in ["resnet", "whisper", "llama-tied"] {
        let model = format!("fixtures/{model}");
        let said = run(["convert", &model, &npz]).quiet(0);
        assert!(said.starts_with(&npz) && said.contains("metadata"), "{said}");
        let document = run(["convert", &npz, &back, "--json"]).json(0);
        assert_eq!(document["files"], json!([back]));
        assert_eq!(tensors(Path::new(&back)), tensors(&fixture(&format!("../{model}/model.safetensors"))));
        assert_eq!(run(["diff", &model, &back, "--values", "--json"]).json(0)["same"], true, "{model}");
    }
    assert_eq!(scratch.files(), ["a.npz", "a.safetensors"]);
}

#[test]
fn shards_casts_and_names_come_out_as_asked_for() {
    let scratch = Scratch::new();
    let shards = scratch.place("shards");
    let document = run(["convert", "fixtures/llama", &shards, "--max-shard-size", "30KB", "--json"]).json(0);
    let files = document["files"].as_array().unwrap();
    assert!(
        files.len() >= 4 && files.last().unwrap().as_str().unwrap().ends_with(".safetensors.index.json"),
        "{document}"
    );
    assert_eq!(run(["diff", "fixtures/llama", &shards, "--values", "--json"]).json(0)["same"], true);

    let out = scratch.place("out.safetensors");
    let args = [
        "convert",
        &shards,
        &out,
        "--cast",
        "F32",
        "--rename",
        "lm_head=output",
        "--strip-prefix",
        "model.",
        "--add-prefix",
        "m.",
    ];
    let document = run(args.iter().chain(&["--json"])).json(0);
    assert_eq!(document["cast"].as_array().unwrap().len(), 30);
    assert_eq!(document["cast"][0]["to"], "F32");
    assert_eq!(document["renamed_count"], 30);
    let expected = |(name, _, shape): (String, String, Vec<usize>)| {
        let name = name.strip_prefix("model.").unwrap_or(&name).replace("lm_head", "output");
        (format!("m.{name}"), "F32".to_owned(), shape)
    };
    let mut expected: Vec<_> = tensors(&fixture("llama/model.safetensors")).into_iter().map(expected).collect();
    expected.sort();
    assert_eq!(tensors(Path::new(&out)), expected);

    // the dtype of untyped elements has to be told
    let untyped = ["convert", "fixtures/mlx/mlp-bf16.npz", &out];
    let before = fs::read(&out).unwrap();
    let said = run(untyped).failure();
    assert!(said.contains("V2") && said.contains("untyped"), "{said}");
    assert_eq!(fs::read(&out).unwrap(), before, "a failure changes nothing");
    run(untyped.iter().chain(&["--untyped", "bf16"])).quiet(0);
    assert_eq!(tensors(Path::new(&out)), tensors(&fixture("mlx/mlp-bf16.safetensors")));
}

#[test]
fn a_conversion_that_fails_changes_nothing() {
    let scratch = Scratch::new();
    let out = scratch.place("out.safetensors");
    fs::write(&out, "was there").unwrap();
    for (args, said) in [
        (&["fixtures/gpt2", &out, "--rename", "no_such=other"][..], "no_such"),
        (
            &["fixtures/gpt2", &out, "--rename", "transformer.ln_f.weight=transformer.ln_f.bias"],
            "transformer.ln_f.bias",
        ),
        (&["fixtures/mlx/numpy-object.npz", &out], "pickle"),
        (&["no-such", &out], "no-such could not be read"),
        (&["fixtures/gpt2", &scratch.place("out.bin")], "out.bin"),
    ] {
        let stderr = run(["convert"].iter().chain(args)).failure();
        assert!(stderr.contains(said), "{args:?}: {stderr}");
    }
    fs::write(scratch.path("gpt2.lock"), run(["lock", "fixtures/gpt2"]).quiet(0)).unwrap();
    let said = run(["convert", &scratch.place("gpt2.lock"), &out]).failure();
    assert!(said.contains("is a lock and has no weights"), "{said}");
    assert_eq!(fs::read_to_string(&out).unwrap(), "was there");
    assert_eq!(scratch.files(), ["gpt2.lock", "out.safetensors"]);
}
