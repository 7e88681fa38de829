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

mod configured;
mod hints;
mod node;
mod of_type;

pub use configured::ConfiguredSchema;
pub use of_type::{OpenPart, OpenSchema, lock};
pub use weighbridge_lock::{Component, DuplicateName, Line, Lock, ParseError, Pattern, Tree};

use weighbridge_checkpoint::{Source, room};

use crate::error::LoadError;
use crate::loader::Loader;
use crate::plan::Target;
use crate::report::Report;

/// Refuses a lock for whose schema there is no memory.
fn room_for_schema(lock: &Lock, label: &str) -> Result<(), LoadError> {
    // what a line takes, and a component
    const LINE: usize = 64;
    const COMPONENT: usize = 340;
    let of = |line: &Line| line.pattern.components.len().saturating_mul(COMPONENT).saturating_add(LINE);
    let bytes = lock.lines().iter().map(of).fold(0, usize::saturating_add);
    room(bytes, "the lock").map_err(|problem| LoadError::Container { file: label.to_owned(), problems: vec![problem] })
}

/// Checks that a source holds exactly what a lock says: the same names, dtypes and shapes. Reads headers only. `label` is the
/// name of the lock in the report. [`Loader::check_lock`] does it with options.
///
/// # Errors
/// As [`Loader::check_lock`].
pub fn check(lock: &Lock, label: &str, source: impl Into<Source>) -> Result<Report, LoadError> {
    Loader::new().check_lock(lock, label, source)
}

impl Loader {
    /// Checks a source against a lock, with the names that this loader sees, and by its rules. Reads headers only. `label` is the
    /// name of the lock in the report, which is that of a load. Its remedies are calls of the loader.
    ///
    /// The lock becomes a schema, and schemas are constants, so the memory of each distinct lock is never freed.
    ///
    /// ```
    /// use weighbridge::lock::Lock;
    /// use weighbridge::{Loader, Tensor};
    ///
    /// let lock: Lock = "# weighbridge lock 1\nnorm.weight F32 [8]".parse()?;
    /// let file = [("model.norm.weight", Tensor::<f32>::zeros([8])), ("model.step", Tensor::zeros([1]))];
    /// let report = Loader::new().subtree("model").ignore(["step"]).check_lock(&lock, "norm.lock", file)?;
    /// assert_eq!(report.ignored, ["step"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LoadError::Mismatch`] with the whole report, or what is wrong with the file or an option.
    pub fn check_lock(&self, lock: &Lock, label: &str, source: impl Into<Source>) -> Result<Report, LoadError> {
        room_for_schema(lock, label)?;
        let target = Target { schema: node::schema(lock), name: label, structure: None };
        self.options.check_schema(target, source.into()).map_err(|error| match error {
            LoadError::Mismatch(report) => LoadError::Mismatch(Box::new(report.map_hints(hints::of_a_lock))),
            other => other,
        })
    }
}
