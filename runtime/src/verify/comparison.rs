//! The state of a comparison. The other files have its steps.

use super::bounded::Bounded;
use super::configured::Configured;
use super::dims::Dims;
use super::lock_tree::{LockTree, LockedTensor};
use super::path::Path;
use super::rows::Rows;
use super::set::Set;
use crate::rules::cut::TakenPart;
use crate::schema::{Stem, Symbol};

/// The most tied fields of structs in each other.
const MOST: usize = 32;

/// The most places whose names findings cover. What is below more of them is told as unexpected.
pub(super) const REPEATED: usize = 32;

/// The struct whose field is made from other tensors. Their names begin at it.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    pub(super) place: Option<&'static LockTree>,
    /// The number of components of the struct's path.
    pub(super) depth: usize,
}

/// A parameter that takes a part of a tensor.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    /// The tensor's path.
    pub(super) path: Path,
    /// The parameter's path.
    pub(super) taker: Path,
    pub(super) tensor: LockedTensor,
    pub(super) part: TakenPart,
}

/// A pattern of names to ignore.
#[derive(Clone, Copy)]
pub(super) struct Ignore {
    /// The path, in the lock, of the module that has the pattern.
    pub(super) prefix: Path,
    pub(super) pattern: &'static str,
    pub(super) used: bool,
}

pub(super) type Ignores = Bounded<Ignore, 128>;

/// A field that the lock has under another of its names.
#[derive(Clone, Copy)]
pub(super) struct AliasPath {
    /// The path that the lock has.
    pub(super) path: Path,
    /// The number of components of the field's own path.
    pub(super) depth: usize,
}

/// What a finding covers: what a field has under another name than the one that it was found under, or the items of a list of which nothing
/// says which field holds them.
#[derive(Clone, Copy)]
pub(super) struct Repeated {
    /// The place, in the lock.
    pub(super) path: Path,
    /// The stem of the items that lie there; `None` if everything below the place is the field's.
    pub(super) stem: Option<&'static Stem>,
    /// The index of the first of the items.
    pub(super) from: usize,
}

/// What is known of a field that shares a list before the comparison comes to the list.
#[derive(Clone, Copy)]
pub(super) struct Share {
    /// The index of its first item; `None` if nothing says where the field before it ends.
    pub(super) first: Option<usize>,
    /// Whether it begins at what the field before it ends at, as both are written.
    pub(super) is_joined: bool,
    /// Whether no field holds items behind it.
    pub(super) is_last: bool,
}

/// The tied field that the comparison is in.
#[derive(Clone, Copy)]
pub(super) struct Tie {
    pub(super) target: Path,
    /// The number of components of the field's own path.
    pub(super) depth: usize,
    /// Whether nobody has decided if it is tied.
    pub(super) is_open: bool,
}

/// A parameter that is tied, or that another is tied to.
#[derive(Clone, Copy)]
pub(super) struct TiedParameter {
    pub(super) path: Path,
    /// The path that it is tied to; `None` if others are tied to it.
    pub(super) target: Option<Path>,
    /// Whether nobody has decided if it is tied.
    pub(super) is_open: bool,
    /// Its tensor, if it fits.
    pub(super) tensor: Option<LockedTensor>,
    pub(super) fits: bool,
    /// The parameter, by its number.
    pub(super) number: usize,
}

pub(super) struct Comparison {
    /// The root of the lock.
    pub(super) lock: &'static LockTree,
    /// What the configuration beside it says.
    pub(super) config: &'static [Configured],
    pub(super) parameters: usize,
    pub(super) fitting: usize,
    /// How many tensors of the lock a parameter takes.
    pub(super) taken: usize,
    pub(super) rows: Rows,
    /// Whether a list has another length in the lock than in the type.
    pub(super) is_miscounted: bool,
    pub(super) cuts: Bounded<Cut, 128>,
    pub(super) ignores: Ignores,
    pub(super) repeated: Bounded<Repeated, REPEATED>,
    /// Where the comparison is.
    pub(super) path: Path,
    /// The innermost alias that it is below.
    pub(super) alias: Option<AliasPath>,
    /// How many paths `path` stands for.
    pub(super) times: usize,
    pub(super) scope: Option<Scope>,
    /// What is known of the list that it comes to, if fields share it.
    pub(super) share: Option<Share>,
    /// The index behind the last item of the list that it comes from; `None` if that is open.
    pub(super) list_end: Option<usize>,
    /// The fields that share lists, of the structs that it is in: their numbers, and where they end.
    pub(super) ends: Bounded<(usize, Option<usize>), 32>,
    /// Whether it is in an optional part that is present.
    pub(super) is_optional: bool,
    pub(super) tie: Option<Tie>,
    pub(super) tied_to: Bounded<Path, MOST>,
    pub(super) tied: Bounded<TiedParameter, 128>,
    /// The number of the next parameter.
    pub(super) number: usize,
    pub(super) dims: Dims,
    /// The names that layouts are computed from and that nothing has said yet.
    pub(super) open: Bounded<Symbol, 32>,
    /// Whether it is the second walk, which knows the names that the first one has found.
    pub(super) is_second: bool,
}

impl Comparison {
    pub(super) const fn new(
        lock: &'static LockTree,
        config: &'static [Configured],
        path: Path,
        times: usize,
    ) -> Comparison {
        Comparison {
            lock,
            config,
            parameters: 0,
            fitting: 0,
            taken: 0,
            rows: Rows::EMPTY,
            is_miscounted: false,
            cuts: Bounded::EMPTY,
            ignores: Bounded::EMPTY,
            repeated: Bounded::EMPTY,
            path,
            alias: None,
            times,
            scope: None,
            share: None,
            list_end: None,
            ends: Bounded::EMPTY,
            is_optional: false,
            tie: None,
            tied_to: Bounded::EMPTY,
            tied: Bounded::EMPTY,
            number: 0,
            dims: Dims::EMPTY,
            open: Bounded::EMPTY,
            is_second: false,
        }
    }

    /// A new one at the same place, with the same bound dims. What waits for them still does.
    pub(super) const fn within(&self) -> Comparison {
        let mut inner = Comparison::new(self.lock, self.config, self.path, self.times);
        (inner.dims, inner.scope, inner.ignores, inner.alias) =
            (self.dims.known_ones(), self.scope, self.ignores, self.alias);
        (inner.is_optional, inner.is_second) = (self.is_optional, self.is_second);
        inner
    }

    /// A second one, which knows the names that this one has found and nothing else.
    pub(super) const fn second(&self) -> Comparison {
        let mut second = Comparison::new(self.lock, self.config, Path::EMPTY, 1);
        (second.dims, second.is_second) = (self.dims.names_only(), true);
        second
    }

    /// The path of a source tensor; of a stack, with the indices of `set`.
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

/// The names before and behind the index of a stack's tensors.
#[derive(Clone, Copy)]
pub(super) struct SourceNames {
    pub(super) before: &'static str,
    pub(super) behind: &'static str,
}
