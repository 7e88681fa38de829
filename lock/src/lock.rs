//! The lock, and its text.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use crate::comments::Comments;
use crate::component::Component;
use crate::dtype::DType;
use crate::indices::{Set, fold};
use crate::line::Line;
use crate::order::sorted;
use crate::pattern::{Cursor, Fixed, Pattern, fixed, pairs_apart, split};
use crate::shown::shown;
use crate::tree::Tree;

/// What a checkpoint holds, without the weights: names, dtypes and shapes, and your comments.
///
/// [`Display`](fmt::Display) writes the text, and [`FromStr`](std::str::FromStr) reads it. Two locks of the same tensors have the
/// same lines, whatever the order of the tensors was.
///
/// ```
/// use weighbridge_lock::{DType, Lock};
///
/// let lock = Lock::of([("b".to_owned(), DType::F32, vec![2]), ("a".to_owned(), DType::U8, vec![])]).unwrap();
/// assert_eq!(lock.to_string(), "# weighbridge lock 1\na  U8  []\nb  F32 [2]\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    /// Folded, in the natural order of their first names.
    pub(crate) lines: Vec<Line>,
    pub(crate) comments: Comments,
}

/// Two tensors have this name, and a lock has one line for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DuplicateName(pub String);

impl fmt::Display for DuplicateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "two tensors are called `{}`; a lock says of each name once what it is", shown(&self.0))
    }
}

impl std::error::Error for DuplicateName {}

impl Lock {
    /// The lock of these tensors: name, dtype, shape.
    ///
    /// # Errors
    /// If two of them have the same name.
    pub fn of(tensors: impl IntoIterator<Item = (String, DType, Vec<usize>)>) -> Result<Lock, DuplicateName> {
        let tensors: Vec<_> = tensors.into_iter().collect();
        let mut names = HashSet::with_capacity(tensors.len());
        if let Some((name, ..)) = tensors.iter().find(|(name, ..)| !names.insert(name.as_str())) {
            return Err(DuplicateName(name.clone()));
        }
        let line =
            |(name, dtype, shape): (String, DType, Vec<usize>)| Line { pattern: Pattern::of(&name), dtype, shape };
        Ok(Lock { lines: folded(tensors.into_iter().map(line).collect()), comments: Comments::default() })
    }

    /// The lines, in the order of the text.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Every tensor, in natural order of the names: `layers.0.a`, `layers.0.b`, `layers.1.a`, ….
    pub fn tensors(&self) -> impl Iterator<Item = (String, DType, &[usize])> {
        // lines stand in the order of their first names, so each is taken up when its turn comes
        let mut rest = self.lines.iter().filter_map(Next::first).peekable();
        let mut heap: BinaryHeap<Reverse<Next<'_>>> = BinaryHeap::new();
        std::iter::from_fn(move || {
            let next = match (rest.peek(), heap.peek()) {
                (Some(line), Some(Reverse(begun))) if begun < line => None,
                _ => rest.next(),
            };
            let Next { cursor, line } = match next {
                Some(first) => first,
                None => heap.pop()?.0,
            };
            let name = cursor.name();
            if let Some(cursor) = cursor.next() {
                heap.push(Reverse(Next { cursor, line }));
            }
            Some((name, line.dtype, line.shape.as_slice()))
        })
    }

    /// The number of tensors.
    pub fn len(&self) -> usize {
        self.lines.iter().fold(0, |sum: usize, line| sum.saturating_add(line.pattern.count()))
    }

    /// Whether it has no tensor.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The tensors of this lock, with the comments of an older one as near as possible to where they were.
    ///
    /// The comments of a line move to the line with the same pattern. If there is none, they move to the line that differs only
    /// in indices and shares most names with it, or else above the line that came next. No comment of `old` is lost. Those of
    /// `self` are dropped.
    #[must_use]
    pub fn with_comments_of(&self, old: &Lock) -> Lock {
        Lock { lines: self.lines.clone(), comments: old.comments.moved(&old.lines, &self.lines) }
    }

    /// The names as a tree.
    ///
    /// The time for this depends on the number of lines, and not on the lengths of lists.
    pub fn tree(&self) -> Tree {
        Tree::of(&self.lines)
    }
}

/// The next name of a line.
struct Next<'l> {
    cursor: Cursor<'l>,
    line: &'l Line,
}

impl<'l> Next<'l> {
    fn first(line: &'l Line) -> Option<Next<'l>> {
        Some(Next { cursor: Cursor::at_first(&line.pattern)?, line })
    }
}

impl Ord for Next<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cursor.parts().cmp(other.cursor.parts())
    }
}

impl PartialOrd for Next<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Next<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Next<'_> {}

