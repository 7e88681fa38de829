//! Shares jobs between threads, in file order, so that the error reported is the first one in the file.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::fill::{fill, verify};
use super::job::{BlockPart, InPlace, Job, Work};
use super::progress::Meter;
use super::scratch::Scratch;
use crate::error::CheckpointError;

/// With less work than this, in bytes copied, starting another thread does not pay.
const WORTH_A_THREAD: u64 = 16 << 20;
/// Inflating a byte takes about as long as copying this many.
const INFLATED: u64 = 16;

/// About how long a job takes, as a number of bytes copied.
fn cost(job: &Job<'_>) -> u64 {
    match job {
        Job::Verify(InPlace { entry, checksum: Some(_), .. }) => entry.byte_len() as u64,
        Job::Verify(_) => 0,
        Job::Fill(BlockPart { block, out, .. }) => match block.work {
            Work::Run(_) | Work::Composed(..) => out.len() as u64,
            Work::Whole(_) => (out.len() as u64).saturating_mul(INFLATED),
        },
    }
}

fn run_one(job: Job<'_>, scratch: &mut Scratch, meter: &Meter<'_>) -> Result<(), CheckpointError> {
    match job {
        Job::Fill(part) => fill(part, scratch, meter),
        Job::Verify(in_place) => verify(in_place, meter),
    }
}

/// After a panic in one thread, stops the others from taking another job.
struct StopOnPanic<'j>(&'j AtomicUsize);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(0, Ordering::Relaxed);
        }
    }
}

/// Does all jobs. A free thread takes the next one in order. After an error no later job is taken, and all earlier ones
/// were taken already. So the error found is the first in job order, however many threads there are.
pub(super) fn run(jobs: Vec<Job<'_>>, threads: Option<usize>, meter: &Meter<'_>) -> Result<(), CheckpointError> {
    let threads = match threads {
        Some(threads) => threads.max(1),
        None if jobs.iter().map(cost).sum::<u64>() < WORTH_A_THREAD => 1,
        None => std::thread::available_parallelism().map_or(1, |threads| threads.get().min(4)),
    };
    let threads = threads.min(jobs.len());
    if threads < 2 {
        let mut scratch = Scratch::default();
        return jobs.into_iter().try_for_each(|job| run_one(job, &mut scratch, meter));
    }
    let queue = Mutex::new(jobs.into_iter().enumerate());
    // the first failed job with its error; and its number, which threads read without the lock
    let (refused, first) = (Mutex::new(None::<(usize, CheckpointError)>), AtomicUsize::new(usize::MAX));
    let work = || {
        let _stop = StopOnPanic(&first);
        let mut scratch = Scratch::default();
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((number, job)) = next.filter(|(number, _)| *number < first.load(Ordering::Relaxed)) else {
                return;
            };
            if let Err(error) = run_one(job, &mut scratch, meter) {
                first.fetch_min(number, Ordering::Relaxed);
                let mut refused = refused.lock().unwrap_or_else(PoisonError::into_inner);
                if refused.as_ref().is_none_or(|(other, _)| number < *other) {
                    *refused = Some((number, error));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        // if the system refuses to start more threads, those that run do all the work
        let start = |_| std::thread::Builder::new().spawn_scoped(scope, work).ok();
        let started: Vec<_> = (1..threads).map_while(start).collect();
        work();
        for thread in started {
            // a callback or a caller's own reader may panic: the panic continues in this thread
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
    match refused.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}
