//! The configuration of a load: what `config.json` says of a model, by names.

use std::cmp::Reverse;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use weighbridge_checkpoint::{Limits, json_object, json_object_of};
use weighbridge_lock::{cut, index, nearest};

use crate::error::LoadError;
use crate::path::shown;
use crate::schema::Setting;

/// How messages call what `Loader::config` got.
const GIVEN: &str = "`Loader::config`";
/// The most bytes of a value in a message.
const LONGEST_VALUE: usize = 60;
/// More keys than this that may be meant are none.
const MOST_NEAR: usize = 2;
/// The shortest beginning that stands for a word.
const SHORTEST: usize = 3;

/// A configuration, as a loader gets it.
#[derive(Clone)]
pub(crate) enum ConfigSource {
    /// `Loader::config`, with what is wrong if that is no configuration.
    Value(Result<Arc<Config>, String>),
    /// `Loader::config_file`. It is read when a load begins.
    File(PathBuf),
}

/// What a configuration says.
pub(crate) struct Config {
    pub(crate) root: Value,
    /// The path of the file as it was given, or `Loader::config`.
    pub(crate) origin: String,
}

impl ConfigSource {
    /// Anything that serialises to a map.
    pub(crate) fn value(config: &(impl Serialize + ?Sized)) -> ConfigSource {
        // as a text, so that the same rules hold as for a file, and a float of 32 bits keeps the digits that it is written with
        let text = serde_json::to_vec(config)
            .map_err(|error| format!("it cannot be serialised: {error}; correct its `Serialize`"));
        let root = text.and_then(|text| {
            json_object_of(&text).map_err(|problem| match text.first() {
                Some(b'{') => problem.message,
                _ => {
                    let text = String::from_utf8_lossy(&text);
                    format!("it serialises to `{}`; give a struct or a map", shown(&cut(&text, LONGEST_VALUE)))
                }
            })
        });
        ConfigSource::Value(root.map(|root| Arc::new(Config::new(root, "Loader::config"))))
    }

    /// The only configuration among those that a loader got.
    pub(crate) fn only(given: &[ConfigSource], limits: &Limits) -> Result<Option<Arc<Config>>, LoadError> {
        let refuse = |message: String| LoadError::Config { message };
        match given {
            [] => Ok(None),
            [ConfigSource::Value(config)] => {
                let config =
                    config.as_ref().map_err(|message| refuse(format!("{GIVEN} got no configuration: {message}")))?;
                Ok(Some(Arc::clone(config)))
            }
            [ConfigSource::File(path)] => {
                Ok(Some(Arc::new(Config::new(json_object(path, limits)?, &path.to_string_lossy()))))
            }
            [first, .., last] => {
                let (first, last) = (first.call(), last.call());
                Err(refuse(format!(
                    "a load has one configuration, and this one has {first} and {last}; keep one of them"
                )))
            }
        }
    }

    /// The call that gave it.
    fn call(&self) -> String {
        match self {
            ConfigSource::Value(_) => GIVEN.to_owned(),
            ConfigSource::File(path) => {
                format!("`Loader::config_file({})`", weighbridge_lock::literal(&path.to_string_lossy()))
            }
        }
    }
}

impl Config {
    fn new(root: Map<String, Value>, origin: &str) -> Config {
        Config { root: Value::Object(root), origin: shown(origin).into_owned() }
    }

    /// One that says nothing.
    pub(crate) fn empty() -> Config {
        Config::new(Map::new(), "Loader::config")
    }

