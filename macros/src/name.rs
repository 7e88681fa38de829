//! The names that fields have in a file.

use syn::LitStr;

/// The ways of `rename_all`: serde's eight, applied to fields, which Rust writes in snake case.
#[derive(Clone, Copy)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    pub(crate) const NAMES: &[&str] = &[
        "lowercase",
        "UPPERCASE",
        "PascalCase",
        "camelCase",
        "snake_case",
        "SCREAMING_SNAKE_CASE",
        "kebab-case",
        "SCREAMING-KEBAB-CASE",
    ];

    /// The case that other programs call so.
    pub(crate) fn full_name(name: &str) -> &str {
        match name.to_lowercase().as_str() {
            "camel" | "lowercamelcase" | "lower_camel_case" => "camelCase",
            "pascal" | "uppercamelcase" | "upper_camel_case" => "PascalCase",
            "snake" => "snake_case",
            "screaming_snake" | "shouty_snake_case" | "constant_case" | "constant" => "SCREAMING_SNAKE_CASE",
            "kebab" | "dash-case" => "kebab-case",
            "lower" | "lower_case" => "lowercase",
            "upper" | "upper_case" => "UPPERCASE",
            _ => name,
        }
    }

    pub(crate) fn new(name: &str) -> Option<Self> {
        Some(match name {
            "lowercase" => Case::Lower,
            "UPPERCASE" => Case::Upper,
            "PascalCase" => Case::Pascal,
            "camelCase" => Case::Camel,
            "snake_case" => Case::Snake,
            "SCREAMING_SNAKE_CASE" => Case::ScreamingSnake,
            "kebab-case" => Case::Kebab,
            "SCREAMING-KEBAB-CASE" => Case::ScreamingKebab,
            _ => return None,
        })
    }

    pub(crate) fn apply(self, field: &str) -> String {
        match self {
            Case::Lower | Case::Snake => field.to_owned(),
            Case::Upper | Case::ScreamingSnake => field.to_ascii_uppercase(),
            Case::Pascal => field.split('_').map(capitalised).collect(),
            Case::Camel => {
                let pascal = Case::Pascal.apply(field);
                let mut letters = pascal.chars();
                letters
                    .next()
                    .map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
            }
            Case::Kebab => field.replace('_', "-"),
            Case::ScreamingKebab => field.to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// Why no file can hold a parameter, or a module's parameters, under this name.
pub(crate) fn refusal(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty; write a name, or `flatten` on a module whose parameters are named like its parent's")
    } else if name == "__metadata__" {
        Some("it is reserved in safetensors files; choose another name")
    } else if name.contains(['\0', '\n', '\r']) {
        Some("it contains NUL or a line break; write it on one line")
    } else if name.split('.').any(str::is_empty) {
        Some("it has an empty component before, after or between dots; join components with single dots")
    } else {
        None
    }
}

/// A name, and the tokens that gave it.
pub(crate) enum Name {
    /// From the field itself: its identifier, or its position.
    Field(String),
    /// From `rename`.
    Renamed(LitStr),
}

impl Name {
    pub(crate) fn value(&self) -> String {
        match self {
            Name::Field(name) => name.clone(),
            Name::Renamed(name) => name.value(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, refusal};

    #[test]
    fn cases() {
        let all = |field| Case::NAMES.iter().map(|name| Case::new(name).unwrap().apply(field)).collect::<Vec<_>>();
        assert_eq!(all("q_proj"), ["q_proj", "Q_PROJ", "QProj", "qProj", "q_proj", "Q_PROJ", "q-proj", "Q-PROJ"]);
        assert_eq!(all("w"), ["w", "W", "W", "w", "w", "W", "w", "W"]);
    }

    #[test]
    fn names() {
        for good in ["weight", "attention.self", "0", "a b", "__metadata__.x", "größe"] {
            assert_eq!(refusal(good), None, "{good}");
        }
        for bad in ["", ".", "a.", ".a", "a..b", "a\0", "a\nb", "__metadata__"] {
            assert!(refusal(bad).is_some(), "{bad}");
        }
    }
}
