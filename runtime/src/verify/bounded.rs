//! Lists of fixed size, as `const` evaluation cannot allocate.

/// A list of at most `N` items.
#[derive(Clone, Copy)]
pub(super) struct Bounded<T: Copy, const N: usize> {
    items: [Option<T>; N],
    pub(super) len: usize,
}

impl<T: Copy, const N: usize> Bounded<T, N> {
    pub(super) const EMPTY: Bounded<T, N> = Bounded { items: [None; N], len: 0 };

    pub(super) const fn push(&mut self, item: T) {
        assert!(
            self.len < N,
            "this type is too large to be verified while compiling; remove `verify`, and check it with `Loader::check`"
        );
        self.items[self.len] = Some(item);
        self.len += 1;
    }

    pub(super) const fn swap(&mut self, a: usize, b: usize) {
        (self.items[a], self.items[b]) = (self.items[b], self.items[a]);
    }

    pub(super) const fn get(&self, i: usize) -> Option<&T> {
        if i < self.len { self.items[i].as_ref() } else { None }
    }

    pub(super) const fn get_mut(&mut self, i: usize) -> Option<&mut T> {
        if i < self.len { self.items[i].as_mut() } else { None }
    }
}
