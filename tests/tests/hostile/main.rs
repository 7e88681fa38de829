//! Files that lie: an error that says where, or a reason to accept them; never a panic, and never memory that the file does
//! not account for.

mod anything;
mod counts;
mod gguf;
mod index;
mod layouts;
#[cfg(all(target_os = "linux", feature = "npz"))]
mod no_memory;
mod npz;
mod problems;
mod safetensors;
mod shards;
mod text;
mod torch;
