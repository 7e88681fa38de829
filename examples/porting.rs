//! How do I get from a published checkpoint to my struct?
//!
//! `cargo run --example porting`
//!
//! The structs are in `examples/src/porting.rs`, and the story is in `docs/porting.md`.

use weighbridge::LoadError;
use weighbridge_examples::porting::reports;

fn main() -> Result<(), LoadError> {
    for (step, report) in reports()? {
        println!("-- {step}\n\n{report}\n");
    }
    Ok(())
}
