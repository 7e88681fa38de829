//! A parameter that is made from tensors that lie otherwise in the file, or from a part of one.

use super::names::{Component, Held, Names, below};
use super::path::{Part, Path};
use super::present::count_with;
use super::rows::Row;
use super::set::Set;
use super::walk::{Cut, Match, Walk};
use crate::dtype::DType;
use crate::plan::{Wish, hints};
use crate::report::Class;
use crate::schema::{Dim, Layout, Nth, RANK, Side, Source, Text, Wanted};

/// The tensors of one name: below a list, or alone.
struct Places {
    list: Option<&'static Names>,
    /// The name below an item of the list.
    rest: &'static str,
    alone: Option<&'static Names>,
    /// What stands before the index in the path.
    before: &'static str,
}

/// What the sources of one parameter have in common.
struct So {
    extents: [Option<usize>; RANK],
    dtype: Option<DType>,
    is_good: bool,
    any: bool,
}

impl Walk {
    /// Finds every source and checks each.
    pub(super) const fn composed(
        &mut self,
        layout: &'static Layout,
        wanted: &Wanted,
        own: Option<&'static Names>,
    ) -> Match {
        let rows = self.rows.len;
        let mut so = So { extents: self.known(layout, wanted, own), dtype: None, is_good: true, any: false };
        let (mut number, mut absent) = (0, 0);
        while let Nth::Found(source) = layout.source(wanted, number) {
            number += 1;
            let places = self.places(&source, own);
            let count = match source.stacked {
                None => 1,
                Some(Side { dim: Dim::Is(count), .. }) => count,
                Some(side) => match so.extents[side.of] {
                    Some(0) | None => 1,
                    Some(count) => count,
                },
            };
            absent += self.tensors(layout, wanted, &source, &places, count, &mut so);
            if let (Some(side), None) = (source.stacked, source.target) {
                let end = match so.extents[side.of] {
                    Some(end) if end > side.offset + count => end,
                    _ => side.offset + count,
                };
                so.extents[side.of] = Some(end);
            }
        }
        if absent > 0 {
            let _ = rows;
            return if !so.any && so.is_good { Match::Absent } else { Match::Wrong };
        }
        let (mut agree, mut i) = (so.is_good && so.dtype.is_some(), 0);
        while let Some(rank) = wanted.rank()
            && so.is_good
            && i < rank
        {
            if let (Dim::Named(name), Some(extent)) = (wanted.dim(i), so.extents[i]) {
                agree = self.bind(name, extent) && agree;
            }
            i += 1;
        }
        if agree { Match::Fits } else { Match::Wrong }
    }

    /// The tensors of one name, `count` of them. How many are absent.
    const fn tensors(
        &mut self,
        layout: &'static Layout,
        wanted: &Wanted,
        source: &Source,
        places: &Places,
        count: usize,
        so: &mut So,
    ) -> usize {
        let names_its_sources = layout.names_its_sources();
        let Some(list) = places.list else {
            let path = self.source_path(source, places, None);
            return match places.alone {
                Some(Names { tensor: Some(tensor), .. }) => {
                    self.source(wanted, source, *tensor, path, so);
                    0
                }
                _ => {
                    let wish = wish(wanted, source, so);
                    // of an index that no file has a list for, every one is missing
                    let path = if source.stacked.is_some() {
                        self.source_path(source, places, Some(Set::run(0, count - 1)))
                    } else {
                        path
                    };
                    self.missing(path, wish, names_its_sources);
                    1
                }
            };
        };
        let (mut absent, mut at) = (0, 0);
        while at < count {
            // the longest run from here on of which the same can be said
            let (here, to) = stretch(list, places.rest, at, count);
            let path = self.source_path(source, places, Some(Set::run(at, to - 1)));
            match here {
                Some(tensor) => self.source(wanted, source, tensor, path, so),
                None => {
                    let wish = wish(wanted, source, so);
                    self.missing(path, wish, names_its_sources);
                    absent += 1;
                }
            }
            at = to;
        }
        absent
    }

    /// One tensor, or several that are alike, of which the parameter is made.
    const fn source(&mut self, wanted: &Wanted, source: &Source, tensor: Held, path: Path, so: &mut So) {
        so.any = true;
        let wish = wish(wanted, source, so);
        let taken = self.dtype(&wish, tensor, path);
        so.is_good = self.one_dtype(so.dtype, taken, path) && so.is_good;
        if so.dtype.is_none() {
            so.dtype = taken;
        }
        if !self.shape(&wish, tensor, path) {
            so.is_good = false;
            return;
        }
        let mut i = 0;
        while source.is_plain() && i < source.frame.rank() {
            let side = source.frame.side(i);
            match side.dim {
                // parts are numbers, and the last of them ends where the whole does
                Dim::Is(n) if side.is_part => {
                    let end = match so.extents[side.of] {
                        Some(end) if end > side.offset + n => end,
                        _ => side.offset + n,
                    };
                    so.extents[side.of] = Some(end);
                }
                Dim::Is(_) => {}
                _ => so.extents[side.of] = Some(tensor.shape[i]),
            }
            i += 1;
        }
        if let Some(dim) = source.frame.sliced() {
            let (extent, rank) = match source.reshaped {
                None => (tensor.shape[dim], tensor.shape.len()),
                Some(dims) => (extent_seen(source, dims, dim), source.frame.rank()),
            };
            let taken = source.frame.side(dim).taken();
            self.cuts.push(Cut { path, taker: self.path, tensor, dim, extent, rank, taken });
        }
    }

