//! Walks the schema beside the folded names of a lock, as the plan does it beside those of a file.

use super::few::List;
use super::names::{Component, Names, below};
use super::path::{Part, Path, Shown};
use super::rows::{Row, Rows};
use super::set::Set;
use crate::plan::Wish;
use crate::report::Class;
use crate::schema::{Field, Leaf, Node, Spec, Text, Wanted, index, same};

/// The most names of dimensions, and lists of another length. There is no allocation in `const` evaluation.
const MOST: usize = 32;

/// The place of the struct whose field is made from tensors beside it.
#[derive(Clone, Copy)]
pub(super) struct Beside {
    pub(super) place: Option<&'static Names>,
    /// The number of components of its path.
    pub(super) depth: usize,
}

/// A list of fixed length beside what the lock has.
#[derive(Clone, Copy)]
pub(super) struct Count {
    pub(super) path: Path,
    pub(super) wanted: usize,
    pub(super) runs: Set,
}

/// A part of a tensor that a parameter takes.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    /// The tensor.
    pub(super) path: Path,
    /// The parameter.
    pub(super) taker: Path,
    pub(super) tensor: super::names::Held,
    pub(super) dim: usize,
    pub(super) extent: usize,
    pub(super) rank: usize,
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

pub(super) type Ignores = List<Ignore, 128>;

/// The field that is tied, of which the walk is below.
#[derive(Clone, Copy)]
pub(super) struct Tie {
    pub(super) target: Path,
    /// The number of components of its own path.
    pub(super) depth: usize,
}

/// A parameter that is tied, or that another is tied to.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) path: Path,
    /// The path that it is tied to, if it is.
    pub(super) target: Option<Path>,
    /// Its tensor, if it fits.
    pub(super) tensor: Option<super::names::Held>,
    pub(super) fits: bool,
    /// Its row, if it is missing.
    pub(super) number: usize,
}

