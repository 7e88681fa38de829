//! Names that look alike and are not: a letter of another alphabet, a space at the end, a digit for a letter.

/// Characters that look like another one, which stands beside each.
const ALIKE: &[(char, char)] =
    &[('0', 'O'), ('0', 'o'), ('1', 'l'), ('1', 'I'), ('l', 'I'), ('5', 'S'), ('2', 'Z'), ('-', '_')];

/// Says where two names differ, if a reader would not see it: `the checkpoint has `a.w` with `\u{20}` at its end`.
pub(super) fn differ(path: &str, name: &str) -> Option<String> {
    let is_plain = |c: &char| c.is_ascii_graphic();
    let (ours, theirs): (Vec<char>, Vec<char>) = (path.chars().collect(), name.chars().collect());
    let same = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
    let same_at_end = ours[same..].iter().rev().zip(theirs[same..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (is, wanted) = (&theirs[same..theirs.len() - same_at_end], &ours[same..ours.len() - same_at_end]);
    let looks_alike = match (is, wanted) {
        ([is], [wanted]) => {
            ALIKE.contains(&(*is, *wanted)) || ALIKE.contains(&(*wanted, *is)) || is.eq_ignore_ascii_case(wanted)
        }
        _ => false,
    };
    if !looks_alike && is.iter().chain(wanted).all(is_plain) {
        return None;
    }
    let points = |chars: &[char]| {
        let point = |c: &char| match is_plain(c) {
            true => format!("`{c}` (U+{:04X})", u32::from(*c)),
            false => format!("U+{:04X}", u32::from(*c)),
        };
        chars.iter().take(MOST).map(point).collect::<Vec<_>>().join(", ")
    };
    let at = same + 1;
    Some(match (is, wanted) {
        (is, []) => format!("the checkpoint has `{}`, with {} as character {at}", escaped(name), points(is)),
        ([], wanted) => format!("the checkpoint has `{}`, without {} as character {at}", escaped(name), points(wanted)),
        (is, wanted) => format!(
            "the checkpoint has `{}`, with {} as character {at} where the module has {}",
            escaped(name),
            points(is),
            points(wanted)
        ),
    })
}

/// The most characters that are named.
const MOST: usize = 4;

/// A name with an escape for each character that is not plain to see.
fn escaped(name: &str) -> String {
    let one = |c: char| match c {
        c if c.is_ascii_graphic() => c.to_string(),
        c => c.escape_unicode().to_string(),
    };
    name.chars().map(one).collect()
}

/// Source text with the escapes of Rust for what is not ASCII.
pub(super) fn in_ascii(source: &str) -> String {
    source.chars().map(|c| if c.is_ascii() { c.to_string() } else { c.escape_unicode().to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_does_not_see_is_said() {
        assert_eq!(differ("norm", "nrom"), None);
        assert_eq!(differ("norm", "norms"), None);
        assert_eq!(
            differ("a.weight", "a.weight ").unwrap(),
            r"the checkpoint has `a.weight\u{20}`, with U+0020 as character 9"
        );
        assert_eq!(
            differ("model", "m\u{43e}del").unwrap(),
            r"the checkpoint has `m\u{43e}del`, with U+043E as character 2 where the module has `o` (U+006F)"
        );
        assert_eq!(
            differ("fcl", "fc1").unwrap(),
            "the checkpoint has `fc1`, with `1` (U+0031) as character 3 where the module has `l` (U+006C)"
        );
    }
}
