//! The rows as a refusal shows them: in order, with their texts, and folded once more.

use super::comparison::Comparison;
use super::instances::Unfit;
use super::lock_tree::{LockTree, LockedTensor};
use super::path::Path;
use super::rows::{Hiding, ROWS, Row, Sides};
use super::shown::push_shown;
use crate::report::{FindingKind, NUMBERS};
use crate::rules::packed::{Layer, scales_of};
use crate::rules::{Hint, Shown, dtype, layout, packed, says};
use crate::schema::{Text, same};

/// The deepest index that is folded.
const DEEPEST: usize = 16;

/// A row with its text.
#[derive(Clone, Copy)]
pub(super) struct ShownRow {
    pub(super) kind: FindingKind,
    pub(super) path: Path,
    pub(super) expected: Shown,
    pub(super) found: Shown,
    hint: Hint,
    hiding: Option<Hiding>,
}

impl ShownRow {
    /// What the row alone shows of its cause.
    pub(super) const fn hint(&self) -> Hint {
        let Some(Hiding { pattern, depth, may_be_option }) = self.hiding else { return self.hint };
        let [before, on, hides] = says::HIDES;
        let text = push_shown(Hint::new().push(before), pattern).push(on);
        let mut module = self.path;
        module.cut(depth);
        let text = match module.is_empty() {
            true => text.push(says::THE_MODULE),
            false => text.push(says::TYPE_OF).push("`").push_text(&module.shown()).push("`"),
        };
        let [narrow, remove] = says::NARROW;
        let text = text.push(hides).push(if has_star(pattern) { narrow } else { remove });
        if may_be_option { text.push(says::OR_OPTION) } else { text }
    }

    /// Whether all but the path is the same.
    const fn says(&self, other: &ShownRow) -> bool {
        self.kind as u8 == other.kind as u8
            && self.found.is(&other.found)
            && self.expected.is(&other.expected)
            && self.hint.is(&other.hint)
            && match (&self.hiding, &other.hiding) {
                (None, None) => true,
                (Some(own), Some(other)) => {
                    same(own.pattern, other.pattern)
                        && own.depth == other.depth
                        && own.may_be_option == other.may_be_option
                }
                _ => false,
            }
    }
}

const fn has_star(pattern: &str) -> bool {
    let (bytes, mut i) = (pattern.as_bytes(), 0);
    while i < bytes.len() {
        if bytes[i] == b'*' {
            return true;
        }
        i += 1;
    }
    false
}

/// The rows of a refusal, in the natural order of their paths. `None` where a row was folded into another.
pub(super) struct ShownRows {
    rows: [Option<ShownRow>; ROWS],
    len: usize,
}

impl ShownRows {
    pub(super) const fn of(comparison: &Comparison) -> ShownRows {
        let mut shown = ShownRows { rows: [None; ROWS], len: 0 };
        let order = order(comparison);
        while shown.len < comparison.rows.len()
            && let Some(row) = comparison.rows.get(order[shown.len])
        {
            shown.rows[shown.len] = Some(comparison.shown(row));
            shown.len += 1;
        }
        shown.fold();
        shown
    }

    /// The next row of a kind, from number `at` on.
    pub(super) const fn next(&self, kind: FindingKind, at: &mut usize) -> Option<&ShownRow> {
        while *at < self.len {
            *at += 1;
            if let Some(row) = &self.rows[*at - 1]
                && row.kind as u8 == kind as u8
            {
                return Some(row);
            }
        }
        None
    }

    /// Folds rows that differ only in a number of their paths into the first of them.
    const fn fold(&mut self) {
        let mut step = DEEPEST * NUMBERS;
        while step > 0 {
            step -= 1;
            let (position, number) = (step / NUMBERS, NUMBERS - 1 - step % NUMBERS);
            let mut i = 0;
            while i < self.len {
                let has_number = match &self.rows[i] {
                    Some(row) => row.path.has_number(position, number),
                    None => false,
                };
                let mut k = if has_number { i + 1 } else { self.len };
                while k < self.len {
                    if let (Some(row), Some(other)) = (&self.rows[i], &self.rows[k])
                        && let Some(path) = row.path.folded(&other.path, position, number)
                        && row.says(other)
                        && let Some(row) = &mut self.rows[i]
                    {
                        row.path = path;
                        self.rows[k] = None;
                    }
                    k += 1;
                }
                i += 1;
            }
        }
    }
}

