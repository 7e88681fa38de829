//! Fields of a module that are in the configuration, and in no file.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a field with `#[module(config)]` can be: whatever serde can make of a configuration.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot come from a configuration",
    label = "not `Deserialize`",
    note = "derive `serde::Deserialize` for the type; it must own what it holds",
    note = "a field that is neither in the configuration nor in a file needs `#[module(skip)]`"
)]
pub trait FromConfig: Sized {
    /// The value, or why it is none.
    #[doc(hidden)]
    fn from_config(value: &Value) -> Result<Self, String>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> FromConfig for T {
    fn from_config(value: &Value) -> Result<Self, String> {
        T::deserialize(value).map_err(|error| error.to_string())
    }
}

/// A field with `#[module(config)]`, as the schema has it.
#[derive(Debug)]
pub struct ConfigField {
    /// The name of the field.
    pub(crate) name: &'static str,
    /// Where it is in the configuration; `.` is the whole.
    pub(crate) key: &'static str,
    /// The name of its type, with the paths of modules.
    pub(crate) type_name: fn() -> &'static str,
    /// Why a value is none of its type.
    pub(crate) check: CheckValue,
}

/// Why a value is none of a type.
pub(crate) type CheckValue = fn(&Value) -> Result<(), String>;

impl ConfigField {
    /// The key of the whole configuration.
    pub(crate) const WHOLE: &'static str = ".";

    /// A field of this type.
    pub const fn of<T>(name: &'static str, key: &'static str, check: CheckValue) -> ConfigField {
        ConfigField { name, key, type_name: std::any::type_name::<T>, check }
    }
}

/// Where the value of such a field comes from, in one place of a model.
#[derive(Debug)]
pub(crate) enum ConfigValue {
    /// This key.
    Key(String),
    /// The number of a name of the load, where the configuration lacks the key, or what an argument is.
    Value(Value),
    /// Nowhere: `None` of an `Option`.
    Absent,
}
