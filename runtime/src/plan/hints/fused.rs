//! One tensor for several parameters, or several for one. All but the walk runs in `const` evaluation as well.

use super::super::wish::Wish;
use super::{Hint, Leftovers, group, owned, split_last};
use crate::path::shown;
use crate::schema::{Dim, RANK, Text};

/// Projections that some files keep in one tensor, in their order in it.
pub(crate) const PARTS: &[&[&str]] = &[
    &["q_proj", "k_proj", "v_proj"],
    &["query_proj", "key_proj", "value_proj"],
    &["query", "key", "value"],
    &["q", "k", "v"],
    &["wq", "wk", "wv"],
    &["to_q", "to_k", "to_v"],
    &["gate_proj", "up_proj"],
    &["w1", "w3"],
];

/// The most of these in one tensor.
pub(crate) const MOST: usize = 3;

/// The last components of what is fused.
pub(crate) const KINDS: &[&str] = &["weight", "bias"];

/// A shape of which every extent is a number.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    sizes: [usize; RANK],
    rank: usize,
}

/// The shapes of the parts, in their order.
#[derive(Clone, Copy)]
pub(crate) struct Parts {
    shapes: [Sizes; MOST],
    len: usize,
}

/// How parts lie in one tensor.
#[derive(Clone, Copy)]
pub(crate) struct Fused {
    /// The dimension along which they lie one behind the other.
    dim: usize,
    order: Order,
}

/// In which order the fused tensor has the dimensions of its parts.
#[derive(Clone, Copy)]
enum Order {
    Same { or_turned: bool },
    Turned,
}

impl Sizes {
    const EMPTY: Sizes = Sizes { sizes: [0; RANK], rank: 0 };

    pub(crate) const fn of(shape: &[usize]) -> Option<Sizes> {
        if shape.len() > RANK {
            return None;
        }
        let (mut sizes, mut i) = (Sizes { rank: shape.len(), ..Sizes::EMPTY }, 0);
        while i < shape.len() {
            sizes.sizes[i] = shape[i];
            i += 1;
        }
        Some(sizes)
    }

    /// Those that are wished for, where every extent is a number.
    pub(crate) const fn wished(wish: &Wish) -> Option<Sizes> {
        let (mut sizes, mut i) = (Sizes::EMPTY, 0);
        match wish.rank() {
            Some(rank) if rank <= RANK => sizes.rank = rank,
            _ => return None,
        }
        while i < sizes.rank {
            match wish.dim(i) {
                Dim::Is(n) => sizes.sizes[i] = n,
                _ => return None,
            }
            i += 1;
        }
        Some(sizes)
    }
}

impl Parts {
    pub(crate) const EMPTY: Parts = Parts { shapes: [Sizes::EMPTY; MOST], len: 0 };

    pub(crate) const fn push(&mut self, shape: Sizes) {
        self.shapes[self.len] = shape;
        self.len += 1;
    }

    /// How they lie in a tensor of this shape, if they make it up.
    pub(crate) const fn in_one(&self, whole: &Sizes) -> Option<Fused> {
        let turned = match self.turned() {
            Some(turned) => turned.dim_of(whole),
            None => None,
        };
        match (self.dim_of(whole), turned) {
            (Some(dim), Some(turned)) => Some(Fused { dim, order: Order::Same { or_turned: turned == dim } }),
            (Some(dim), None) => Some(Fused { dim, order: Order::Same { or_turned: false } }),
            (None, Some(dim)) => Some(Fused { dim, order: Order::Turned }),
            (None, None) => None,
        }
    }

    /// Matrices with their dimensions in the other order.
    const fn turned(mut self) -> Option<Parts> {
        let mut i = 0;
        while i < self.len {
            let part = &mut self.shapes[i];
            if part.rank != 2 {
                return None;
            }
            (part.sizes[0], part.sizes[1]) = (part.sizes[1], part.sizes[0]);
            i += 1;
        }
        Some(self)
    }

    /// The dimension along which the parts, one behind the other, make up the whole.
    pub(crate) const fn dim_of(&self, whole: &Sizes) -> Option<usize> {
        let mut dim = 0;
        while dim < whole.rank {
            if self.make_up(whole, dim) {
                return Some(dim);
            }
            dim += 1;
        }
        None
    }

    const fn make_up(&self, whole: &Sizes, dim: usize) -> bool {
        let (mut along, mut p) = (0usize, 0);
        while p < self.len {
            let (part, mut i) = (&self.shapes[p], 0);
            if part.rank != whole.rank {
                return false;
            }
            while i < whole.rank {
                if i != dim && part.sizes[i] != whole.sizes[i] {
                    return false;
                }
                i += 1;
            }
            along = along.saturating_add(part.sizes[dim]);
            p += 1;
        }
        along == whole.sizes[dim]
    }

    /// Where part `number` begins in the one tensor.
    const fn start(&self, number: usize, fused: Fused) -> usize {
        let dim = if matches!(fused.order, Order::Turned) { 1 - fused.dim } else { fused.dim };
        let (mut start, mut i) = (0usize, 0);
        while i < number {
            start = start.saturating_add(self.shapes[i].sizes[dim]);
            i += 1;
        }
        start
    }

