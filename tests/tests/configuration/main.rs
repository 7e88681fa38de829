//! The configuration of a load: `Loader::config`, `Loader::config_file`, and what comes of it.

mod arguments;
mod dtype;
mod fields;
mod given;
mod items;
mod shapes;
mod sizes;
mod unsaid;
mod verified;
mod wrong;
