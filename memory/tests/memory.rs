//! Bytes stay what they are, whatever the system is asked for.

use std::fs::File;
use std::io::Write;

use weighbridge_memory::{Mapping, Pages, Unchanging, prefer_huge_pages};

#[test]
fn a_mapping_is_the_file() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("bytes");
    for length in [0usize, 1, 4095, 4096, 4097, 100_000] {
        let bytes: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
        File::create(&path).unwrap().write_all(&bytes).unwrap();
        // SAFETY: the file is in a directory of this test, which writes it anew only when the mapping is gone
        let promise = unsafe { Unchanging::promise() };
        let mapping = Mapping::of(&File::open(&path).unwrap(), promise).unwrap();
        assert_eq!(mapping.as_ref(), bytes);
    }
}

#[test]
fn a_mapping_outlives_its_file() {
    let scratch = tempfile::tempdir().unwrap();
    let (path, other) = (scratch.path().join("bytes"), scratch.path().join("other"));
    std::fs::write(&path, [1; 10_000]).unwrap();
    // SAFETY: the file is replaced and removed, and not written to
    let promise = unsafe { Unchanging::promise() };
    let mapping = Mapping::of(&File::open(&path).unwrap(), promise).unwrap();
    std::fs::write(&other, [2; 10]).unwrap();
    std::fs::rename(&other, &path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(mapping.as_ref().iter().all(|&byte| byte == 1));
    assert_eq!(mapping.as_ref().len(), 10_000);
}

#[test]
fn a_directory_cannot_be_mapped() {
    let scratch = tempfile::tempdir().unwrap();
    // SAFETY: nothing is mapped
    let promise = unsafe { Unchanging::promise() };
    let opened = File::open(scratch.path()).and_then(|directory| Mapping::of(&directory, promise));
    assert!(opened.is_err());
}

#[test]
fn bytes_stay_as_they_are() {
    for length in [0usize, 1, 4096, 5 << 20] {
        let mut bytes: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
        let before = bytes.clone();
        for from in [0, 1, 17].into_iter().filter(|from| *from <= length) {
            prefer_huge_pages(&mut bytes[from..]);
        }
        assert_eq!(bytes, before);
        // and can be written to, as before
        bytes.fill(7);
        assert!(bytes.iter().all(|&byte| byte == 7));
    }
}

#[test]
fn pages_are_zeroed_and_can_be_written() {
    for length in [0usize, 1, 4096, (5 << 20) + 3] {
        let mut pages = Pages::zeroed(length).unwrap();
        assert_eq!(pages.as_bytes().len(), length);
        assert!(pages.as_bytes().iter().all(|&byte| byte == 0));
        assert!(length == 0 || pages.as_bytes().as_ptr().addr().is_multiple_of(4096));
        pages.as_bytes_mut().fill(9);
        assert!(pages.as_bytes().iter().all(|&byte| byte == 9));
    }
    assert!(Pages::zeroed(usize::MAX / 2).is_err());
}

/// What the system says of the memory at an address: the line of its flags.
#[cfg(target_os = "linux")]
fn flags(address: usize) -> String {
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let mut inside = false;
    for line in maps.lines() {
        let range = line.split(' ').next().and_then(|range| range.split_once('-'));
        let bound = |hex: &str| usize::from_str_radix(hex, 16).ok();
        if let Some((Some(from), Some(to))) = range.map(|(from, to)| (bound(from), bound(to))) {
            inside = (from..to).contains(&address);
        } else if inside && let Some(flags) = line.strip_prefix("VmFlags:") {
            return flags.to_owned();
        }
    }
    panic!("{address:x} is no memory of this process");
}

#[test]
#[cfg(target_os = "linux")]
fn the_system_is_asked() {
    let mut bytes = vec![0u8; 5 << 20];
    prefer_huge_pages(&mut bytes);
    let pages = Pages::zeroed(5 << 20).unwrap();
    // where the kernel was built without huge pages it has no such setting, and nothing to ask for
    if std::fs::exists("/sys/kernel/mm/transparent_hugepage/enabled").unwrap() {
        for at in [0, 3 << 20, bytes.len() - 1] {
            for bytes in [&bytes[at..], &pages.as_bytes()[at..]] {
                assert!(flags(bytes.as_ptr().addr()).split(' ').any(|flag| flag == "hg"), "at {at}");
            }
        }
    }
}
