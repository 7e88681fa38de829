//! What is known of a module's arguments without a look at its fields.

/// So many elements are surely less than memory, whatever their dtype.
pub(super) const MOST_ELEMENTS: u128 = 1 << 56;

/// What the arguments of a module go into, in it and in the modules that it hands them to.
///
/// Small, as each node of a lock has one. It is made once for each type. Where a field gives constants, it mostly says that nothing can be wrong, and the compiler need not look
/// into each module below.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// How many modules with arguments are in each other in it, with itself.
    pub(super) levels: u32,
    /// Whether they are nothing but dims of tensors that hold any shape, and lengths of lists, each by itself.
    pub(super) is_plain: bool,
    /// The most dims in one shape that are names.
    pub(super) dims: u32,
    /// The largest product of numbers beside them, or more than fit.
    pub(super) factor: u64,
}

impl Summary {
    /// They go into nothing.
    pub(crate) const NONE: Summary = Summary { levels: 0, is_plain: true, dims: 0, factor: 1 };

    /// Nothing is known.
    pub(super) const UNCLEAR: Summary = Summary { is_plain: false, ..Summary::NONE };

    /// How many modules with arguments are in each other in it, with itself.
    pub(crate) const fn levels(&self) -> usize {
        self.levels as usize
    }

    /// What both are at most.
    pub(super) const fn and(self, other: Summary) -> Summary {
        Summary {
            levels: if self.levels > other.levels { self.levels } else { other.levels },
            is_plain: self.is_plain && other.is_plain,
            dims: if self.dims > other.dims { self.dims } else { other.dims },
            factor: if self.factor > other.factor { self.factor } else { other.factor },
        }
    }

    /// Whether a file can have what is in it, as far as constants decide, if none of its arguments is 0 or larger than this.
    pub(super) const fn fits(&self, largest: usize) -> bool {
        let (mut elements, mut dims) = (self.factor as u128, self.dims);
        while self.is_plain && dims > 0 && elements <= MOST_ELEMENTS {
            elements *= largest as u128;
            dims -= 1;
        }
        self.is_plain && elements <= MOST_ELEMENTS
    }
}
