//! The configuration beside a lock, read while compiling: its keys become a constant.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use syn::LitStr;
use weighbridge_lock::{literal, not_a_path, shown, visible_lines};

use crate::errors::Errors;

/// The most bytes of a configuration, as the loader has it.
const MOST: u64 = 8_000_000;
/// The most items of a list, and keys of an object, that are looked at: names of classes are no names of dims.
const MOST_ITEMS: usize = 512;

/// What `config = ".."` names.
pub(crate) struct Configured {
    pub(crate) label: LitStr,
    pub(crate) path: PathBuf,
    settings: Vec<(String, Setting)>,
}

/// What a key is.
enum Setting {
    Number(usize),
    Truth(bool),
    Text(String),
    /// What no name can be, and how it is written.
    Other(&'static str, String),
}

impl Configured {
    /// Reads the file at the path, which begins beside the manifest of the crate that is compiled.
    pub(crate) fn new(errors: &Errors, label: LitStr) -> Option<Self> {
        let written = label.value();
        let root = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
        let path = root.join(&written);
        match read(&path, &written) {
            Ok(settings) => Some(Configured { label, path, settings }),
            Err(why) => {
                errors.at(&label, visible_lines(&why));
                None
            }
        }
    }

    /// `&[__wb::Configured { key: "hidden_size", setting: __wb::ConfigSetting::Number(64), origin: "config.json: .." }]`
    pub(crate) fn constant(&self) -> TokenStream {
        let label = self.label.value();
        let settings = self.settings.iter().map(|(key, setting)| {
            let (is, text) = match setting {
                Setting::Number(number) => (quote!(Number(#number)), number.to_string()),
                Setting::Truth(is) => (quote!(Truth(#is)), is.to_string()),
                Setting::Text(text) => (quote!(Text(#text)), literal(text)),
                Setting::Other(what, text) => (quote!(Other(#what)), text.clone()),
            };
            let origin = format!("{}: {}: {text}", shown(&label), literal(key));
            quote!(__wb::Configured { key: #key, setting: __wb::ConfigSetting::#is, origin: #origin })
        });
        quote!(&[#(#settings),*])
    }
}

fn read(path: &Path, written: &str) -> Result<Vec<(String, Setting)>, String> {
    let wrong = |why: &str| format!("{}: {why}", shown(written));
    if written.is_empty() {
        return Err("the path is empty; write the path of a configuration, from the crate's Cargo.toml on".to_owned());
    }
    if let Some(why) = not_a_path(written) {
        return Err(wrong(&why));
    }
    let metadata = fs::metadata(path)
        .map_err(|_| wrong("there is no such file; the path begins beside the crate's Cargo.toml"))?;
    if !metadata.is_file() {
        return Err(wrong("it is no file; give the path of a JSON file such as `config.json`"));
    }
    let mut text = Vec::new();
    let file = File::open(path).and_then(|file| file.take(MOST + 1).read_to_end(&mut text));
    file.map_err(|error| wrong(&format!("it cannot be read: {error}")))?;
    if text.len() as u64 > MOST {
        return Err(wrong("it has more than 8,000,000 bytes; give the configuration of a model"));
    }
    let mut settings = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(&text);
    let flat = Flat { key: String::new(), settings: &mut settings };
    let read = flat.deserialize(&mut deserializer).and_then(|what| deserializer.end().map(|()| what));
    match read {
        Ok(Kind::Object) => Ok(settings),
        Ok(_) => Err(wrong("a configuration is a JSON object, and this is none; give another file")),
        Err(error) => {
            let (line, column, message) = (error.line(), error.column(), error.to_string());
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
            Err(wrong(&format!("line {line}, column {column}: {message}")))
        }
    }
}

/// Whether a value is an object, or what else it is.
enum Kind {
    Object,
    Other,
}

/// Collects the keys of a value, each with those that lead to it. No object may have a key twice.
struct Flat<'s> {
    key: String,
    settings: &'s mut Vec<(String, Setting)>,
}

impl Flat<'_> {
    fn add(self, setting: Setting) -> Kind {
        self.settings.push((self.key, setting));
        Kind::Other
    }

    fn below(&mut self, key: &str) -> Flat<'_> {
        let key = if self.key.is_empty() { key.to_owned() } else { format!("{}.{key}", self.key) };
        Flat { key, settings: self.settings }
    }
}

impl<'de> DeserializeSeed<'de> for Flat<'_> {
    type Value = Kind;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Kind, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Flat<'_> {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, is: bool) -> Result<Kind, E> {
        Ok(self.add(Setting::Truth(is)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Kind, E> {
        let other = || Setting::Other("a number that is larger than memory", number.to_string());
        Ok(self.add(usize::try_from(number).map_or_else(|_| other(), Setting::Number)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Kind, E> {
        Ok(self.add(Setting::Other("a negative number", number.to_string())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Kind, E> {
        Ok(self.add(Setting::Other("a number with a decimal point", format!("{number:?}"))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Kind, E> {
        Ok(self.add(Setting::Text(text.to_owned())))
    }

    /// `null` is absent.
    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Kind, A::Error> {
        let (before, mut count) = (self.settings.len(), 0usize);
        while items.next_element_seed(self.below(&count.to_string()))?.is_some() {
            count += 1;
        }
        if count > MOST_ITEMS {
            self.settings.truncate(before);
        }
        Ok(self.add(Setting::Other("a list", "[..]".to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<Kind, A::Error> {
        let (before, is_root) = (self.settings.len(), self.key.is_empty());
        let mut seen = HashSet::new();
        while let Some(key) = object.next_key::<String>()? {
            object.next_value_seed(self.below(&key))?;
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key `{}` is there twice; keep one of them", shown(&key))));
            }
        }
        if is_root {
            return Ok(Kind::Object);
        }
        if seen.len() > MOST_ITEMS {
            self.settings.truncate(before);
        }
        self.add(Setting::Other("an object", "{..}".to_owned()));
        Ok(Kind::Object)
    }
}
