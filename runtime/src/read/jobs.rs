//! Jobs over threads: in the order of the file, and with the error that comes first in it.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Meter;
use super::blocks::{Block, Work};
use super::one;
use super::scratch::Scratch;
use crate::checkpoint::Entry;
use crate::container::Checksum;
use crate::error::LoadError;
use crate::storage::Storage;

/// Below this much work one thread is faster than starting another; in bytes that are copied.
const WORTH_A_THREAD: u64 = 16 << 20;
/// To inflate a byte takes about as long as to copy this many.
const INFLATED: u64 = 16;

/// Something to do, for one thread.
pub(super) enum Job<'j> {
    Fill(Part<'j>),
    /// Elements that are used where they lie: only the checksum is to be looked at, where there is one.
    There(&'j Entry<'j>, Option<&'j (Storage, Checksum)>),
}

/// A part of a block.
pub(super) struct Part<'j> {
    pub(super) block: &'j Block<'j>,
    /// Its memory.
    pub(super) out: &'j mut [u8],
    /// Which bytes of a run it is.
    pub(super) source: Range<usize>,
    /// Its number among the parts of the block.
    pub(super) number: usize,
}

impl Job<'_> {
    fn cost(&self) -> u64 {
        match self {
            Job::There(entry, sum) => {
                if sum.is_some() {
                    entry.bytes() as u64
                } else {
                    0
                }
            }
            Job::Fill(Part { block, out, .. }) => match block.work {
                Work::Run(_) | Work::Composed(..) => out.len() as u64,
                Work::Whole(_) => (out.len() as u64).saturating_mul(INFLATED),
            },
        }
    }

    fn run(self, scratch: &mut Scratch, meter: &Meter<'_>) -> Result<(), LoadError> {
        match self {
            Job::Fill(part) => one::fill(part, scratch, meter),
            Job::There(entry, sum) => {
                if let Some((storage, checksum)) = sum {
                    let mut sum = crc32fast::Hasher::new();
                    sum.update(storage.as_bytes());
                    checksum.compare([&sum]).map_err(|problem| entry.refuse(problem))?;
                }
                meter.add(entry.bytes())
            }
        }
    }
}

/// Lets no thread take another job after a panic in one.
struct StopOnPanic<'j>(&'j AtomicUsize);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(0, Ordering::Relaxed);
        }
    }
}

/// Does all jobs. They are taken in their order by whichever thread is free, and after an error none is taken that comes
/// later; those that come before were taken already. So the first error in the order of the jobs is found, however many
/// threads there are.
pub(super) fn run(jobs: Vec<Job<'_>>, threads: Option<usize>, meter: &Meter<'_>) -> Result<(), LoadError> {
    let threads = match threads {
        Some(threads) => threads.max(1),
        None if jobs.iter().map(Job::cost).sum::<u64>() < WORTH_A_THREAD => 1,
        None => std::thread::available_parallelism().map_or(1, |threads| threads.get().min(4)),
    };
    let threads = threads.min(jobs.len());
    if threads < 2 {
        let mut scratch = Scratch::default();
        return jobs.into_iter().try_for_each(|job| job.run(&mut scratch, meter));
    }
    let queue = Mutex::new(jobs.into_iter().enumerate());
    let (refused, first) = (Mutex::new(None::<(usize, LoadError)>), AtomicUsize::new(usize::MAX));
    let work = || {
        let _stop = StopOnPanic(&first);
        let mut scratch = Scratch::default();
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((number, job)) = next.filter(|(number, _)| *number < first.load(Ordering::Relaxed)) else {
                return;
            };
            if let Err(error) = job.run(&mut scratch, meter) {
                first.fetch_min(number, Ordering::Relaxed);
                let mut refused = refused.lock().unwrap_or_else(PoisonError::into_inner);
                if refused.as_ref().is_none_or(|(other, _)| number < *other) {
                    *refused = Some((number, error));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        // as many as the system gives: one does all that is left
        let start = |_| std::thread::Builder::new().spawn_scoped(scope, work).ok();
        let started: Vec<_> = (1..threads).map_while(start).collect();
        work();
        for thread in started {
            // a panic, which a callback or somebody's reader may have, goes on as it is
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
    match refused.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}