/// The rows' numbers in the natural order of their paths.
const fn order(comparison: &Comparison) -> [usize; ROWS] {
    let (mut order, mut i) = ([0; ROWS], 0);
    while let Some(row) = comparison.rows.get(i) {
        let mut k = i;
        while k > 0
            && let Some(before) = comparison.rows.get(order[k - 1])
            && before.path.is_after(&row.path)
        {
            order[k] = order[k - 1];
            k -= 1;
        }
        order[k] = i;
        i += 1;
    }
    order
}

impl Comparison {
    const fn shown(&self, row: &Row) -> ShownRow {
        let (kind, path, none) = (row.kind, row.path, Text::new());
        let (expected, found, hint) = match &row.sides {
            Sides::Text { expected, found, hint } => (*expected, *found, Some(Text::new().push(hint))),
            Sides::Blocks(apart) => (none, Text::new().push(apart.dtype.name()), Some(apart.hint())),
            Sides::Tensor(None, None) => (none, none, None),
            Sides::Tensor(None, Some(tensor)) => (none, tensor.shown(), None),
            Sides::Tensor(Some(expected), None) => {
                (expected.dtype_names().push(" ").push_text(&expected.show(self.dims.known())), none, None)
            }
            Sides::Tensor(Some(expected), Some(tensor)) => {
                let (leaf, layer) = (path.last_name(), self.layer(&path));
                let unfit = Unfit { path: &path, expected, tensor, by_dtype: matches!(kind, FindingKind::DType) };
                match kind {
                    FindingKind::DType => (
                        expected.dtype_names(),
                        Text::new().push(tensor.dtype.name()),
                        dtype::explain(expected, tensor.dtype, leaf, layer, self.instances(unfit)),
                    ),
                    _ => (
                        expected.show(self.dims.known()),
                        tensor.shown_shape(),
                        match packed::explain(expected, leaf, tensor.shape, layer) {
                            None => layout::explain(expected, tensor.shape, tensor.dtype, self.instances(unfit)),
                            hint => hint,
                        },
                    ),
                }
            }
        };
        let hint = match hint {
            Some(hint) => hint,
            None => Text::new(),
        };
        ShownRow { kind, path, expected, found, hint, hiding: row.hiding }
    }

    /// What the lock has beside a tensor.
    const fn layer(&self, path: &Path) -> Layer<'static> {
        let Some(parent) = path.parent_in(self.lock) else { return Layer::NONE };
        let mut above = *path;
        above.cut(path.len() - 1);
        let weight = match self.beside(parent, &above, "weight") {
            Some(tensor) => Some(tensor.dtype),
            None => None,
        };
        let scales = match self.beside(parent, &above, "scales") {
            Some(tensor) => Some((tensor.dtype, tensor.shape)),
            None => None,
        };
        let (mut is_scaled, mut number) = (false, 0);
        while let Some(name) = scales_of(path.last_name(), number)
            && !is_scaled
        {
            is_scaled = matches!(parent.at(name.as_str()), Some(LockTree { tensor: Some(_), .. }));
            number += 1;
        }
        Layer { weight, scales, is_scaled }
    }

    /// A tensor of a layer, unless a pattern hides it.
    const fn beside(&self, layer: &'static LockTree, path: &Path, name: &'static str) -> Option<LockedTensor> {
        let Some(LockTree { tensor: Some(tensor), .. }) = layer.at(name) else { return None };
        if self.ignores.len > 0 && self.ignores.hide(&path.joined(name)) { None } else { Some(*tensor) }
    }
}