pub(super) struct Walk {
    pub(super) parameters: usize,
    pub(super) fitting: usize,
    pub(super) rows: Rows,
    pub(super) dims: [(&'static str, usize); MOST],
    pub(super) bound_by: List<Shown, MOST>,
    pub(super) counts: List<Count, MOST>,
    pub(super) cuts: List<Cut, 128>,
    pub(super) ignores: Ignores,
    pub(super) squares: usize,
    pub(super) path: Path,
    /// How many places the walk is at.
    pub(super) times: usize,
    pub(super) optional: Option<usize>,
    pub(super) beside: Option<Beside>,
    pub(super) tie: Option<Tie>,
    tied_to: List<Path, MOST>,
    pub(super) seen: List<Seen, 128>,
    /// The number of the next parameter.
    pub(super) number: usize,
}

/// How a parameter comes out.
pub(super) enum Match {
    Fits,
    Absent,
    Wrong,
}

impl Walk {
    pub(super) const fn new(path: Path, times: usize) -> Walk {
        Walk {
            parameters: 0,
            fitting: 0,
            rows: Rows::EMPTY,
            dims: [("", 0); MOST],
            bound_by: List::EMPTY,
            counts: List::EMPTY,
            cuts: List::EMPTY,
            ignores: List::EMPTY,
            squares: 0,
            path,
            times,
            optional: None,
            beside: None,
            tie: None,
            tied_to: List::EMPTY,
            seen: List::EMPTY,
            number: 0,
        }
    }

    /// The dimensions that have a number.
    pub(super) const fn bound(&self) -> &[(&'static str, usize)] {
        self.dims.split_at(self.bound_by.len).0
    }

    /// One place of the schema beside one place of the names, if there is any.
    pub(super) const fn node(&mut self, node: &'static Node, spec: Spec, place: Option<&'static Names>) {
        match node {
            Node::Parameter(leaf) => self.parameter(leaf, spec, place),
            Node::Struct { fields, ignore } => {
                self.leave_alone(ignore);
                self.fields(fields, spec, place);
            }
            Node::Choice { variants, ignore } => {
                self.leave_alone(ignore);
                self.choice(variants, place);
            }
            Node::List { item, len } => {
                let len = match spec.len {
                    Some(len) => len,
                    None => *len,
                };
                self.list(item, spec, len, place);
            }
            Node::Map { item } => {
                let mut i = 0;
                while let Some(names) = place
                    && i < names.below.len()
                {
                    let child = &names.below[i];
                    match child.component {
                        Component::Name(name) => {
                            self.path.push(Part::Name(name));
                            self.node(item, spec.item(), Some(&child.names));
                            self.path.cut(self.path.len() - 1);
                        }
                        Component::Indices(runs) => {
                            let mut next = 0;
                            while let Some(set) = Set::next(runs, &mut next, 0, usize::MAX) {
                                self.items(item, spec, set, Some(&child.names));
                            }
                        }
                    }
                    i += 1;
                }
            }
            Node::Optional { item } => {
                let present = match (spec.from, &self.beside) {
                    (Some(layout), Some(beside)) => super::present::any_source(layout, beside.place, place),
                    _ => super::present::any_present(item, place),
                };
                if present {
                    let outer = self.optional.replace(self.path.len());
                    self.node(item, spec, place);
                    self.optional = outer;
                }
            }
        }
    }

    const fn leave_alone(&mut self, patterns: &'static [&'static str]) {
        let mut i = 0;
        while i < patterns.len() {
            self.ignores.push(Ignore { prefix: self.path, pattern: patterns[i], used: false });
            i += 1;
        }
    }

    const fn fields(&mut self, fields: &'static [Field], outer: Spec, place: Option<&'static Names>) {
        let (ties, seen) = (self.tied_to.len, self.seen.len);
        let mut i = 0;
        while i < fields.len() {
            if let Some(path) = fields[i].tied {
                self.tied_to.push(self.path.joined(path));
            }
            i += 1;
        }
        i = 0;
        while i < fields.len() {
            self.field(&fields[i], outer, place);
            i += 1;
        }
        if self.tied_to.len > ties {
            // both sides of a tie are in the struct that says so
            self.settle_ties(seen);
            self.tied_to.len = ties;
            self.seen.len = if ties == 0 { seen } else { self.seen.len };
        }
        if !fields.is_empty() && index(fields[0].name).is_some() {
            self.loose_indices(place);
        }
    }

    const fn field(&mut self, field: &'static Field, outer: Spec, place: Option<&'static Names>) {
        let spec = field.spec_in(outer);
        let (beside, tie, len) = (self.beside, self.tie, self.path.len());
        self.beside = if field.composed().is_some() {
            Some(Beside { place, depth: len })
        } else if field.flatten {
            None
        } else {
            beside
        };
        if let Some(path) = field.tied {
            let depth = self.path.joined(field.name).len();
            self.tie = Some(Tie { target: self.path.joined(path), depth });
        }
        if field.flatten {
            self.node(field.node, spec, place);
        } else {
            let found = self.named(field, place);
            self.path.push_name(field.name);
            self.node(field.node, spec, found);
            self.path.cut(len);
        }
        (self.beside, self.tie) = (beside, tie);
    }

    /// The place of a field under whichever of its names there is; two of them are a duplicate.
    const fn named(&mut self, field: &'static Field, place: Option<&'static Names>) -> Option<&'static Names> {
        if field.aliases.is_empty() || field.composed().is_some() {
            return below(place, field.name);
        }
        let (mut first, mut count, mut text, mut i): (Option<&'static Names>, usize, Shown, _) =
            (None, 0, Text::new(), 0);
        while i <= field.aliases.len() {
            let name = if i == 0 { field.name } else { field.aliases[i - 1] };
            if let Some(found) = below(place, name) {
                text = text
                    .push(if count == 0 { "`" } else { " and `" })
                    .push(self.path.joined(name).shown().as_str())
                    .push("`");
                first = if count == 0 { Some(found) } else { first };
                count += 1;
            }
            i += 1;
        }
        if count > 1 {
            let mut row = Row::new(Class::Duplicate, self.path.joined(field.name));
            row.found = text.push(if count == 2 { " are both there" } else { " are all there" });
            self.rows.push(row.hint(Text::new().push("they are names of one parameter; keep one of them in the file")));
        }
        first
    }

    const fn parameter(&mut self, leaf: &'static Leaf, spec: Spec, place: Option<&'static Names>) {
        let wanted = Wanted { spec, leaf };
        self.parameters += self.times;
        let (rows, number) = (self.rows.len, self.number);
        self.number += 1;
        let matched = match spec.from {
            None => self.whole(Wish::of(wanted), place),
            Some(layout) => self.composed(layout, &wanted, place),
        };
        let fits = matches!(matched, Match::Fits);
        if fits {
            self.fitting += self.times;
        }
        if matches!(matched, Match::Absent) {
            let mut i = rows;
            while i < self.rows.len {
                (self.rows.rows[i].number, self.rows.rows[i].is_whole) = (number, true);
                i += 1;
            }
        }
        let target = match &self.tie {
            Some(tie) => Some(self.path.rest_below(tie.depth, &tie.target)),
            None => None,
        };
        if target.is_some() && matches!(matched, Match::Absent) {
            // what is tied may be absent: if both are, the other one is missing
            self.rows.len = rows;
        }
        if target.is_some() || self.is_target() {
            let tensor = match place {
                Some(place) if fits && spec.from.is_none() => place.tensor,
                _ => None,
            };
            self.seen.push(Seen { path: self.path, target, tensor, fits, number });
        }
    }

    /// Whether another parameter may be tied to the one at this place.
    const fn is_target(&self) -> bool {
        let mut i = 0;
        while let Some(path) = self.tied_to.get(i) {
            if self.path.leads_to(path) {
                return true;
            }
            i += 1;
        }
        false
    }

    /// The parameter is one tensor, as it lies in the file.
    const fn whole(&mut self, wish: Wish, place: Option<&'static Names>) -> Match {
        let tensor = match place {
            Some(Names { tensor: Some(tensor), .. }) => *tensor,
            _ => {
                self.missing(self.path, wish, false);
                return Match::Absent;
            }
        };
        let dtype = self.dtype(&wish, tensor, self.path);
        let shape = self.shape(&wish, tensor, self.path);
        if dtype.is_some() && shape { Match::Fits } else { Match::Wrong }
    }

    /// Binds a name to a number, or reports the conflict.
    pub(super) const fn bind(&mut self, name: &'static str, value: usize) -> bool {
        let mut i = 0;
        while let Some(by) = self.bound_by.get(i) {
            if same(self.dims[i].0, name) {
                if self.dims[i].1 == value {
                    return true;
                }
                let mut row = Row::new(Class::Dim, self.path);
                row.expected = Text::new().push(name).push(" = ").push_number(self.dims[i].1);
                row.expected = row.expected.push(" (from `").push(by.as_str()).push("`)");
                row.found = Text::new().push_number(value);
                let hint = Text::new().push("`").push(name);
                let hint =
                    hint.push("` is one number wherever the model names it; if these may differ, give them two names");
                self.rows.push(row.hint(hint));
                return false;
            }
            i += 1;
        }
        self.dims[self.bound_by.len] = (name, value);
        self.bound_by.push(self.path.nth(0).shown());
        true
    }
}
