//! The rows as they are shown: in order, with their texts, and those that differ in indices alone as one.

use super::comparison::Comparison;
use super::lock_tree::LockedTensor;
use super::path::{Path, Shown};
use super::rows::{ROWS, Row, Sides};
use crate::report::FindingKind;
use crate::rules::packed::Layer;
use crate::rules::{Expected, Hint, dtype, layout, packed};
use crate::schema::Text;

/// The deepest index that is folded.
const DEEPEST: usize = 16;

/// A row with its text.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) kind: FindingKind,
    pub(super) path: Path,
    pub(super) expected: Shown,
    pub(super) found: Shown,
    pub(super) hint: Hint,
}

impl Line {
    /// Whether all but the path is the same.
    const fn says(&self, other: &Line) -> bool {
        self.kind as u8 == other.kind as u8
            && self.found.is(&other.found)
            && self.expected.is(&other.expected)
            && self.hint.is(&other.hint)
    }
}

/// The lines of a refusal, in the natural order of their paths. `None` where a line was folded into another.
pub(super) struct Lines {
    lines: [Option<Line>; ROWS],
    len: usize,
}

impl Lines {
    pub(super) const fn of(comparison: &Comparison) -> Lines {
        let mut lines = Lines { lines: [None; ROWS], len: 0 };
        let order = order(comparison);
        while lines.len < comparison.rows.len
            && let Some(row) = comparison.rows.get(order[lines.len])
        {
            lines.lines[lines.len] = Some(comparison.line(row));
            lines.len += 1;
        }
        lines.fold();
        lines
    }

    /// The next line of a kind, from number `at` on.
    pub(super) const fn next(&self, kind: FindingKind, at: &mut usize) -> Option<&Line> {
        while *at < self.len {
            *at += 1;
            if let Some(line) = &self.lines[*at - 1]
                && line.kind as u8 == kind as u8
            {
                return Some(line);
            }
        }
        None
    }

    /// Makes one line of those that differ in indices alone. The first of them keeps its place.
    const fn fold(&mut self) {
        let mut position = DEEPEST;
        while position > 0 {
            position -= 1;
            let mut i = 0;
            while i < self.len {
                let has_indices = match &self.lines[i] {
                    Some(line) => line.path.has_indices(position),
                    None => false,
                };
                let mut k = if has_indices { i + 1 } else { self.len };
                while k < self.len {
                    if let (Some(line), Some(other)) = (&self.lines[i], &self.lines[k])
                        && let Some(path) = line.path.folded(&other.path, position)
                        && line.says(other)
                        && let Some(line) = &mut self.lines[i]
                    {
                        line.path = path;
                        self.lines[k] = None;
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
    const fn line(&self, row: &Row) -> Line {
        let (kind, path, none) = (row.kind, row.path, Text::new());
        let (expected, found, hint) = match &row.sides {
            Sides::Text { expected, found, hint } => (*expected, *found, Text::new().push(hint)),
            Sides::Tensor(None, None) => (none, none, Text::new()),
            Sides::Tensor(None, Some(tensor)) => (none, tensor.shown(), Text::new()),
            Sides::Tensor(Some(expected), None) => {
                (expected.dtype_names().push(" ").push_text(&expected.show(self.bound())), none, Text::new())
            }
            Sides::Tensor(Some(expected), Some(tensor)) => match kind {
                FindingKind::DType => (
                    expected.dtype_names(),
                    Text::new().push(tensor.dtype.name()),
                    self.why_dtype(expected, tensor, &path),
                ),
                _ => (expected.show(self.bound()), tensor.shown_shape(), self.why_shape(expected, tensor, &path)),
            },
        };
        Line { kind, path, expected, found, hint }
    }

    const fn why_dtype(&self, expected: &Expected, tensor: &LockedTensor, path: &Path) -> Hint {
        match dtype::explain(expected, tensor.dtype, path.last_name(), self.layer(path)) {
            Some(hint) => hint,
            None => Text::new(),
        }
    }

    const fn why_shape(&self, expected: &Expected, tensor: &LockedTensor, path: &Path) -> Hint {
        if let Some(hint) = packed::explain(expected, path.last_name(), tensor.shape, self.layer(path)) {
            return hint;
        }
        match layout::explain(expected, tensor.shape) {
            Some(hint) => hint,
            None => Text::new(),
        }
    }

    /// What the lock has beside a tensor.
    const fn layer(&self, path: &Path) -> Layer<'static> {
        if path.is_empty() {
            return Layer::NONE;
        }
        let weight = match self.lock.tensor_at(&path.sibling("weight")) {
            Some(tensor) => Some(tensor.dtype),
            None => None,
        };
        let scales = match self.lock.tensor_at(&path.sibling("scales")) {
            Some(tensor) => Some((tensor.dtype, tensor.shape)),
            None => None,
        };
        Layer { weight, scales }
    }
}