    /// All sources of a parameter must come out as one dtype.
    const fn one_dtype(&mut self, first: Option<DType>, taken: Option<DType>, path: Path) -> bool {
        let Some(taken) = taken else { return false };
        let dtype = match first {
            Some(first) => first,
            None => taken,
        };
        let differs = dtype as u8 != taken as u8;
        if !differs && dtype.bits() >= 8 {
            return true;
        }
        let mut row = Row::new(Class::DType, path);
        row.found = Text::new().push(taken.name());
        let hint = if differs {
            row.expected = Text::new().push(dtype.name());
            let text = Text::new().push("they become one tensor, `").push(self.path.marked(&path).as_str());
            text.push("`, and the first of them is ").push(dtype.name())
        } else {
            let text = Text::new().push("elements of ").push(dtype.name());
            text.push(" are packed, and are not moved one by one; declare the shape as the file has it")
        };
        self.rows.push(row.hint(hint));
        false
    }

    /// The dtype that a parameter takes from a tensor, or a finding.
    pub(super) const fn dtype(&mut self, wish: &Wish, tensor: Held, path: Path) -> Option<DType> {
        let taken = wish.accepts(tensor.dtype);
        if taken.is_none() {
            let mut row = Row::new(Class::DType, path);
            row.expected = wish.dtype_names();
            row.found = Text::new().push(tensor.dtype.name());
            self.rows.push(match hints::dtype::explain(wish, tensor.dtype) {
                Some(hint) => row.hint(hint),
                None => row,
            });
        }
        taken
    }

    /// Whether a tensor has the shape that is wanted; binds the names in it.
    pub(super) const fn shape(&mut self, wish: &Wish, tensor: Held, path: Path) -> bool {
        if !wish.fits(tensor.shape) {
            // two parameters that are cut from one tensor see one mistake
            let mut i = 0;
            while i < self.rows.len {
                let row = &mut self.rows.rows[i];
                if matches!(row.class, Class::Shape) && row.path.is(&path) {
                    if let Some(first) = &mut row.wish {
                        first.raise(wish);
                    }
                    return false;
                }
                i += 1;
            }
            let mut row = Row::new(Class::Shape, path);
            (row.wish, row.tensor) = (Some(*wish), Some(tensor));
            self.rows.push(row);
            return false;
        }
        if wish.is_plain() && tensor.shape.len() == 2 && tensor.shape[0] == tensor.shape[1] {
            self.squares += self.times;
        }
        let (mut agree, mut i) = (true, 0);
        while i < tensor.shape.len() && wish.rank().is_some() {
            if let Dim::Named(name) = wish.dim(i) {
                agree = self.bind(name, tensor.shape[i]) && agree;
            }
            i += 1;
        }
        agree
    }

    /// Notes that a tensor is missing. One that several parameters are cut from is missing once.
    pub(super) const fn missing(&mut self, path: Path, wish: Wish, is_part: bool) {
        let mut i = 0;
        while is_part && i < self.rows.len {
            let row = &mut self.rows.rows[i];
            if row.is_part && matches!(row.class, Class::Missing) && row.path.is(&path) {
                if let Some(first) = &mut row.wish {
                    first.raise(&wish);
                }
                let (others, last) = row.part_of;
                let comma = if others.as_str().is_empty() { "" } else { ", " };
                row.part_of = (others.push(comma).push(last.as_str()), whole(&self.path, &path));
                return;
            }
            i += 1;
        }
        let mut row = Row::new(Class::Missing, path);
        (row.wish, row.is_part) = (Some(wish), is_part);
        if let Some(depth) = self.optional {
            let mut part = self.path;
            part.cut(depth);
            row.optional = Some(if depth == 0 { Text::new().push("the module") } else { part.marked(&path) });
        }
        if is_part {
            row.part_of.1 = whole(&self.path, &path);
        }
        self.rows.push(row);
    }

    /// The name that a source has.
    const fn source_path(&self, source: &Source, places: &Places, set: Option<Set>) -> Path {
        let (Some(name), Some(beside)) = (source.name, &self.beside) else { return self.path };
        let mut path = self.path;
        path.cut(beside.depth);
        match set {
            None => path.push_name(name),
            Some(set) => {
                if !places.before.is_empty() {
                    path.push_name(places.before);
                }
                path.push(Part::Set(set));
                if !places.rest.is_empty() {
                    path.push_name(places.rest);
                }
            }
        }
        path
    }

