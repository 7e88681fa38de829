//! The lock and the size of a type under a configuration.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use weighbridge_checkpoint::Limits;
use weighbridge_lock::Lock;

use super::of_type::{OpenSchema, of_names};
use crate::config::{Config, ConfigSource};
use crate::error::LoadError;
use crate::rules::says;
use crate::schema::names::{defaults, dim_names};
use crate::schema::total::{Count, total};
use crate::schema::{Known, Schema, Setting, Spec, Symbol, Value};

/// A schema whose names a configuration says: [`Schema::with`].
#[derive(Clone)]
pub struct ConfiguredSchema {
    schema: Schema,
    config: Arc<Config>,
}

impl Schema {
    /// The schema with the names that a configuration says, as [`Loader::config`](crate::Loader::config) takes it: the size and the lock of
    /// the model that the configuration describes, without a file.
    ///
    /// ```
    /// use weighbridge::{Module, Tensor};
    ///
    /// #[derive(Module)]
    /// struct Norm {
    ///     #[param(shape = ["hidden_size"])]
    ///     weight: Tensor<f32>,
    ///     #[param(shape = ["hidden_size"], when = "bias")]
    ///     bias: Option<Tensor<f32>>,
    /// }
    ///
    /// let schema = Norm::SCHEMA.with(&serde_json::json!({ "hidden_size": 64, "bias": false }))?;
    /// assert_eq!((schema.element_count(), schema.byte_len()), (Some(64), Some(256)));
    /// assert_eq!(schema.lock()?.to_string(), "# weighbridge lock 1\nweight  F32 [64]\n");
    ///
    /// let schema = Norm::SCHEMA.with(&serde_json::json!({ "bias": false }))?;
    /// assert_eq!(schema.element_count(), None);
    /// assert!(schema.open_names().into_iter().eq(["hidden_size"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LoadError::Config`] if the configuration serialises to no map.
    pub fn with(self, config: &(impl Serialize + ?Sized)) -> Result<ConfiguredSchema, LoadError> {
        let config = ConfigSource::only(&[ConfigSource::value(config)], &Limits::default())?;
        // of one that is given there is one
        let config = config.unwrap_or_else(|| Arc::new(Config::empty()));
        Ok(ConfiguredSchema { schema: self, config })
    }
}

impl fmt::Debug for ConfiguredSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfiguredSchema").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl ConfiguredSchema {
    /// As [`Schema::parameter_count`].
    pub fn parameter_count(&self) -> Option<usize> {
        self.total(Count::Parameters)
    }

    /// As [`Schema::element_count`].
    pub fn element_count(&self) -> Option<usize> {
        self.total(Count::Elements)
    }

    /// As [`Schema::byte_len`].
    pub fn byte_len(&self) -> Option<usize> {
        self.total(Count::Bytes)
    }

    /// The names that neither the configuration nor a default says: why a number is `None`, if nothing else is open.
    pub fn open_names(&self) -> BTreeSet<String> {
        let settings = self.settings();
        let mut open = BTreeSet::new();
        dim_names(self.schema.root, &mut |symbol| {
            if Known::of(&settings).get(&symbol).is_none() {
                open.insert(symbol.to_string());
            }
        });
        open
    }

    /// The lock of a type that has this schema: what [`lock`](super::lock) is, with these names.
    ///
    /// # Errors
    /// [`OpenSchema`], with every part of the type that is open still.
    pub fn lock(&self) -> Result<Lock, OpenSchema> {
        of_names(self.schema, says::THE_MODULE.to_owned(), Known::of(&self.settings()))
    }

    fn total(&self, count: Count) -> Option<usize> {
        total(self.schema.root, Spec::NONE, Known::of(&self.settings()), count)
    }

    /// What each name is that the configuration has, or that a default says.
    fn settings(&self) -> Vec<(Symbol, Setting<'_>)> {
        let mut settings: Vec<(Symbol, Setting<'_>)> = Vec::new();
        dim_names(self.schema.root, &mut |symbol| {
            if Known::of(&settings).get(&symbol).is_none()
                && let Some(setting) = self.config.get(&symbol.to_string())
            {
                settings.push((symbol, setting));
            }
        });
        let mut all = Vec::new();
        defaults(self.schema.root, &mut |symbol, expression, environment| all.push((symbol, expression, environment)));
        loop {
            let decided = all.iter().find_map(|(symbol, expression, environment)| {
                let known = Known::of(&settings);
                if known.get(symbol).is_some() {
                    return None;
                }
                match expression.value(environment, known) {
                    Value::Number(number) => Some((*symbol, Setting::Number(number))),
                    Value::Truth(is) => Some((*symbol, Setting::Truth(is))),
                    _ => None,
                }
            });
            match decided {
                Some(decided) => settings.push(decided),
                None => return settings,
            }
        }
    }
}
