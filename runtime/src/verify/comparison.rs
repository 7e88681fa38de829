//! What the comparison of a type with a lock carries along. The other files say what is done at each place.

use super::bounded::Bounded;
use super::lock_tree::{LockTree, LockedTensor};
use super::path::{Path, Shown};
use super::rows::{Row, Rows};
use super::set::Set;
use crate::report::FindingKind;
use crate::rules::says;
use crate::schema::{Text, same};

/// The most named dimensions, and the most ties of structs in each other. There is no allocation in `const` evaluation.
const MOST: usize = 32;

/// Where the names of a field's source tensors begin: at the struct that has the field.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    pub(super) place: Option<&'static LockTree>,
    /// The number of components of the struct's path.
    pub(super) depth: usize,
}

/// A part of a tensor that a parameter takes.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    /// The tensor.
    pub(super) path: Path,
    /// The parameter.
    pub(super) taker: Path,
    pub(super) tensor: LockedTensor,
    /// The dimension that is cut, and how many it has; of the shape that the tensor is seen as.
    pub(super) dim: usize,
    pub(super) extent: usize,
    pub(super) rank: usize,
    /// From and to.
    pub(super) taken: (usize, usize),
}

/// Names that are left alone.
#[derive(Clone, Copy)]
pub(super) struct Ignore {
    /// The module that says so.
    pub(super) prefix: Path,
    pub(super) pattern: &'static str,
    pub(super) used: bool,
}

pub(super) type Ignores = Bounded<Ignore, 128>;

/// The field that is tied, of which the walk is below.
#[derive(Clone, Copy)]
pub(super) struct Tie {
    pub(super) target: Path,
    /// The number of components of its own path.
    pub(super) depth: usize,
}

/// A parameter that is tied, or that another is tied to.
#[derive(Clone, Copy)]
pub(super) struct TiedParameter {
    pub(super) path: Path,
    /// The path that it is tied to, if it is.
    pub(super) target: Option<Path>,
    /// Its tensor, if it fits.
    pub(super) tensor: Option<LockedTensor>,
    pub(super) fits: bool,
    /// The parameter, by its number.
    pub(super) number: usize,
}

pub(super) struct Comparison {
    /// All that the lock has.
    pub(super) lock: &'static LockTree,
    pub(super) parameters: usize,
    pub(super) fitting: usize,
    /// How many tensors of the lock are some parameter's.
    pub(super) taken: usize,
    pub(super) rows: Rows,
    /// Whether a list has another length in the lock than in the type.
    pub(super) is_miscounted: bool,
    pub(super) cuts: Bounded<Cut, 128>,
    pub(super) ignores: Ignores,
    /// Where the walk is.
    pub(super) path: Path,
    /// How many places that is.
    pub(super) times: usize,
    pub(super) scope: Option<Scope>,
    pub(super) tie: Option<Tie>,
    pub(super) tied_to: Bounded<Path, MOST>,
    pub(super) tied: Bounded<TiedParameter, 128>,
    /// The number of the next parameter.
    pub(super) number: usize,
    /// Named dimensions with their numbers, and the paths that they are from.
    dims: [(&'static str, usize); MOST],
    bound_by: Bounded<Shown, MOST>,
}

impl Comparison {
    pub(super) const fn new(lock: &'static LockTree, path: Path, times: usize) -> Comparison {
        Comparison {
            lock,
            parameters: 0,
            fitting: 0,
            taken: 0,
            rows: Rows::EMPTY,
            is_miscounted: false,
            cuts: Bounded::EMPTY,
            ignores: Bounded::EMPTY,
            path,
            times,
            scope: None,
            tie: None,
            tied_to: Bounded::EMPTY,
            tied: Bounded::EMPTY,
            number: 0,
            dims: [("", 0); MOST],
            bound_by: Bounded::EMPTY,
        }
    }

    /// One that begins where this one is, with the dimensions that are bound here.
    pub(super) const fn within(&self) -> Comparison {
        let mut inner = Comparison::new(self.lock, self.path, self.times);
        (inner.dims, inner.bound_by) = (self.dims, self.bound_by);
        (inner.scope, inner.ignores) = (self.scope, self.ignores);
        inner
    }

    /// The dimensions that have a number.
    pub(super) const fn bound(&self) -> &[(&'static str, usize)] {
        self.dims.split_at(self.bound_by.len).0
    }

    /// Binds a name to a number, or reports the conflict.
    pub(super) const fn bind(&mut self, name: &'static str, value: usize) -> bool {
        let mut i = 0;
        while let Some(by) = self.bound_by.get(i) {
            if same(self.dims[i].0, name) {
                if self.dims[i].1 == value {
                    return true;
                }
                let expected = Text::new().push(name).push(" = ").push_number(self.dims[i].1);
                let expected = expected.push(" (from `").push_text(by).push("`)");
                let found = Text::new().push_number(value);
                self.rows.push(Row::of_text(FindingKind::Dim, self.path, expected, found, says::ONE_NUMBER));
                return false;
            }
            i += 1;
        }
        self.dims[self.bound_by.len] = (name, value);
        self.bound_by.push(self.path.nth(0).shown());
        true
    }

    /// The path of one of a field's source tensors; of those that an index counts, the indices.
    pub(super) const fn source_path(&self, name: Option<&'static str>, set: Option<(Set, SourceNames)>) -> Path {
        let (Some(name), Some(scope)) = (name, &self.scope) else { return self.path };
        let mut path = self.path;
        path.cut(scope.depth);
        match set {
            None => path.push_name(name),
            Some((set, names)) => path.push_indexed(names.before, set, names.behind),
        }
        path
    }
}

/// What stands before and behind the index that counts source tensors.
#[derive(Clone, Copy)]
pub(super) struct SourceNames {
    pub(super) before: &'static str,
    pub(super) behind: &'static str,
}
