//! What all commands have in common: help, completions, colours, errors, pipes.

use crate::{command, run};

const COMMANDS: [&str; 7] = ["inspect", "lock", "check", "diff", "generate", "convert", "completions"];

#[test]
fn the_help_names_every_command_and_every_exit_code() {
    let help = run(["--help"]).quiet(0);
    for name in COMMANDS {
        assert!(help.contains(&format!("\n  {name} ")), "{name} is not in\n{help}");
    }
    for code in ["  0  success", "  1  `check` found a mismatch", "  2  failure"] {
        assert!(help.contains(code), "{code}");
    }
    let version = run(["--version"]).quiet(0);
    assert_eq!(version, format!("weighbridge {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn each_command_has_help_with_examples() {
    for name in COMMANDS {
        let help = run([name, "--help"]).quiet(0);
        let examples = help.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("{name} has no examples"));
        let examples: Vec<&str> = examples.lines().collect();
        assert!(examples.len() >= 2, "{examples:?}");
        assert!(examples.iter().all(|line| line.starts_with(&format!("  weighbridge {name} "))), "{examples:?}");
        assert_eq!(help.contains("--json"), name != "completions", "{help}");
        // the switches for names stand by themselves
        let own = help.split("\nNames:\n").next().unwrap();
        assert_eq!(own.contains("--json"), name != "completions", "{help}");
        // no terminal is expected to be narrower
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
}

#[test]
fn a_command_line_that_cannot_be_read_is_refused_with_code_2() {
    for (args, said) in [
        (&[][..], "Usage: weighbridge"),
        (&["inspekt"], "a similar subcommand exists: 'inspect'"),
        (&["check", "a.safetensors"], "--lock <LOCK>"),
        (&["convert", "a", "b", "--max-shard-size", "5G"], "such as `5GB`"),
        (&["convert", "a", "b", "--rename", "a"], "expected two names"),
        (
            &["convert", "a", "b", "--cast", "i8"],
            "tensors cannot be cast to I8, as it is no float; give one of F64, F32, F16, BF16, F8_E4M3, F8_E5M2",
        ),
        (&["convert", "a", "b", "--cast", "fp16"], "the dtype is called F16; write `F16`"),
        (&["convert", "a", "b", "--cast", "int8"], "tensors cannot be cast to I8, as it is no float; give one of F64"),
        (&["convert", "a", "b", "--cast", "c64"], "cast to C64, as an element of C64 is two numbers; give one of F64"),
        (&["convert", "a", "b", "--cast", "f8"], "there is no such dtype; give one of F64, F32, F16, BF16, F8_E4M3,"),
        (&["convert", "a", "b", "--cast", "f32", "--cast", "f16"], "cannot be used multiple times"),
        (&["convert", "a", "b", "--only", ""], "a value is required for '--only <PATTERN>'"),
        (&["lock", "a", "--subtree", ""], "a value is required for '--subtree <PATH>'"),
        (&["lock", "a", "--strip-prefix", ""], "a value is required for '--strip-prefix <PREFIX>'"),
        (&["lock", "a", "--add-prefix", ""], "a value is required for '--add-prefix <PREFIX>'"),
        (&["lock", "a", "--ignore", ""], "a value is required for '--ignore <PATTERN>'"),
        (&["lock", "a", "--separator", ""], "expected one character, such as `/`"),
        (&["lock", "a", "--separator", "::"], "expected one character, such as `/`"),
        (&["lock", "a", "--ignore", "-x"], "to give '-x' as the value, write '--ignore=-x'"),
        (&["lock", "a", "--strip-prefix", "--x"], "to give '--x' as the value, write '--strip-prefix=--x'"),
        (&["generate", "a", "--name", "A", "--verify", ""], "a value is required for '--verify <LOCK>'"),
        (&["generate", "a", "--name", "A", "--force"], "--out <FILE>"),
        (&["inspect", "a", "--html", "b", "--flat"], "cannot be used with"),
        (&["inspect", "a", "--json", "--flat"], "cannot be used with"),
    ] {
        let ran = run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    }
    // no tip makes a switch another file
    let said = run(["check", "a", "--lock", "b", "--update"]).stderr;
    assert!(said.contains("unexpected argument '--update'") && !said.contains("tip:"), "{said}");
    let said = run(["lock", "a", "--ignroe", "b"]).stderr;
    assert!(said.contains("tip: a similar argument exists: '--ignore'"), "{said}");
}

#[test]
fn a_place_where_no_file_can_be_is_told() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    let (absent, folder) = (at("no/such.safetensors"), at(""));
    let absent_html = at("no/such.html");
    for args in [
        &["convert", "fixtures/gpt2", &absent][..],
        &["inspect", "fixtures/gpt2", "--html", &absent_html],
        &["generate", "fixtures/gpt2", "--name", "Gpt2", "--out", &absent_html],
    ] {
        let said = run(args).failure();
        assert!(
            said.contains("could not be written, as there is no folder `") && said.contains("/no`; make"),
            "{said}"
        );
    }
    let said = run(["inspect", "fixtures/gpt2", "--html", &folder]).failure();
    assert!(said.contains(" is a folder; give the name of a file"), "{said}");
    #[cfg(unix)]
    {
        let pipe = at("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let said = run(["generate", "fixtures/gpt2", "--name", "Gpt2", "--force", "--out", &pipe]).failure();
        assert!(said.contains("caused by: it is a pipe that nobody reads; give the name of a file"), "{said}");
    }
    for args in [&["inspect", "-"][..], &["check", "fixtures/gpt2", "--lock", "-"]] {
        let said = run(args).failure();
        assert!(said.contains("standard input is not read; give the path of a file"), "{said}");
    }
}

#[test]
fn each_shell_has_completions() {
    for (shell, said) in [
        ("bash", "complete -F _weighbridge"),
        ("zsh", "#compdef weighbridge"),
        ("fish", "complete -c weighbridge"),
        ("elvish", "edit:completion:arg-completer[weighbridge]"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = run(["completions", shell]).quiet(0);
        assert!(script.contains(said), "{shell}: {script}");
        for name in COMMANDS {
            assert!(script.contains(name), "{shell} does not know {name}");
        }
        assert!(script.contains("max-shard-size"), "{shell} knows no options");
    }
    assert!(run(["completions", "tcsh"]).stderr.contains("[possible values: bash"));
}

/// If there is a bash, it accepts the script.
#[test]
fn bash_takes_its_completions() {
    let words = "eval \"$(\"$0\" completions bash)\"; COMP_WORDS=(weighbridge ch); COMP_CWORD=1; \
                 _weighbridge weighbridge ch weighbridge; echo \"${COMPREPLY[@]}\"";
    let Ok(output) = std::process::Command::new("bash").args(["--norc", "-c", words, crate::BIN]).output() else {
        return eprintln!("there is no bash here");
    };
    assert_eq!(String::from_utf8_lossy(&output.stdout), "check\n", "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_wrong_file_is_an_error_with_its_causes() {
    let said = run(["inspect", "no-such.safetensors"]).failure();
    assert!(
        said.starts_with("error: no-such.safetensors could not be read\n  caused by: there is no such file; "),
        "{said}"
    );
    let said = run(["inspect", "README.md"]).failure();
    assert!(said.contains("README.md"), "{said}");
    let said = run(["inspect", "fixtures/mlx/numpy-object.npz"]).failure();
    assert!(said.contains("pickle"), "{said}");
    let said = run(["inspect", "fixtures/mlx"]).failure();
    assert!(said.contains("give the path of the one that is meant"), "{said}");
}

#[test]
fn a_directory_is_opened_as_it_lies_there_by_every_command() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    // an index beside the only file, which it lists, and what macOS leaves beside files
    let whole = at("whole");
    std::fs::create_dir(&whole).unwrap();
    std::fs::copy(format!("{}/fixtures/mlx/linear.safetensors", crate::ROOT), at("whole/model.safetensors")).unwrap();
    let index = r#"{"weight_map":{"bias":"model.safetensors","weight":"model.safetensors"}}"#;
    std::fs::write(at("whole/model.safetensors.index.json"), index).unwrap();
    std::fs::write(at("whole/._model.safetensors"), "x").unwrap();
    // one of four
    let part = at("part");
    std::fs::create_dir(&part).unwrap();
    std::fs::copy(
        format!("{}/fixtures/mlx/linear.safetensors", crate::ROOT),
        at("part/model-00001-of-00004.safetensors"),
    )
    .unwrap();
    let (lock, out) = (at("whole.lock"), at("out.npz"));
    std::fs::write(&lock, run(["lock", &whole]).quiet(0)).unwrap();
    for args in [
        &["inspect", "DIR"][..],
        &["lock", "DIR"],
        &["check", "DIR", "--lock", &lock],
        &["diff", "DIR", &lock],
        &["generate", "DIR", "--name", "A"],
        &["convert", "DIR", &out],
    ] {
        let with = |directory: &str| args.iter().map(|arg| arg.replace("DIR", directory)).collect::<Vec<_>>();
        run(with(&whole)).quiet(0);
        let said = run(with(&part)).failure();
        assert!(
            said.contains("download `model-{00002..=00004}-of-00004.safetensors` and `model.safetensors.index"),
            "{said}"
        );
        assert!(said.contains("give the path of a file to open it alone"), "{said}");
    }
}

#[test]
fn a_limit_that_code_can_raise_is_one_of_code() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("deep.safetensors");
    let shape = vec!["1"; 2000].join(",");
    let header = format!(r#"{{"a":{{"dtype":"U8","shape":[{shape}],"data_offsets":[0,1]}}}}"#);
    let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[0]].concat();
    std::fs::write(&path, bytes).unwrap();
    let path = path.to_str().unwrap();
    for args in [&["inspect", path][..], &["diff", path, path], &["convert", path, "out.npz"]] {
        let said = run(args).failure();
        assert!(
            said.contains("raise `Limits::rank`") && said.contains("note: this command has the default limits"),
            "{said}"
        );
    }
    assert!(!run(["inspect", "README.md"]).failure().contains("note:"));
}

#[test]
fn with_json_an_error_is_a_document_too() {
    for args in [
        &["inspect", "no-such"][..],
        &["lock", "no-such"],
        &["check", "no-such", "--lock", "no-such"],
        &["diff", "no-such", "no-such"],
        &["generate", "no-such", "--name", "A"],
        &["convert", "no-such", "b.npz"],
    ] {
        let ran = run(args.iter().chain(&["--json"]));
        let document = ran.json(2);
        assert_eq!(document["command"], args[0]);
        assert_eq!(document["error"]["message"], "no-such could not be read");
        let cause = document["error"]["causes"][0].as_str().unwrap();
        assert!(cause.starts_with("there is no such file"), "{cause}");
        // standard error has it for people
        assert!(
            ran.stderr.starts_with("error: no-such could not be read\n  caused by: there is no such file; "),
            "{ran:?}"
        );
    }
}

#[test]
fn a_name_does_not_drive_the_terminal() {
    let said = run(["inspect", "no-\u{1b}[31m\u{202e}such"]).failure();
    assert!(said.contains("no-\\u{1b}[31m\\u{202e}such"), "{said}");
}

#[test]
fn colours_are_for_terminals_alone_unless_asked_for() {
    let args = ["inspect", "fixtures/llama-sharded"];
    let plain = run(args).quiet(0);
    assert!(!plain.contains('\u{1b}'), "{plain}");
    assert_eq!(run(args.iter().chain(&["--color", "auto"])).quiet(0), plain);
    assert_eq!(run(args.iter().chain(&["--color", "never"])).quiet(0), plain);
    let coloured = run(args.iter().chain(&["--color", "always"])).quiet(0);
    assert!(coloured.contains("\u{1b}["), "{coloured}");
    assert_eq!(without_codes(&coloured), plain);
    for differing in [&["diff"][..], &["check", "--lock"]] {
        let two = ["fixtures/llama", "fixtures/llama-tied"];
        let coloured = run(differing.iter().chain(&two).chain(&["--color", "always"])).quiet(1);
        assert!(coloured.contains("\u{1b}["), "{coloured}");
        assert_eq!(without_codes(&coloured), run(differing.iter().chain(&two)).quiet(1));
    }
    assert!(run(["--color=always", "--help"]).quiet(0).contains("\u{1b}["));
    assert!(run(["inspect", "no-such", "--color=always"]).stderr.contains("\u{1b}["));
    // JSON has no colours
    let document = run(args.iter().chain(&["--json", "--color=always"])).quiet(0);
    assert!(!document.contains('\u{1b}'));
}

#[cfg(unix)]
#[test]
fn on_a_terminal_there_are_colours_unless_the_user_wants_none() {
    for args in [&["inspect", "fixtures/llama-sharded"][..], &["inspect", "no-such"], &["--help"]] {
        let code = if args.contains(&"no-such") { 2 } else { 0 };
        let shown = |name: &str, value: &str, more: &[&str]| {
            let mut command = command(args.iter().chain(more));
            command.env(name, value);
            let (shown, ended) = crate::on_terminal(command);
            assert_eq!(ended, Some(code), "{shown}");
            shown
        };
        let coloured = shown("UNRELATED", "1", &[]);
        assert!(coloured.contains("\u{1b}["), "{args:?}: {coloured}");
        for plain in
            [shown("NO_COLOR", "1", &[]), shown("TERM", "dumb", &[]), shown("UNRELATED", "1", &["--color", "never"])]
        {
            assert!(!plain.contains('\u{1b}'), "{args:?}: {plain}");
            assert_eq!(plain, without_codes(&coloured), "{args:?}");
        }
        // an empty variable counts as not set
        assert_eq!(shown("NO_COLOR", "", &[]), coloured);
        assert!(shown("NO_COLOR", "1", &["--color", "always"]).contains("\u{1b}["));
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::io::Read;
    use std::process::Stdio;

    for args in [
        &["inspect", "fixtures/llama-sharded", "--flat"][..],
        &["inspect", "fixtures/llama-sharded", "--json"],
        &["completions", "bash"],
        &["--help"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        // nobody reads, from the start
        drop(reader);
        let mut child = command(args).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_is_lost_is_an_error() {
    for more in [&[][..], &["--json"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = command(["inspect", "fixtures/llama"].iter().chain(more)).stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.starts_with("error: standard output could not be written to\n  caused by: No space"), "{said}");
    }
}

fn without_codes(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('m').unwrap().1)
}
