//! Any text as a lock: an error that can be read, or a lock that its own text gives again and that fits itself.

use weighbridge::lock::Lock;
use weighbridge::{Checkpoint, Limits};

use crate::opened::readable;

/// Reads the bytes as a lock.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let lock: Lock = match text.parse() {
        Ok(lock) => lock,
        Err(error) => return readable(&format!("{error}"), 64 << 10),
    };
    let again: Lock = lock.to_string().parse().expect("the text of a lock is a lock");
    assert_eq!(again, lock);
    // a range can stand for more names than a file may have
    let limits = Limits::new().tensor_count(2_000);
    match Checkpoint::open_within(&lock, &limits) {
        Ok(checkpoint) => {
            assert_eq!(checkpoint.len(), lock.len());
            assert_eq!(checkpoint.lock().expect("names are there once").lines(), lock.lines());
            if let Err(error) = weighbridge::lock::check(&lock, "itself", &checkpoint) {
                panic!("a lock does not fit itself: {error}");
            }
        }
        Err(error) => readable(&error.to_string(), 64 << 10),
    }
}
