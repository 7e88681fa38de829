//! The nearest causes, in `const` evaluation: in the order, and in the words, of `plan::hints`.

use super::few::List;
use super::names::Names;
use super::path::{Path, Shown};
use super::rows::Row;
use super::walk::Walk;
use crate::plan::hints::{self, names};
use crate::plan::{Hint, Wish};
use crate::report::Class;
use crate::schema::{Text, split};

/// Causes that concern the whole.
pub(super) type Causes = List<Hint, 16>;

impl Walk {
    pub(super) const fn explain(&mut self, names: &'static Names) -> Causes {
        let mut causes = Causes::EMPTY;
        self.rows.align();
        self.counted(&mut causes);
        self.parts();
        let quantised = self.quantised(names, &mut causes);
        let prefixed = self.common_prefix(&mut causes);
        if !quantised && !prefixed && !self.too_many() {
            self.fused();
            self.nearest();
            self.misspelt(names);
            self.tied(names);
        }
        self.show(names, &mut causes);
        causes
    }

    /// So many that the cause is a common one.
    const fn too_many(&self) -> bool {
        self.rows.count(Class::Missing).saturating_mul(self.rows.count(Class::Unexpected)) > hints::PAIRS
    }

    /// Lists that have another length in the lock.
    const fn counted(&self, causes: &mut Causes) {
        let is_refused = self.rows.count(Class::Missing) + self.rows.count(Class::Unexpected) > 0;
        let mut i = 0;
        while let Some(count) = self.counts.get(i) {
            i += 1;
            let found = count.runs.count();
            // an absent list is no miscount: each of its parameters is missing anyway
            if !is_refused || found == 0 || !causes.has_room() {
                continue;
            }
            let text = match count.path.is_empty() {
                true => Text::new().push("the list has "),
                false => Text::new().push("`").push(count.path.shown().as_str()).push("` has "),
            };
            let text = if count.runs.has_gap() {
                count.runs.push_ranges(text.push("the items "))
            } else if found == 1 {
                text.push("1 item")
            } else {
                text.push_number(found).push(" items")
            };
            let text = text.push(" in the checkpoint, and ").push_number(count.wanted);
            causes.push(text.push(" in the module"));
        }
    }

    /// What a parameter is made from, and what is optional as a whole.
    const fn parts(&mut self) {
        let mut i = 0;
        while i < self.rows.len {
            let mut row = self.rows.rows[i];
            if let (Class::Missing, true) = (row.class, row.is_part) {
                let (others, last) = &row.part_of;
                let text = match others.as_str().is_empty() {
                    true => Text::new().push("the parameter ").push(last.as_str()).push(" is made from it"),
                    false => {
                        let text = Text::new().push("the parameters ").push(others.as_str()).push(" and ");
                        text.push(last.as_str()).push(" are made from it")
                    }
                };
                row = row.hint(text);
            }
            if let Some(part) = &row.optional {
                let hint = hints::half_there(part.as_str());
                row = row.hint(hint);
            }
            self.rows.rows[i] = row;
            i += 1;
        }
    }

    /// Most of what is missing is there, all behind one prefix, or all without it.
    const fn common_prefix(&self, causes: &mut Causes) -> bool {
        if let Some(prefix) = self.prefix(Class::Unexpected, Class::Missing) {
            causes.push(names::strip(dotted(&prefix).as_str()));
            return true;
        }
        let Some(prefix) = self.prefix(Class::Missing, Class::Unexpected) else { return false };
        let remedy = match self.fitting {
            0 => Text::new().push(".add_prefix(\"").push(dotted(&prefix).as_str()).push("\")"),
            // a prefix for all would take the names away that fit already
            _ => self.renames(&prefix),
        };
        causes.push(names::add(dotted(&prefix).as_str(), remedy.as_str()));
        true
    }

    /// The shortest prefix that most of the one class begin with, and that joins most of the fewer: four of five, and at
    /// least two begin.
    const fn prefix(&self, long: Class, short: Class) -> Option<Path> {
        let (all_long, all_short) = (self.rows.count(long), self.rows.count(short));
        let fewer = if all_long < all_short { all_long } else { all_short };
        let (mut passed, mut i) = (0, 0);
        // what four of five begin with, one of the first of them begins with
        while i < self.rows.len && passed * 5 <= all_long {
            let row = &self.rows.rows[i];
            i += 1;
            if row.class as u8 != long as u8 {
                continue;
            }
            passed += row.path.count();
            let mut depth = 1;
            while depth < row.path.len() {
                let mut prefix = row.path;
                prefix.cut(depth);
                depth += 1;
                let begin = if prefix.count() == 1 { self.begin(long, &prefix) } else { 0 };
                if begin >= 2 && begin * 5 >= all_long * 4 {
                    let found = self.found(&prefix, long, short);
                    if found > 0 && found * 5 >= fewer * 4 {
                        return Some(prefix);
                    }
                }
            }
        }
        None
    }

