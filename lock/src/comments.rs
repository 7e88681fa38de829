//! Comments of people, and where they go when the lines change.

use std::collections::{BTreeMap, HashMap};

use crate::lock::Line;
use crate::pattern::{Fixed, Pattern};

/// All that is text only. A comment begins with `#`; an empty one is a blank line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Comments {
    /// Directly below the first line; a blank line ends it.
    pub(crate) head: Vec<String>,
    /// By the number of the line. What has no comment is not in it.
    pub(crate) lines: BTreeMap<usize, Beside>,
    /// Below the last line.
    pub(crate) tail: Vec<String>,
}

/// What stands at one line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Beside {
    pub(crate) above: Vec<String>,
    pub(crate) behind: Option<String>,
}

static NOTHING: Beside = Beside { above: Vec::new(), behind: None };

impl Comments {
    /// What stands at each of `count` lines.
    pub(crate) fn beside(&self, count: usize) -> impl Iterator<Item = &Beside> {
        (0..count).map(|line| self.lines.get(&line).unwrap_or(&NOTHING))
    }

    /// The same comments at other lines.
    pub(crate) fn moved(&self, old: &[Line], new: &[Line]) -> Comments {
        let mut moved = Comments { head: self.head.clone(), lines: BTreeMap::new(), tail: self.tail.clone() };
        if self.lines.is_empty() {
            return moved;
        }
        let places = Places::of(new);
        let kept: Vec<Option<usize>> = old.iter().map(|line| places.of_pattern(&line.pattern)).collect();
        let mut homeless: Vec<(Vec<String>, usize)> = Vec::new();
        for (&number, beside) in &self.lines {
            match kept[number] {
                Some(place) => {
                    let new: &mut Beside = moved.lines.entry(place).or_default();
                    new.add_above(&beside.above);
                    match (&beside.behind, &new.behind) {
                        (Some(comment), None) => new.behind = Some(comment.clone()),
                        (Some(comment), Some(_)) => new.above.push(comment.clone()),
                        (None, _) => {}
                    }
                }
                None => homeless.push((beside.above.iter().chain(&beside.behind).cloned().collect(), number)),
            }
        }
        // the next line that is left, of each
        let mut next = kept;
        for number in (1..next.len()).rev() {
            next[number - 1] = next[number - 1].or(next[number]);
        }
        // in reverse, as each goes before what is there already
        for (comments, number) in homeless.into_iter().rev() {
            // blank lines that divided nothing but what has gone
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
        moved.lines.retain(|_, beside| *beside != NOTHING);
        moved
    }

    /// What came to stand below the first line of the text, with a blank line behind it, is the head, as it will be when
    /// the text is read.
    fn find_head(&mut self, is_empty: bool) {
        let first =
            if is_empty { Some(&mut self.tail) } else { self.lines.get_mut(&0).map(|beside| &mut beside.above) };
        if let Some(first) = first.filter(|_| self.head.is_empty())
            && let Some(blank) = first.iter().position(String::is_empty).filter(|&blank| blank > 0)
        {
            self.head = first.drain(..=blank).collect();
            self.head.pop();
        }
    }
}

impl Beside {
    fn add_above(&mut self, comments: &[String]) {
        // blank lines alone are a division, and one is enough
        if self.above.is_empty() || comments.iter().any(|comment| !comment.is_empty()) {
            self.above.extend(comments.iter().cloned());
        }
    }
}

/// Where a pattern's comments go.
struct Places<'l> {
    same: HashMap<&'l Pattern, usize>,
    /// Those that differ in indices only.
    alike: HashMap<Vec<Fixed<'l>>, Vec<(usize, &'l Pattern)>>,
}

/// The most patterns that one is compared to.
const COMPARED: usize = 256;

impl<'l> Places<'l> {
    fn of(lines: &'l [Line]) -> Self {
        let mut places = Places { same: HashMap::new(), alike: HashMap::new() };
        for (number, Line { pattern, .. }) in lines.iter().enumerate() {
            places.same.insert(pattern, number);
            places.alike.entry(pattern.split().0).or_default().push((number, pattern));
        }
        places
    }

    fn of_pattern(&self, pattern: &Pattern) -> Option<usize> {
        if let Some(&same) = self.same.get(pattern) {
            return Some(same);
        }
        let alike = self.alike.get(&pattern.split().0)?;
        // of equals, the first
        let most = alike.iter().take(COMPARED).rev().max_by_key(|(_, other)| pattern.shared(other));
        most.map(|(number, _)| *number)
    }
}
