//! Comments in a lock, and where they move when its lines change.

use std::collections::{BTreeMap, HashMap};

use crate::line::Line;
use crate::pattern::{Fixed, Pattern, split};

/// All comments of a lock. A comment begins with `#`; an empty one stands for a blank line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Comments {
    /// Directly below the first line. A blank line ends it.
    pub(crate) head: Vec<String>,
    /// The comments of the lines that have any, by line number.
    pub(crate) lines: BTreeMap<usize, LineComments>,
    /// Below the last line.
    pub(crate) tail: Vec<String>,
}

/// The comments of one line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LineComments {
    /// On the lines above it.
    pub(crate) above: Vec<String>,
    /// At its end.
    pub(crate) behind: Option<String>,
}

static NO_COMMENTS: LineComments = LineComments { above: Vec::new(), behind: None };

impl Comments {
    /// The comments of each of `count` lines.
    pub(crate) fn of_lines(&self, count: usize) -> impl Iterator<Item = &LineComments> {
        (0..count).map(|line| self.lines.get(&line).unwrap_or(&NO_COMMENTS))
    }

    /// The same comments for other lines.
    pub(crate) fn moved(&self, old: &[Line], new: &[Line]) -> Comments {
        let mut moved = Comments { head: self.head.clone(), lines: BTreeMap::new(), tail: self.tail.clone() };
        if self.lines.is_empty() {
            return moved;
        }
        let index = LineIndex::of(new);
        let kept: Vec<Option<usize>> = old.iter().map(|line| index.nearest(&line.pattern)).collect();
        // comments whose line has gone, with its number
        let mut orphaned: Vec<(Vec<String>, usize)> = Vec::new();
        for (&number, comments) in &self.lines {
            match kept[number] {
                Some(place) => {
                    let new: &mut LineComments = moved.lines.entry(place).or_default();
                    new.add_above(&comments.above);
                    match (&comments.behind, &new.behind) {
                        (Some(comment), None) => new.behind = Some(comment.clone()),
                        (Some(comment), Some(_)) => new.above.push(comment.clone()),
                        (None, _) => {}
                    }
                }
                None => orphaned.push((comments.above.iter().chain(&comments.behind).cloned().collect(), number)),
            }
        }
        // for each old line, where it is now, or the next line that is left
        let mut next = kept;
        for number in (1..next.len()).rev() {
            next[number - 1] = next[number - 1].or(next[number]);
        }
        // backwards, because each goes in front of those that are there already
        for (comments, number) in orphaned.into_iter().rev() {
            // without their line, blank lines divide nothing
            if comments.iter().all(String::is_empty) {
                continue;
            }
            let above = match next[number] {
                Some(place) => &mut moved.lines.entry(place).or_default().above,
                None => &mut moved.tail,
            };
            above.splice(0..0, comments);
        }
        moved.find_head(new.is_empty());
        moved.lines.retain(|_, comments| *comments != NO_COMMENTS);
        moved
    }

    /// Comments that now follow the first line of the text and end with a blank line become the head, because reading the text
    /// again makes them the head.
    fn find_head(&mut self, is_empty: bool) {
        let first =
            if is_empty { Some(&mut self.tail) } else { self.lines.get_mut(&0).map(|comments| &mut comments.above) };
        if let Some(first) = first.filter(|_| self.head.is_empty())
            && let Some(blank) = first.iter().position(String::is_empty).filter(|&blank| blank > 0)
        {
            self.head = first.drain(..=blank).collect();
            self.head.pop();
        }
    }
}

impl LineComments {
    fn add_above(&mut self, comments: &[String]) {
        // one blank line is enough to divide lines
        if self.above.is_empty() || comments.iter().any(|comment| !comment.is_empty()) {
            self.above.extend(comments.iter().cloned());
        }
    }
}

/// Finds the line that gets a pattern's comments.
struct LineIndex<'l> {
    same: HashMap<&'l Pattern, usize>,
    /// Patterns that differ only in indices, together.
    alike: HashMap<Vec<Fixed<'l>>, Vec<(usize, &'l Pattern)>>,
}

/// The most patterns that a pattern is compared with.
const COMPARED: usize = 256;

impl<'l> LineIndex<'l> {
    fn of(lines: &'l [Line]) -> Self {
        let mut index = LineIndex { same: HashMap::new(), alike: HashMap::new() };
        for (number, Line { pattern, .. }) in lines.iter().enumerate() {
            index.same.insert(pattern, number);
            index.alike.entry(split(&pattern.components).0).or_default().push((number, pattern));
        }
        index
    }

    /// The number of the line with this pattern, else of the one that differs only in indices and shares most names.
    fn nearest(&self, pattern: &Pattern) -> Option<usize> {
        if let Some(&same) = self.same.get(pattern) {
            return Some(same);
        }
        let alike = self.alike.get(&split(&pattern.components).0)?;
        // reversed, so that the first one wins a tie
        let most = alike.iter().take(COMPARED).rev().max_by_key(|(_, other)| pattern.shared(other));
        most.map(|(number, _)| *number)
    }
}