    /// How many of a class begin with a prefix.
    const fn begin(&self, class: Class, prefix: &Path) -> usize {
        let (mut count, mut i) = (0, 0);
        while i < self.rows.len {
            let row = &self.rows.rows[i];
            if row.class as u8 == class as u8 && row.path.begins(prefix) {
                count += row.path.count();
            }
            i += 1;
        }
        count
    }

    /// How many of a class a prefix joins with another.
    const fn found(&self, prefix: &Path, long: Class, short: Class) -> usize {
        let (mut found, mut i) = (0, 0);
        while i < self.rows.len {
            let row = &self.rows.rows[i];
            if row.class as u8 == short as u8 && row.path.has_room_for(prefix) {
                found += self.joined(long, &row.path.rest_below(0, prefix));
            }
            i += 1;
        }
        found
    }

    /// How many of a class have the names of a path.
    const fn joined(&self, class: Class, path: &Path) -> usize {
        let (mut found, mut i) = (0, 0);
        while i < self.rows.len {
            let row = &self.rows.rows[i];
            if row.class as u8 == class as u8 && row.path.is(path) {
                found += path.count();
            }
            i += 1;
        }
        found
    }

    /// A renaming for each first component that lacks the prefix, in the order of the alphabet.
    const fn renames(&self, prefix: &Path) -> Shown {
        let (mut text, mut last): (Shown, Option<Shown>) = (Text::new(), None);
        loop {
            // the least that stands behind the last
            let (mut next, mut i): (Option<Shown>, _) = (None, 0);
            while i < self.rows.len {
                let row = &self.rows.rows[i];
                let first = Text::new().push(split(row.path.shown().as_str()).0);
                let is_next = matches!(row.class, Class::Unexpected)
                    && row.path.has_room_for(prefix)
                    && self.joined(Class::Missing, &row.path.rest_below(0, prefix)) > 0
                    && match &last {
                        Some(last) => super::path::order(first.as_str(), last.as_str()) > 0,
                        None => true,
                    }
                    && match &next {
                        Some(next) => super::path::order(first.as_str(), next.as_str()) < 0,
                        None => true,
                    };
                if is_next {
                    next = Some(first);
                }
                i += 1;
            }
            let Some(name) = next else { return text };
            text = text.push(".rename(\"").push(name.as_str()).push("\", \"").push(dotted(prefix).as_str());
            text = text.push(name.as_str()).push("\")");
            last = next;
        }
    }

    /// A name that is nearly the same, or the only one of its shape.
    const fn nearest(&mut self) {
        let mut m = 0;
        while m < self.rows.len {
            let missing = self.rows.rows[m];
            let is_open =
                matches!(missing.class, Class::Missing) && (missing.hint_count == 0 || missing.optional.is_some());
            if let (true, Some(wish)) = (is_open, &missing.wish)
                && let Some(e) = self.near(&missing, wish)
            {
                let extra = self.rows.rows[e];
                let (path, name) = (missing.path.shown(), extra.path.shown());
                let marked = extra.path.marked(&missing.path);
                let hint = names::it_may_be(path.as_str(), name.as_str(), marked.as_str());
                self.rows.rows[m] = missing.hint(hint);
                self.rows.rows[e] = extra.hint(names::did_you_mean(missing.path.marked(&extra.path).as_str()));
            }
            m += 1;
        }
    }

    /// The tensor that a missing parameter most likely is: of a fitting shape, and nearer than any other.
    const fn near(&self, missing: &Row, wish: &Wish) -> Option<usize> {
        let path = missing.path.shown();
        let (mut best, mut same_cost, mut i): (Option<(usize, usize)>, _, _) = (None, 0, 0);
        // the only one of its shape on both sides
        let (mut alone, mut of_shape) = (None, 0);
        while i < self.rows.len {
            let row = &self.rows.rows[i];
            if let (Class::Unexpected, Some(tensor)) = (row.class, &row.tensor)
                && wish.fits(tensor.shape)
            {
                let name = row.path.shown();
                if let Some(cost) = names::cost(path.as_str(), name.as_str()) {
                    match best {
                        Some((least, _)) if least < cost => {}
                        Some((least, _)) if least == cost => same_cost += 1,
                        _ => (best, same_cost) = (Some((cost, i)), 1),
                    }
                }
                if wish.is(tensor.shape) && tensor.shape.len() > 1 {
                    of_shape += row.path.count();
                    alone = if names::may_be(path.as_str(), name.as_str()) { Some(i) } else { None };
                }
            }
            i += 1;
        }
        match best {
            Some((_, e)) if same_cost == 1 => Some(e),
            _ if of_shape == 1 && self.missing_of(wish) == 1 => alone,
            _ => None,
        }
    }

    /// How many parameters of this very shape are missing.
    const fn missing_of(&self, wish: &Wish) -> usize {
        let (mut count, mut i) = (0, 0);
        while i < self.rows.len {
            let row = &self.rows.rows[i];
            if let (Class::Missing, Some(other)) = (row.class, &row.wish)
                && wish.is_fixed()
                && other.has_shape_of(wish)
            {
                count += row.path.count();
            }
            i += 1;
        }
        count
    }

