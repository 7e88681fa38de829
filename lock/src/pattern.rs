//! One name, or several that differ only in indices.

use std::fmt;
use std::ops::RangeInclusive;

use crate::indices::{Set, after, count, shared};
use crate::order::{ComponentKey, index};
use crate::shown::is_hidden;

/// Names that differ only in indices: `layers.{0..=31}.weight`.
///
/// ```
/// let lock: weighbridge_lock::Lock = "# weighbridge lock 1\nlayers.{0..=1, 3}.weight F32 [2]\n".parse().unwrap();
/// let pattern = &lock.lines()[0].pattern;
/// assert_eq!(pattern.to_string(), "layers.{0..=1, 3}.weight");
/// assert_eq!(pattern.count(), 3);
/// assert_eq!(pattern.names().last().unwrap(), "layers.3.weight");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// The parts between the dots.
    pub components: Vec<Component>,
}

/// The part of a [`Pattern`] between two dots.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Component {
    /// Any text without a dot that is not an index, such as `00`.
    Name(String),
    /// Indices, as ranges that are ascending, disjoint and not adjacent. A single index is a range of one.
    Indices(Vec<RangeInclusive<usize>>),
}

/// Only the indices in this many components fold, from the first on. This bounds every recursion here.
pub(crate) const DEEPEST: usize = 24;

impl Component {
    pub(crate) fn of(text: &str) -> Component {
        match index(text) {
            Some(index) => Component::Indices(vec![index..=index]),
            None => Component::Name(text.to_owned()),
        }
    }

    /// The key of its first name.
    pub(crate) fn first(&self) -> ComponentKey<'_> {
        match self {
            Component::Name(name) => ComponentKey::Name(name),
            Component::Indices(set) => ComponentKey::Index(set.first().map_or(0, |range| *range.start())),
        }
    }
}

impl Pattern {
    pub(crate) fn of(name: &str) -> Pattern {
        // there may be millions, so none has room left over
        let mut components = Vec::with_capacity(name.split('.').count());
        components.extend(name.split('.').map(Component::of));
        Pattern { components }
    }

    /// How many names it stands for, or `usize::MAX` if there are more.
    pub fn count(&self) -> usize {
        self.components.iter().fold(1, |product, component| match component {
            Component::Name(_) => product,
            Component::Indices(set) => product.saturating_mul(count(set)),
        })
    }

    /// The names, in natural order.
    pub fn names(&self) -> impl Iterator<Item = String> + '_ {
        let mut next = Cursor::at_first(self);
        std::iter::from_fn(move || {
            let cursor = next.take()?;
            let name = cursor.name();
            next = cursor.next();
            Some(name)
        })
    }

    /// The keys of its first name.
    pub(crate) fn first(&self) -> impl Iterator<Item = ComponentKey<'_>> {
        self.components.iter().map(Component::first)
    }

    /// How many names it shares with a pattern that differs only in indices.
    pub(crate) fn shared(&self, other: &Pattern) -> usize {
        self.components.iter().zip(&other.components).fold(1, |product, pair| match pair {
            (Component::Indices(a), Component::Indices(b)) => product.saturating_mul(shared(a, b)),
            _ => product,
        })
    }

    /// The components without the indices that fold, and these indices.
    pub(crate) fn split(&self) -> (Vec<Fixed<'_>>, Vec<Set>) {
        let sets = self.components.iter().take(DEEPEST).filter_map(|component| match component {
            Component::Name(_) => None,
            Component::Indices(set) => Some(set.clone()),
        });
        (self.fixed().collect(), sets.collect())
    }

    /// The components without the indices that fold.
    pub(crate) fn fixed(&self) -> impl Iterator<Item = Fixed<'_>> {
        self.components.iter().enumerate().map(|(place, component)| match component {
            Component::Name(name) => Fixed::Name(name),
            Component::Indices(_) if place < DEEPEST => Fixed::Indices,
            Component::Indices(set) => Fixed::Deep(set),
        })
    }

    /// The reverse of [`split`](Pattern::split).
    pub(crate) fn joined(fixed: &[Fixed<'_>], sets: Vec<Set>) -> Pattern {
        let mut sets = sets.into_iter();
        let components = fixed.iter().map(|fixed| match fixed {
            Fixed::Name(name) => Component::Name((*name).to_owned()),
            Fixed::Indices => Component::Indices(sets.next().unwrap_or_default()),
            Fixed::Deep(set) => Component::Indices(set.to_vec()),
        });
        Pattern { components: components.collect() }
    }
}

/// A component without the indices that fold. Patterns that can fold into one are equal in these.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fixed<'p> {
    Name(&'p str),
    /// The place of indices that fold.
    Indices,
    /// Indices that are too deep to fold.
    Deep(&'p [RangeInclusive<usize>]),
}

/// The current name while the names of a pattern are visited in order.
#[derive(Clone)]
pub(crate) struct Cursor<'p> {
    components: &'p [Component],
    /// The index at each component; 0 for a name.
    at: Vec<usize>,
}

impl<'p> Cursor<'p> {
    pub(crate) fn at_first(pattern: &'p Pattern) -> Option<Cursor<'p>> {
        let first = |component: &Component| match component {
            Component::Name(_) => Some(0),
            Component::Indices(set) => set.first().map(|range| *range.start()),
        };
        let at = pattern.components.iter().map(first).collect::<Option<_>>()?;
        Some(Cursor { components: &pattern.components, at })
    }

    /// The next name.
    pub(crate) fn next(mut self) -> Option<Cursor<'p>> {
        for (component, at) in self.components.iter().zip(&mut self.at).rev() {
            if let Component::Indices(set) = component {
                match after(set, *at) {
                    Some(next) => {
                        *at = next;
                        return Some(self);
                    }
                    None => *at = *set.first()?.start(),
                }
            }
        }
        None
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = ComponentKey<'_>> {
        self.components.iter().zip(&self.at).map(|(component, at)| match component {
            Component::Name(name) => ComponentKey::Name(name),
            Component::Indices(_) => ComponentKey::Index(*at),
        })
    }

    pub(crate) fn name(&self) -> String {
        let mut name = String::new();
        for (place, part) in self.parts().enumerate() {
            if place > 0 {
                name.push('.');
            }
            match part {
                ComponentKey::Name(text) => name.push_str(text),
                ComponentKey::Index(index) => name.push_str(&index.to_string()),
            }
        }
        name
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, component) in self.components.iter().enumerate() {
            if place > 0 {
                f.write_str(".")?;
            }
            component.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Component::Name(name) if is_word(name) || (!name.is_empty() && name.chars().all(is_plain)) => {
                f.write_str(name)
            }
            Component::Name(name) => {
                f.write_str("\"")?;
                for c in name.chars() {
                    match c {
                        '"' | '\\' => write!(f, "\\{c}")?,
                        c if is_hidden(c) => write!(f, "{}", c.escape_unicode())?,
                        c => write!(f, "{c}")?,
                    }
                }
                f.write_str("\"")
            }
            Component::Indices(set) => match set.as_slice() {
                [range] if range.start() == range.end() => write!(f, "{}", range.start()),
                _ => {
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
            },
        }
    }
}

/// Whether a name is of letters, digits and `_`, as most are, which is quickly seen.
fn is_word(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a character of a name needs no quotes.
pub(crate) fn is_plain(c: char) -> bool {
    !(c == ' ' || matches!(c, '.' | '{' | '}' | '"' | '#' | '\\') || is_hidden(c))
}
