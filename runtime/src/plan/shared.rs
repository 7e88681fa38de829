//! Fields that share a list. Each begins where the one before it ends, and the last one ends where the list does.

use super::dims::Place;
use super::name_tree::NamePlace;
use super::outcome::{Boundary, Contradiction, Remedy, Share};
use super::resolver::Resolver;
use crate::path::index;
use crate::report::{Finding, FindingSide};
use crate::rules::{MOST_ITEMS, says};
use crate::schema::{Before, Dim, Ends, Field, Items, Known, Len, Spec, Stem, Value, before, is_joined, is_last};

/// The most other places at which two fields of a list may meet, that are tried.
const MOST_PLACES: usize = 6;

/// The items of a list that the file has, ascending.
pub(super) type ItemsThere = Vec<(usize, NamePlace)>;

/// The fields of a struct that share lists, as the walk has come to them.
#[derive(Default)]
pub(super) struct Shared {
    ends: Ends,
    /// Whether anything is wrong in the last of them.
    is_wrong: bool,
}

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
    /// The indices of all items of the list that the file has; empty if the field holds all of them.
    pub(super) all: Vec<usize>,
    pub(super) is_last: bool,
    /// Whether nothing says where it ends.
    pub(super) is_open: bool,
}

impl Part {
    /// All of a list.
    pub(super) fn whole(len: Len) -> Part {
        Part { first: 0, len, end: len.as_dim(), until: None, all: Vec::new(), is_last: true, is_open: false }
    }

    /// The indices of the items of the list, of which these are the ones of the field.
    pub(super) fn indices(&self, items: &ItemsThere) -> Vec<usize> {
        match self.all.is_empty() {
            true => items.iter().map(|(index, _)| *index).collect(),
            false => self.all.clone(),
        }
    }
}

