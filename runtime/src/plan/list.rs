//! Lists of modules and of parameters.

use weighbridge_lock::counted;

use super::dims::Place;
use super::name_tree::NamePlace;
use super::outcome::{LengthOf, ListLength};
use super::resolver::Resolver;
use super::shared::{ItemsThere, Part};
use super::target::Step;
use crate::path::{index, shown};
use crate::report::{Finding, FindingSide};
use crate::rules::says;
use crate::schema::{Field, Len, Node, Spec, Stem};

/// The first index that ascending ones leave out.
pub(super) fn first_gap(ascending: impl Iterator<Item = usize>) -> Option<usize> {
    ascending.enumerate().position(|(i, index)| i != index)
}

impl Resolver<'_> {
    pub(super) fn list(&mut self, item: &'static Node, spec: Spec, len: Len, place: Option<NamePlace>) {
        let mut items = self.items(place, spec.found);
        let step = match self.next_step() {
            Some(Step::Len(len)) => Some(len),
            _ => None,
        };
        let mut said_end = None;
        let part = match spec.items {
            Some(shared) => self.part(shared, spec, len, step, &mut items),
            None => {
                let mut len = len.constant(&spec.environment);
                if step.is_none() {
                    let end = items.last().map_or(0, |(last, _)| last.saturating_add(1));
                    (len, said_end) = self.len_of_all(len, &spec.environment, items.len(), end);
                }
                Part::whole(len)
            }
        };
        let (first, len) = (part.first, part.len);
        // a named length comes from the file, and `bind` compares it with the other uses of the name
        let wanted = match (step, len) {
            (Some(len), _) | (None, Len::Is(len)) => Some(len),
            (None, Len::Named(_) | Len::Computed(_) | Len::FromFile) => None,
        };
        // a list of a known length walks to each of its items, which add their own patterns
        let (items, hidden) =
            self.there(item, items, wanted.is_none(), |_| Stem::BARE, |this, _, place| this.is_live(place));
        if let (Some(has), Len::Is(len)) = (step, len)
            && has != len
        {
            self.keeps_its_length(spec, has, len);
        }
        match wanted {
            Some(wanted) => {
                let of = if matches!(len, Len::Is(_)) { LengthOf::Type } else { LengthOf::Value };
                self.check_length(spec, &part, wanted, (&items, &hidden), of);
            }
            None => self.check_gaps(spec, &part, &items, &hidden),
        }
        // if there is a gap, the items around it are still checked
        let count = wanted.unwrap_or(items.len());
        let end = first.saturating_add(count);
        self.at_list(spec, |this| {
            this.agrees(part.end, &spec.environment, said_end.unwrap_or(end), Place::LIST);
        });
        self.out.plan.steps.push(Step::Len(count));
        // behind a gap, the next field goes on where the items end
        let end_there = items.last().map_or(first, |(last, _)| last.saturating_add(1));
        let list_end = match (wanted, part.until) {
            _ if part.is_open => None,
            (Some(_), _) => Some(end),
            (None, until) => Some(until.unwrap_or(end_there)),
        };
        let (mut items, mut hidden) = (items.into_iter().peekable(), hidden.into_iter().peekable());
        let mut name = String::new();
        for i in first..end {
            let (i, below) = match wanted {
                None => items.next().map_or((i, None), |(index, below)| (index, Some(below))),
                Some(_) => {
                    let is_it = |(index, _): &(usize, NamePlace)| *index == i;
                    let found = items.next_if(is_it).or_else(|| hidden.next_if(is_it));
                    (i, found.map(|(_, below)| below))
                }
            };
            spec.stem.write(&mut name, i);
            self.enter(&name, |this| this.node(item, spec.item(), below));
        }
        self.list_end = list_end;
    }

    pub(super) fn items(&mut self, place: Option<NamePlace>, stem: &'static Stem) -> ItemsThere {
        let Some(place) = place else { return ItemsThere::new() };
        let mut items = ItemsThere::with_capacity(if stem.is_bare() { self.names.count(place) } else { 0 });
        items.extend(self.names.children(place).filter_map(|(name, below)| Some((index(stem.strip(name)?)?, below))));
        if items.len() < self.names.count(place) {
            self.loose_indices(place, stem, &[]);
        }
        items.sort_unstable_by_key(|(index, _)| *index);
        items
    }

    /// Notes a list of another length than the module's, which explains what is missing or unexpected.
    fn check_length(
        &mut self,
        spec: Spec,
        part: &Part,
        wanted: usize,
        (items, hidden): (&ItemsThere, &ItemsThere),
        of: LengthOf,
    ) {
        let wanted = part.first.saturating_add(wanted);
        let end = items.last().map_or(part.first, |(last, _)| last.saturating_add(1));
        if end == wanted && items.len() < end - part.first && part.all.is_empty() && hidden.is_empty() {
            let (path, stem, found, has_hidden) = (self.path(), spec.stem, part.indices(items), false);
            self.out.gaps.push(ListLength { path, stem, wanted, found, has_hidden, of });
        }
        if end != wanted && part.is_last && !part.is_open {
            let found = part.indices(items);
            let has_hidden = hidden.iter().any(|(index, _)| *index < wanted);
            self.out.lengths.push(ListLength { path: self.path(), stem: spec.stem, wanted, found, has_hidden, of });
        }
    }

    /// Notes a tuple of which the file numbers the elements otherwise: torch counts layers without parameters, too.
    pub(super) fn tuple(&mut self, fields: &[Field], place: NamePlace) {
        let is_tuple = fields.iter().enumerate().all(|(i, field)| index(field.name) == Some(i));
        if !is_tuple || self.names.count(place) != fields.len() {
            return;
        }
        let live = self.names.children(place).filter(|(_, below)| self.is_live(*below));
        let mut found: Vec<usize> = live.filter_map(|(name, _)| index(name)).collect();
        found.sort_unstable();
        if found.len() == fields.len() && first_gap(found.iter().copied()).is_some() {
            let (path, wanted) = (self.path(), fields.len());
            let (stem, has_hidden, of) = (Stem::BARE, false, LengthOf::Type);
            self.out.tuples.push(ListLength { path, stem, wanted, found, has_hidden, of });
        }
    }

    /// Reports the first gap in an open list.
    fn check_gaps(&mut self, spec: Spec, part: &Part, items: &ItemsThere, hidden: &ItemsThere) {
        let count = items.len();
        let is_short = part.until.is_some_and(|until| part.first.saturating_add(count) < until);
        let gap = items.iter().enumerate().position(|(i, (index, _))| *index - part.first != i);
        let Some(absent) = gap.or(is_short.then_some(count)) else { return };
        let (absent, found) = (part.first + absent, part.indices(items));
        if let Some(last) = found.last() {
            let count = found.len();
            let place = hidden.iter().find(|(index, _)| *index == absent).map(|(_, below)| *below);
            let hiding = place.and_then(|place| self.hiding_below(place));
            let by = hiding.map_or_else(String::new, |hiding| format!("{}{}`", says::HIDDEN_BY, shown(hiding.pattern)));
            self.out.report.name.push(Finding {
                path: self.path_of_list(spec),
                expected: Some(FindingSide::words(says::NO_GAP)),
                found: Some(FindingSide::words(format!(
                    "{count} of them, the last is {last}, the first absent one is {absent}{by}"
                ))),
                hints: hiding.map(|_| says::HIDDEN_GAP.to_owned()).into_iter().collect(),
                ..Finding::default()
            });
            if hiding.is_none() {
                let (path, stem) = (self.path(), spec.stem);
                let gap = ListLength { path, stem, wanted: count, found, has_hidden: false, of: LengthOf::File };
                self.out.gaps.push(gap);
            }
        }
    }

    /// Calls `then` at the path of the list that the walk is at, with `{}` for the index if something stands around it.
    pub(super) fn at_list(&mut self, spec: Spec, then: impl FnOnce(&mut Self)) {
        match spec.stem.is_bare() {
            true => then(self),
            false => self.enter(&spec.stem.pattern(), then),
        }
    }

    /// The path of the list that the walk is at, with `{}` for the index if something stands around it.
    pub(super) fn path_of_list(&self, spec: Spec) -> String {
        if spec.stem.is_bare() { self.path() } else { self.trail.joined(&spec.stem.pattern()) }
    }

    fn keeps_its_length(&mut self, spec: Spec, has: usize, len: usize) {
        self.out.report.dim.push(Finding {
            path: self.path_of_list(spec),
            expected: Some(FindingSide::words(format!("{}, as the type says", counted(len, "item")))),
            found: Some(FindingSide::words(format!("{has} in the module that is to be updated"))),
            hints: vec!["an update keeps a list's length; load a new module".to_owned()],
            ..Finding::default()
        });
    }
}
