//! `inspect`, `check` and `diff` on real files, as text and as JSON.

use std::fs;

use serde_json::{Value, json};

use crate::{command, fixture, run, tensors};

const SHARDED: &str = "fixtures/llama-sharded";

fn object(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn strings<'v>(list: &'v Value, field: &str) -> Vec<&'v str> {
    list.as_array().unwrap().iter().map(|entry| entry[field].as_str().unwrap()).collect()
}

/// The names that transformers gives a model's tensors.
fn published(model: &str) -> Vec<String> {
    let keys: Value = serde_json::from_str(&fs::read_to_string(fixture("hf_keys.json")).unwrap()).unwrap();
    let mut names: Vec<String> = keys[model].as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

#[test]
fn inspect_shows_every_tensor_of_every_shard() {
    let document = run(["inspect", SHARDED, "--json"]).json(0);
    assert_eq!(document["command"], "inspect");
    let mut real = Vec::new();
    for number in 1..=4 {
        let shard = format!("model-{number:05}-of-00004.safetensors");
        for (name, dtype, shape) in tensors(&fixture(&format!("llama-sharded/{shard}"))) {
            real.push(json!({ "name": name, "dtype": dtype, "shape": shape, "file": shard }));
        }
    }
    assert_eq!(real.len(), 30);
    let listed = document["tensors"].as_array().unwrap();
    for tensor in &real {
        let same = |listed: &&Value| object(tensor).iter().all(|field| listed[field] == tensor[field]);
        assert_eq!(listed.iter().filter(same).count(), 1, "{tensor}");
    }
    assert_eq!(listed.len(), real.len());
    assert_eq!(document["total"], json!({ "tensor_count": 30, "element_count": 36_064, "byte_len": 144_256 }));
    assert_eq!(document["metadata"], json!({ "format": "pt" }));
    assert_eq!(document["files"].as_array().unwrap().len(), 4);
    let share: f64 = document["tree"].as_array().unwrap().iter().map(|place| place["share"].as_f64().unwrap()).sum();
    assert!((share - 1.0).abs() < 1e-9, "{share}");

    // each tensor on a line of its own
    let flat = run(["inspect", SHARDED, "--flat"]).quiet(0);
    let mut names: Vec<&str> = flat.lines().map(|line| line.split("  ").next().unwrap()).collect();
    names.sort();
    assert_eq!(names, published("llama-sharded"));
    let tree = run(["inspect", SHARDED]).quiet(0);
    assert!(tree.contains("layers.{0..=2}") && tree.lines().count() < 30, "{tree}");
}

#[test]
fn a_file_an_index_a_directory_and_a_lock_show_the_same() {
    let scratch = tempfile::tempdir().unwrap();
    let lock = scratch.path().join("model.lock");
    fs::write(&lock, run(["lock", SHARDED]).quiet(0)).unwrap();
    let index = format!("{SHARDED}/model.safetensors.index.json");
    let shown = |file: &str| {
        let document = run(["inspect", file, "--json"]).json(0);
        (document["total"].clone(), document["dtypes"].clone(), document["tree"].clone())
    };
    let directory = shown(SHARDED);
    assert_eq!(shown(&index), directory);
    assert_eq!(shown(lock.to_str().unwrap()), directory);
    // nothing has a place in a lock
    let flat = run(["inspect", lock.to_str().unwrap(), "--flat"]).quiet(0);
    assert!(flat.lines().count() == 30 && flat.lines().all(|line| line.ends_with(" bytes")), "{flat}");
}

#[test]
fn the_page_is_written_and_nothing_else_is() {
    let scratch = tempfile::tempdir().unwrap();
    let page = scratch.path().join("model.html");
    let write = |to: &std::path::Path, more: &[&str]| {
        run(["inspect", SHARDED, "--html", to.to_str().unwrap()].iter().chain(more))
    };
    let ran = write(&page, &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
    assert_eq!(ran.stderr, format!("wrote {}\n", page.display()));
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.to_lowercase().starts_with("<!doctype html>") && html.contains("embed_tokens"), "{html}");
    assert_eq!(write(&page, &["--json"]).json(0)["total"]["tensor_count"], 30);
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);

    let weights = scratch.path().join("model.safetensors");
    fs::copy(fixture("gpt2/model.safetensors"), &weights).unwrap();
    let said = write(&weights, &[]).failure();
    assert!(said.contains("model.safetensors is a checkpoint or a lock, and is not replaced"), "{said}");
    assert_eq!(fs::read(&weights).unwrap(), fs::read(fixture("gpt2/model.safetensors")).unwrap());

    let nowhere = scratch.path().join("no/model.html");
    let said = write(&nowhere, &[]).failure();
    assert!(said.contains("no/model.html could not be written, as there is no folder `"), "{said}");
}

