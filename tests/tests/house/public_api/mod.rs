//! What a user of a crate can name. `public-api.txt` in its folder lists it, so that a change of it shows in review.
//!
//! The lists are read off the sources, so they need no nightly compiler. What a macro writes stands in them as the call of
//! the macro.

mod crates;
mod list;

use std::fs;

use self::crates::Crates;

const REWRITE: &str = "WEIGHBRIDGE_GOLDENS=rewrite cargo test -p weighbridge-tests --test house public_api";

/// Compares the list of the crate in a folder, or writes it.
fn compare(folder: &str, real: String) {
    let file = format!("{folder}/public-api.txt");
    let path = format!("{}/../{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("WEIGHBRIDGE_GOLDENS").is_some_and(|value| value == "rewrite") {
        return fs::write(path, real).unwrap();
    }
    let listed = fs::read_to_string(path).unwrap_or_default();
    let only = |text: &str, other: &str, sign: char| -> String {
        let lines = text.lines().filter(|line| !other.lines().any(|other| other == *line));
        lines.map(|line| format!("{sign} {line}\n")).collect()
    };
    assert!(
        listed == real,
        "the public API is not the one of {file}:\n{}{}if this is meant, `{REWRITE}` writes it anew",
        only(&listed, &real, '-'),
        only(&real, &listed, '+'),
    );
}

#[test]
fn the_public_api_of_the_runtime_is_the_one_that_is_listed() {
    let crates = Crates::read();
    let from: Vec<&str> = crates.0.keys().map(String::as_str).collect();
    let mut real = list::of(&crates, "weighbridge", &from);
    real.push_str("\n# words of the attributes\n");
    real.push_str(&list::words(&crates.0["weighbridge_macros"].children["symbol"]));
    assert!(real.contains("\npub struct Loader") && real.contains("\nimpl Source\n"), "{real}");
    compare("runtime", real);
}

#[test]
fn the_public_api_of_what_files_have_is_the_one_that_is_listed() {
    let below = ["weighbridge_checkpoint", "weighbridge_lock", "weighbridge_memory"];
    let real = list::of(&Crates::read(), "weighbridge_checkpoint", &below);
    assert!(real.contains("\npub struct Strided") && real.contains("\nimpl Tensors<'_>\n"), "{real}");
    compare("checkpoint", real);
}

#[test]
fn the_public_api_of_the_tools_is_the_one_that_is_listed() {
    let real = list::of(&Crates::read(), "weighbridge_tools", &["weighbridge_tools"]);
    assert!(real.contains("\npub struct Inspection") && real.contains("\nimpl Diff\n"), "{real}");
    compare("tools", real);
}