    /// The value that a name leads to. `null` is absent.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        let mut value = &self.root;
        for component in name.split('.') {
            value = match value {
                Value::Object(object) => object.get(component)?,
                Value::Array(items) => items.get(index(component)?)?,
                _ => return None,
            };
        }
        (!value.is_null()).then_some(value)
    }

    /// What a name is. `null` is absent.
    pub(crate) fn get(&self, name: &str) -> Option<Setting<'_>> {
        Some(match self.value(name)? {
            Value::Bool(truth) => Setting::Truth(*truth),
            Value::String(text) => Setting::Text(text),
            Value::Number(number) => match number.as_u64().map(usize::try_from) {
                Some(Ok(number)) => Setting::Number(number),
                Some(Err(_)) => Setting::Other("a number that is larger than memory"),
                None if number.is_i64() => Setting::Other("a negative number"),
                None => Setting::Other("a number with a decimal point"),
            },
            Value::Array(_) => Setting::Other("a list"),
            Value::Object(_) | Value::Null => Setting::Other("an object"),
        })
    }

    /// Whether a name leads to `null`.
    pub(crate) fn is_null(&self, name: &str) -> bool {
        let (parent, key) = name.rsplit_once('.').map_or((Some(&self.root), name), |(up, key)| (self.value(up), key));
        parent.and_then(|parent| parent.get(key)).is_some_and(Value::is_null)
    }

    /// The keys that a name may be meant to be which this lacks: the one that is written nearly so, or at most two that have most
    /// words in common with it and of which `may_be` is true of the value.
    pub(crate) fn near(&self, name: &str, may_be: impl Fn(&Value) -> bool) -> Vec<String> {
        let (up, key) = name.rsplit_once('.').map_or((None, name), |(up, key)| (Some(up), key));
        let beside = up.map_or(Some(&self.root), |up| self.value(up)).and_then(Value::as_object);
        let known = || beside.into_iter().flatten().filter(|(_, value)| !value.is_null());
        let fit = || known().filter(|(_, value)| may_be(value)).map(|(other, _)| other.as_str());
        let near = nearest(key, fit()).or_else(|| nearest(key, known().map(|(other, _)| other.as_str())));
        let near: Vec<&str> = match near {
            Some(near) => vec![near],
            None => {
                let alike: Vec<(_, &str)> = fit().filter_map(|other| Some((alike_by(key, other)?, other))).collect();
                let best = alike.iter().map(|(rank, _)| *rank).max();
                alike.into_iter().filter(|(rank, _)| Some(*rank) == best).map(|(_, other)| other).collect()
            }
        };
        let whole = |near: &&str| up.map_or_else(|| (*near).to_owned(), |up| format!("{up}.{near}"));
        if near.len() > MOST_NEAR { Vec::new() } else { near.iter().map(whole).collect() }
    }

    /// The same with another value at a key; `None` if the key leads nowhere.
    pub(crate) fn with(&self, key: &str, value: Value) -> Option<Config> {
        let mut config = Config { root: self.root.clone(), origin: self.origin.clone() };
        let mut place = &mut config.root;
        for component in key.split('.') {
            place = match place {
                Value::Object(object) => object.entry(component).or_insert(Value::Null),
                Value::Array(items) => items.get_mut(index(component)?)?,
                _ => return None,
            };
        }
        *place = value;
        Some(config)
    }

    /// The value of a name, as a message shows it.
    pub(crate) fn shown(&self, name: &str) -> String {
        let text = self.value(name).map_or_else(|| "null".to_owned(), Value::to_string);
        cut(&shown(&text), LONGEST_VALUE).into_owned()
    }

    /// Where a name is, with its value: `config.json: "hidden_size": 64`.
    pub(crate) fn origin(&self, name: &str) -> String {
        format!("{}: {}: {}", self.origin, weighbridge_lock::literal(name), self.shown(name))
    }
}

