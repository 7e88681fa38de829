//! Turns the names of a file into Rust identifiers.

use std::collections::HashSet;

use super::numbers::PARAMETERS;
use super::types::Name;

/// Longer identifiers are cut, so that lines stay short. The `rename` has the whole name.
const LONGEST: usize = 40;

/// Words that cannot be identifiers, not even raw ones.
const NEVER_RAW: &[&str] = &["self", "super", "crate"];

/// Names that already mean something in the generated code, or in every program.
pub(super) const TAKEN_TYPES: &[&str] = &[
    "AnyTensor",
    "Box",
    "Clone",
    "Complex64",
    "Copy",
    "Debug",
    "Default",
    "Drop",
    "Err",
    "Eq",
    "Fn",
    "From",
    "Into",
    "Iterator",
    "Module",
    "None",
    "Ok",
    "Option",
    "Ord",
    "Result",
    "Self",
    "Send",
    "Some",
    "String",
    "Sync",
    "Tensor",
    "ToString",
    "Vec",
];

/// Whether a struct can have this name. One that begins with a lower-case letter may be a primitive type, a crate or a keyword
/// of some edition. One in capitals with `_` may be a constant.
pub(super) fn is_type(name: &str, reserved: &[&str]) -> bool {
    let is_constant = || PARAMETERS.contains(&name) || name.contains('_') && !name.contains(char::is_lowercase);
    syn::parse_str::<syn::Ident>(name).is_ok()
        && !name.starts_with(char::is_lowercase)
        && !is_constant()
        && !reserved.contains(&name)
}

/// The fields of one struct, each with an identifier of its own.
pub(super) struct Fields {
    taken: HashSet<String>,
}

impl Fields {
    /// For a struct with these fields. Those that are identifiers keep their names, whatever the others become.
    pub(super) fn of<'p>(parts: impl Iterator<Item = &'p Name>) -> Fields {
        let exact = parts.filter_map(|part| match part {
            Name::Exact(part) => Some(part),
            Name::Numbered(_) => None,
        });
        Fields { taken: exact.filter(|part| snake(part) == **part).cloned().collect() }
    }

    /// An identifier for a component, and whether it needs a `rename`. `list` is the name of the struct in the file, for
    /// components that are numbers.
    pub(super) fn identifier(&mut self, part: &str, list: &str) -> (String, bool) {
        let unique = self.unique(&wished(part, list), Some(part));
        let renamed = unique != part;
        (raw(unique), renamed)
    }

    /// An identifier for the module that has the name of a tensor.
    pub(super) fn of_parts(&mut self, part: &str, list: &str) -> String {
        let wished = format!("{}_parts", wished(part, list).trim_end_matches('_'));
        raw(self.unique(&wished, None))
    }

    /// An identifier for a list whose items have this name and a number.
    pub(super) fn of_list(&mut self, prefix: &str) -> String {
        raw(self.unique(&snake(prefix.trim_end_matches('_')), None))
    }

    /// `own` is what the name may be although it is taken: by the field itself.
    fn unique(&mut self, wished: &str, own: Option<&str>) -> String {
        let mut unique = wished.to_owned();
        let mut number = 2;
        while own != Some(unique.as_str()) && !self.taken.insert(unique.clone()) {
            unique = format!("{}_{number}", wished.trim_end_matches('_'));
            number += 1;
        }
        unique
    }
}

fn wished(part: &str, list: &str) -> String {
    let is_number = part.bytes().all(|b| b.is_ascii_digit());
    if is_number { format!("{}_{part}", snake(&singular(list)).trim_end_matches('_')) } else { snake(part) }
}

/// The identifier, raw if it is a keyword.
fn raw(name: String) -> String {
    // `gen` is a keyword since the edition of 2024, and `syn` reads every edition
    let is_plain = syn::parse_str::<syn::Ident>(&name).is_ok() && name != "gen";
    if is_plain { name } else { format!("r#{name}") }
}

/// A name in snake case. One that is in snake case already stays as it is.
pub(super) fn snake(name: &str) -> String {
    let mut out = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (i, &c) in letters.iter().enumerate() {
        if c.is_ascii_uppercase() {
            let after_lower = i > 0 && letters[i - 1].is_ascii_lowercase();
            let before_lower = letters.get(i + 1).is_some_and(char::is_ascii_lowercase);
            let after_other = i > 0 && (letters[i - 1].is_ascii_uppercase() || letters[i - 1].is_ascii_digit());
            if (after_lower || after_other && before_lower) && !out.ends_with('_') {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
        } else if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('_') || out.trim_start_matches('_').is_empty() && c == '_' {
            out.push('_');
        }
    }
    if !name.ends_with('_') {
        out.truncate(out.trim_end_matches('_').len());
    }
    if !name.starts_with('_') {
        out = out.trim_start_matches('_').to_owned();
    }
    out.truncate(LONGEST);
    if out.bytes().all(|b| b == b'_') {
        out = "field".to_owned();
    } else if out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert(0, '_');
    }
    if NEVER_RAW.contains(&out.as_str()) {
        out.push('_');
    }
    out
}

