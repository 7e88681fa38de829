//! The extents of a parameter that is made from other tensors.

use super::expected::Expected;
use crate::schema::{Dim, Known, RANK, Side, SourceTensor, Value, Wanted};

/// The extents of a parameter, as far as they are known: the schema says some, and the tensors that are found say others.
#[derive(Clone, Copy)]
pub(crate) struct KnownExtents([Option<usize>; RANK]);

impl KnownExtents {
    /// Those that the parameter's own shape says.
    pub(crate) const fn of(wanted: &Wanted) -> KnownExtents {
        let (mut extents, mut i) = ([None; RANK], 0);
        while let Some(rank) = wanted.rank()
            && i < rank
        {
            if let Dim::Is(n) = wanted.dim(i) {
                extents[i] = Some(n);
            }
            i += 1;
        }
        KnownExtents(extents)
    }

    /// Adds what the names in the parameter's shape say, where a reshape needs every dim of it.
    pub(crate) const fn add_known(&mut self, wanted: &Wanted, source: &SourceTensor, known: Known<'_>) {
        let mut i = 0;
        while let (Some(rank), false) = (wanted.rank(), source.is_plain())
            && i < rank
        {
            if let Some(Value::Number(number)) = wanted.dim(i).number(&wanted.spec.environment, known) {
                self.0[i] = Some(number);
            }
            i += 1;
        }
    }

    pub(crate) const fn get(&self, dim: usize) -> Option<usize> {
        self.0[dim]
    }

    /// The number of dims of the parameter, and its last one, which is 0 if it is not known.
    pub(crate) const fn rows(&self, wanted: &Wanted) -> (usize, usize) {
        match wanted.rank() {
            None | Some(0) => (0, 0),
            Some(rank) => match self.0[rank - 1] {
                Some(row) => (rank, row),
                None => (rank, 0),
            },
        }
    }

    /// Adds what a source says before its tensors are looked at: how much a slice takes of a dim without a number, and how
    /// many tensors a stack has, if that is open. The most numerous name decides; the file has `count` of this one.
    pub(crate) const fn add_source(&mut self, source: &SourceTensor, count: usize) {
        let mut i = 0;
        while source.is_plain() && i < source.frame.rank() {
            let side = source.frame.side(i);
            if let (Dim::Is(n), false, None) = (side.dim, side.is_part, self.0[side.of]) {
                self.0[side.of] = Some(n);
            }
            i += 1;
        }
        if let (Some(side), None) = (source.stacked, source.target)
            && !matches!(side.dim, Dim::Is(_))
        {
            self.reach(side.of, count);
        }
    }

    /// How many tensors a source has.
    pub(crate) const fn count(&self, source: &SourceTensor) -> usize {
        match source.stacked {
            None => 1,
            Some(Side { dim: Dim::Is(count), .. }) => count,
            Some(side) => match self.0[side.of] {
                // if the file has none, the first is reported as missing by its name
                Some(0) | None => 1,
                Some(count) => count,
            },
        }
    }

    /// What a tensor of a source must be. One tensor decides a dim for the others.
    pub(crate) const fn expected(&self, wanted: &Wanted, source: &SourceTensor) -> Expected {
        let mut expected = Expected::laid_out(*wanted, &source.frame, source.reshaped.as_ref());
        let mut i = 0;
        while source.is_plain() && i < source.frame.rank() {
            let side = source.frame.side(i);
            match self.0[side.of] {
                Some(extent) if !side.is_part && side.slice.is_none() => expected.fix(i, extent),
                _ => {}
            }
            i += 1;
        }
        expected
    }

    /// Adds what a tensor of a source says, which has the expected shape.
    pub(crate) const fn add_tensor(&mut self, source: &SourceTensor, shape: &[usize]) {
        let mut i = 0;
        // what is reshaped has numbers only
        while source.is_plain() && i < source.frame.rank() {
            let side = source.frame.side(i);
            match side.dim {
                // parts are numbers, and the last of them ends where the whole does
                Dim::Is(n) if side.is_part => self.reach(side.of, side.offset + n),
                Dim::Is(_) => {}
                _ => self.0[side.of] = Some(shape[i]),
            }
            i += 1;
        }
    }

    /// Adds that a source has so many tensors.
    pub(crate) const fn add_count(&mut self, source: &SourceTensor, count: usize) {
        if let (Some(side), None) = (source.stacked, source.target) {
            self.reach(side.of, side.offset + count);
        }
    }

    /// The extent of a dim reaches at least this far.
    const fn reach(&mut self, dim: usize, end: usize) {
        match self.0[dim] {
            Some(known) if known > end => {}
            _ => self.0[dim] = Some(end),
        }
    }
}