    const fn places(&self, source: &Source, own: Option<&'static Names>) -> Places {
        let none = Places { list: None, rest: "", alone: own, before: "" };
        let (Some(name), Some(beside)) = (source.name, &self.beside) else { return none };
        match around_index(name) {
            None => Places { alone: below(beside.place, name), ..none },
            Some((before, rest)) => Places { list: below(beside.place, before), rest, alone: None, before },
        }
    }

    /// The extents that are known before a tensor is looked at.
    const fn known(
        &self,
        layout: &'static Layout,
        wanted: &Wanted,
        own: Option<&'static Names>,
    ) -> [Option<usize>; RANK] {
        let (mut extents, mut i) = ([None; RANK], 0);
        while let Some(rank) = wanted.rank()
            && i < rank
        {
            if let Dim::Is(n) = wanted.dim(i) {
                extents[i] = Some(n);
            }
            i += 1;
        }
        let mut number = 0;
        while let Nth::Found(source) = layout.source(wanted, number) {
            number += 1;
            let mut k = 0;
            while source.is_plain() && k < source.frame.rank() {
                let side = source.frame.side(k);
                if let (Dim::Is(n), false, None) = (side.dim, side.is_part, extents[side.of]) {
                    extents[side.of] = Some(n);
                }
                k += 1;
            }
            if let (Some(side), None) = (source.stacked, source.target)
                && !matches!(side.dim, Dim::Is(_))
            {
                let places = self.places(&source, own);
                let here = match places.list {
                    Some(list) => count_with(list, places.rest),
                    None => 0,
                };
                match extents[side.of] {
                    Some(count) if count >= here => {}
                    _ => extents[side.of] = Some(here),
                }
            }
        }
        extents
    }
}

const fn wish(wanted: &Wanted, source: &Source, so: &So) -> Wish {
    let mut wish = Wish::laid_out(*wanted, &source.frame, source.reshaped);
    let mut i = 0;
    while source.is_plain() && i < source.frame.rank() {
        // one tensor decides a dimension for the others
        let side = source.frame.side(i);
        match so.extents[side.of] {
            Some(extent) if !side.is_part && side.slice.is_none() => wish.fix(i, extent),
            _ => {}
        }
        i += 1;
    }
    wish
}

/// The extent of the dimension that is cut, of the shape that the tensor is seen as.
const fn extent_seen(source: &Source, dims: &[usize], cut: usize) -> usize {
    let (mut all, mut others, mut i) = (1, 1, 0);
    while i < dims.len() {
        all *= dims[i];
        i += 1;
    }
    i = 0;
    while i < source.frame.rank() {
        if let Dim::Is(n) = source.frame.side(i).dim
            && i != cut
        {
            others *= n;
        }
        i += 1;
    }
    match usize::checked_div(all, others) {
        Some(extent) => extent,
        None => 0,
    }
}

/// A parameter as the hint about one of its sources names it.
const fn whole(path: &Path, row: &Path) -> super::path::Shown {
    Text::new().push("`").push(path.marked(row).as_str()).push("`")
}

/// What stands before and behind the index of a name.
pub(super) const fn around_index(name: &'static str) -> Option<(&'static str, &'static str)> {
    let bytes = name.as_bytes();
    let mut i = 0;
    while i + 1 < bytes.len() {
        if bytes[i] == b'{' && bytes[i + 1] == b'}' {
            let (before, rest) = (name.split_at(i).0, name.split_at(i + 2).1);
            let before = if i == 0 { before } else { before.split_at(i - 1).0 };
            return Some((before, if rest.is_empty() { rest } else { rest.split_at(1).1 }));
        }
        i += 1;
    }
    None
}

/// What an item of a list has under a name.
const fn item(list: &'static Names, index: usize, rest: &str) -> Option<Held> {
    let mut i = 0;
    while i < list.below.len() {
        if let Component::Indices(runs) = list.below[i].component
            && super::names::has(runs, index)
        {
            return match list.below[i].names.at(rest) {
                Some(names) => names.tensor,
                None => None,
            };
        }
        i += 1;
    }
    None
}

/// What the item at `at` has, and where the run ends of those that have the same.
const fn stretch(list: &'static Names, rest: &str, at: usize, count: usize) -> (Option<Held>, usize) {
    let (mut to, mut i) = (count, 0);
    while i < list.below.len() {
        if let Component::Indices(runs) = list.below[i].component {
            let mut k = 0;
            while k < runs.len() {
                let (from, last) = runs[k];
                if from > at && from < to {
                    to = from;
                }
                if from <= at && at <= last && last < to - 1 {
                    to = last + 1;
                }
                k += 1;
            }
        }
        i += 1;
    }
    (item(list, at, rest), to)
}
