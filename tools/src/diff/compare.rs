//! Compares the values of two tensors, a few elements at a time.

use weighbridge_checkpoint::read::Meter;
use weighbridge_checkpoint::{DType, Entry, Pieces, cast_elements};

use super::differences::{Distance, ValuesDiff};
use super::error::DiffError;
use super::tensor::{Pair, is_float};

/// The most bytes of a tensor that are held at once.
const PIECE: usize = 1 << 20;

/// What differs in a tensor that both have; `None` if nothing does.
pub(super) fn values(pair: &Pair<'_>, meter: &Meter<'_>) -> Result<Option<ValuesDiff>, DiffError> {
    let mut tally = Tally::new(pair.dtypes());
    side_by_side(&pair.a.entry, &pair.b.entry, |one, other| {
        tally.add(one, other);
        Ok(meter.add(one.len() + other.len())?)
    })?;
    Ok(tally.finish(pair))
}

/// Whether the bytes of two tensors of the same dtype and shape are the same.
pub(super) fn are_equal(a: &Entry<'_>, b: &Entry<'_>, meter: &Meter<'_>) -> Result<bool, DiffError> {
    let mut equal = true;
    side_by_side(a, b, |one, other| {
        equal &= one == other;
        Ok(meter.add(0)?)
    })?;
    Ok(equal)
}

/// Reads two tensors of the same shape in pieces of equal element counts. Reads both to the end, so that their checksums
/// are verified.
fn side_by_side(
    a: &Entry<'_>,
    b: &Entry<'_>,
    mut with: impl FnMut(&[u8], &[u8]) -> Result<(), DiffError>,
) -> Result<(), DiffError> {
    let elements = PIECE * 8 / a.dtype().bits().max(b.dtype().bits());
    a.pieces(elements, |one: &mut Pieces<'_>| {
        b.pieces(elements, |other: &mut Pieces<'_>| {
            loop {
                match (one.next()?, other.next()?) {
                    (Some(one), Some(other)) => with(one, other)?,
                    _ => return Ok::<(), DiffError>(()),
                }
            }
        })
    })
}

/// What was found so far. A position is the number of elements before it.
struct Tally {
    dtypes: [DType; 2],
    element_count: usize,
    differing_count: usize,
    first: Option<usize>,
    largest: Option<Furthest>,
    relative: Option<f64>,
    nan_count: usize,
    infinite_count: usize,
    /// A piece of each tensor as `F64`: two buffers that are used again.
    wide: [Vec<u8>; 2],
}

struct Furthest {
    absolute: f64,
    at: usize,
    a: f64,
    b: f64,
}

impl Tally {
    fn new(dtypes: [DType; 2]) -> Tally {
        Tally {
            dtypes,
            element_count: 0,
            differing_count: 0,
            first: None,
            largest: None,
            relative: None,
            nan_count: 0,
            infinite_count: 0,
            wide: [Vec::new(), Vec::new()],
        }
    }

    fn add(&mut self, a: &[u8], b: &[u8]) {
        let [dtype, other] = self.dtypes;
        let same_bits = dtype == other;
        let before = self.element_count;
        let count = a.len() * 8 / dtype.bits();
        self.element_count += count;
        if same_bits && a == b {
            return;
        }
        if !(is_float(dtype) && is_float(other)) {
            for element in 0..count {
                if bits(a, element, dtype.bits()).ne(bits(b, element, dtype.bits())) {
                    self.differs(before + element);
                }
            }
            return;
        }
        let mut wide = std::mem::take(&mut self.wide);
        for ((dtype, bytes), wide) in [(dtype, a), (other, b)].into_iter().zip(&mut wide) {
            wide.resize(count * 8, 0);
            let cast = cast_elements(dtype, bytes, DType::F64, wide);
            debug_assert!(cast, "{dtype} is a float, and {} bytes are {count} of them", bytes.len());
        }
        let size = dtype.bits() / 8;
        let numbers = wide[0].as_chunks().0.iter().zip(wide[1].as_chunks().0);
        for (element, (x, y)) in numbers.map(|(x, y)| (f64::from_le_bytes(*x), f64::from_le_bytes(*y))).enumerate() {
            let equal = match same_bits {
                true => a[element * size..][..size] == b[element * size..][..size],
                false => x == y || (x.is_nan() && y.is_nan()),
            };
            if !equal {
                self.differs(before + element);
                self.distance(before + element, x, y);
            }
        }
        self.wide = wide;
    }

    fn differs(&mut self, at: usize) {
        self.differing_count += 1;
        self.first.get_or_insert(at);
    }

    fn distance(&mut self, at: usize, a: f64, b: f64) {
        if a.is_nan() || b.is_nan() {
            self.nan_count += usize::from(a.is_nan() != b.is_nan());
            return;
        }
        if a.is_infinite() || b.is_infinite() {
            self.infinite_count += usize::from(a != b);
            return;
        }
        // the difference of the largest and the smallest number is infinite
        let absolute = (a - b).abs().min(f64::MAX);
        if self.largest.as_ref().is_none_or(|largest| absolute > largest.absolute) {
            self.largest = Some(Furthest { absolute, at, a, b });
        }
        let magnitude = a.abs().max(b.abs());
        let relative = if magnitude > 0.0 { (a / magnitude - b / magnitude).abs() } else { 0.0 };
        if self.relative.is_none_or(|largest| relative > largest) {
            self.relative = Some(relative);
        }
    }

    fn finish(self, pair: &Pair<'_>) -> Option<ValuesDiff> {
        let first = self.first?;
        let shape = pair.a.shape;
        Some(ValuesDiff {
            name: pair.a.name.to_owned(),
            dtype: self.dtypes[0],
            shape: shape.to_vec(),
            element_count: self.element_count,
            differing_count: self.differing_count,
            first: index(shape, first),
            largest: self.largest.map(|Furthest { absolute, at, a, b }| Distance {
                absolute,
                at: index(shape, at),
                a,
                b,
            }),
            relative: self.relative,
            nan_count: self.nan_count,
            infinite_count: self.infinite_count,
        })
    }
}

/// The bits of one element, which may begin inside a byte.
fn bits(bytes: &[u8], element: usize, width: usize) -> impl Iterator<Item = bool> + '_ {
    (element * width..(element + 1) * width).map(|bit| bytes[bit / 8] >> (bit % 8) & 1 == 1)
}

/// The index in each dim of the element at a position.
fn index(shape: &[usize], position: usize) -> Vec<usize> {
    let mut rest = position;
    let in_dim = |&dim: &usize| {
        let index = rest % dim.max(1);
        rest /= dim.max(1);
        index
    };
    let mut index: Vec<usize> = shape.iter().rev().map(in_dim).collect();
    index.reverse();
    index
}