    /// What is said of part `number`, which is missing. `whole` is the one tensor, `of` its name beside the parts.
    pub(crate) const fn slice(&self, number: usize, fused: Fused, names: &[&str], whole: &str, of: &str) -> Hint {
        let text = push_parts(Text::new().push("`").push(whole).push("` looks like "), names);
        let text = text.push(" in one tensor; a field beside it takes this part with `#[param(from = ");
        let text = text.push(if matches!(fused.order, Order::Turned) { "transpose(of = " } else { "" });
        let text = text.push("slice(dim = ").push_number(fused.dim).push(", of = \"").push(of).push("\", start = ");
        let text = text.push_number(self.start(number, fused)).push(")");
        match fused.order {
            Order::Turned => text.push("))]`"),
            Order::Same { or_turned: false } => text.push(")]`"),
            Order::Same { or_turned: true } => {
                text.push(")]`, or with `transpose(of = ..)` around the slice: a square does not show its order")
            }
        }
    }

    /// What is said of the one tensor that is missing, where these are there.
    pub(crate) const fn concat(&self, dim: usize, names: &[&str], kind: &str) -> Hint {
        let text = push_parts(Text::new().push("the checkpoint has "), names);
        let text = text.push(" apart; a field beside them takes all with `#[param(from = concat(dim = ");
        let (mut text, mut i) = (text.push_number(dim), 0);
        while i < names.len() {
            text = text.push(", \"").push(names[i]).push(".").push(kind).push("\": ");
            text = text.push_number(self.shapes[i].sizes[dim]);
            i += 1;
        }
        text.push("))]`")
    }
}

/// What is said of one tensor that no parameter takes, where its parts are missing.
pub(crate) const fn is_apart(names: &[&str]) -> Hint {
    push_parts(Text::new().push("it looks like "), names).push(" in one tensor; the module has them apart")
}

/// What is said of a part that no parameter takes, where `whole` is missing.
pub(crate) const fn is_part(whole: &str, names: &[&str]) -> Hint {
    push_parts(Text::new().push("`").push(whole).push("` looks like "), names).push(" in one tensor")
}

/// `` `q_proj`, `k_proj`, `v_proj` ``
const fn push_parts(text: Hint, names: &[&str]) -> Hint {
    let (mut text, mut i) = (text, 0);
    while i < names.len() {
        text = text.push(if i == 0 { "`" } else { ", `" }).push(names[i]).push("`");
        i += 1;
    }
    text
}

/// What is left over below one module.
struct Here<'h> {
    /// The module.
    place: &'h str,
    missing: &'h [usize],
    extras: &'h [usize],
}

pub(super) fn explain(left: &mut Leftovers<'_>) {
    let module = |path: &str| split_last(split_last(path).0).0.to_owned();
    let missing_by = group(left.missing, |missing| Some(module(&missing.path)));
    let extra_by = group(&left.unexpected, |extra| Some(module(&extra.path)));
    for (place, missing) in &missing_by {
        let Some(extras) = extra_by.get(place) else { continue };
        let here = Here { place, missing, extras };
        for parts in PARTS {
            for kind in KINDS {
                if !here.apart_in_the_module(left, parts, kind) {
                    here.apart_in_the_file(left, parts, kind);
                }
            }
        }
    }
}

impl Here<'_> {
    fn path_of(&self, part: &str, kind: &str) -> String {
        if self.place.is_empty() { format!("{part}.{kind}") } else { format!("{}.{part}.{kind}", self.place) }
    }

    /// The name below the module.
    fn below<'p>(&self, path: &'p str) -> &'p str {
        if self.place.is_empty() { path } else { path.get(self.place.len() + 1..).unwrap_or(path) }
    }

    /// The module has the parts, and the file one tensor. Whether the module has all of them.
    fn apart_in_the_module(&self, left: &mut Leftovers<'_>, names: &[&str], kind: &str) -> bool {
        let named = |part: &&str| {
            let path = self.path_of(part, kind);
            self.missing.iter().copied().find(|&m| left.missing[m].path == path)
        };
        let Some(numbers) = names.iter().map(named).collect::<Option<Vec<_>>>() else { return false };
        let mut parts = Parts::EMPTY;
        for &m in &numbers {
            let Some(shape) = Sizes::wished(&left.missing[m].wish) else { return true };
            parts.push(shape);
        }
        let whole = self.extras.iter().copied().filter(|&e| left.unexpected[e].path.ends_with(kind));
        let whole = whole.into_iter().find_map(|e| Some((e, parts.in_one(&Sizes::of(&left.unexpected[e].shape)?)?)));
        let Some((e, fused)) = whole else { return true };
        let (of, name) = (shown(self.below(&left.unexpected[e].path)), shown(&left.unexpected[e].name));
        for (number, m) in numbers.into_iter().enumerate() {
            left.missing_hints[m].push(owned(&parts.slice(number, fused, names, &name, &of)));
        }
        left.unexpected_hints[e].push(owned(&is_apart(names)));
        true
    }

    /// The file has the parts, and the module one tensor.
    fn apart_in_the_file(&self, left: &mut Leftovers<'_>, names: &[&str], kind: &str) {
        let named = |part: &&str| {
            let path = self.path_of(part, kind);
            self.extras.iter().copied().find(|&e| left.unexpected[e].path == path)
        };
        let Some(numbers) = names.iter().map(named).collect::<Option<Vec<_>>>() else { return };
        let mut parts = Parts::EMPTY;
        for &e in &numbers {
            let Some(shape) = Sizes::of(&left.unexpected[e].shape) else { return };
            parts.push(shape);
        }
        let whole = self.missing.iter().copied().filter(|&m| left.missing[m].path.ends_with(kind)).find_map(|m| {
            let dim = parts.dim_of(&Sizes::wished(&left.missing[m].wish)?)?;
            Some((m, dim))
        });
        let Some((m, dim)) = whole else { return };
        left.missing_hints[m].push(owned(&parts.concat(dim, names, kind)));
        for e in numbers {
            left.unexpected_hints[e].push(owned(&is_part(&shown(&left.missing[m].path), names)));
        }
    }
}
