//! The metadata of a GGUF file as a configuration: `llama.embedding_length` is a name of it.

use serde_json::{Map, Number, Value};

use crate::container::{Metadata, MetadataValue, room};
use crate::error::Problem;
use crate::limits::Limits;

/// What a byte of a value can become in memory, at most: `{"":0},` is a node of a map.
pub(super) const VALUE: usize = 100;
/// A longer array, such as a vocabulary, configures no model.
const LONGEST: usize = 1000;
/// A key of more components would nest as deep. Keys of real models have at most six.
const MOST_COMPONENTS: usize = 32;

/// The object that the keys make, whose components are in each other. Without arrays that are long, and without a key that others
/// begin with.
pub(super) fn object(metadata: &Metadata, limits: &Limits) -> Result<Map<String, Value>, Problem> {
    let is_kept = |value: &MetadataValue<'_>| !matches!(value, MetadataValue::Array(array) if array.len() > LONGEST);
    let byte_len: usize =
        metadata.iter().filter(|(_, value)| is_kept(value)).map(|(key, value)| key.len() + size(&value)).sum();
    if byte_len as u64 > limits.config_byte_len {
        let found = format!("the metadata that configures the model has {byte_len} bytes");
        return Err(Problem::limit(found, "config_byte_len", limits.config_byte_len));
    }
    room(byte_len.saturating_mul(VALUE), "the configuration")?;
    let mut root = Map::new();
    for (key, value) in metadata.iter().filter(|(_, value)| is_kept(value)) {
        if key.split('.').count() <= MOST_COMPONENTS {
            insert(&mut root, key, json(&value));
        }
    }
    Ok(root)
}

fn insert(root: &mut Map<String, Value>, key: &str, value: Value) {
    let (mut place, mut rest) = (root, key);
    while let Some((component, below)) = rest.split_once('.') {
        let inner = place.entry(component).or_insert_with(|| Value::Object(Map::new()));
        if !inner.is_object() {
            *inner = Value::Object(Map::new());
        }
        let Value::Object(inner) = inner else { return };
        (place, rest) = (inner, below);
    }
    let known = place.entry(rest).or_insert(Value::Null);
    if !known.is_object() {
        *known = value;
    }
}

/// About how many bytes it has in the file.
fn size(value: &MetadataValue<'_>) -> usize {
    match value {
        MetadataValue::Text(text) => text.len(),
        MetadataValue::Array(array) => array.iter().map(|item| 1 + size(&item)).sum(),
        _ => 8,
    }
}

fn json(value: &MetadataValue<'_>) -> Value {
    // a float of 32 bits keeps the digits that it is written with
    let float = |number: f64| Number::from_f64(number).map_or(Value::Null, Value::Number);
    match *value {
        MetadataValue::U8(number) => number.into(),
        MetadataValue::I8(number) => number.into(),
        MetadataValue::U16(number) => number.into(),
        MetadataValue::I16(number) => number.into(),
        MetadataValue::U32(number) => number.into(),
        MetadataValue::I32(number) => number.into(),
        MetadataValue::U64(number) => number.into(),
        MetadataValue::I64(number) => number.into(),
        MetadataValue::F32(number) => float(number.to_string().parse().unwrap_or(f64::NAN)),
        MetadataValue::F64(number) => float(number),
        MetadataValue::Bool(truth) => truth.into(),
        MetadataValue::Text(text) => text.into(),
        MetadataValue::Array(array) => array.iter().map(|item| json(&item)).collect(),
    }
}
