//! The dims of a parameter, in the order of a tensor that it is made from.

use super::dims::Dim;

/// The most dims of a parameter with a layout. `const` evaluation cannot allocate, so there is a limit.
pub(crate) const RANK: usize = 8;

/// A tensor that a parameter is made from, and where its elements go.
#[derive(Clone, Copy)]
pub(crate) struct SourceTensor {
    /// Its name beside the field; `None` for the field's own.
    pub(crate) name: Option<&'static str>,
    /// The dims of the source; if it is reshaped, those of the new shape.
    pub(crate) frame: Frame,
    /// The shape in the file, if it is reshaped.
    pub(crate) reshaped: Option<Sizes>,
    /// The dim of the target that counts the tensors of this name, and how many there are.
    pub(crate) stacked: Option<Side>,
    /// The shape that the parameter is reshaped to; `None` for its own.
    pub(crate) target: Option<Sizes>,
    /// An expression in its layout whose value is not known. What follows from it is open then.
    pub(crate) open: Option<Dim>,
}

/// The shape in a `reshape`. Its dims are numbers, unless the value of one is not known.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub(super) dims: [Dim; RANK],
    pub(super) written: &'static [Dim],
}

/// The dims of a part of the parameter, in the order of the source tensor.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    pub(super) sides: [Side; RANK],
    pub(super) rank: usize,
}

/// One dim of a part of the parameter.
#[derive(Clone, Copy)]
pub(crate) struct Side {
    /// The size of the part.
    pub(crate) dim: Dim,
    /// How a layout has it, if it says so.
    pub(crate) written: Dim,
    /// The dim of the target.
    pub(crate) of: usize,
    /// The first index in the target.
    pub(crate) offset: usize,
    /// Whether the target has more than this part.
    pub(crate) is_part: bool,
    /// The first index that is taken from the source, if a slice cuts it.
    pub(crate) slice: Option<usize>,
}

impl SourceTensor {
    /// Whether its dims are the parameter's own, without a reshape.
    pub(crate) const fn is_plain(&self) -> bool {
        self.target.is_none() && self.reshaped.is_none()
    }
}

impl Sizes {
    pub(crate) const fn rank(&self) -> usize {
        self.written.len()
    }

    pub(crate) const fn dim(&self, index: usize) -> Dim {
        self.dims[index]
    }

    /// The dim as the layout has it.
    pub(crate) const fn written(&self, index: usize) -> Dim {
        self.written[index]
    }

    /// The numbers, of which the first ones are the shape.
    pub(crate) const fn numbers(&self) -> [usize; RANK] {
        let (mut numbers, mut i) = ([0; RANK], 0);
        while i < self.rank() {
            if let Dim::Is(number) = self.dims[i] {
                numbers[i] = number;
            }
            i += 1;
        }
        numbers
    }

    /// The shape.
    pub(crate) fn to_vec(self) -> Vec<usize> {
        self.numbers()[..self.rank()].to_vec()
    }
}

impl Side {
    /// The range of the source tensor that a slice takes; empty if nothing is cut.
    pub(crate) const fn taken(&self) -> (usize, usize) {
        match (self.slice, self.dim) {
            (Some(start), Dim::Is(len)) => (start, start + len),
            _ => (0, 0),
        }
    }
}

impl Frame {
    pub(super) const EMPTY: Frame = Frame {
        sides: [Side { dim: Dim::Any, written: Dim::Any, of: 0, offset: 0, is_part: false, slice: None }; RANK],
        rank: 0,
    };

    pub(crate) const fn rank(&self) -> usize {
        self.rank
    }

    pub(crate) fn sides(&self) -> &[Side] {
        &self.sides[..self.rank]
    }

    pub(crate) const fn side(&self, index: usize) -> Side {
        self.sides[index]
    }

    /// The dim that is cut, if any.
    pub(crate) const fn sliced(&self) -> Option<usize> {
        let mut i = 0;
        while i < self.rank {
            if self.sides[i].slice.is_some() {
                return Some(i);
            }
            i += 1;
        }
        None
    }

    pub(super) const fn push(mut self, dim: Dim) -> Frame {
        self.sides[self.rank] = Side { dim, of: self.rank, ..self.sides[self.rank] };
        self.rank += 1;
        self
    }

    pub(super) const fn with(mut self, index: usize, side: Side) -> Frame {
        self.sides[index] = side;
        self
    }

    pub(super) const fn without(mut self, index: usize) -> Frame {
        let mut i = index;
        while i + 1 < self.rank {
            self.sides[i] = self.sides[i + 1];
            i += 1;
        }
        self.rank -= 1;
        self
    }

    pub(super) const fn numbers(dims: &[usize]) -> Frame {
        let (mut frame, mut i) = (Frame::EMPTY, 0);
        while i < dims.len() {
            frame = frame.push(Dim::Is(dims[i]));
            i += 1;
        }
        frame
    }

    pub(super) const fn sized(sizes: &Sizes) -> Frame {
        let (mut frame, mut i) = (Frame::EMPTY, 0);
        while i < sizes.rank() {
            frame = frame.push(sizes.dims[i]);
            i += 1;
        }
        frame
    }

    /// The number of elements; `None` if a dim is not a number.
    pub(super) const fn elements(&self) -> Option<usize> {
        let (mut product, mut i) = (1usize, 0);
        while i < self.rank {
            let Dim::Is(n) = self.sides[i].dim else { return None };
            let Some(next) = product.checked_mul(n) else { return None };
            product = next;
            i += 1;
        }
        Some(product)
    }
}
