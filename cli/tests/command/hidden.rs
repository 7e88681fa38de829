//! Names that drive a terminal, reorder the text around them or forge a line, in everything that the command prints.

use std::fs;
use std::path::{Path, PathBuf};

use weighbridge_lock::is_hidden;

use super::{Ran, run, shell};

/// What a forged line begins with, where a name has a line break.
const FORGED: &str = "FORGED";

fn characters() -> impl Iterator<Item = char> {
    "\u{1}\u{7}\u{8}\t\n\r\u{1b}\u{7f}`\\\"'\u{85}\u{9b}\u{9d}\u{a0}\u{61c}\u{200b}\u{200e}\u{2028}\u{2029}\u{202e}\u{2066}\u{feff}\u{fff9}\u{e0041}\u{fe0f}"
        .chars()
}

/// The names of a file, and how many bytes each has.
fn write(path: &Path, names: impl Iterator<Item = String>, shape: &str, bytes: usize) {
    let tensors: Vec<String> = names
        .enumerate()
        .map(|(i, name)| {
            let name = serde_json::to_string(&name).unwrap();
            format!(r#"{name}:{{"dtype":"F32","shape":{shape},"data_offsets":[{},{}]}}"#, i * bytes, (i + 1) * bytes)
        })
        .collect();
    let evil = serde_json::to_string(&format!("{FORGED}{}{FORGED}", characters().collect::<String>())).unwrap();
    let header = format!(r#"{{"__metadata__":{{{evil}:{evil}}},{}}}"#, tensors.join(","));
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.bytes());
    file.resize(file.len() + tensors.len() * bytes, 0);
    fs::write(path, file).unwrap();
}

#[track_caller]
fn clean(ran: &Ran) {
    for text in [&ran.stdout, &ran.stderr] {
        // the codes of colours are the command's own
        let plain: String = match text.split_once("\u{1b}[") {
            None => text.clone(),
            Some(_) => {
                let mut parts = text.split("\u{1b}[");
                let first = parts.next().unwrap_or_default().to_owned();
                parts.fold(first, |plain, part| {
                    let end = part.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap();
                    assert_eq!(&part[end..=end], "m", "{part:?}");
                    plain + &part[end + 1..]
                })
            }
        };
        for line in plain.lines() {
            assert!(!line.contains(is_hidden), "{line:?}");
            assert!(!line.trim_start().starts_with(FORGED), "{plain}");
        }
    }
}

#[test]
fn nothing_that_is_printed_has_a_raw_name() {
    let folder = tempfile::tempdir().unwrap();
    let evil = "m\u{1b}]0;x\u{7}\u{202e}\nFORGED`\u{2028}";
    let place = folder.path().join(evil);
    fs::create_dir(&place).unwrap();
    let at = |name: &str| -> PathBuf { place.join(name) };
    let (a, b, plain) = (at("a\u{1b}.safetensors"), at("b\u{9b}.safetensors"), at("c.safetensors"));
    let names = |end: &'static str| characters().map(move |c| format!("w{c}{FORGED}.0.{c}{end}"));
    write(&a, names("a"), "[1]", 4);
    write(&b, names("b").chain(names("a")), "[2]", 8);
    // the code of a struct has no line breaks in names
    let lineless = at("d\u{7}.safetensors");
    write(&lineless, names("a").filter(|name| !name.contains(['\n', '\r'])), "[1]", 4);
    write(&plain, ["weight".to_owned()].into_iter(), "[1]", 4);
    let (lock, out, page, npz) = (at("l.lock"), at("o\n.rs"), at("p\u{1b}.html"), at("n\r.npz"));
    fs::write(&lock, run([Path::new("lock"), &a]).quiet(0)).unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let d = text(&lineless);
    let [a, b, plain, lock, out, page, npz] = [&a, &b, &plain, &lock, &out, &page, &npz].map(|path| text(path));
    let absent = text(&at("absent\u{1b}\n.lock"));
    let directory = text(&place);
    for args in [
        vec!["inspect", &a],
        vec!["inspect", &a, "--flat"],
        vec!["inspect", &a, "--json"],
        vec!["inspect", &a, "--html", &page],
        vec!["inspect", &a, "--html", &b],
        vec!["inspect", &absent],
        vec!["inspect", &directory],
        vec!["inspect", &a, evil],
        vec!["lock", &a],
        vec!["lock", &a, "--json"],
        vec!["lock", &a, "--update", &lock],
        vec!["lock", &a, "--update", &absent],
        vec!["lock", &a, "--update", &b],
        vec!["lock", &b, "--update", &lock],
        vec!["check", &b, "--lock", &lock],
        vec!["check", &b, "--lock", &lock, "--json"],
        vec!["check", &plain, "--lock", &lock],
        vec!["diff", &a, &b],
        vec!["diff", &a, &b, "--json"],
        vec!["diff", &a, &b, "--values"],
        vec!["diff", &a, &absent],
        vec!["generate", &a, "--name", "M"],
        vec!["generate", &d, "--name", "M"],
        vec!["generate", &d, "--name", "M", "--json"],
        vec!["generate", &a, "--name", evil],
        vec!["generate", &d, "--name", "M", "--out", &out],
        vec!["generate", &d, "--name", "M", "--out", &out],
        vec!["convert", &a, &npz],
        vec!["convert", &a, &npz, "--json"],
        vec!["convert", &a, &absent],
        vec!["convert", &plain, &npz, "--rename", "a\u{1b}=b\n"],
        vec!["convert", &plain, &npz, "--strip-prefix", evil],
        vec!["convert", &b, &a, "--cast", "f16"],
    ] {
        for color in ["never", "always"] {
            let args = args.iter().copied().chain(["--color", color]);
            clean(&run(args));
        }
    }
    for file in [&page, &out] {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        for line in text.lines() {
            assert!(!line.contains(is_hidden) && !line.starts_with(FORGED), "{line:?}");
        }
    }
}

#[test]
fn json_is_the_same_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    let names: Vec<String> = characters().map(|c| format!("w{c}")).collect();
    write(&path, names.iter().cloned(), "[1]", 4);
    let document = run([Path::new("inspect"), &path, Path::new("--json")]).json(0);
    let found =
        document["tensors"].as_array().unwrap().iter().map(|tensor| tensor["name"].as_str().unwrap().to_owned());
    let (mut found, mut names) = (found.collect::<Vec<_>>(), names);
    found.sort();
    names.sort();
    assert_eq!(found, names);
}

#[test]
fn a_command_to_copy_has_no_raw_name_and_works() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a\u{1b}\n'\\\u{2028}b.safetensors");
    write(&path, ["weight".to_owned()].into_iter(), "[1]", 4);
    let lock = folder.path().join("l\u{7} .lock");
    let failure = run([Path::new("lock"), &path, Path::new("--update"), &lock]).failure();
    let command = failure.split("make it with `").nth(1).unwrap().split("`\n").next().unwrap();
    let command = command.trim_end_matches(['`', '\n']);
    // `sh` of some systems knows no `$'..'`, which POSIX has only since 2024
    let line = format!("bash -c {}", quoted(command));
    let (printed, succeeded) = shell(folder.path(), &line);
    assert!(succeeded && lock.is_file(), "{command}: {printed}");
}

fn quoted(command: &str) -> String {
    format!("'{}'", command.replace('\'', r"'\''"))
}
