//! A quantised lock for a type that is not, the reverse, another mode, and the wrong bit width: the rows of
//! `plan::hints::quantised`.

use super::hints::Causes;
use super::names::{Held, Names};
use super::path::Path;
use super::rows::{ROWS, Row};
use super::walk::Walk;
use crate::dtype::DType;
use crate::plan::Hint;
use crate::plan::hints::quantised::{self as said, columns, is_float, is_packed};
use crate::report::Class;
use crate::schema::same;

impl Walk {
    /// Whether the one side is quantised and the other is not, or not in the same mode; says so once for the whole.
    pub(super) const fn quantised(&mut self, names: &'static Names, causes: &mut Causes) -> bool {
        let cause = match self.one_side(names) {
            Some(cause) => cause,
            None => match self.modes(names) {
                Some(cause) => cause,
                None => return false,
            },
        };
        if causes.has_room() {
            causes.push(cause);
        }
        let mut i = 0;
        while i < self.rows.len {
            // what is packed is not to be cast
            if matches!(self.rows.rows[i].class, Class::DType) {
                self.rows.rows[i].hint_count = 0;
            }
            i += 1;
        }
        true
    }

    /// The lock is quantised and the type is not, or the reverse.
    const fn one_side(&self, names: &'static Names) -> Option<Hint> {
        let (mut packed, mut floats, mut first, mut i): (_, _, Option<(&Row, Held)>, _) = (0, 0, None, 0);
        while i < self.rows.len {
            let row = &self.rows.rows[i];
            i += 1;
            let Some(weight) = weight_of_scales(names, &row.path) else { continue };
            match row.class {
                Class::Unexpected if is_packed(weight.dtype) => {
                    packed += row.path.count();
                    match first {
                        Some((first, _)) if !first.path.is_after(&row.path) => {}
                        _ => first = Some((row, weight)),
                    }
                }
                Class::Missing if is_float(weight.dtype) => floats += row.path.count(),
                _ => {}
            }
        }
        if let Some((row, weight)) = first
            && let Some(scales) = &row.tensor
        {
            let columns = self.columns(&row.path.sibling("weight"));
            return Some(said::the_file_is(packed, weight.shape, scales.shape, columns));
        }
        if floats > 0 { Some(said::the_module_is(floats)) } else { None }
    }

    /// Both sides are quantised, in different modes.
    const fn modes(&self, names: &'static Names) -> Option<Hint> {
        let (mut seen, mut first, mut count, mut n) = ([false; ROWS], None, 0, 0);
        // the wrong dtypes, and then the wrong shapes
        while n < 2 * self.rows.len {
            let (i, is_first_pass) = (n % self.rows.len, n < self.rows.len);
            let row = &self.rows.rows[i];
            n += 1;
            let wanted = match (row.class, &row.wish) {
                (Class::DType, _) if is_first_pass => said::first_named(row.expected.as_str()),
                (Class::Shape, Some(wish)) if !is_first_pass => wish.dtypes().first().copied(),
                _ => None,
            };
            let (Some(wanted), Some(packed)) = (wanted, weight_of_scales(names, &row.path)) else { continue };
            let Some(scales) = names.tensor_at(&row.path) else { continue };
            if !is_packed(packed.dtype) || self.is_seen(&seen, &row.path) {
                continue;
            }
            seen[i] = true;
            let (weight, scales) = (self.extents(&row.path.sibling("weight"), packed), self.extents(&row.path, scales));
            let is = said::mode(scales.dtype, weight.found, scales.found);
            let expected = said::mode(wanted, weight.wanted, scales.wanted);
            if let (Some(is), Some(expected)) = (is, expected)
                && !same(is, expected)
            {
                count += row.path.count();
                first = if first.is_none() { Some((is, expected)) } else { first };
            }
        }
        match first {
            Some((is, expected)) => Some(said::modes_differ(is, expected, count)),
            None => None,
        }
    }

    const fn is_seen(&self, seen: &[bool; ROWS], path: &Path) -> bool {
        let mut i = 0;
        while i < self.rows.len {
            if seen[i] && self.rows.rows[i].path.has_first_of(path) {
                return true;
            }
            i += 1;
        }
        false
    }

    /// The last extents of a tensor.
    const fn extents(&self, path: &Path, held: Held) -> Extents {
        let found = held.shape.last().copied();
        // where the shape is not reported, the type wants what the lock has
        let wanted = match self.columns(path) {
            Some(columns) => Some(columns),
            None => found,
        };
        Extents { dtype: held.dtype, found, wanted }
    }

    /// The last extent that is wanted of a tensor that has another shape.
    const fn columns(&self, path: &Path) -> Option<usize> {
        match self.misshapen(path) {
            Some(Row { wish: Some(wish), .. }) => columns(wish),
            _ => None,
        }
    }

    const fn misshapen(&self, path: &Path) -> Option<&Row> {
        let mut i = 0;
        while i < self.rows.len {
            let row = &self.rows.rows[i];
            if matches!(row.class, Class::Shape) && row.path.has_first_of(path) {
                return Some(row);
            }
            i += 1;
        }
        None
    }

    /// Why a packed weight, or what belongs to one, has another shape than the type's.
    pub(super) const fn packed(&self, names: &'static Names, row: &Row) -> Option<Hint> {
        let (Some(wish), Some(tensor), Some(leaf)) = (&row.wish, &row.tensor, row.path.name_from_end(0)) else {
            return None;
        };
        if same(leaf, "weight") && is_packed(tensor.dtype) {
            return match names.tensor_at(&row.path.sibling("scales")) {
                Some(scales) => said::bits(wish, tensor.shape, (scales.dtype, scales.shape)),
                None => None,
            };
        }
        if !same(leaf, "scales") && !same(leaf, "biases") {
            return None;
        }
        let weight = row.path.sibling("weight");
        match names.tensor_at(&weight) {
            // the weight is as the type wants it
            Some(held) if is_packed(held.dtype) && self.misshapen(&weight).is_none() => {
                said::groups(wish, tensor.shape, tensor.dtype)
            }
            _ => None,
        }
    }
}

/// What a lock has and what a type wants as the last extent of a tensor, where they are known.
struct Extents {
    dtype: DType,
    found: Option<usize>,
    wanted: Option<usize>,
}

/// The weight beside scales, if this is a path of some.
const fn weight_of_scales(names: &'static Names, path: &Path) -> Option<Held> {
    match path.name_from_end(0) {
        Some(leaf) if same(leaf, "scales") => names.tensor_at(&path.sibling("weight")),
        _ => None,
    }
}
