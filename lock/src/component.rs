//! The part of a name between two dots, or several that differ only in numbers.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::ops::RangeInclusive;

use crate::indices::{Set, count, is_one};
use crate::order::{ComponentKey, index, next_number};
use crate::shown::is_hidden;

/// The part of a [`Pattern`](crate::Pattern) between two dots.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Component {
    /// Any text without a dot that is not an index, such as `00`.
    Name(String),
    /// Indices, as ranges that are ascending, disjoint and not adjacent. A single index is a range of one.
    Indices(Vec<RangeInclusive<usize>>),
    /// Texts that differ only in numbers: `block_{0..=11}`, or `block_{0..=3}_conv_{1..=2}`.
    Numbered {
        /// The text before each place where the number differs, and the numbers there.
        parts: Vec<(String, Vec<RangeInclusive<usize>>)>,
        /// The text behind the last of these places.
        behind: String,
    },
}

/// A piece of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Piece<'c> {
    /// Text without numbers. A number that has leading zeros, or is too large, is text.
    Text(&'c str),
    One(usize),
    /// Any of these numbers.
    Several(&'c [RangeInclusive<usize>]),
}

impl Component {
    /// How many texts it stands for, or `usize::MAX` if there are more.
    pub fn count(&self) -> usize {
        self.sets().fold(1, |product: usize, set| product.saturating_mul(count(set)))
    }

    pub(crate) fn of(text: &str) -> Component {
        match index(text) {
            Some(index) => Component::Indices(vec![index..=index]),
            None => Component::Name(text.to_owned()),
        }
    }

    pub(crate) fn is_numbered(&self) -> bool {
        matches!(self, Component::Numbered { .. })
    }

    /// The texts and the numbers that it consists of.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let (mut texts, mut set, mut rest, mut behind): (_, Option<&Set>, &[(String, Set)], Option<&str>) = match self {
            Component::Name(name) => (Texts::of(name), None, &[], None),
            Component::Indices(set) => (Texts::of(""), Some(set), &[], None),
            Component::Numbered { parts, behind } => (Texts::of(""), None, parts, Some(behind)),
        };
        std::iter::from_fn(move || {
            loop {
                if let Some(piece) = texts.next() {
                    return Some(piece);
                }
                if let Some(set) = set.take() {
                    return Some(if is_one(set) { Piece::One(first(set)) } else { Piece::Several(set) });
                }
                match rest {
                    [(before, numbers), others @ ..] => (texts, set, rest) = (Texts::of(before), Some(numbers), others),
                    [] => texts = Texts::of(behind.take()?),
                }
            }
        })
    }

    /// The sets of numbers that it stands for.
    pub(crate) fn sets(&self) -> impl DoubleEndedIterator<Item = &Set> {
        let (indices, parts): (_, &[(String, Set)]) = match self {
            Component::Name(_) => (None, &[]),
            Component::Indices(set) => (Some(set), &[]),
            Component::Numbered { parts, .. } => (None, parts),
        };
        indices.into_iter().chain(parts.iter().map(|(_, set)| set))
    }

    /// The key of the text that has these numbers, one for each of its [sets](Component::sets).
    pub(crate) fn key(&self, numbers: &mut impl Iterator<Item = usize>) -> ComponentKey<'_> {
        match self {
            Component::Name(name) => ComponentKey::Name(Cow::Borrowed(name)),
            Component::Indices(_) => ComponentKey::Index(numbers.next().unwrap_or(0)),
            Component::Numbered { parts, behind } => {
                let mut text = String::new();
                for ((before, _), number) in parts.iter().zip(numbers) {
                    text.push_str(before);
                    // writing to a String cannot fail
                    let _ = write!(text, "{number}");
                }
                ComponentKey::Name(Cow::Owned(text + behind))
            }
        }
    }

    /// The key of the first text.
    pub(crate) fn first(&self) -> ComponentKey<'_> {
        self.key(&mut self.sets().map(|set| first(set)))
    }
}

fn first(set: &[RangeInclusive<usize>]) -> usize {
    set.first().map_or(0, |range| *range.start())
}

/// Cuts a text at its numbers.
struct Texts<'t> {
    rest: &'t str,
    /// A number that stands before the rest.
    number: Option<usize>,
}

impl<'t> Texts<'t> {
    fn of(rest: &'t str) -> Texts<'t> {
        Texts { rest, number: None }
    }

    fn next(&mut self) -> Option<Piece<'t>> {
        if let Some(number) = self.number.take() {
            return Some(Piece::One(number));
        }
        let (from, to, number) = match next_number(self.rest) {
            Some((from, to, number)) => (from, to, Some(number)),
            None => (self.rest.len(), self.rest.len(), None),
        };
        let text = &self.rest[..from];
        self.rest = &self.rest[to..];
        match (text, number) {
            ("", Some(number)) => Some(Piece::One(number)),
            ("", None) => None,
            (text, number) => {
                self.number = number;
                Some(Piece::Text(text))
            }
        }
    }
}

/// Puts a component together from its pieces.
#[derive(Default)]
pub(crate) struct Builder {
    parts: Vec<(String, Set)>,
    text: String,
}

impl Builder {
    pub(crate) fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn numbers(&mut self, set: Set) {
        if is_one(&set) {
            // writing to a String cannot fail
            let _ = write!(self.text, "{}", first(&set));
        } else {
            self.parts.push((std::mem::take(&mut self.text), set));
        }
    }

    /// The component of the pieces so far. The next piece begins another.
    pub(crate) fn finish(&mut self) -> Component {
        let Builder { mut parts, text } = std::mem::take(self);
        match parts.as_mut_slice() {
            [] => Component::of(&text),
            [(before, set)] if before.is_empty() && text.is_empty() => Component::Indices(std::mem::take(set)),
            _ => Component::Numbered { parts, behind: text },
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Component::Name(name) => write_text(name, f),
            Component::Indices(set) => write_set(set, f),
            Component::Numbered { parts, behind } => {
                for (before, set) in parts {
                    if !before.is_empty() {
                        write_text(before, f)?;
                    }
                    write_set(set, f)?;
                }
                if behind.is_empty() { Ok(()) } else { write_text(behind, f) }
            }
        }
    }
}

/// Writes a text, in quotes if it needs them.
fn write_text(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if is_word(text) || (!text.is_empty() && text.chars().all(is_plain)) {
        return f.write_str(text);
    }
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            c if is_hidden(c) => write!(f, "{}", c.escape_unicode())?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

fn write_set(set: &Set, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if is_one(set) {
        return write!(f, "{}", first(set));
    }
    f.write_str("{")?;
    for (place, range) in set.iter().enumerate() {
        let comma = if place > 0 { ", " } else { "" };
        match range.start() == range.end() {
            true => write!(f, "{comma}{}", range.start())?,
            false => write!(f, "{comma}{}..={}", range.start(), range.end())?,
        }
    }
    f.write_str("}")
}

/// Whether a text is of letters, digits and `_`, as most are, which is quickly seen.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a character of a name needs no quotes.
pub(crate) fn is_plain(c: char) -> bool {
    !(c == ' ' || matches!(c, '.' | '{' | '}' | '"' | '#' | '\\') || is_hidden(c))
}