#[test]
fn check_matches_with_code_0() {
    let scratch = tempfile::tempdir().unwrap();
    let lock = scratch.path().join("model.lock");
    let lock = lock.to_str().unwrap();
    fs::write(lock, run(["lock", SHARDED]).quiet(0)).unwrap();
    let text = run(["check", SHARDED, "--lock", lock]).quiet(0);
    assert_eq!(text.lines().count(), 1);
    assert!(text.contains("matches") && text.contains("all 30 parameters fit"), "{text}");
    let document = run(["check", SHARDED, "--lock", lock, "--json"]).json(0);
    assert_eq!(
        (&document["ok"], &document["parameter_count"], &document["module"]),
        (&json!(true), &json!(30), &json!(lock))
    );
    // a checkpoint in the lock's place, and a lock in the checkpoint's
    assert_eq!(run(["check", lock, "--lock", SHARDED, "--json"]).json(0)["ok"], true);
}

#[test]
fn check_says_all_that_does_not_match_with_code_1() {
    let args = ["check", "fixtures/llama-tied", "--lock", "fixtures/llama"];
    let text = run(args).quiet(1);
    assert!(text.contains("does not match") && text.contains("1 missing, 29 wrong dtypes"), "{text}");
    let document = run(args.iter().chain(&["--json"])).json(1);
    assert_eq!(document["ok"], false);
    assert_eq!(strings(&document["missing"], "path"), ["lm_head.weight"]);
    assert_eq!(document["dtype"].as_array().unwrap().len(), 29);
    for class in ["unexpected", "shape", "duplicate"] {
        assert_eq!(document[class], json!([]), "{class}");
    }
    for finding in ["missing", "dtype"].iter().flat_map(|class| document[class].as_array().unwrap()) {
        for field in ["path", "expected", "found", "hints"] {
            assert!(finding.get(field).is_some(), "{field} is not in {finding}");
        }
    }
    let norm = document["dtype"].as_array().unwrap().iter().find(|finding| finding["path"] == "model.norm.weight");
    assert_eq!((&norm.unwrap()["expected"]["dtype"], &norm.unwrap()["found"]["text"]), (&json!("BF16"), &json!("F32")));

    // another model: other names, other shapes
    let document = run(["check", "fixtures/gpt2", "--lock", "fixtures/bert", "--json"]).json(1);
    assert!(
        !document["missing"].as_array().unwrap().is_empty() && !document["unexpected"].as_array().unwrap().is_empty()
    );
}

#[test]
fn check_could_not_tell_with_code_2() {
    let scratch = tempfile::tempdir().unwrap();
    let place = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    let (lock, cut) = (place("model.lock"), place("cut.safetensors"));
    let bytes = fs::read(fixture("llama/model.safetensors")).unwrap();
    fs::write(&cut, &bytes[..bytes.len() - 1]).unwrap();
    let said = run(["check", &cut, "--lock", "fixtures/llama"]).failure();
    assert!(said.contains("cut.safetensors"), "{said}");

    fs::write(&lock, "# weighbridge lock 1\nweight  F33 [2]\n").unwrap();
    let ran = run(["check", "fixtures/llama", "--lock", &lock, "--json"]);
    let message = ran.json(2)["error"]["message"].as_str().unwrap().to_owned();
    // the place in the text: line 2, column 9
    assert!(message.contains("model.lock") && message.contains("2:9") && message.contains("F33"), "{message}");
    let said = run(["check", "fixtures/llama", "--lock", &place("no.lock")]).failure();
    assert!(said.contains("no.lock could not be read"), "{said}");
}

