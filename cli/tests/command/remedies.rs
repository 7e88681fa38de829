//! What `check` advises in place of a loader's calls: the switches are added to the command, by a shell, and the report is shorter.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::{fixture, run, shell};

/// The kinds of findings, which are the fields of a report.
const KINDS: [&str; 9] = ["missing", "unexpected", "shape", "dtype", "duplicate", "name", "dim", "tied", "variant"];

/// A directory with the fixtures and a lock of one of them.
fn scratch() -> TempDir {
    let scratch = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(fixture(""), scratch.path().join("fixtures")).unwrap();
    fs::write(scratch.path().join("llama.lock"), run(["lock", "fixtures/llama"]).quiet(0)).unwrap();
    scratch
}

/// The report of a check, and how many findings it has.
fn check(scratch: &TempDir, words: &str) -> (Value, usize) {
    let (printed, _) = shell(scratch.path(), &format!("weighbridge check {words} --json 2>/dev/null"));
    let report: Value = serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error} in {words}: {printed}"));
    let count =
        KINDS.iter().map(|kind| report[kind].as_array().unwrap_or_else(|| panic!("{words}: {report}")).len()).sum();
    (report, count)
}

/// All hints of a report, once each.
fn hints(report: &Value) -> Vec<String> {
    let findings = KINDS.iter().flat_map(|kind| report[kind].as_array().unwrap()).map(|finding| &finding["hints"]);
    let hints = std::iter::once(&report["hints"]).chain(findings).flat_map(|hints| hints.as_array().unwrap());
    let mut hints: Vec<String> = hints.map(|hint| hint.as_str().unwrap().to_owned()).collect();
    hints.dedup();
    hints
}

/// The switches that a hint advises, which stand in one place.
fn advised(hint: &str) -> Vec<&str> {
    hint.split('`').skip(1).step_by(2).filter(|code| code.starts_with("--") && code.contains([' ', '='])).collect()
}

/// Changes the names of a checkpoint, checks it with `words`, and follows all that is advised. Returns what was.
#[track_caller]
fn follow(changes: &str, words: &str) -> Vec<String> {
    let scratch = scratch();
    let (printed, well) =
        shell(scratch.path(), &format!("weighbridge convert fixtures/llama other.safetensors {changes}"));
    assert!(well, "{printed}");
    let words = format!("other.safetensors --lock llama.lock {words}");
    let (report, before) = check(&scratch, &words);
    assert!(before > 0, "{report}");
    let mut followed = Vec::new();
    for hint in hints(&report) {
        assert!(!hint.contains("oader") && !hint.contains("#["), "no switch: {hint}");
        for switches in advised(&hint) {
            // "begin with": before the others
            let line = match hint.contains("begin with") {
                true => words.replace("llama.lock", &format!("llama.lock {switches}")),
                // in place of what nothing fits
                false if hint.contains("did you mean") => format!("other.safetensors --lock llama.lock {switches}"),
                false => format!("{words} {switches}"),
            };
            let (report, after) = check(&scratch, &line);
            assert!(after < before, "{hint}\n{line}\n{report}");
            followed.push(switches.to_owned());
        }
    }
    followed
}

#[test]
fn switches_change_names_as_advised() {
    for (changes, words, switches) in [
        ("--add-prefix base_model.model.", "", "--strip-prefix base_model.model."),
        ("--strip-prefix model.", "", "--rename embed_tokens=model.embed_tokens --rename layers=model.layers"),
        ("--rename model.layers=model.h", "", "--rename model.h=model.layers"),
        ("--rename model.norm.weight=model.norm.gamma", "", "--rename model.norm.gamma=model.norm.weight"),
        (r"--rename-regex '\.=/'", "", "--separator /"),
        ("--add-prefix x.", "--strip-prefix y.", "--strip-prefix x."),
        ("--add-prefix first_stage.", "--subtree frist_stage", "--subtree first_stage"),
        (
            r"--rename-regex '^model\.layers\.(\d+)\.=model.layers.$1.it_s._orig_mod.' --rename model.norm=model.norm._orig_mod",
            "",
            "",
        ),
        (
            r"--rename-regex '^model\.layers\.(\d+)\.=model.layers.$1._orig_mod.'",
            "",
            r"--rename-regex '^model\.layers\.(\d+)\._orig_mod(\.|$)=model.layers.$1$2'",
        ),
        (
            r"--rename-regex 'layers\.2\.=layers.3.' --rename-regex 'layers\.1\.=layers.2.' --rename-regex 'layers\.0\.=layers.1.'",
            "",
            "--rename model.layers.1=model.layers.0 --rename model.layers.2=model.layers.1 --rename model.layers.3=model.layers.2",
        ),
        // names that a shell reads otherwise
        ("--add-prefix \"a b'c.\"", "", r"--strip-prefix 'a b'\''c.'"),
        ("--add-prefix=-a.", "", "--strip-prefix=-a."),
        ("--rename model.norm.weight=model.norm.gamma", "--rename model.norm.gamma=lm_head.weight", ""),
    ] {
        let followed = follow(changes, words);
        assert!(followed.iter().any(|one| one.contains(switches)), "{changes} {words}: {followed:#?}");
    }
}

#[test]
fn what_is_ignored_is_listed_and_what_hides_too_much_is_told() {
    let scratch = scratch();
    let (report, count) =
        check(&scratch, "fixtures/llama --lock llama.lock --ignore 'model.norm*' --ignore 'x*' --rename a=b");
    assert_eq!((count, &report["ignored"]), (1, &serde_json::json!(["model.norm.weight"])));
    assert_eq!(report["stale_ignores"], serde_json::json!(["x*"]));
    assert_eq!(report["stale_renames"], serde_json::json!([{ "rename": { "from": "a", "to": "b" } }]));
    assert_eq!(hints(&report), ["the pattern `model.norm*` of `--ignore` hides it; narrow the pattern"]);
    let (text, _) = shell(scratch.path(), "weighbridge check fixtures/llama --lock llama.lock --rename a=b");
    assert!(
        text.ends_with("\nrename      `a` fits no name in the checkpoint; remove it if it is out of date\n"),
        "{text}"
    );
    // a lock cannot be brought up to date from names that meet, or with a renaming that is an error there
    for switches in ["--rename model.norm.weight=lm_head.weight", "--ignore '*norm*' --rename a=b"] {
        let (text, _) =
            shell(scratch.path(), &format!("weighbridge check fixtures/llama --lock llama.lock {switches}"));
        assert!(text.contains("does not match") && !text.contains("--update"), "{text}");
    }
}

#[test]
fn what_is_left_over_is_ignored_as_advised() {
    let scratch = scratch();
    let lock = run(["lock", "fixtures/llama", "--ignore", "*norm.weight"]).quiet(0);
    fs::write(scratch.path().join("less.lock"), lock).unwrap();
    let words = "fixtures/llama --lock less.lock";
    let (report, before) = check(&scratch, words);
    let hint = hints(&report).concat();
    assert!(hint.starts_with("nothing else is wrong; to leave these names alone, add `--ignore "), "{hint}");
    let (report, after) = check(&scratch, &format!("{words} {}", advised(&hint)[0]));
    assert_eq!((before, after), (7, 0));
    assert_eq!(report["ignored"].as_array().unwrap().len(), 7);
}
