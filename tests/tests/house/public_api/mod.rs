//! What a user of the crate can name. `runtime/public-api.txt` lists it, so that a change of it shows in review.
//!
//! The list is read off the sources, so it needs no nightly compiler. What a macro writes stands in it as the call of the
//! macro.

mod crates;
mod list;

use std::fs;

const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../runtime/public-api.txt");
const REWRITE: &str = "WEIGHBRIDGE_GOLDENS=rewrite cargo test -p weighbridge-tests --test house public_api";

#[test]
fn the_public_api_is_the_one_that_is_listed() {
    let real = list::of(&crates::Crates::read());
    assert!(real.contains("\npub struct Loader") && real.contains("\nimpl Source\n"), "{real}");
    if std::env::var_os("WEIGHBRIDGE_GOLDENS").is_some_and(|value| value == "rewrite") {
        return fs::write(LIST, real).unwrap();
    }
    let listed = fs::read_to_string(LIST).unwrap_or_default();
    let only = |text: &str, other: &str, sign: char| -> String {
        let lines = text.lines().filter(|line| !other.lines().any(|other| other == *line));
        lines.map(|line| format!("{sign} {line}\n")).collect()
    };
    assert!(
        listed == real,
        "the public API is not the one of runtime/public-api.txt:\n{}{}if this is meant, `{REWRITE}` writes it anew",
        only(&listed, &real, '-'),
        only(&real, &listed, '+'),
    );
}
