//! Locks: what a checkpoint holds, without the weights, as readable text. [The page on locks](crate::docs::lock) says more.
//!
//! ```
//! use weighbridge::{Loader, Module, Tensor};
//!
//! #[derive(Module)]
//! struct Norm {
//!     #[param(shape = [64])]
//!     weight: Tensor<f32>,
//! }
//!
//! // the lock of a type
//! let lock = weighbridge::lock::<[Norm; 8]>()?;
//! assert_eq!(lock.to_string(), "# weighbridge lock 1\n{0..=7}.weight  F32 [64]\n");
//!
//! // the type against a lock, without the weights
//! Loader::new().check::<[Norm; 8]>(&lock)?;
//! assert!(Loader::new().check::<[Norm; 9]>(&lock).is_err());
//!
//! // a checkpoint against a lock, without the type
//! let pairs = (0..8).map(|i| (format!("{i}.weight"), Tensor::<f32>::zeros([64])));
//! weighbridge::lock::check(&lock, "norms.lock", pairs.collect::<Vec<_>>())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod node;
mod of_type;

pub use of_type::{OpenPart, OpenSchema, lock};
pub use weighbridge_lock::{Component, DuplicateName, Line, Lock, ParseError, Pattern, Tree};

use weighbridge_checkpoint::{Checkpoint, Source};

use crate::error::LoadError;
use crate::plan::{Policy, Target, plan};
use crate::report::Report;

/// Checks that a source holds exactly what a lock says: the same names, dtypes and shapes. Reads headers only. `label` is the
/// name of the lock in the report.
///
/// The report is like that of a load. The lock becomes a schema, and schemas are constants, so the memory of each distinct
/// lock is never freed.
///
/// # Errors
/// [`LoadError::Mismatch`] with the whole report, or what is wrong with the file.
pub fn check(lock: &Lock, label: &str, source: impl Into<Source>) -> Result<Report, LoadError> {
    let checkpoint = Checkpoint::open(source)?;
    let target = Target { schema: node::schema(lock), name: label, structure: None };
    match plan(target, &checkpoint, &Policy::default()) {
        Ok((report, _)) => Ok(report),
        Err(LoadError::Mismatch(report)) => Err(LoadError::Mismatch(Box::new(of_a_lock(*report)))),
        Err(other) => Err(other),
    }
}

/// The report without remedies, which change a struct, and here there is none. In a hint, the cause comes before the semicolon
/// and the remedy after it.
fn of_a_lock(mut report: Report) -> Report {
    let cause = |hint: &mut String| {
        let end = hint.find("; ").unwrap_or(hint.len());
        *hint = hint[..end].replace("the module", "the lock");
    };
    report.hints.iter_mut().for_each(cause);
    for finding in report.findings_mut() {
        finding.hints.iter_mut().for_each(cause);
        finding.hints.retain(|hint| !hint.contains("#["));
    }
    report
}
