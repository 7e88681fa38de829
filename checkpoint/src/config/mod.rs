//! The JSON file that describes a model beside its checkpoint, read as strictly as a header; or what a GGUF file says of its model.

mod metadata;

use std::borrow::Cow;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::de::{Error, MapAccess, SeqAccess};
use serde_json::{Map, Number, Value};
use weighbridge_lock::{cut, listed_names, nearest, shown, why_absent};

use crate::container::json::{Key, Seed, Visit};
use crate::container::{gguf, room, zeroed};
use crate::error::{CheckpointError, Problem, ProblemKind};
use crate::file::{self, OpenFile};
use crate::limits::Limits;
use crate::reader::ReadAt;

/// The object in a JSON file, or the metadata of a GGUF file as one.
///
/// # Errors
/// If the file cannot be read, is larger than [`Limits::config_byte_len`], or is not one JSON object that has each key once; or if a GGUF
/// file is refused, or says more of its model than that.
pub fn json_object(path: &Path, limits: &Limits) -> Result<Map<String, Value>, CheckpointError> {
    let path = &*file::located(path).map_err(|error| CheckpointError::io(path, error))?;
    let refuse = |problem| CheckpointError::container(path.display().to_string(), vec![problem]);
    let file = OpenFile::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => CheckpointError::io(path, std::io::Error::new(error.kind(), absent(path))),
        std::io::ErrorKind::IsADirectory => CheckpointError::io(path, std::io::Error::new(error.kind(), inside(path))),
        _ => CheckpointError::io(path, error),
    })?;
    let mut magic = [0; 4];
    if file.read_exact_at(0, &mut magic).is_ok() && magic == *b"GGUF" {
        let opened = gguf::open(Arc::new(file), limits);
        let (contents, _) =
            opened.map_err(|problems| CheckpointError::container(path.display().to_string(), problems))?;
        return metadata::object(&contents.typed, limits).map_err(refuse);
    }
    if file.len() > limits.config_byte_len {
        let found = format!("the configuration has {} bytes", file.len());
        return Err(refuse(Problem::limit(found, "config_byte_len", limits.config_byte_len)));
    }
    let mut text = zeroed(usize::try_from(file.len()).unwrap_or(0), "the configuration").map_err(refuse)?;
    file.read_exact_at(0, &mut text).map_err(|error| refuse(Problem::io(error)))?;
    json_object_of(&text).map_err(refuse)
}

/// The object in a JSON text.
///
/// # Errors
/// If it is not one object that has each key once, or there is no memory for it.
pub fn json_object_of(text: &[u8]) -> Result<Map<String, Value>, Problem> {
    let refuse = |message: String| Problem::new(ProblemKind::Header, message);
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err(refuse("the file is empty, and a configuration is a JSON object; fetch it again".to_owned()));
    }
    if text.starts_with(b"\xef\xbb\xbf") || text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
        return Err(refuse("the text begins with a byte order mark; save it as UTF-8 without one".to_owned()));
    }
    room(text.len().saturating_mul(metadata::VALUE), "the configuration")?;
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = serde::de::DeserializeSeed::deserialize(Seed(AnyValue), &mut deserializer);
    let value = value.and_then(|value| deserializer.end().map(|()| value));
    match value.map_err(|error| refuse(syntax(&error, text)))? {
        Value::Object(object) => Ok(object),
        other => Err(refuse(format!(
            "a configuration is a JSON object, and this is {}; give the file that has `{{\"hidden_size\": ..}}` and the like",
            kind(&other)
        ))),
    }
}

