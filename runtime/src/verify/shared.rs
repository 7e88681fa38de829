//! Fields that share a list, as the plan compares them.

use super::comparison::{Comparison, REPEATED, Repeated, Share};
use super::lock_tree::LockTree;
use super::path::PathComponent;
use super::rows::Row;
use crate::report::FindingKind;
use crate::rules::{MOST_ITEMS, says};
use crate::schema::{Before, Dim, Field, Items, Known, Len, Spec, Text, Value, before, is_joined, is_last};

/// The items of a list that a field holds.
pub(super) struct Part {
    /// The index of the first one.
    pub(super) first: usize,
    /// How many there are, if that is known.
    pub(super) len: Len,
    /// What the index behind the last one must be.
    pub(super) end: Dim,
    /// The index behind the last one, where names say it and other fields follow.
    pub(super) until: Option<usize>,
    /// The index that no item of the field reaches.
    pub(super) cut: usize,
    pub(super) is_last: bool,
    /// Whether nothing says where it ends.
    pub(super) is_open: bool,
}

impl Part {
    /// All of a list.
    pub(super) const fn whole(len: Len) -> Part {
        Part { first: 0, len, end: len.as_dim(), until: None, cut: usize::MAX, is_last: true, is_open: false }
    }

    /// A field of which nothing says where it ends.
    const fn open(first: usize) -> Part {
        Part { first, is_open: true, cut: first, ..Part::whole(Len::Is(0)) }
    }
}

impl Comparison {
    /// Compares a field that shares a list. `ends` is how many such fields of outer structs there are.
    pub(super) const fn shared_field(
        &mut self,
        fields: &'static [Field],
        number: usize,
        outer: Spec,
        place: Option<&'static LockTree>,
        ends: usize,
    ) {
        let first = match before(fields, number) {
            Before::Nothing => Some(0),
            Before::One(index) => index.checked_add(1),
            Before::Field(other) => {
                let (mut end, mut i) = (None, ends);
                while let Some((field, is)) = self.ends.get(i) {
                    end = if *field == other { *is } else { end };
                    i += 1;
                }
                end
            }
        };
        self.share = Some(Share { first, is_joined: is_joined(fields, number), is_last: is_last(fields, number) });
        self.field(&fields[number], outer, place);
        self.ends.push((number, self.list_end));
    }

    /// The items that the field holds which the comparison has come to. The lock has items of the whole list up to `end_there`.
    pub(super) const fn part(&mut self, shared: &'static Items, spec: &Spec, len: Len, end_there: usize) -> Part {
        let environment = &spec.environment;
        // of what a field before it has, a finding says that it is open
        let Some(Share { first: Some(first), is_joined, is_last }) = self.share else { return Part::open(0) };
        if !is_joined {
            self.begins(shared, spec, first);
        }
        let constant = match (len, shared.end(environment, Known::NONE)) {
            (Len::Is(held), _) => Some(first.saturating_add(held)),
            (_, end) => end,
        };
        let cut = match constant {
            Some(end) if !is_last => end,
            _ => usize::MAX,
        };
        let part = Part { first, len: Len::FromFile, end: Dim::Any, until: None, cut, is_last, is_open: false };
        if let Some(end) = constant
            && end >= first
        {
            // of an array, the type says how many there are, and so what the names are
            let must = if matches!(len, Len::Is(_)) { shared.end } else { Dim::Any };
            return Part { len: Len::Is(end - first), end: must, ..part };
        }
        if matches!(shared.end, Dim::Any) {
            return part;
        }
        self.fix_all(shared.end.flat(environment));
        match shared.end.number(environment, self.dims.known()) {
            Some(Value::Number(end)) if end < first => {
                self.leaves_order(spec, shared.end, end, says::ITEMS_TO, first);
                Part { len: Len::Is(0), ..part }
            }
            Some(Value::Number(end)) if end_there == 0 && end <= MOST_ITEMS => {
                Part { len: Len::Is(end - first), ..part }
            }
            Some(Value::Number(end)) if !is_last && end <= end_there => Part { until: Some(end), cut: end, ..part },
            Some(Value::Number(_)) => Part { end: shared.end, ..part },
            Some(Value::Wrong(_)) => {
                self.agrees_of_list(spec, shared.end, end_there);
                self.open_part(spec, first)
            }
            _ => {
                self.open_of_list(spec, &shared.end);
                // names in the items may say what the end is
                if is_last && !self.is_second { part } else { self.open_part(spec, first) }
            }
        }
    }

    /// A field of which nothing says where it ends: a finding covers what the lock has for it, and for the fields behind it.
    const fn open_part(&mut self, spec: &Spec, first: usize) -> Part {
        if self.repeated.len < REPEATED {
            let (path, stem) = (self.in_lock(&self.path), Some(spec.found));
            self.repeated.push(Repeated { path, stem, from: first });
        }
        Part::open(first)
    }

    /// Checks that a field begins where the one before it ends.
    const fn begins(&mut self, shared: &Items, spec: &Spec, first: usize) {
        self.fix_all(shared.first.flat(&spec.environment));
        match shared.first.number(&spec.environment, self.dims.known()) {
            Some(Value::Number(begin)) if begin == first => {}
            Some(Value::Number(begin)) => self.leaves_order(spec, shared.first, begin, says::ITEMS_FROM, first),
            Some(Value::Wrong(_)) => self.agrees_of_list(spec, shared.first, first),
            _ => self.open_of_list(spec, &shared.first),
        }
    }

    /// Reports a field that does not begin where the one before it ends, or ends before that.
    const fn leaves_order(&mut self, spec: &Spec, dim: Dim, is: usize, which: &'static str, first: usize) {
        let expected = Text::new().push(which);
        let expected = match dim.has_names() {
            true => {
                let is = Text::new().push(" = ").push_number(is);
                expected.push_text(&self.dims.shown(&dim, &spec.environment, is))
            }
            false => expected.push_number(is),
        };
        let found = Text::new().push(says::ITEMS_BEFORE).push_number(first);
        let depth = self.path.len();
        self.push_items(spec);
        self.rows.push(Row::of_text(FindingKind::Dim, self.path, expected, found, says::IN_ORDER));
        self.path.cut(depth);
    }

    /// Compares a number with what it is in the lock, at the path of a list.
    pub(super) const fn agrees_of_list(&mut self, spec: &Spec, dim: Dim, value: usize) {
        let depth = self.path.len();
        self.push_items(spec);
        self.agrees(dim, &spec.environment, value, usize::MAX);
        self.path.cut(depth);
    }

    const fn open_of_list(&mut self, spec: &Spec, dim: &Dim) {
        let depth = self.path.len();
        self.push_items(spec);
        self.note_open(dim, &spec.environment, says::SAY_ITEMS);
        self.path.cut(depth);
    }

    /// Goes to the path of a list, which has `{}` for the index if something stands around it.
    const fn push_items(&mut self, spec: &Spec) {
        if !spec.stem.is_bare() {
            self.path.push(PathComponent::Items(spec.stem));
        }
    }
}
