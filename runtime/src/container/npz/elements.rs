//! The elements of a member, put into C order and little endian while they are read.

use std::io::{self, Read};

/// Elements are read in parts of this size: a part is still in the processor's cache when its checksum is made.
const PART: usize = 1 << 18;

/// Fills `out` with the next bytes of a member, and then reads on to its end: the checksum is looked at there.
pub(super) fn fill(member: &mut dyn Read, out: &mut [u8]) -> io::Result<()> {
    for part in out.chunks_mut(PART) {
        member.read_exact(part)?;
    }
    finish(member)
}

/// The same for elements in column-major order, in which the first dimension goes fastest: each is put where it
/// belongs, so that no second tensor is held.
pub(super) fn fill_fortran(member: &mut dyn Read, shape: &[usize], out: &mut [u8]) -> io::Result<()> {
    let count = shape.iter().fold(1usize, |product, &dim| product.saturating_mul(dim));
    let width = out.len().checked_div(count).unwrap_or(0);
    if width == 0 {
        return finish(member);
    }
    // How far apart neighbours stand in `out`, for each dimension; at the place where a dimension ends, how far back
    // its first one is.
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = width;
    for &dim in shape.iter().rev() {
        let whole = stride.saturating_mul(dim);
        strides.push((dim, stride, whole));
        stride = whole;
    }
    strides.reverse();
    let mut index = vec![0usize; shape.len()];
    let mut to = 0usize;
    // Every width divides it, so no element is torn.
    let mut buffer = vec![0; PART.min(out.len())];
    let mut rest = out.len();
    while rest > 0 {
        buffer.truncate(rest);
        member.read_exact(&mut buffer)?;
        rest = rest.saturating_sub(buffer.len());
        for element in buffer.chunks_exact(width) {
            if let Some(place) = out.get_mut(to..to.saturating_add(width)) {
                place.copy_from_slice(element);
            }
            for (at, &(dim, stride, whole)) in index.iter_mut().zip(&strides) {
                *at = at.saturating_add(1);
                to = to.saturating_add(stride);
                if *at < dim {
                    break;
                }
                *at = 0;
                to = to.saturating_sub(whole);
            }
        }
    }
    finish(member)
}

/// Turns the bytes of every number round.
pub(super) fn swap(out: &mut [u8], width: usize) {
    fn each<const N: usize>(out: &mut [u8]) {
        let (numbers, _) = out.as_chunks_mut::<N>();
        for number in numbers {
            number.reverse();
        }
    }
    match width {
        2 => each::<2>(out),
        4 => each::<4>(out),
        8 => each::<8>(out),
        _ => {}
    }
}

fn finish(member: &mut dyn Read) -> io::Result<()> {
    match member.read(&mut [0])? {
        0 => Ok(()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "there are more than the archive says")),
    }
}
