//! Errors of the system, or of a reader that somebody wrote: they are no damage, and stay the source.

use std::error::Error;
use std::io::ErrorKind::{Other, PermissionDenied, TimedOut};

use super::*;

/// A reader that fails behind this byte, with an error that stands for the system's.
struct Failing(Vec<u8>, Arc<AtomicU64>, std::io::ErrorKind);

impl ReadAt for Failing {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        if offset + buffer.len() as u64 > self.1.load(Ordering::Relaxed) {
            return Err(std::io::Error::new(self.2, "the line is dead"));
        }
        self.0.as_slice().read_exact_at(offset, buffer)
    }
}

#[test]
fn an_error_of_the_system_is_the_source() {
    let elements = vec![1; 100_000];
    let turned = npy("{'descr': '|u1', 'fortran_order': True, 'shape': (1000, 100), }\n", &elements);
    let plain = array("|u1", "(100000,)", &elements);
    for (array, method) in [
        (&plain, CompressionMethod::Stored),
        (&plain, CompressionMethod::Deflated),
        (&turned, CompressionMethod::Stored),
    ] {
        for kind in [Other, PermissionDenied, TimedOut] {
            let file = archive(&[("a.npy", array)], method);
            let most = Arc::new(AtomicU64::new(u64::MAX));
            let reader = Failing(file, Arc::clone(&most), kind);
            let checkpoint = Checkpoint::open(Source::reader("failing", Arc::new(reader))).unwrap();
            most.store(40, Ordering::Relaxed);
            let pieces = checkpoint.get("a").unwrap().pieces(1000, |pieces| {
                while pieces.next()?.is_some() {}
                Ok(())
            });
            for error in [checkpoint.tensor("a").unwrap_err(), pieces.unwrap_err()] {
                let CheckpointError::Container { problems, .. } = &error else { panic!("{error}") };
                assert_eq!((problems[0].kind, &*problems[0].message), (ProblemKind::Io, "it could not be read"));
                let source = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
                assert_eq!(
                    source.map(|source| (source.kind(), source.to_string())),
                    Some((kind, "the line is dead".into()))
                );
            }
        }
    }
}

#[test]
fn an_error_of_the_system_while_an_archive_is_opened_is_the_source() {
    let file = stored(&[("a.npy", &ordinary()), ("b.npy", &ordinary())]);
    let length = file.len() as u64;
    for most in 0..length {
        let reader = Failing(file.clone(), Arc::new(AtomicU64::new(most)), std::io::ErrorKind::Other);
        let error = Checkpoint::open(Source::reader("failing", Arc::new(reader))).unwrap_err();
        assert!(matches!(error, CheckpointError::Io { .. } | CheckpointError::Container { .. }));
        if let CheckpointError::Container { problems, .. } = &error {
            assert!(problems.iter().all(|problem| problem.kind == ProblemKind::Io), "{most}: {error:?}");
            let told =
                problems.iter().all(|problem| problem.source().is_some_and(|s| s.to_string() == "the line is dead"));
            assert!(told, "{most}: {error:?}");
        }
    }
}