/// Folds lines into as few as possible. No two lines may have a name in common.
pub(crate) fn folded(lines: Vec<Line>) -> Vec<Line> {
    let groups = Groups::of(&lines, |a, b| (a.dtype, &a.shape) == (b.dtype, &b.shape));
    let mut folded = Vec::with_capacity(groups.last.len());
    // most lines of a lock that does not fold are alone, and stay as they are
    let mut lines: Vec<Option<Line>> = lines.into_iter().map(Some).collect();
    for group in groups.last.iter().map(|&last| groups.numbers(last)) {
        let is_numbered = |line: &Line| line.pattern.components.iter().any(Component::is_numbered);
        if let [only] = group.as_slice()
            && !lines[*only].as_ref().is_some_and(is_numbered)
        {
            folded.extend(lines[*only].take());
            continue;
        }
        let group: Vec<Line> = group.into_iter().filter_map(|number| lines[number].take()).collect();
        let split: Vec<(Vec<Fixed<'_>>, Vec<Set>)> = group.iter().map(|line| split(&line.pattern.components)).collect();
        let boxes: Vec<&[Set]> = split.iter().map(|(_, sets)| sets.as_slice()).collect();
        for sets in fold(&boxes).into_iter().flat_map(|sets| pairs_apart(&split[0].0, sets)) {
            let Line { dtype, shape, .. } = &group[0];
            let pattern = Pattern::joined(&split[0].0, sets);
            folded.push(Line { pattern, dtype: *dtype, shape: shape.clone() });
        }
    }
    let beginning = |line: &Line| line.pattern.first().next().map_or((false, 0), |key| key.beginning());
    sorted(folded, beginning, |a, b| a.pattern.first().cmp(b.pattern.first()))
}

/// Lines that differ only in indices that fold, by their numbers. There may be millions of lines that are alone, so nothing
/// is allocated for each.
pub(crate) struct Groups {
    /// The last line of each group.
    pub(crate) last: Vec<usize>,
    /// For each line, the one before it in its group.
    before: Vec<usize>,
}

/// Stands for no line and no group.
const NONE: usize = usize::MAX;

impl Groups {
    /// The groups of lines, which must also be alike in this way.
    pub(crate) fn of(lines: &[Line], are_alike: impl Fn(&Line, &Line) -> bool) -> Groups {
        let hashes = RandomState::new();
        let mut groups = Groups { last: Vec::new(), before: vec![NONE; lines.len()] };
        // the last group with each hash, and for each group the one before it with the same hash
        let mut by_hash: HashMap<u64, usize> = HashMap::with_capacity(lines.len());
        let mut other: Vec<usize> = Vec::new();
        for (number, line) in lines.iter().enumerate() {
            let mut hasher = hashes.build_hasher();
            fixed(&line.pattern.components).for_each(|fixed| fixed.hash(&mut hasher));
            let newest = by_hash.entry(hasher.finish()).or_insert(NONE);
            let mut group = *newest;
            while group != NONE {
                let known = &lines[groups.last[group]];
                if fixed(&known.pattern.components).eq(fixed(&line.pattern.components)) && are_alike(known, line) {
                    break;
                }
                group = other[group];
            }
            if group == NONE {
                other.push(std::mem::replace(newest, groups.last.len()));
                groups.last.push(number);
            } else {
                groups.before[number] = std::mem::replace(&mut groups.last[group], number);
            }
        }
        groups
    }

    /// The numbers of a group's lines in ascending order, by its last.
    pub(crate) fn numbers(&self, last: usize) -> Vec<usize> {
        let mut numbers: Vec<usize> =
            std::iter::successors(Some(last), |&line| Some(self.before[line]).filter(|&before| before != NONE))
                .collect();
        numbers.reverse();
        numbers
    }
}

/// The first line of the text.
pub(crate) const FIRST: &str = "# weighbridge lock 1";
/// Paths longer than this do not widen the column.
const WIDEST: usize = 120;

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST}")?;
        for comment in &self.comments.head {
            writeln!(f, "{comment}")?;
        }
        let has_more = !self.lines.is_empty() || !self.comments.tail.is_empty();
        if has_more && !self.comments.head.is_empty() {
            writeln!(f)?;
        }
        let paths: Vec<String> = self.lines.iter().map(|line| line.pattern.to_string()).collect();
        let widths = paths.iter().map(|path| path.chars().count());
        let path_width = widths.filter(|&width| width <= WIDEST).max().unwrap_or(0);
        let dtype_width = self.lines.iter().map(|line| line.dtype.name().len()).max().unwrap_or(0);
        for ((line, path), comments) in self.lines.iter().zip(&paths).zip(self.comments.of_lines(self.lines.len())) {
            for comment in &comments.above {
                writeln!(f, "{comment}")?;
            }
            write!(f, "{path:path_width$}  {:dtype_width$} {:?}", line.dtype, line.shape)?;
            match &comments.behind {
                Some(comment) => writeln!(f, "  {comment}")?,
                None => writeln!(f)?,
            }
        }
        for comment in &self.comments.tail {
            writeln!(f, "{comment}")?;
        }
        Ok(())
    }
}
