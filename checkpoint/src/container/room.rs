//! Asks for memory before it is needed. The collections of `std` abort the process when there is none, and what a file
//! claims decides how much they take.

use std::hint::black_box;

use weighbridge_lock::counted;

use crate::error::{Problem, ProblemKind};

/// Less than this is not asked for: a process that cannot have it cannot do anything.
const SMALL: usize = 64 << 10;

/// Refuses what there is no memory for: asks for this many bytes, and gives them back. Whoever fills collections then
/// finds room for them.
///
/// # Errors
/// A problem of the kind [`ProblemKind::Limit`] if there is none.
pub fn room(bytes: usize, what: &str) -> Result<(), Problem> {
    let mut trial: Vec<u8> = Vec::new();
    if bytes >= SMALL && trial.try_reserve_exact(bytes).is_err() {
        return Err(none(bytes, what));
    }
    // otherwise the compiler may leave out what nobody uses
    black_box(trial.as_ptr());
    Ok(())
}

/// What work on the names of a checkpoint takes, in bytes. Measured, and rounded up.
#[derive(Clone, Copy, Debug)]
pub struct NamesRoom {
    /// For each tensor.
    pub tensor: usize,
    /// For each component of a name.
    pub component: usize,
    /// How many copies of the names and the shapes there are.
    pub copies: usize,
}

impl NamesRoom {
    /// For so many tensors and components, and so many bytes of names and shapes.
    pub(crate) fn bytes(self, tensors: usize, components: usize, names: usize) -> usize {
        let of_tensors = tensors.saturating_mul(self.tensor);
        let of_components = components.saturating_mul(self.component);
        of_tensors.saturating_add(of_components).saturating_add(names.saturating_mul(self.copies))
    }
}

/// Zeroed memory for this many bytes of a file.
pub(crate) fn zeroed(bytes: usize, what: &str) -> Result<Vec<u8>, Problem> {
    bytemuck::allocation::try_zeroed_vec(bytes).map_err(|()| none(bytes, what))
}

/// Appends to a list, if there is memory for it.
#[cfg(feature = "torch")]
pub(crate) fn push<T>(list: &mut Vec<T>, item: T, what: &str) -> Result<(), Problem> {
    if list.try_reserve(1).is_err() {
        return Err(none(list.len().saturating_add(1).saturating_mul(size_of::<T>()), what));
    }
    list.push(item);
    Ok(())
}

/// The problem that there is no memory.
pub(crate) fn none(bytes: usize, what: &str) -> Problem {
    let bytes = counted(bytes, "byte");
    let message = format!("there is no memory for {what}, which takes {bytes}; free some, or allow the process more");
    Problem::new(ProblemKind::Limit, message)
}

/// Memory for what is added one by one, whose number is not known before. Asks for as much again whenever their number
/// has doubled.
#[derive(Debug, Default)]
pub(crate) struct Growing {
    count: usize,
    asked: usize,
}

impl Growing {
    /// Room for one more, of at most this many bytes.
    pub(crate) fn add(&mut self, bytes: usize, what: &str) -> Result<(), Problem> {
        self.count = self.count.saturating_add(1);
        if self.count <= self.asked {
            return Ok(());
        }
        let next = self.count.saturating_mul(2).max(64);
        room(next.saturating_mul(bytes), what)?;
        self.asked = next;
        Ok(())
    }
}