/// What a value is, for a message.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// What is wrong with the text, and where.
fn syntax(error: &serde_json::Error, text: &[u8]) -> String {
    if error.is_eof() {
        return "the JSON ends in the middle, as after a download that was cut; fetch the file again".to_owned();
    }
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.is_data() {
        // of `AnyValue`
        return format!("{place}: {message}");
    }
    if message == "recursion limit exceeded" {
        return format!("{place}: lists and objects are nested more than 127 deep, as in no configuration");
    }
    let line = text.split(|&byte| byte == b'\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let before = &line[..error.column().min(line.len())];
    let start = before.iter().rposition(|byte| b" \t:,[{".contains(byte)).map_or(0, |at| at + 1);
    let word: Vec<u8> = line[start..].iter().copied().take_while(|byte| !b" \t\r,]}".contains(byte)).take(10).collect();
    if [b"NaN".as_slice(), b"Infinity", b"-Infinity"].contains(&word.as_slice()) {
        let word = String::from_utf8_lossy(&word);
        return format!("{place}: `{word}` is no JSON, though Python writes it; write a number or `null`");
    }
    format!("{place}: not valid JSON: {message}; correct it, or fetch the file again")
}

/// Why there is no such file.
fn absent(path: &Path) -> String {
    // the most names that are looked at
    const MOST: usize = 1000;
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let (Ok(files), Some(name)) = (fs::read_dir(folder), path.file_name()) else { return why_absent(path) };
    if weighbridge_lock::not_a_path(&path.to_string_lossy()).is_some() || fs::symlink_metadata(path).is_ok() {
        return why_absent(path);
    }
    let names = files.take(MOST).filter_map(|file| file.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".json") && !name.starts_with('.')).collect();
    names.sort_unstable();
    let known = names.iter().map(String::as_str);
    match nearest(&name.to_string_lossy(), known.clone()) {
        Some(near) => {
            let near = if folder == Path::new(".") { near.into() } else { folder.join(near) };
            format!("there is no such file; did you mean `{}`?", shown(&near.to_string_lossy()))
        }
        None if names.is_empty() => "there is no such file, and no other `.json` beside it; check the path".to_owned(),
        None => format!("there is no such file; its folder has {}", listed_names(known, 4)),
    }
}

/// What to give in place of a directory.
fn inside(path: &Path) -> String {
    let inside = path.join("config.json");
    match inside.is_file() {
        true => format!("it is a directory; give the path of the file: `{}`", shown(&inside.to_string_lossy())),
        false => "it is a directory, and no `config.json` is in it; give the path of a file".to_owned(),
    }
}

/// Any value, in which no object has a key twice.
struct AnyValue;

impl<'de> Visit<'de> for AnyValue {
    type Out = Value;

    /// Each kind has its own method.
    fn wrong(self, _found: &'static str) -> Value {
        Value::Null
    }

    fn text(self, text: Cow<'de, str>) -> Value {
        Value::String(text.into_owned())
    }

    fn unsigned(self, number: u64) -> Value {
        Value::Number(number.into())
    }

    fn signed(self, number: i64) -> Value {
        Value::Number(number.into())
    }

    fn float(self, number: f64) -> Value {
        Number::from_f64(number).map_or(Value::Null, Value::Number)
    }

    fn boolean(self, truth: bool) -> Value {
        Value::Bool(truth)
    }

    fn array<A: SeqAccess<'de>>(self, mut array: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = array.next_element_seed(Seed(AnyValue))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = object.next_key_seed(Seed(Key))? {
            if map.contains_key(&*key) {
                let key = shown(&key).into_owned();
                return Err(A::Error::custom(format!("the key `{}` is there twice; keep one of them", cut(&key, 100))));
            }
            map.insert(key.into_owned(), object.next_value_seed(Seed(AnyValue))?);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &[u8]) -> String {
        json_object_of(text).unwrap_err().to_string()
    }

    #[test]
    fn an_object_is_what_serde_json_reads_too() {
        let text = br#" {"a": 1, "b": {"c": [true, null, -2, 2.5, "d\u0041"]}, "e": 18446744073709551615} "#;
        let expected: Map<String, Value> = serde_json::from_slice(text).unwrap();
        assert_eq!(json_object_of(text).unwrap(), expected);
    }

    #[test]
    fn a_text_that_is_no_object_is_refused_where_it_is_wrong() {
        let cases: &[(&[u8], &str)] = &[
            (b" \n", "the file is empty"),
            (b"\xef\xbb\xbf{}", "byte order mark"),
            (b"\xff\xfe{\0}\0", "byte order mark"),
            (b"[1]", "this is a list"),
            (b"3", "this is a number"),
            (b"{\"a\": 1", "ends in the middle"),
            (b"{\"a\": 1} x", "line 1, column 10: not valid JSON: trailing characters"),
            (b"{\n  \"eps\": NaN\n}", "line 2, column 10: `NaN` is no JSON, though Python writes it"),
            (b"{\"a\": [-Infinity]}", "`-Infinity` is no JSON"),
            (b"{\"a\": Infinity, \"b\": 1}", "`Infinity` is no JSON"),
            (b"{\"a\": Nothing}", "not valid JSON: expected value"),
            (b"{\"a\": 1e999}", "number out of range"),
            (b"{\"a\": {\"b\": 1, \"\\u0062\": 2}}", "line 1, column 23: the key `b` is there twice"),
        ];
        for (text, expected) in cases {
            let problem = refused(text);
            assert!(problem.contains(expected), "{problem}");
        }
        let deep = [b"{\"a\":".as_slice(), &b"[".repeat(100_000)].concat();
        assert!(refused(&deep).contains("nested more than 127 deep"), "{}", refused(&deep));
    }
}
