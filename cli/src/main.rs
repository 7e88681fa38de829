//! The command `weighbridge`.
#![forbid(unsafe_code)]

fn main() {}
