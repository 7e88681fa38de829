//! One tensor for several parameters, or several for one: the rows of `plan::hints::fused`.

use super::path::Path;
use super::walk::Walk;
use crate::plan::hints::fused::{self as said, Fused, KINDS, MOST, PARTS, Parts, Sizes};
use crate::report::Class;
use crate::schema::same;

/// Parts that are left over below one module.
struct Here {
    /// The module.
    place: Path,
    names: &'static [&'static str],
    kind: &'static str,
    /// The numbers of their rows.
    rows: [usize; MOST],
}

impl Walk {
    /// Finds what one side has in one tensor and the other apart.
    pub(super) const fn fused(&mut self) {
        let mut n = 0;
        while n < PARTS.len() * KINDS.len() {
            let (names, kind) = (PARTS[n / KINDS.len()], KINDS[n % KINDS.len()]);
            let mut i = 0;
            while i < self.rows.len {
                let row = &self.rows.rows[i];
                if is_named(&row.path, names[0], kind)
                    && let Some(here) = self.parts_beside(i, names, kind)
                {
                    match row.class {
                        Class::Missing => self.apart_in_the_type(&here),
                        _ => self.apart_in_the_lock(&here),
                    }
                }
                i += 1;
            }
            n += 1;
        }
    }

    /// All parts, if they are left over beside the first of them on the same side.
    const fn parts_beside(&self, first: usize, names: &'static [&'static str], kind: &'static str) -> Option<Here> {
        let row = &self.rows.rows[first];
        if !matches!(row.class, Class::Missing | Class::Unexpected) {
            return None;
        }
        let mut here = Here { place: row.path, names, kind, rows: [first; MOST] };
        here.place.cut(row.path.len() - 2);
        let mut part = 1;
        while part < names.len() {
            let mut i = 0;
            while i < self.rows.len {
                let other = &self.rows.rows[i];
                if other.class as u8 == row.class as u8
                    && is_named(&other.path, names[part], kind)
                    && here.has(&other.path)
                {
                    break;
                }
                i += 1;
            }
            if i == self.rows.len {
                return None;
            }
            here.rows[part] = i;
            part += 1;
        }
        Some(here)
    }

    /// The type has the parts, and the lock one tensor.
    const fn apart_in_the_type(&mut self, here: &Here) {
        let (mut parts, mut i) = (Parts::EMPTY, 0);
        while i < here.names.len() {
            match &self.rows.rows[here.rows[i]].wish {
                Some(wish) => match Sizes::wished(wish) {
                    Some(sizes) => parts.push(sizes),
                    None => return,
                },
                None => return,
            }
            i += 1;
        }
        let (mut whole, mut e): (Option<(usize, Fused)>, _) = (None, 0);
        while e < self.rows.len {
            let row = &self.rows.rows[e];
            if let (Class::Unexpected, Some(tensor)) = (row.class, &row.tensor)
                && here.may_be_whole(&row.path)
                && let Some(sizes) = Sizes::of(tensor.shape)
                && let Some(fused) = parts.in_one(&sizes)
            {
                match whole {
                    Some((first, _)) if !self.rows.rows[first].path.is_after(&row.path) => {}
                    _ => whole = Some((e, fused)),
                }
            }
            e += 1;
        }
        let Some((e, fused)) = whole else { return };
        let path = self.first_alone(e, here);
        let of = path.rest_below(here.place.len(), &Path::EMPTY).shown();
        i = 0;
        while i < here.names.len() {
            let m = here.rows[i];
            let name = path.marked(&self.rows.rows[m].path);
            self.rows.hint(m, parts.slice(i, fused, here.names, name.as_str(), of.as_str()));
            i += 1;
        }
        self.rows.hint(e, said::is_apart(here.names));
    }

    /// The lock has the parts, and the type one tensor.
    const fn apart_in_the_lock(&mut self, here: &Here) {
        let (mut parts, mut i) = (Parts::EMPTY, 0);
        while i < here.names.len() {
            match &self.rows.rows[here.rows[i]].tensor {
                Some(tensor) => match Sizes::of(tensor.shape) {
                    Some(sizes) => parts.push(sizes),
                    None => return,
                },
                None => return,
            }
            i += 1;
        }
        let mut m = 0;
        while m < self.rows.len {
            let row = &self.rows.rows[m];
            if let (Class::Missing, Some(wish)) = (row.class, &row.wish)
                && here.may_be_whole(&row.path)
                && let Some(sizes) = Sizes::wished(wish)
                && let Some(dim) = parts.dim_of(&sizes)
            {
                let path = self.first_alone(m, here);
                self.rows.hint(m, parts.concat(dim, here.names, here.kind));
                i = 0;
                while i < here.names.len() {
                    let e = here.rows[i];
                    let whole = path.marked(&self.rows.rows[e].path);
                    self.rows.hint(e, said::is_part(whole.as_str(), here.names));
                    i += 1;
                }
                return;
            }
            m += 1;
        }
    }

    /// The path of a row. Of several below the module it is the first; the others become a row of their own.
    const fn first_alone(&mut self, number: usize, here: &Here) -> Path {
        let row = self.rows.rows[number];
        if row.path.len() > here.place.len()
            && self.rows.has_room()
            && let Some((first, others)) = row.path.first_at(here.place.len())
        {
            self.rows.rows[number].path = first;
            self.rows.push(row.at(others));
        }
        self.rows.rows[number].path
    }
}

impl Here {
    /// Whether a tensor is in the module, or one component below it.
    const fn has(&self, path: &Path) -> bool {
        let (len, depth) = (path.len(), self.place.len());
        // above a name of one component there is no module
        (len == depth + 2 || (depth == 0 && len < 2)) && path.begins(&self.place)
    }

    const fn may_be_whole(&self, path: &Path) -> bool {
        match path.name_from_end(0) {
            Some(leaf) => self.has(path) && ends_with(leaf, self.kind),
            None => false,
        }
    }
}

/// Whether the last two components are these.
const fn is_named(path: &Path, part: &str, kind: &str) -> bool {
    match (path.name_from_end(0), path.name_from_end(1)) {
        (Some(leaf), Some(parent)) => same(leaf, kind) && same(parent, part),
        _ => false,
    }
}

const fn ends_with(text: &str, end: &str) -> bool {
    let (text, end) = (text.as_bytes(), end.as_bytes());
    let mut i = 0;
    while i < end.len() && i < text.len() && text[text.len() - 1 - i] == end[end.len() - 1 - i] {
        i += 1;
    }
    i == end.len()
}
