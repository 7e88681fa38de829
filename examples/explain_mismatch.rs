//! What do I see when a checkpoint does not fit?
//!
//! `cargo run --example explain_mismatch`
//!
//! Plants mistakes in a copy of a real checkpoint (`examples/src/planted.rs`) and prints what a strict load says.

use weighbridge::{Loader, Module};
use weighbridge_examples::llama::{Llama, Tiny};
use weighbridge_examples::planted::{MISTAKES, SHARDS, damaged_files};

/// The same model in bf16.
const BF16: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/llama");
/// The same model without `lm_head.weight`.
const TIED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/llama-tied");

fn main() -> Result<(), weighbridge::LoadError> {
    for mistake in MISTAKES {
        println!("# {}\n\n{}\n", mistake.title, mistake.report()?);
    }
    for (title, error) in damaged_files()? {
        println!("# {title}\n\n{error}\n");
    }

    // real files without a planted mistake
    for (title, path) in [("another dtype", BF16), ("a tied head is not in the file", TIED)] {
        if let Err(error) = Llama::<Tiny>::from_weights(path) {
            println!("# {title}\n\n{error}\n");
        }
    }

    // a report is data too
    let report = Loader::new().check::<Llama<Tiny>>(SHARDS)?;
    println!("# and without a mistake\n\n{report}");
    assert!(report.ok && report.missing.is_empty());
    Ok(())
}
