//! `docs/cli.md` and the help show what the command does. `WEIGHBRIDGE_GOLDENS=rewrite` writes the page again.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::{assert_page, fixture, run, shell, with_output};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cli.md");

/// The page with the present output of its commands, which run in one directory.
fn rewritten(page: &str) -> String {
    let scratch = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(fixture(""), scratch.path().join("fixtures")).unwrap();
    let mut commands = 0;
    let text = with_output(page, |command| {
        let (printed, well) = shell(scratch.path(), command);
        assert!(well, "{command}: {printed}");
        commands += 1;
        printed
    });
    assert!(commands >= 10, "only {commands} commands");
    text
}

#[test]
fn the_page_is_real() {
    let page = fs::read_to_string(PAGE).unwrap();
    let real = rewritten(&page);
    assert_page("docs/cli.md", &page, &real);
}

/// The examples of every help run as they stand, in a directory with the files that they name.
#[test]
fn the_examples_of_the_help_run() {
    let mut ran = 0;
    for name in ["inspect", "lock", "check", "diff", "generate", "convert", "completions"] {
        let scratch = tempfile::tempdir().unwrap();
        let place = |name: &str| scratch.path().join(name);
        fs::copy(fixture("llama/model.safetensors"), place("model.safetensors")).unwrap();
        let help = run([name, "--help"]).quiet(0);
        let examples = help.split("Examples:\n").nth(1).unwrap().lines();
        if matches!(name, "check" | "diff" | "generate") {
            assert!(shell(scratch.path(), "weighbridge lock model.safetensors > model.lock").1);
        }
        if name == "diff" {
            // it differs from the model, because npz has no name for BF16
            assert!(shell(scratch.path(), "weighbridge convert model.safetensors model.npz --cast f32").1);
        }
        for line in examples {
            // the same model as it lies in the files of others
            let others = [
                (
                    "sd.safetensors",
                    "--rename model=first_stage_model.decoder --rename lm_head=first_stage_model.encoder",
                ),
                ("training.safetensors", "--add-prefix model."),
                ("compiled.safetensors", "--add-prefix _orig_mod."),
                ("vit.npz", r"--cast f32 --rename-regex '\.=/'"),
            ];
            for (file, switches) in others.iter().filter(|(file, _)| line.contains(file)) {
                let made = shell(scratch.path(), &format!("weighbridge convert model.safetensors {file} {switches}"));
                assert!(made.1, "{}", made.0);
            }
            let (printed, well) = shell(scratch.path(), line.trim());
            assert_eq!(well, !(line.contains("model.npz") && name == "diff"), "{line}: {printed}");
            assert!(!printed.contains("error:"), "{line}: {printed}");
            ran += 1;
        }
    }
    assert!(ran >= 28, "{ran}");
}

/// The names of a document's fields, without the keys of maps, which come from a file.
fn fields(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields_here) => {
            for (name, value) in fields_here {
                found.insert(name.clone());
                if name != "metadata" && name != "dims" {
                    fields(value, found);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| fields(value, found)),
        _ => {}
    }
}

/// The JSON documents that a section of the page shows.
fn documents(section: &str) -> Vec<Value> {
    let mut documents = Vec::new();
    for part in section.split("\n{\n").skip(1) {
        let end = part.find("\n}\n").unwrap();
        documents.push(serde_json::from_str(&format!("{{{}}}", &part[..end])).unwrap());
    }
    documents
}

/// Commands whose documents fill lists that are empty in the page's own.
const MORE: &[&str] = &[
    "inspect fixtures/llama-sharded",
    "check fixtures/llama-tied --lock fixtures/llama",
    "check fixtures/llama-sharded --lock fixtures/gpt2",
    "diff fixtures/llama fixtures/llama-tied",
    "diff fixtures/mlx/mlp-bf16.npz fixtures/mlx/mlp-bf16.safetensors --values",
    "diff fixtures/mlx/linear.npz renamed.npz --values",
    "diff fixtures/mlx/linear.npz fixtures/mlx/cnn.npz",
    "convert fixtures/resnet half.npz --cast f16",
    "convert fixtures/mlx/linear.npz renamed.npz --rename bias=offset",
];

#[test]
fn every_field_is_documented() {
    let page = fs::read_to_string(PAGE).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(fixture(""), scratch.path().join("fixtures")).unwrap();
    // in reverse, because the last ones write files for those before them
    let more: Vec<(&str, Value)> = MORE
        .iter()
        .rev()
        .map(|line| {
            let (printed, _) = shell(scratch.path(), &format!("weighbridge {line} --json"));
            (line.split(' ').next().unwrap(), serde_json::from_str(&printed).unwrap())
        })
        .collect();
    for list in ["untyped", "renamed", "dtype", "only_in_b"] {
        assert!(more.iter().any(|(_, document)| document[list][0].is_object()), "no document has {list}");
    }
    let (mut shown, mut common) = (0, BTreeSet::new());
    for section in page.split("\n## ").skip(1) {
        let rows =
            section.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|line| line.split(" | ").next());
        let words: BTreeSet<String> =
            rows.flat_map(|row| row.split('`')).filter(|word| !word.contains(' ')).map(str::to_owned).collect();
        if common.is_empty() {
            common.clone_from(&words);
        }
        let mut found = BTreeSet::new();
        let title = section.lines().next().unwrap();
        let more_here = more.iter().filter(|(command, _)| *command == title).map(|(_, document)| document.clone());
        for document in documents(section).into_iter().chain(more_here) {
            assert_eq!(document["version"], 1);
            assert!(document["error"].is_null() || title.starts_with("What"), "{document}");
            fields(&document, &mut found);
            shown += 1;
        }
        // the fields of a diff are in the section about it
        if section.starts_with("lock") {
            found.retain(|name| page.split("\n## diff").next().unwrap().contains(&format!("`{name}`")));
        }
        for name in &found {
            assert!(words.contains(name) || common.contains(name), "{title}: no row says what `{name}` means");
        }
    }
    assert!(shown >= 17, "only {shown} documents");
}
