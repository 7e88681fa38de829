//! Fields that are in the configuration: each must be what its type can be, before a tensor is read.

use std::collections::BTreeMap;

use serde_json::Value;
use weighbridge_lock::listed_names;

use super::outcome::ConfigUse;
use super::resolver::Resolver;
use crate::config::Config;
use crate::config_field::{ConfigField, ConfigValue};
use crate::path::short_name;
use crate::report::{Finding, FindingSide, did_you_mean};
use crate::rules::says;
use crate::schema::{Environment, Flat, Lookup, Step, Value as Evaluated, value_of};

/// The most paths in a message.
const SHOWN: usize = 4;

impl Resolver<'_> {
    /// Notes a field that is in the configuration. A value that is updated keeps its own.
    ///
    /// Its key is a name where the field stands: in the part of the configuration there, or what an argument stands for.
    pub(super) fn config_field(&mut self, field: &'static ConfigField, environment: &Environment) {
        if !self.may_keep && !self.policy.ignore_config_fields {
            let path = self.trail.joined(field.name);
            let (symbol, argument) = match field.key {
                ConfigField::WHOLE => (environment.of_load(""), None),
                key => match environment.stands_for(key) {
                    Lookup::Symbol(symbol) => (symbol, None),
                    Lookup::Name(..) | Lookup::Is(..) => (environment.of_load(key), Some(*environment)),
                },
            };
            let key = match symbol.to_string() {
                whole if whole.is_empty() => ConfigField::WHOLE.to_owned(),
                key => key.trim_end_matches('.').to_owned(),
            };
            let is_given = !matches!(environment.lookup(field.key, environment.level()), Lookup::Symbol(_));
            self.out.config_fields.push(ConfigUse { field, path, key, symbol, argument, is_given });
        }
    }

    /// Finds the value of each, or says why there is none: once for each key, whichever fields it is for.
    pub(super) fn check_config_fields(&mut self) {
        let policy = self.policy;
        let mut wrong: BTreeMap<(String, &'static str, String), Vec<String>> = BTreeMap::new();
        for one in std::mem::take(&mut self.out.config_fields) {
            let (value, problem) = self.value_of(&one, policy.config.as_deref());
            if let Some(problem) = problem {
                wrong.entry((one.key, (one.field.type_name)(), problem)).or_default().push(one.path);
            }
            self.out.plan.config_values.push(value);
        }
        for ((key, type_name, problem), paths) in wrong {
            let fields = listed_names(paths.iter().map(String::as_str), SHOWN);
            let expected = format!("{} for {fields}", short_name(type_name));
            let is_whole = key == ConfigField::WHOLE;
            let found = match &policy.config {
                None => "no configuration".to_owned(),
                Some(_) if is_whole => "another object".to_owned(),
                Some(config) => config.value(&key).map_or_else(|| "nothing".to_owned(), |_| config.shown(&key)),
            };
            self.out.report.config.push(Finding {
                path: if is_whole { says::THE_CONFIGURATION.to_owned() } else { key },
                expected: Some(FindingSide::words(expected)),
                found: Some(FindingSide::words(found)),
                file: policy.config.as_ref().map(|config| config.origin.clone()),
                hints: vec![problem],
                ..Finding::default()
            });
        }
    }

    /// Where the value of a field comes from, and why it is none.
    fn value_of(&mut self, one: &ConfigUse, config: Option<&Config>) -> (ConfigValue, Option<String>) {
        let ConfigUse { field, key, symbol, argument, is_given, .. } = one;
        if let Some(environment) = argument {
            return match self.argument(field.key, environment) {
                Ok(value) => {
                    let problem = (field.check)(&value).err();
                    let problem =
                        problem.map(|error| format!("{error}; correct the argument, or the type of the field"));
                    (ConfigValue::Value(value), problem)
                }
                Err(problem) => (ConfigValue::Absent, Some(problem)),
            };
        }
        let Some(config) = config else { return (ConfigValue::Absent, Some(says::NO_CONFIGURATION.to_owned())) };
        let key = key.as_str();
        let of = |value: ConfigValue, checked: Result<(), String>| {
            let problem = checked.err().map(|error| format!("{error}; correct the value, or the type of the field"));
            (value, problem)
        };
        if key == ConfigField::WHOLE {
            return of(ConfigValue::Key(key.to_owned()), (field.check)(&config.root));
        }
        if let Some(value) = config.value(key) {
            return of(ConfigValue::Key(key.to_owned()), (field.check)(value));
        }
        if let Some(number) = self.out.dims.number(symbol) {
            let number = Value::from(number);
            let checked = (field.check)(&number);
            return of(ConfigValue::Value(number), checked);
        }
        let problem = (field.check)(&Value::Null).err().map(|_| absent(field, key, *is_given, config));
        (ConfigValue::Absent, problem)
    }

    /// The value of an argument, or why it has none.
    fn argument(&mut self, name: &'static str, environment: &Environment) -> Result<Value, String> {
        if let Lookup::Is(value, _) = environment.stands_for(name)
            && let [Step::Float(written)] = value.steps()
        {
            return written.parse::<f64>().map(Value::from).map_err(|error| error.to_string());
        }
        self.fix_all(Some(&Flat::of_name(name, environment)));
        match value_of(name, environment, self.out.dims.known()) {
            Evaluated::Number(number) => Ok(Value::from(number)),
            Evaluated::Truth(is) => Ok(Value::from(is)),
            Evaluated::Text(text) => Ok(Value::from(text)),
            Evaluated::Linear(_) | Evaluated::Open => Err(says::OPEN_ARGUMENT.to_owned()),
            Evaluated::Wrong(fault) => Err(format!("its argument cannot be computed{}", fault.shown())),
        }
    }
}

/// What to do about a key that a configuration lacks.
fn absent(field: &ConfigField, key: &str, is_given: bool, config: &Config) -> String {
    match did_you_mean(&config.near(key, |value| (field.check)(value).is_ok())) {
        Some(question) => format!("the configuration has no such key; {question}"),
        None if is_given => {
            let name = field.key;
            format!(
                "the configuration has no such key; give it there, or give `{name}` a value where the field with its type is, with `with({name} = ..)` in place of `args({name} = ..)`"
            )
        }
        None => "the configuration has no such key; give it there, or make the field an `Option`".to_owned(),
    }
}
