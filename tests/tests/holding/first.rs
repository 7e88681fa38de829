//! Of several things that are wrong, the first in the file is told, whatever the threads.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use wb::{Checkpoint, LoadError, Loader, Module, Problem, ProblemKind, ReadAt, Source, Tensor};
use weighbridge_tests::files::{npy, npz, raw_safetensors};

/// A file whose reads that touch one byte take long, or fail, once it was opened.
struct Odd {
    is_open: AtomicBool,
    bytes: Vec<u8>,
    slow: Option<usize>,
    broken: Option<usize>,
}

impl Odd {
    fn of(bytes: &[u8], slow: Option<usize>, broken: Option<usize>) -> Odd {
        Odd { is_open: AtomicBool::new(false), bytes: bytes.to_vec(), slow, broken }
    }
}

impl ReadAt for Odd {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let (is_open, end) = (self.is_open.load(Ordering::Relaxed), offset + buffer.len() as u64);
        let touches = |at: Option<usize>| is_open && at.is_some_and(|at| (offset..end).contains(&(at as u64)));
        if touches(self.slow) {
            std::thread::sleep(Duration::from_millis(50));
        }
        if touches(self.broken) {
            return Err(io::Error::other("it cannot be read"));
        }
        ReadAt::read_exact_at(&self.bytes[..], offset, buffer)
    }
}

fn first<M: Module>(loader: Loader, file: Odd) -> Problem {
    let file = Arc::new(file);
    let checkpoint = Checkpoint::open(Source::reader("odd", Arc::clone(&file) as Arc<dyn ReadAt>)).unwrap();
    file.is_open.store(true, Ordering::Relaxed);
    match loader.load::<M>(checkpoint) {
        Err(LoadError::Container { mut problems, .. }) => problems.remove(0),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was loaded"),
    }
}

const FLAGS: usize = 17 << 20;

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Flags {
    #[param(shape = [FLAGS])]
    large: Tensor<bool>,
}

/// A member that is read in parts, with a byte that no BOOL has: as it was written, and by damage.
#[test]
fn a_wrong_value_in_a_part_of_a_member() {
    let file = |flags: &[u8]| npz(&[("large.npy", npy("|b1", false, &format!("({FLAGS},)"), flags))]);
    let (right, mut wrong) = (vec![1; FLAGS], vec![1; FLAGS]);
    for at in [1000, FLAGS - 1] {
        wrong[at] = 2;
        let written = file(&wrong);
        // the array begins behind the line that describes it
        let mut damaged = file(&right);
        let start = damaged.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        damaged[start + at] = 2;
        // a part that is slow is the last one to be summed
        for slow in [start, start + FLAGS - 1] {
            for threads in [1, 3] {
                let odd = |bytes: &[u8]| Odd::of(bytes, Some(slow), None);
                let problem = first::<Flags>(Loader::new().threads(threads), odd(&damaged));
                assert_eq!(problem.kind, ProblemKind::Corrupt, "{at} {slow} {threads}: {problem:?}");
                let problem = first::<Flags>(Loader::new().threads(threads), odd(&written));
                assert_eq!(problem.kind, ProblemKind::Value, "{at} {slow} {threads}: {problem:?}");
                assert!(problem.message.contains(&format!("element {at} is 2")), "{problem:?}");
            }
        }
        wrong[at] = 1;
    }
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Few {
    #[param(shape = [3], len = 4)]
    flags: Vec<Tensor<bool>>,
}

/// Tensors that are read at once: one that cannot be read stands behind one with a byte that no BOOL has, or before it.
#[test]
fn a_wrong_value_in_tensors_that_are_read_at_once() {
    let describe = |i: usize| {
        let (begin, end) = (i * 3, i * 3 + 3);
        format!(r#""flags.{i}":{{"dtype":"BOOL","shape":[3],"data_offsets":[{begin},{end}]}}"#)
    };
    let header = format!("{{{}}}", (0..4).map(describe).collect::<Vec<_>>().join(","));
    let mut elements = [1; 12];
    elements[4] = 7;
    let bytes = raw_safetensors(&header, &elements);
    let start = bytes.len() - elements.len();
    for (broken, name) in [(2, "flags.0"), (5, "flags.1"), (7, "flags.1"), (11, "flags.1")] {
        let problem = first::<Few>(Loader::new(), Odd::of(&bytes, None, Some(start + broken)));
        assert_eq!(problem.tensor.as_deref(), Some(name), "{problem:?}");
    }
}
