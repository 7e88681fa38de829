//! The names that fields have in a file.

use proc_macro2::Span;
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

/// A name from `rename` or `alias`. Braces that belong to it are written twice, because `{}` stands for the index of a list's item.
#[derive(Clone)]
pub(crate) struct GivenName {
    literal: LitStr,
    /// The name, with `{}` for the index.
    text: String,
    /// The components before the items', if it has a `{}`, or else the whole name.
    pub(crate) path: String,
    /// What stands around the index in the last component.
    pub(crate) stem: Option<(String, String)>,
}

impl GivenName {
    /// The name that a literal gives, or what is wrong with it.
    pub(crate) fn new(literal: LitStr) -> Result<GivenName, String> {
        let written = literal.value();
        let (mut text, mut index, mut rest) = (String::new(), None, written.as_str());
        while let Some(at) = rest.find(['{', '}']) {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(behind) = rest.strip_prefix("{{").or(rest.strip_prefix("}}")) {
                text.push_str(&rest[..1]);
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix("{}") {
                if index.replace(text.len()).is_some() {
                    return Err("`{}` is there twice, and an item has one index; write it once".to_owned());
                }
                text.push_str("{}");
                rest = behind;
            } else {
                let end = rest.find('}').map_or(1, |end| end + 1);
                let found = &rest[..end];
                return Err(format!(
                    "`{found}` is not the index of an item; write `{{}}` for the index, and a brace that belongs to the name twice"
                ));
            }
        }
        text.push_str(rest);
        let Some(index) = index else {
            return match refusal(&text) {
                Some(reason) => Err(reason.to_owned()),
                None => Ok(GivenName { literal, path: text.clone(), text, stem: None }),
            };
        };
        let (before, behind) = (&text[..index], &text[index + 2..]);
        if behind.contains('.') {
            let last =
                "`{}` stands before a dot; write it behind the last dot, and hold what follows in the items' own type";
            return Err(last.to_owned());
        }
        let is_digit = |c: char| c.is_ascii_digit();
        if before.ends_with(is_digit) || behind.starts_with(is_digit) {
            return Err(
                "a digit beside `{}` cannot be told from the index; write another character between them".to_owned()
            );
        }
        if let Some(reason) = refusal(&format!("{before}0{behind}")) {
            return Err(reason.to_owned());
        }
        let (path, before) = before.rsplit_once('.').unwrap_or(("", before));
        let stem = Some((before.to_owned(), behind.to_owned()));
        Ok(GivenName { path: path.to_owned(), stem, literal, text })
    }

    pub(crate) fn value(&self) -> &str {
        &self.text
    }

    pub(crate) fn span(&self) -> Span {
        self.literal.span()
    }
}

/// A name, and the tokens that gave it.
pub(crate) enum Name {
    /// From the field itself: its identifier, or its position.
    Field(String),
    /// From `rename`.
    Renamed(GivenName),
}

impl Name {
    pub(crate) fn value(&self) -> &str {
        match self {
            Name::Field(name) => name,
            Name::Renamed(name) => name.value(),
        }
    }

    /// The components before the items', if it is a name of items, or else the whole name.
    pub(crate) fn path(&self) -> &str {
        match self {
            Name::Field(name) => name,
            Name::Renamed(name) => &name.path,
        }
    }

    /// The name as it is given, if it is one of items.
    pub(crate) fn of_items(&self) -> Option<&GivenName> {
        match self {
            Name::Renamed(name) if name.stem.is_some() => Some(name),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;
    use syn::LitStr;

    use super::{Case, GivenName, refusal};

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
    #[test]
    fn an_index_stands_in_braces() {
        let given = |name: &str| GivenName::new(LitStr::new(name, Span::call_site()));
        let parts = |name: &str| given(name).map(|name| (name.text, name.path, name.stem)).unwrap();
        let stem = |before: &str, behind: &str| Some((before.to_owned(), behind.to_owned()));
        let items = |text: &str, path: &str, before, behind| (text.to_owned(), path.to_owned(), stem(before, behind));
        assert_eq!(parts("block_{}"), items("block_{}", "", "block_", ""));
        assert_eq!(parts("a.b.{}_x"), items("a.b.{}_x", "a.b", "", "_x"));
        assert_eq!(parts("h.{}"), items("h.{}", "h", "", ""));
        assert_eq!(parts("{{0}}.{}{{"), items("{0}.{}{", "{0}", "", "{"));
        assert_eq!(parts("{{}}"), ("{}".to_owned(), "{}".to_owned(), None));
        for bad in ["{}{}", "a_{}.b", "{0}", "{", "}", "{{}", "a1{}", "{}0", "a.{}.", ".{}", "a..{}", "{{", "}}}"] {
            assert_eq!(given(bad).is_err(), bad != "{{", "{bad}");
        }
    }
}