    /// A source of `from` that is spelt otherwise in the lock, where other parameters take it.
    const fn misspelt(&mut self, names: &'static Names) {
        let mut i = 0;
        while i < self.rows.len {
            let row = self.rows.rows[i];
            if let (Class::Missing, true) = (row.class, row.is_part) {
                let mut found = Alike { count: 0, path: Path::EMPTY };
                let path = row.path.shown();
                find(names, Path::EMPTY, &Like::Near(path.as_str()), &mut found);
                if found.count == row.path.count() {
                    self.rows.rows[i] = row.hint(names::say_so_in_from(found.path.marked(&row.path).as_str()));
                }
            }
            i += 1;
        }
    }

    /// An output layer that shares its weight with the embedding: the module has it and the lock does not, or the reverse.
    const fn tied(&mut self, names: &'static Names) {
        let (mut heads, mut i) = (0, 0);
        while i < self.rows.len {
            let row = &self.rows.rows[i];
            if matches!(row.class, Class::Missing | Class::Unexpected) && names::is_head(row.path.shown().as_str()) {
                heads += row.path.count();
            }
            i += 1;
        }
        i = 0;
        // a model has one output layer; what has many is something else
        while i < self.rows.len && heads <= 2 {
            let row = self.rows.rows[i];
            let path = row.path.shown();
            if names::is_head(path.as_str()) {
                let mut found = Alike { count: 0, path: Path::EMPTY };
                match (row.class, &row.wish, &row.tensor) {
                    (Class::Missing, Some(wish), _) => {
                        find(names, Path::EMPTY, &Like::Wish(wish), &mut found);
                        if found.count == 1 {
                            let name = found.path.marked(&row.path);
                            self.rows.rows[i] = row.hint(names::may_be_tied(name.as_str()));
                        }
                    }
                    (Class::Unexpected, _, Some(tensor)) if row.hint_count == 0 => {
                        find(names, Path::EMPTY, &Like::Shape(tensor.shape), &mut found);
                        if found.count == 1 {
                            let name = found.path.marked(&row.path);
                            self.rows.rows[i] = row.hint(names::may_be_once_more(path.as_str(), name.as_str()));
                        }
                    }
                    _ => {}
                }
            }
            i += 1;
        }
    }

    /// What was expected and what was found, with the dimensions that are bound in the end; and why the shapes differ.
    const fn show(&mut self, names: &'static Names, causes: &mut Causes) {
        let (mut is_transposed, mut i) = (false, 0);
        while i < self.rows.len {
            let mut row = self.rows.rows[i];
            match (row.class, &row.wish, &row.tensor) {
                (Class::Missing, Some(wish), _) => {
                    let dtypes = wish.dtype_names();
                    row.expected = dtypes.push(" ").push(wish.show(self.bound()).as_str());
                }
                (Class::Shape, Some(wish), Some(tensor)) => {
                    row.expected = wish.show(self.bound());
                    row.found = tensor.shown_shape();
                    let hint = match self.packed(names, &row) {
                        Some(hint) => Some(hint),
                        None => {
                            is_transposed = is_transposed || hints::layout::is_transposed(wish, tensor.shape);
                            hints::layout::explain(wish, tensor.shape)
                        }
                    };
                    if let Some(hint) = hint {
                        row = row.hint(hint);
                    }
                }
                _ => {}
            }
            self.rows.rows[i] = row;
            i += 1;
        }
        if is_transposed && self.squares > 0 && causes.has_room() {
            causes.push(hints::layout::squares(self.squares));
        }
    }
}

const fn dotted(prefix: &Path) -> Shown {
    prefix.shown().push(".")
}

/// The tensors that were looked for.
struct Alike {
    count: usize,
    /// The last of them.
    path: Path,
}

enum Like<'l> {
    /// An embedding of tokens that fits.
    Wish(&'l Wish),
    /// An embedding of tokens of this shape.
    Shape(&'l [usize]),
    /// One whose name is nearly this.
    Near(&'l str),
}

const fn find(names: &'static Names, path: Path, like: &Like<'_>, found: &mut Alike) {
    if let Some(tensor) = names.tensor {
        let name = path.shown();
        let is_alike = match like {
            Like::Wish(wish) => names::is_embedding(name.as_str()) && wish.fits(tensor.shape),
            Like::Shape(shape) => names::is_embedding(name.as_str()) && tensor.has_shape(shape),
            Like::Near(path) => names::is_misspelt(path, name.as_str()),
        };
        if is_alike {
            found.count = path.count().saturating_add(found.count);
            found.path = path;
        }
    }
    let mut i = 0;
    while i < names.below.len() {
        let mut path = path;
        path.push(names.below[i].component.part());
        find(&names.below[i].names, path, like, found);
        i += 1;
    }
}
