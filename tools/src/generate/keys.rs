//! The keys of a configuration that dims and lengths may be called by.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use weighbridge_lock::index;

use super::sizes::Meaning;

/// The smallest number without a name that becomes a constant. A smaller one is a kernel, or a number of bits.
pub(super) const SMALLEST: usize = 16;

/// Parts of a configuration whose numbers are no sizes.
const NO_SIZES: &[&str] = &["label2id", "id2label", "task_specific_params", "quantization_config", "quantization"];
/// How deep a configuration is looked through.
const DEEPEST: usize = 4;

/// The keys of a configuration, by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(BTreeMap<usize, Vec<String>>);

impl Keys {
    pub(super) fn of(config: &Map<String, Value>) -> Keys {
        let mut keys = Keys::default();
        keys.look(config.iter().map(|(key, value)| (key.clone(), value)).collect(), "", DEEPEST);
        keys
    }

    fn look(&mut self, values: Vec<(String, &Value)>, before: &str, depth: usize) {
        for (key, value) in values.into_iter().filter(|(key, _)| is_name(key)) {
            let path = if before.is_empty() { key } else { format!("{before}.{key}") };
            match value {
                Value::Number(number) => {
                    // the numbers of tokens and of versions are none that a tensor has
                    let is_size = !path.ends_with("_id") && !path.ends_with("version");
                    if let Some(number) =
                        number.as_u64().and_then(|number| usize::try_from(number).ok()).filter(|_| is_size)
                    {
                        self.0.entry(number).or_default().push(path);
                    }
                }
                Value::Object(object) if depth > 0 => {
                    self.look(object.iter().map(|(key, value)| (key.clone(), value)).collect(), &path, depth - 1);
                }
                Value::Array(items) if depth > 0 => {
                    self.look(
                        items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
                        &path,
                        depth - 1,
                    );
                }
                _ => {}
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys that have a number; none for a small one that could be anything.
    pub(super) fn of_number(&self, Meaning { value, name, .. }: &Meaning) -> &[String] {
        let is_telling = name.is_some() || *value >= SMALLEST;
        self.0.get(value).filter(|_| is_telling).map_or(&[], Vec::as_slice)
    }

    /// The only key that has it.
    pub(super) fn only(&self, meaning: &Meaning) -> Option<&str> {
        match self.of_number(meaning) {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// Whether code can name a key: an identifier, or the index of a list's item.
fn is_name(key: &str) -> bool {
    let is_identifier =
        !key.starts_with(|c: char| c.is_ascii_digit()) && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    !NO_SIZES.contains(&key) && !key.is_empty() && (is_identifier || index(key).is_some())
}