/// A name in CamelCase. Capitals within a word stay: `LayerNorm`.
pub(super) fn camel(name: &str) -> String {
    let mut out = String::new();
    for word in name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let shouted = word.len() > 1 && !word.bytes().any(|b| b.is_ascii_lowercase());
        let word = if shouted { word.to_ascii_lowercase() } else { word.to_owned() };
        out.push(word.as_bytes()[0].to_ascii_uppercase().into());
        out.push_str(&word[1..]);
    }
    out.truncate(LONGEST);
    if out.len() > 2 && out.bytes().all(|b| b.is_ascii_uppercase()) {
        // `HIDDEN` would be a constant
        out[1..].make_ascii_lowercase();
    }
    if out.is_empty() {
        out.push_str("Part");
    } else if out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert(0, 'N');
    }
    out
}

/// A name in capitals, for a constant.
pub(super) fn shout(name: &str) -> String {
    let name = snake(name).trim_matches('_').to_ascii_uppercase();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("N{name}") } else { name }
}

/// The singular of a list's name.
pub(super) fn singular(list: &str) -> String {
    if list == "h" {
        return "block".to_owned();
    }
    let small = list.to_ascii_lowercase();
    if list.len() > 3 && small.ends_with("ies") {
        format!("{}y", &list[..list.len() - 3])
    } else if list.len() > 2 && small.ends_with('s') && !["ss", "as", "is", "us"].iter().any(|end| small.ends_with(end))
    {
        list[..list.len() - 1].to_owned()
    } else if list.is_empty() {
        "layer".to_owned()
    } else {
        list.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let expected = [
            ("q_proj", "q_proj", false),
            ("_buffer", "_buffer", false),
            ("LayerNorm", "layer_norm_2", true),
            ("layer_norm", "layer_norm", false),
            ("self", "self_2", true),
            ("self_", "self_", false),
            ("type", "r#type", false),
            ("match", "r#match", false),
            ("gen", "r#gen", false),
            ("0", "feature_0", true),
            ("00", "feature_00", true),
            ("3d", "_3d", true),
            ("E4M3", "e4m3", true),
            ("Conv2dNorm", "conv2d_norm", true),
            ("a-b", "a_b", true),
            ("weird name", "weird_name", true),
            ("größe", "gr_e", true),
            ("層", "field", true),
            ("_", "field_2", true),
            ("a__b", "a_b_2", true),
            ("MLP", "mlp", true),
        ];
        let parts: Vec<Name> = expected.iter().map(|(part, ..)| Name::Exact((*part).to_owned())).collect();
        let mut fields = Fields::of(parts.iter());
        for (part, identifier, renamed) in expected {
            assert_eq!(fields.identifier(part, "features"), (identifier.to_owned(), renamed), "{part}");
        }
        // `self` becomes `self_`, and a number goes behind one underscore
        assert_eq!(fields.identifier("7", "self"), ("self_7".to_owned(), true));
    }

    #[test]
    fn types() {
        for (name, expected) in [
            ("self_attn", "SelfAttn"),
            ("LayerNorm", "LayerNorm"),
            ("MLP", "Mlp"),
            ("0", "N0"),
            ("層", "Part"),
            ("a-b", "AB"),
            ("hIDDEN", "Hidden"),
            ("a-b-c", "Abc"),
        ] {
            assert_eq!(camel(name), expected);
        }
        for name in ["Llama", "Größe", "GPT2"] {
            assert!(is_type(name, TAKEN_TYPES), "{name}");
        }
        for name in ["HIDDEN_SIZE", "OUT", "Self", "Vec", "a b", ""] {
            assert!(!is_type(name, TAKEN_TYPES), "{name}");
        }
    }

    #[test]
    fn one_of_a_list() {
        for (list, one) in [
            ("layers", "layer"),
            ("h", "block"),
            ("entries", "entry"),
            ("layer", "layer"),
            ("class", "class"),
            ("bias", "bias"),
        ] {
            assert_eq!(singular(list), one);
        }
    }
}
