//! What a configuration says while the program compiles.

use crate::schema::{Setting, Symbol, Text, same};

/// One key of a configuration that lies beside a lock.
#[derive(Clone, Copy, Debug)]
pub struct Configured {
    /// The key, with dots between those that lead to it.
    pub key: &'static str,
    /// What it is.
    pub setting: Setting<'static>,
    /// Where it is, with its value: `config.json: "hidden_size": 64`.
    pub origin: &'static str,
}

/// What the configuration says of a name of the load.
pub(super) const fn find(config: &'static [Configured], symbol: &Symbol) -> Option<&'static Configured> {
    if config.is_empty() {
        return None;
    }
    let (name, mut i) = (symbol.push_to(Text::<512>::new()), 0);
    while i < config.len() {
        if same(config[i].key, name.as_str()) {
            return Some(&config[i]);
        }
        i += 1;
    }
    None
}
