//! Puts the elements of a member into C order and little endian as they are read.

use std::io::{self, Read};

use crate::strided::{Axis, Strided};

/// Elements are read in parts of this size, small enough to be in the cache still when the checksum is computed.
const PART: usize = 1 << 18;

/// How much is read at once of elements that change places: enough that neighbours in the target fill several cache
/// lines.
const MOVED: usize = 4 << 20;

/// Fills `out` with the next bytes of a member, then reads to its end, where the checksum is compared.
pub(super) fn fill(member: &mut dyn Read, out: &mut [u8]) -> io::Result<()> {
    read(member, out)?;
    finish(member)
}

fn read(member: &mut dyn Read, out: &mut [u8]) -> io::Result<()> {
    out.chunks_mut(PART).try_for_each(|part| member.read_exact(part))
}

/// The same for column-major elements, whose first index varies fastest. Each element goes straight to its place, which
/// avoids a second copy of the tensor.
pub(super) fn fill_fortran(member: &mut dyn Read, shape: &[usize], out: &mut [u8]) -> io::Result<()> {
    let product = |dims: &[usize]| dims.iter().fold(1usize, |product, &dim| product.saturating_mul(dim));
    let width = out.len().checked_div(product(shape)).unwrap_or(0);
    if width == 0 {
        return finish(member);
    }
    let axis = |(i, &steps): (usize, &usize)| {
        let (outer, inner) = shape.split_at(i);
        Axis { steps, source: product(outer), target: product(inner.get(1..).unwrap_or_default()) }
    };
    let axes: Vec<Axis> = shape.iter().enumerate().map(axis).collect();
    let unfit = || io::Error::new(io::ErrorKind::InvalidData, "its elements do not fill its shape");
    let strided = Strided::new(&axes, 0, 0).ok_or_else(unfit)?;
    let mut buffer = vec![0; MOVED.min(out.len())];
    // every element moves, so the pieces are consecutive in the file
    for piece in strided.pieces(MOVED.checked_div(width).unwrap_or(1)) {
        let span = piece.span();
        let bytes = buffer.get_mut(..span.len().saturating_mul(width)).unwrap_or_default();
        read(member, bytes)?;
        if !piece.copy(width, bytes, span.start, out) {
            return Err(unfit());
        }
    }
    finish(member)
}

/// Fills `out` with the part of the tensor's `bytes` that begins at `start`. The part is a whole number of elements.
/// The other elements are read and skipped.
pub(super) fn fill_fortran_part(
    member: &mut dyn Read,
    shape: &[usize],
    bytes: usize,
    start: usize,
    out: &mut [u8],
) -> io::Result<()> {
    if start == 0 && out.len() == bytes {
        return fill_fortran(member, shape, out);
    }
    let count = shape.iter().fold(1usize, |product, &dim| product.saturating_mul(dim));
    let width = bytes.checked_div(count).unwrap_or(0);
    if width == 0 {
        return finish(member);
    }
    // for each dim: its size, the distance of neighbours in `out`, and how far back the first is from the end
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
    // every element width divides the buffer length, so no element is split
    let mut buffer = vec![0; PART.min(bytes)];
    let mut rest = bytes;
    while rest > 0 {
        buffer.truncate(rest);
        member.read_exact(&mut buffer)?;
        rest = rest.saturating_sub(buffer.len());
        for element in buffer.chunks_exact(width) {
            let place = to.checked_sub(start).and_then(|at| out.get_mut(at..at.saturating_add(width)));
            if let Some(place) = place {
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

/// Swaps the bytes of every number.
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

/// Reads to the end of a member, where its checksum is compared.
pub(super) fn finish(member: &mut dyn Read) -> io::Result<()> {
    match member.read(&mut [0])? {
        0 => Ok(()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "there are more than the archive lists")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::as_conversions, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
    fn windows_of_a_column_major_array_make_up_the_whole() {
        // two-byte elements that hold their own row-major position
        let shape = [3, 4, 5];
        let column_major = (0..5).flat_map(|k| (0..4).flat_map(move |j| (0..3).map(move |i| (i * 4 + j) * 5 + k)));
        let file: Vec<u8> = column_major.flat_map(|at: u16| at.to_le_bytes()).collect();
        let whole: Vec<u8> = (0..60u16).flat_map(u16::to_le_bytes).collect();
        for elements in [1, 7, 20, 59, 60] {
            let mut read = Vec::new();
            for start in (0..whole.len()).step_by(2 * elements) {
                let mut window = vec![0xff; (whole.len() - start).min(2 * elements)];
                fill_fortran_part(&mut file.as_slice(), &shape, file.len(), start, &mut window).unwrap();
                read.extend(window);
            }
            assert_eq!(read, whole, "{elements}");
        }
    }

    #[test]
    #[allow(clippy::as_conversions, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
    fn a_large_column_major_array_comes_in_pieces() {
        for shape in [[300, 41, 100], [1_500_000, 1, 2], [2, 3, 200_000], [1, 1_200_000, 1]] {
            let [a, b, c]: [usize; 3] = shape;
            let column_major = (0..c).flat_map(|k| (0..b).flat_map(move |j| (0..a).map(move |i| (i * b + j) * c + k)));
            let file: Vec<u8> = column_major.flat_map(|at| (at as u32).to_le_bytes()).collect();
            assert!(file.len() > MOVED);
            let mut read = vec![0xff; file.len()];
            fill_fortran(&mut file.as_slice(), &shape, &mut read).unwrap();
            assert!((0u32..).zip(read.as_chunks().0).all(|(at, bytes)| u32::from_le_bytes(*bytes) == at), "{shape:?}");
            // one byte too few, or one too many
            let short = fill_fortran(&mut &file[1..], &shape, &mut read).unwrap_err();
            assert_eq!(short.kind(), io::ErrorKind::UnexpectedEof);
            let long = [&file[..], &[0]].concat();
            assert_eq!(fill_fortran(&mut &long[..], &shape, &mut read).unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
    }
}
