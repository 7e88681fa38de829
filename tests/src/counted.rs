//! An allocator that counts what each thread asks for. A test binary makes it its own:
//! `#[global_allocator] static ALLOCATOR: Counted = Counted;`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, with a count for each thread of what it asked for.
#[derive(Debug)]
pub struct Counted;

#[derive(Clone, Copy)]
struct Count {
    /// How often.
    times: usize,
    /// The bytes that it has, and the most that it had. Below zero if it gave back what it had from others.
    held: isize,
    most: isize,
}

thread_local! {
    static COUNT: Cell<Count> = const { Cell::new(Count { times: 0, held: 0, most: 0 }) };
}

fn count(times: usize, bytes: usize, given_back: usize) {
    COUNT.with(|count| {
        let Count { times: before, held, most } = count.get();
        let held = held + bytes as isize - given_back as isize;
        count.set(Count { times: before + times, held, most: most.max(held) });
    });
}

// SAFETY: every call is passed on to the system's allocator as it is. The counts are numbers without a destructor, which
// need no memory.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size(), 0);
        // SAFETY: the caller keeps the contract of `GlobalAlloc` for this layout and pointer, which is that of `System`
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size(), 0);
        // SAFETY: the caller keeps the contract of `GlobalAlloc` for this layout and pointer, which is that of `System`
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, size, layout.size());
        // SAFETY: the caller keeps the contract of `GlobalAlloc` for this layout and pointer, which is that of `System`
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, 0, layout.size());
        // SAFETY: the caller keeps the contract of `GlobalAlloc` for this layout and pointer, which is that of `System`
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// How often `run` asks for memory in this thread.
pub fn allocations<T>(run: impl FnOnce() -> T) -> usize {
    let before = COUNT.get().times;
    drop(run());
    COUNT.get().times - before
}

/// How many bytes this thread holds at the most while it does `run`, beyond those that it had.
pub fn held<T>(run: impl FnOnce() -> T) -> usize {
    let before = COUNT.get();
    COUNT.set(Count { most: before.held, ..before });
    drop(run());
    (COUNT.get().most - before.held) as usize
}

/// How many bytes this thread holds now. Below zero if it gave back what it had from others.
pub fn held_now() -> isize {
    COUNT.get().held
}
