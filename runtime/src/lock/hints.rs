//! The hints of a check against a lock.

use std::borrow::Cow;

use weighbridge_lock::{cause_and_remedy, parts};

/// The methods of a loader that change what it sees.
const CALLS: &[&str] = &["subtree", "separator", "strip_prefix", "add_prefix", "rename", "rename_regex", "ignore"];

/// A hint without remedies that change a struct, as here there is none: those that are left change the loader.
pub(super) fn of_a_lock(hint: &str) -> Option<String> {
    let (cause, remedy) = cause_and_remedy(hint);
    if changes_struct(cause) {
        return None;
    }
    let cause = of_the_lock(cause);
    Some(match remedy.and_then(of_the_loader) {
        Some(remedy) => format!("{cause}; {}", of_the_lock(&remedy)),
        None => cause,
    })
}

/// Of several remedies, those that change the loader.
fn of_the_loader(remedy: &str) -> Option<String> {
    let changes_loader = |text: &&&str| {
        let is_about_patterns = text.trim_end_matches(',').ends_with("the pattern");
        (is_about_patterns || parts(text).any(is_call)) && !changes_struct(text)
    };
    let all = alternatives(remedy);
    let left: Vec<&str> = all.iter().filter(changes_loader).map(|text| text.trim_end_matches(',')).collect();
    match left.len() {
        0 => None,
        count if count == all.len() => Some(remedy.to_owned()),
        _ => Some(left.join(" or ")),
    }
}

/// What stands between the words `or`.
fn alternatives(remedy: &str) -> Vec<&str> {
    const OR: &str = " or ";
    let (mut all, mut begin, mut at) = (Vec::new(), 0, 0);
    for (is_code, part) in parts(remedy) {
        for (found, _) in part.match_indices(OR).filter(|_| !is_code) {
            all.push(&remedy[begin..at + found]);
            begin = at + found + OR.len();
        }
        // a backtick follows
        at += part.len() + 1;
    }
    all.push(&remedy[begin..]);
    all
}

fn changes_struct(text: &str) -> bool {
    parts(text).any(|(is_code, part)| is_code && part.starts_with("#["))
}

/// Whether a part of a hint is code that calls a loader.
fn is_call((is_code, part): (bool, &str)) -> bool {
    let is_method = |call: &&str| part.strip_prefix(*call).is_some_and(|rest| rest.starts_with('('));
    is_code && (part.contains("Loader::") || part.starts_with("loader.") || CALLS.iter().any(is_method))
}

/// What a hint says of a module, said of a lock.
fn of_the_lock(text: &str) -> String {
    let parts = parts(text).map(|(is_code, part)| match is_code {
        true => Cow::Borrowed(part),
        false => Cow::Owned(part.replace("the module", "the lock")),
    });
    parts.collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::of_a_lock;

    #[test]
    fn remedies_change_the_loader_alone() {
        let hint = |text: &str| of_a_lock(text).unwrap_or_default();
        assert_eq!(
            hint("`a; b` hides it; narrow the pattern, or declare it as an `Option`"),
            "`a; b` hides it; narrow the pattern"
        );
        assert_eq!(
            hint("F32 holds it; say `Loader::new().x()` or `#[param()]`"),
            "F32 holds it; say `Loader::new().x()`"
        );
        assert_eq!(hint("the module has `the module`; say `#[param()]`"), "the lock has `the module`");
        let both = "the names are there; choose one, with `loader.subtree(\"a or b\")` or `loader.subtree(\"c\")`";
        assert_eq!(hint(both), both);
        assert_eq!(hint("say `#[param(tied = \"a\")]`"), "");
    }
}