impl Resolver<'_> {
    /// Walks a field that shares a list.
    pub(super) fn shared_field(
        &mut self,
        (fields, number): (&'static [Field], usize),
        outer: Spec,
        place: Option<NamePlace>,
        owner: usize,
        shared: &mut Shared,
    ) {
        let field = &fields[number];
        let first = shared.ends.start(fields, number);
        self.share = Some(Share { first, is_joined: is_joined(fields, number), is_last: is_last(fields, number) });
        let count = self.finding_count();
        self.field(field, outer, place, owner);
        shared.ends.push(number, self.list_end);
        let is_wrong = self.finding_count() > count;
        let was_wrong = std::mem::replace(&mut shared.is_wrong, is_wrong);
        if let (Before::Field(other), Some(at), true) = (before(fields, number), first, self.policy.says_names())
            && let Some(Items { end, .. }) = fields[other].shared().filter(|items| items.end.has_names())
        {
            let has_items = |list: NamePlace, stem: &Stem| {
                self.names.children(list).any(|(name, _)| stem.strip(name).and_then(index).is_some())
            };
            let names = (0..).map_while(|name| field.nth_name(name));
            let mut lists = names.filter_map(|name| Some((self.names.below(place?, name.name)?, name.stem)));
            let list = lists.find(|(list, stem)| has_items(*list, stem));
            let path = self.trail.joined(&field.nth_name(0).map_or_else(String::new, |name| name.shown()));
            let (end, environment, is_wrong) = (*end, outer.environment, was_wrong || is_wrong);
            let from = shared.ends.start(fields, other).unwrap_or_default();
            self.out.boundaries.push(Boundary { path, end, environment, at, from, list, is_wrong });
        }
    }

    fn finding_count(&self) -> usize {
        self.out.report.findings().count() + self.out.missing.len() + self.out.misshapen.len()
    }

    /// The items that the field holds which the walk has come to; leaves its own ones in `items`. `step` is how many the value has.
    pub(super) fn part(
        &mut self,
        shared: &'static Items,
        spec: Spec,
        len: Len,
        step: Option<usize>,
        items: &mut ItemsThere,
    ) -> Part {
        let share = self.share.take();
        let environment = &spec.environment;
        let all: Vec<usize> = items.iter().map(|(index, _)| *index).collect();
        let end_there = all.last().map_or(0, |last| last.saturating_add(1));
        // of what a field before it has, a finding says that it is open
        let Some(Share { first: Some(first), is_joined, is_last }) = share else {
            items.clear();
            return Part { is_open: true, ..Part::whole(Len::Is(0)) };
        };
        items.retain(|(index, _)| *index >= first);
        if !is_joined {
            self.begins(shared, spec, first, step.is_some());
        }
        let part = |len, end| Part { first, len, end, until: None, all, is_last, is_open: false };
        let mut cut = |end: usize| items.retain(|(index, _)| is_last || *index < end);
        let constant = match (len, shared.end(environment, Known::NONE)) {
            (Len::Is(held), _) => Some(first.saturating_add(held)),
            (_, end) => end,
        };
        match (step, constant) {
            (Some(count), _) => cut(first.saturating_add(count)),
            (None, Some(end)) => cut(end),
            (None, None) => {}
        }
        if let Some(end) = constant.filter(|end| *end >= first) {
            // of an array, the type says how many there are, and so what the names are
            let must = if matches!(len, Len::Is(_)) || step.is_some() { shared.end } else { Dim::Any };
            return part(Len::Is(end - first), must);
        }
        if step.is_some() || shared.end == Dim::Any {
            return part(Len::FromFile, shared.end);
        }
        self.fix_all(shared.end.flat(environment).as_ref());
        match shared.end.number(environment, self.out.dims.known()) {
            Some(Value::Number(end)) if end < first => {
                self.ends_too_early(shared, spec, first, end);
                part(Len::Is(0), Dim::Any)
            }
            Some(Value::Number(end)) if end_there == 0 && end <= MOST_ITEMS => part(Len::Is(end - first), Dim::Any),
            Some(Value::Number(end)) if !is_last && end <= end_there => {
                cut(end);
                Part { until: Some(end), ..part(Len::FromFile, Dim::Any) }
            }
            Some(Value::Number(_)) => part(Len::FromFile, shared.end),
            Some(Value::Wrong(_)) => {
                self.at_list(spec, |this| _ = this.agrees(shared.end, environment, end_there, Place::LIST));
                self.open_part(first, items)
            }
            _ => {
                self.at_list(spec, |this| this.note_open(&shared.end, environment, says::SAY_ITEMS));
                // names in the items may say what the end is
                match is_last && !self.is_second {
                    true => part(Len::FromFile, Dim::Any),
                    false => self.open_part(first, items),
                }
            }
        }
    }

    /// A field of which nothing says where it ends: a finding covers what the file has for it, and for the fields behind it.
    fn open_part(&mut self, first: usize, items: &mut ItemsThere) -> Part {
        for (_, item) in items.drain(..) {
            self.use_all(item);
        }
        Part { first, is_open: true, ..Part::whole(Len::Is(0)) }
    }

    /// Checks that a field begins where the one before it ends.
    fn begins(&mut self, shared: &Items, spec: Spec, first: usize, is_update: bool) {
        let (dim, environment) = (shared.first, &spec.environment);
        if is_update && dim.has_names() {
            return self.at_list(spec, |this| _ = this.agrees(dim, environment, first, Place::LIST));
        }
        self.fix_all(dim.flat(environment).as_ref());
        match dim.number(environment, self.out.dims.known()) {
            Some(Value::Number(begin)) if begin == first => {}
            Some(Value::Number(begin)) => self.leaves_order(spec, (dim, begin, says::ITEMS_FROM), first),
            Some(Value::Wrong(_)) => self.at_list(spec, |this| _ = this.agrees(dim, environment, first, Place::LIST)),
            _ => self.at_list(spec, |this| this.note_open(&dim, environment, says::SAY_ITEMS)),
        }
    }

    fn ends_too_early(&mut self, shared: &Items, spec: Spec, first: usize, end: usize) {
        self.leaves_order(spec, (shared.end, end, says::ITEMS_TO), first);
    }

    /// Reports a field that does not begin where the one before it ends, or ends before that.
    fn leaves_order(&mut self, spec: Spec, (dim, is, which): (Dim, usize, &str), first: usize) {
        let environment = &spec.environment;
        let expected = match dim.has_names() {
            true => self.out.dims.shown(&dim, environment, &format!(" = {is}")),
            false => is.to_string(),
        };
        let path = self.path_of_list(spec);
        self.contradicts_dim((&path, false), &dim, environment, first);
        self.out.report.dim.push(Finding {
            path,
            expected: Some(FindingSide::words(format!("{which}{expected}"))),
            found: Some(FindingSide::words(format!("{}{first}", says::ITEMS_BEFORE))),
            hints: vec![says::IN_ORDER.to_owned()],
            ..Finding::default()
        });
    }

    /// Notes where two fields of a list may meet instead, if something is wrong with either, or if the items beside the place are alike.
    pub(super) fn check_boundaries(&mut self) {
        for boundary in std::mem::take(&mut self.out.boundaries) {
            let Boundary { path, end, environment, at, from, list, is_wrong } = boundary;
            let Some((list, stem)) = list else { continue };
            let mut items = self.items(Some(list), stem);
            items.dedup_by_key(|(index, _)| *index);
            let place = |at: usize| items.binary_search_by_key(&at, |(index, _)| *index).ok().map(|i| items[i].1);
            let are_alike = || match (at.checked_sub(1).and_then(place), place(at)) {
                (Some(a), Some(b)) => self.are_alike(a, b, false),
                _ => false,
            };
            let is_suspect = is_wrong || (self.is_any_unused() && are_alike());
            if !is_suspect {
                continue;
            }
            let mut places = self.changes(&items, false);
            if places.is_empty() {
                places = self.changes(&items, true);
            }
            // one of the two may hold nothing
            places.extend(items.last().map(|(last, _)| last.saturating_add(1)).into_iter().chain([from]));
            places.retain(|place| *place != at && *place >= from);
            places.sort_unstable_by_key(|place| place.abs_diff(at));
            let mut remedies: Vec<Remedy> = Vec::new();
            for place in places.into_iter().take(MOST_PLACES) {
                remedies.extend(self.remedies_of_dim(&end, &environment, place));
                self.out.said_wrong.extend(self.said_of_dim(&end, &environment, place));
            }
            if self.policy.config.is_none() {
                continue;
            }
            self.out.contradictions.push(Contradiction { path, remedies, lacks: Vec::new() });
        }
    }

    /// Whether the walk has left any entry over.
    fn is_any_unused(&self) -> bool {
        let mut used = vec![false; self.checkpoint.len()];
        self.out.used.iter().for_each(|&entry| used[entry] = true);
        used.contains(&false)
    }

    /// The indices of the items that have other names than the one before them, or with `by_shape` other shapes.
    fn changes(&self, items: &ItemsThere, by_shape: bool) -> Vec<usize> {
        let pairs = items.windows(2).filter(|pair| !self.are_alike(pair[0].1, pair[1].1, by_shape));
        pairs.map(|pair| pair[1].0).collect()
    }

    /// Whether two places have the same names below them, and with `by_shape` the same shapes.
    fn are_alike(&self, a: NamePlace, b: NamePlace, by_shape: bool) -> bool {
        let shape = |place: NamePlace| {
            let entry = self.names.entry(place).filter(|&entry| entry < self.checkpoint.len());
            entry.map(|entry| self.checkpoint.entry(entry).shape())
        };
        let is_alike = match by_shape {
            true => shape(a) == shape(b),
            false => self.names.entry(a).is_some() == self.names.entry(b).is_some(),
        };
        let is_in = |(name, below): (&str, NamePlace)| {
            self.names.child(b, name).is_some_and(|other| self.are_alike(below, other, by_shape))
        };
        is_alike && self.names.count(a) == self.names.count(b) && self.names.children(a).all(is_in)
    }
}

impl Boundary {
    /// Those of a variant that was tried, of which something is wrong.
    pub(super) fn of_refused(mut self) -> Boundary {
        self.is_wrong = true;
        self
    }
}