/// How many words two keys have in common, and how few others, if that says that one may be meant by the other: the last one, or all
/// of one of them.
fn alike_by(a: &str, b: &str) -> Option<(usize, Reverse<usize>)> {
    let words = |key: &str| -> Vec<String> { key.split('_').map(str::to_lowercase).collect() };
    let (a, b) = (words(a), words(b));
    // `embed` is short for `embedding`, and `head` stands for `heads`
    let is = |x: &String, y: &String| {
        x == y || x.len().min(y.len()) >= SHORTEST && (x.starts_with(y.as_str()) || y.starts_with(x.as_str()))
    };
    let common = a.iter().filter(|x| b.iter().any(|y| is(x, y))).count();
    let is_last = a.last().zip(b.last()).is_some_and(|(x, y)| is(x, y));
    let is_all = common == a.len().min(b.len());
    (common > 0 && (is_last || is_all)).then(|| (common, Reverse(a.len() + b.len() - 2 * common)))
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(json: Value) -> Config {
        let ConfigSource::Value(Ok(config)) = ConfigSource::value(&json) else { panic!("{json}") };
        Arc::into_inner(config).unwrap()
    }

    fn refused(config: &(impl Serialize + ?Sized)) -> String {
        ConfigSource::only(&[ConfigSource::value(config)], &Limits::default()).unwrap_err().to_string()
    }

    #[test]
    fn a_name_leads_into_objects_and_lists() {
        let config = config(serde_json::json!({
            "hidden_size": 64, "tie": true, "model_type": "qwen2", "head_dim": null, "rope_theta": 4096.0, "offset": -1,
            "text_config": { "hidden_size": 32, "a": {} }, "hidden_sizes": [8, 16], "a.b": 1,
        }));
        assert_eq!(config.get("hidden_size"), Some(Setting::Number(64)));
        assert_eq!(config.get("text_config.hidden_size"), Some(Setting::Number(32)));
        assert_eq!(config.get("hidden_sizes.1"), Some(Setting::Number(16)));
        assert_eq!(config.get("tie"), Some(Setting::Truth(true)));
        assert_eq!(config.get("model_type"), Some(Setting::Text("qwen2")));
        // a dim is written as a whole number
        assert_eq!(config.get("rope_theta"), Some(Setting::Other("a number with a decimal point")));
        assert_eq!(config.get("offset"), Some(Setting::Other("a negative number")));
        assert_eq!(config.get("hidden_sizes"), Some(Setting::Other("a list")));
        for absent in
            ["head_dim", "heads", "hidden_sizes.2", "hidden_sizes.01", "tie.0", "", ".", "a.b", "text_config."]
        {
            assert_eq!(config.get(absent), None, "{absent}");
        }
        assert_eq!(config.origin("hidden_size"), r#"Loader::config: "hidden_size": 64"#);
    }

    #[test]
    fn a_float_of_32_bits_keeps_its_digits() {
        #[derive(Serialize)]
        struct Own {
            eps: f32,
        }
        let ConfigSource::Value(Ok(config)) = ConfigSource::value(&Own { eps: 1e-5 }) else { panic!() };
        assert_eq!(config.value("eps").and_then(Value::as_f64), Some(1e-5));
    }

    #[test]
    fn what_is_no_configuration_is_refused_and_no_panic() {
        #[derive(Serialize)]
        enum Kind {
            Small,
        }
        struct Failing;
        impl Serialize for Failing {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("out of luck"))
            }
        }
        #[derive(Serialize)]
        struct Twice {
            a: usize,
            #[serde(flatten)]
            rest: std::collections::BTreeMap<String, usize>,
        }
        let start = "`Loader::config` got no configuration: it ";
        assert_eq!(refused(&3), format!("{start}serialises to `3`; give a struct or a map"));
        assert_eq!(refused(&Kind::Small), format!("{start}serialises to `\"Small\"`; give a struct or a map"));
        assert_eq!(refused(&[1, 2]), format!("{start}serialises to `[1,2]`; give a struct or a map"));
        assert_eq!(refused(&Failing), format!("{start}cannot be serialised: out of luck; correct its `Serialize`"));
        let twice = refused(&Twice { a: 1, rest: [("a".to_owned(), 2)].into() });
        assert!(twice.contains("the key `a` is there twice; keep one of them"), "{twice}");
    }

    #[test]
    fn a_load_has_one_configuration() {
        let (value, file) = (ConfigSource::value(&serde_json::json!({})), ConfigSource::File("config.json".into()));
        let error = ConfigSource::only(&[file, value], &Limits::default()).unwrap_err();
        let text = "a load has one configuration, and this one has `Loader::config_file(\"config.json\")` and \
                    `Loader::config`; keep one of them";
        assert_eq!(error.to_string(), text);
    }
}
