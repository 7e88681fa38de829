//! Compares the values of two tensors, a few elements at a time.

use weighbridge_checkpoint::read::Meter;
use weighbridge_checkpoint::{Block, DType, Entry, Pieces, cast_elements};

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
    // the same number for both: `Entry::pieces` rounds it up to whole blocks, which have a power of two of elements
    let both = [a.dtype().block(), b.dtype().block()];
    let elements = both.map(|block| PIECE / block.bytes).into_iter().min().unwrap_or(PIECE);
    let elements = elements.next_multiple_of(both.map(|block| block.elements).into_iter().max().unwrap_or(1));
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
        let count = dtype.elements_in(a.len());
        self.element_count += count;
        if same_bits && a == b {
            return;
        }
        if !(is_float(dtype) && is_float(other)) {
            let block = dtype.block();
            let blocks = a.chunks(block.bytes).zip(b.chunks(block.bytes)).enumerate();
            for (number, (a, b)) in blocks.filter(|(_, (a, b))| a != b) {
                // the elements of a quantised block share what may differ
                let differs = |&element: &usize| dtype.is_quantised() || bits(a, b, block, element);
                let elements = (0..block.elements).filter(differs);
                elements.for_each(|element| self.differs(before + number * block.elements + element));
            }
            return;
        }
        let mut wide = std::mem::take(&mut self.wide);
        for ((dtype, bytes), wide) in [(dtype, a), (other, b)].into_iter().zip(&mut wide) {
            wide.resize(count * 8, 0);
            let cast = cast_elements(dtype, bytes, DType::F64, wide);
            debug_assert!(cast, "{dtype} is a float, and {} bytes are {count} of them", bytes.len());
        }
        let Block { elements, bytes } = dtype.block();
        let (xs, ys) = (wide[0].as_chunks::<8>().0, wide[1].as_chunks::<8>().0);
        let numbers = xs.iter().zip(ys);
        for (element, (x, y)) in numbers.map(|(x, y)| (f64::from_le_bytes(*x), f64::from_le_bytes(*y))).enumerate() {
            let block = element / elements;
            let equal = match same_bits {
                true if a[block * bytes..][..bytes] == b[block * bytes..][..bytes] => true,
                // of a quantised block, the numbers that differ do, or all of them if its bytes alone differ
                true if elements > 1 => {
                    let of_block = block * elements..(block + 1) * elements;
                    xs[element] == ys[element] && xs[of_block.clone()] != ys[of_block]
                }
                true => false,
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

/// Whether the bits of one element differ in two blocks. It may begin inside a byte.
fn bits(a: &[u8], b: &[u8], block: Block, element: usize) -> bool {
    let width = block.bytes * 8 / block.elements;
    (element * width..(element + 1) * width).any(|bit| (a[bit / 8] ^ b[bit / 8]) >> (bit % 8) & 1 == 1)
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
