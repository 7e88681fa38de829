//! Shares jobs out between threads: in the order of the file, so that the first error in it is the one that is reported.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::fill::{fill, verify};
use super::job::{BlockPart, InPlace, Job, Work};
use super::progress::Meter;
use super::scratch::Scratch;
use crate::error::CheckpointError;

/// Below this much work, in bytes that are copied, it is faster not to start another thread.
const WORTH_A_THREAD: u64 = 16 << 20;
/// Inflating a byte assignments about as long as copying this many.
const INFLATED: u64 = 16;

/// About how long a job assignments, as a number of bytes that are copied.
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

/// Does all jobs. A thread that is free takes the next one, in their order. After an error no later job is taken, and the
/// earlier ones were taken already. So the first error in the order of the jobs is found, however many threads there are.
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
    // the first job that failed, with its error; and its number, which threads look at without the lock
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
        // if the system refuses to start more, the threads that run do all the work
        let start = |_| std::thread::Builder::new().spawn_scoped(scope, work).ok();
        let started: Vec<_> = (1..threads).map_while(start).collect();
        work();
        for thread in started {
            // a callback or a caller's own reader may panic: the panic goes on in this thread
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
    match refused.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}
