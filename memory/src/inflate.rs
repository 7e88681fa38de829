//! Deflate streams, decompressed by one call of libdeflate.

use std::fmt;
use std::ptr::NonNull;

use libdeflate_sys::{
    libdeflate_alloc_decompressor, libdeflate_decompressor, libdeflate_deflate_decompress_ex,
    libdeflate_free_decompressor, libdeflate_result_LIBDEFLATE_SUCCESS,
};

/// libdeflate's decompressor. It decompresses one stream after another, and a stream that is refused does not affect the
/// next.
pub struct Inflater(NonNull<libdeflate_decompressor>);

// SAFETY: the decompressor is a block of the C heap that nothing else points to, and libdeflate keeps no thread-local
// state for it. All that libdeflate.h asks is: "A single decompressor is not safe to use by multiple threads
// concurrently", and only its owner can use it.
unsafe impl Send for Inflater {}

/// The two lengths of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inflated {
    /// How many bytes the stream has, to the end of its last block. Bytes after them were not read.
    pub read: usize,
    /// How many bytes it became.
    pub written: usize,
}

impl Inflater {
    /// `None` if there is no memory for it. It takes about ten KiB.
    pub fn new() -> Option<Inflater> {
        // SAFETY: the function has no arguments and no requirements; it returns null if there is no memory.
        let decompressor = unsafe { libdeflate_alloc_decompressor() };
        NonNull::new(decompressor).map(Inflater)
    }

    /// Decompresses the stream at the start of `packed` to the start of `out`. `None` if it is not a deflate stream, does
    /// not end within `packed`, refers to bytes before its first one, or becomes longer than `out`. The contents of `out`
    /// are then unspecified.
    pub fn inflate(&mut self, packed: &[u8], out: &mut [u8]) -> Option<Inflated> {
        let mut inflated = Inflated { read: 0, written: 0 };
        // SAFETY: libdeflate made the decompressor, which lives until `drop`, and `&mut self` is its only user. The two
        // slices are valid for the lengths that are passed, for reads and for writes, and do not overlap, because one is
        // borrowed exclusively; libdeflate stays within the two lengths, whatever the stream contains. The counts are two
        // separate integers.
        let result = unsafe {
            libdeflate_deflate_decompress_ex(
                self.0.as_ptr(),
                packed.as_ptr().cast(),
                packed.len(),
                out.as_mut_ptr().cast(),
                out.len(),
                &raw mut inflated.read,
                &raw mut inflated.written,
            )
        };
        (result == libdeflate_result_LIBDEFLATE_SUCCESS).then_some(inflated)
    }
}

impl Drop for Inflater {
    fn drop(&mut self) {
        // SAFETY: `libdeflate_alloc_decompressor` made it, and only this line frees it, once.
        unsafe { libdeflate_free_decompressor(self.0.as_ptr()) };
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a libdeflate decompressor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One block of fixed codes: "abc" as literals, then a match of three bytes at this distance, which is at most 4.
    fn stream(distance: u32) -> Vec<u8> {
        let (mut bits, mut count) = (0u64, 0);
        let mut put = |value: u32, length: u32| {
            bits |= u64::from(value) << count;
            count += length;
        };
        // codes are written from their highest bit, other numbers from their lowest
        let code = |code: u32, length: u32| code.reverse_bits() >> (32 - length);
        put(1, 1);
        put(1, 2);
        for literal in *b"abc" {
            put(code(0x30 + u32::from(literal), 8), 8);
        }
        put(code(1, 7), 7);
        put(code(distance - 1, 5), 5);
        put(code(0, 7), 7);
        bits.to_le_bytes()[..count.div_ceil(8) as usize].to_vec()
    }

    /// Decompresses into a buffer of this length.
    fn inflate(packed: &[u8], length: usize) -> Option<(Inflated, Vec<u8>)> {
        let mut out = vec![0xee; length];
        Inflater::new().unwrap().inflate(packed, &mut out).map(|inflated| (inflated, out))
    }

    #[test]
    fn a_stream() {
        let packed = stream(3);
        let whole = Inflated { read: packed.len(), written: 6 };
        assert_eq!(inflate(&packed, 6), Some((whole, b"abcabc".to_vec())));
        assert_eq!(inflate(&stream(1), 6), Some((whole, b"abcccc".to_vec())));
        // a stored block, and an empty stream
        assert_eq!(inflate(b"\x01\x02\x00\xfd\xffhi", 2), Some((Inflated { read: 7, written: 2 }, b"hi".to_vec())));
        assert_eq!(inflate(b"\x03\x00", 0), Some((Inflated { read: 2, written: 0 }, Vec::new())));
    }

    #[test]
    fn bytes_behind_a_stream_are_not_read() {
        for behind in [&[0][..], &[0xff; 7], &[0; 100]] {
            for packed in [stream(3), b"\x01\x06\x00\xf9\xffabcabc".to_vec()] {
                let found = inflate(&[&packed, behind].concat(), 6);
                assert_eq!(found, Some((Inflated { read: packed.len(), written: 6 }, b"abcabc".to_vec())));
            }
        }
    }

    #[test]
    fn an_output_that_is_too_small() {
        for length in 0..6 {
            assert_eq!(inflate(&stream(3), length), None, "{length}");
        }
    }

    #[test]
    fn an_output_that_is_too_large() {
        let (inflated, out) = inflate(&stream(3), 1000).unwrap();
        assert_eq!((inflated.written, &out[..6]), (6, &b"abcabc"[..]));
    }

    #[test]
    fn a_distance_too_far_back() {
        assert_eq!(inflate(&stream(4), 6), None);
        // the bytes before the output exist, but are not the stream's
        let mut out = *b"secret......";
        assert_eq!(Inflater::new().unwrap().inflate(&stream(4), &mut out[6..]), None);
        // nor if the output is long enough for the loop that checks less
        assert_eq!(inflate(&stream(4), 1000), None);
    }

    #[test]
    fn garbage_and_streams_cut_short() {
        let packed = stream(3);
        for length in 0..packed.len() {
            assert_eq!(inflate(&packed[..length], 6), None, "{length}");
        }
        for garbage in [&[0xff; 40][..], b"\x06", b"\x01\x02\x00\xfd\xfeno", b"a model"] {
            assert_eq!(inflate(garbage, 100), None, "{garbage:?}");
        }
    }

    #[test]
    fn a_refused_stream_leaves_nothing_behind() {
        let mut inflater = Inflater::new().unwrap();
        let mut out = [0; 6];
        for _ in 0..3 {
            assert_eq!(inflater.inflate(&[0xff; 40], &mut out), None);
            assert_eq!(inflater.inflate(&stream(4), &mut out), None);
            assert!(inflater.inflate(&stream(3), &mut out).is_some());
            assert_eq!(&out, b"abcabc");
        }
    }

    #[test]
    fn another_thread_may_own_it() {
        let mut inflater = Inflater::new().unwrap();
        let read = std::thread::spawn(move || inflater.inflate(&stream(3), &mut [0; 6])).join().unwrap();
        assert_eq!(read.map(|inflated| inflated.written), Some(6));
    }
}