#[test]
fn diff_of_the_same_is_code_0() {
    let args = ["diff", "fixtures/mlx/mlp.npz", "fixtures/mlx/mlp.safetensors"];
    assert_eq!(run(args).quiet(0).lines().count(), 1);
    for more in [&["--json"][..], &["--json", "--values"]] {
        let document = run(args.iter().chain(more)).json(0);
        assert_eq!(document["same"], true);
        assert_eq!(document["values_compared"], more.len() == 2);
        assert_eq!(document["equal_count"], document["tensor_count"]);
    }
}

#[test]
fn diff_of_two_is_code_1_and_finds_the_element() {
    let scratch = tempfile::tempdir().unwrap();
    let changed = scratch.path().join("changed.safetensors");
    let mut bytes = fs::read(fixture("mlx/linear.safetensors")).unwrap();
    // the last element of the file
    let at = bytes.len() - 4;
    bytes[at..].copy_from_slice(&1000f32.to_le_bytes());
    fs::write(&changed, bytes).unwrap();
    let args = ["diff", "fixtures/mlx/linear.safetensors", changed.to_str().unwrap()];
    // names, dtypes and shapes are the same
    run(args).quiet(0);
    let text = run(args.iter().chain(&["--values"])).quiet(1);
    assert!(text.contains("1 of "), "{text}");
    let document = run(args.iter().chain(&["--values", "--json"])).json(1);
    let values = &document["values"];
    assert_eq!((values.as_array().unwrap().len(), &values[0]["differing_count"]), (1, &json!(1)), "{document}");
    assert_eq!(values[0]["largest"]["b"], 1000.0);

    let document = run(["diff", "fixtures/llama", "fixtures/llama-tied", "--json"]).json(1);
    assert_eq!(document["same"], false);
    assert_eq!(strings(&document["only_in_a"], "name"), ["lm_head.weight"]);
    assert_eq!(document["only_in_b"], json!([]));
    assert_eq!(document["dtype"].as_array().unwrap().len(), 29);
    assert_eq!(document["dtype"][0], json!({ "name": "model.embed_tokens.weight", "a": "BF16", "b": "F32" }));
}

#[test]
fn diff_takes_locks_but_not_for_values() {
    let scratch = tempfile::tempdir().unwrap();
    let lock = scratch.path().join("model.lock");
    let lock = lock.to_str().unwrap();
    fs::write(lock, run(["lock", "fixtures/gpt2"]).quiet(0)).unwrap();
    assert_eq!(run(["diff", lock, "fixtures/gpt2", "--json"]).json(0)["same"], true);
    assert_eq!(run(["diff", "fixtures/bert", lock, "--json"]).json(1)["same"], false);
    let said = run(["diff", lock, "fixtures/gpt2", "--values"]).failure();
    assert!(said.contains("is a lock and has no values"), "{said}");
    let said = run(["diff", "fixtures/gpt2", "no-such"]).failure();
    assert!(said.contains("no-such could not be read"), "{said}");
}

#[test]
fn the_metadata_of_a_file_cannot_hide_what_is_printed() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("hostile.safetensors");
    let tensor = safetensors::tensor::TensorView::new(safetensors::Dtype::U8, vec![1], &[7]).unwrap();
    let metadata = [("k\u{1b}[2J".to_owned(), "v\u{202e}\r".to_owned())].into();
    let bytes = safetensors::serialize([("name\u{1b}[2J\u{7}", tensor)], Some(metadata)).unwrap();
    fs::write(&file, bytes).unwrap();
    let file = file.to_str().unwrap();
    for args in [
        &["inspect", file][..],
        &["inspect", file, "--flat"],
        &["inspect", file, "--json"],
        &["lock", file],
        &["check", file, "--lock", "fixtures/gpt2"],
        &["diff", file, "fixtures/gpt2"],
        &["generate", file, "--name", "Odd"],
    ] {
        let ran = crate::Ran::from(command(args).output().unwrap());
        let harmful = |c: char| c != '\n' && c.is_control();
        assert!(!ran.stdout.contains(harmful) && !ran.stderr.contains(harmful), "{args:?}: {ran:?}");
        assert!(ran.stdout.contains("name") || ran.code == Some(2), "{args:?}: {ran:?}");
    }
}
