//! Files that lie: an error that says where, or a reason to accept them; never a panic, and never memory that the file does
//! not account for.

mod anything;
mod counts;
mod index;
mod layouts;
mod npz;
mod safetensors;
mod text;
