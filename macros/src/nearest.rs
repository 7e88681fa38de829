//! The known word that an unknown one was probably meant to be, and lists of words in messages.

use crate::symbol::{DTYPES, QUANTISED};

/// The nearest of `known`, if it is near enough.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    weighbridge_lock::nearest(word, known.iter().copied())
}

/// `` `a`, `b`, `c` ``
pub(crate) fn listed(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

/// `` ; did you mean `shape`? ``, or nothing.
pub(crate) fn did_you_mean(word: &str, known: &[&str]) -> String {
    nearest(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// The dtype that is nearest, or that other programs call so: `torch.bfloat16`, `float32`, `half`.
pub(crate) fn dtype_meant(name: &str) -> Option<&'static str> {
    const PREFIXES: &[(&str, &str)] =
        &[("bfloat", "BF"), ("float", "F"), ("uint", "U"), ("int", "I"), ("complex", "C")];
    const NAMES: &[(&str, &str)] = &[
        ("half", "F16"),
        ("float", "F32"),
        ("double", "F64"),
        ("byte", "U8"),
        ("short", "I16"),
        ("int", "I32"),
        ("long", "I64"),
    ];
    let name = name.rsplit('.').next()?.to_lowercase();
    if let Some((_, meant)) = NAMES.iter().find(|(other, _)| *other == name) {
        return Some(meant);
    }
    let short = PREFIXES.iter().find_map(|(prefix, short)| {
        let rest = name.strip_prefix(prefix)?;
        rest.starts_with(|c: char| c.is_ascii_digit()).then(|| format!("{short}{}", rest.to_uppercase()))
    });
    let name = short.unwrap_or(name);
    // torch's `float8_e4m3fn` says that there are no infinities; the name in files does not
    let of_files = name.strip_suffix("FN").unwrap_or(&name);
    let quantised = |known: &&&str| known.eq_ignore_ascii_case(of_files);
    QUANTISED.iter().find(quantised).copied().or_else(|| nearest(of_files, DTYPES))
}

#[cfg(test)]
mod tests {
    use super::dtype_meant;

    #[test]
    fn dtypes_of_other_programs() {
        for (name, meant) in [
            ("bfloat16", "BF16"),
            ("torch.bfloat16", "BF16"),
            ("float16", "F16"),
            ("half", "F16"),
            ("float", "F32"),
            ("np.float32", "F32"),
            ("f32", "F32"),
            ("double", "F64"),
            ("uint8", "U8"),
            ("int8", "I8"),
            ("long", "I64"),
            ("bool", "BOOL"),
            ("complex64", "C64"),
            ("float8_e4m3fn", "F8_E4M3"),
            ("float8_e4m3fnuz", "F8_E4M3FNUZ"),
            ("float8_e5m2", "F8_E5M2"),
            ("q4_k", "Q4_K"),
        ] {
            assert_eq!(dtype_meant(name), Some(meant), "{name}");
        }
        assert_eq!(dtype_meant("quantised"), None);
    }
}
