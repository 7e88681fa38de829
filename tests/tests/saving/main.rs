//! What is written: whole, bit for bit, and so that a load takes it back.

mod again;
mod any_pairs;
#[cfg(target_os = "linux")]
mod killed;
mod saver;
mod snapshot;
mod writer;
