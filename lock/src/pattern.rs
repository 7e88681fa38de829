//! One name, or several that differ only in numbers.

use std::fmt;

use crate::component::{Builder, Component, Piece};
use crate::indices::{Set, after, count, shared};
use crate::order::ComponentKey;

/// Names that differ only in numbers: `layers.{0..=31}.weight`, `block_{0..=11}.weight`.
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

/// Only so many numbers of a name fold, from the first on, and none in components behind as many. This bounds every recursion
/// here.
pub(crate) const DEEPEST: usize = 24;

impl Pattern {
    pub(crate) fn of(name: &str) -> Pattern {
        // there may be millions, so none has room left over
        let mut components = Vec::with_capacity(name.split('.').count());
        components.extend(name.split('.').map(Component::of));
        Pattern { components }
    }

    /// How many names it stands for, or `usize::MAX` if there are more.
    pub fn count(&self) -> usize {
        self.components.iter().fold(1, |product: usize, component| product.saturating_mul(component.count()))
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

    /// How many names it shares with a pattern that differs only in numbers that fold.
    pub(crate) fn shared(&self, other: &Pattern) -> usize {
        let (own, others) = (split(&self.components).1, split(&other.components).1);
        own.iter().zip(&others).fold(1, |product: usize, (a, b)| product.saturating_mul(shared(a, b)))
    }

    /// The reverse of [`split`].
    pub(crate) fn joined(fixed: &[Fixed<'_>], sets: Vec<Set>) -> Pattern {
        Pattern { components: joined(fixed, sets) }
    }
}

/// A piece of a pattern without the numbers that fold. Patterns that can fold into one are equal in these.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fixed<'p> {
    /// The end of a component that is not the last.
    Dot,
    /// The place of a number that folds.
    Number,
    /// Text, or a number that does not fold.
    Piece(Piece<'p>),
}

/// The pieces of components without the numbers that fold.
pub(crate) fn fixed(components: &[Component]) -> impl Iterator<Item = Fixed<'_>> {
    pieces(components).map(|piece| piece.map_or_else(|fixed| fixed, |_| Fixed::Number))
}

/// The pieces of components without the numbers that fold, and these numbers.
pub(crate) fn split(components: &[Component]) -> (Vec<Fixed<'_>>, Vec<Set>) {
    let mut sets = Vec::new();
    let fixed = pieces(components).map(|piece| match piece {
        Err(fixed) => fixed,
        Ok(Piece::Several(set)) => {
            sets.push(set.to_vec());
            Fixed::Number
        }
        Ok(Piece::One(number)) => {
            sets.push(vec![number..=number]);
            Fixed::Number
        }
        Ok(text) => Fixed::Piece(text),
    });
    (fixed.collect(), sets)
}

/// The reverse of [`split`].
pub(crate) fn joined(fixed: &[Fixed<'_>], sets: Vec<Set>) -> Vec<Component> {
    let (mut sets, mut builder, mut components) = (sets.into_iter(), Builder::default(), Vec::new());
    for fixed in fixed {
        match fixed {
            Fixed::Dot => components.push(builder.finish()),
            Fixed::Number => builder.numbers(sets.next().unwrap_or_default()),
            Fixed::Piece(Piece::Text(text)) => builder.text(text),
            Fixed::Piece(Piece::One(number)) => builder.numbers(vec![*number..=*number]),
            Fixed::Piece(Piece::Several(set)) => builder.numbers(set.to_vec()),
        }
    }
    components.push(builder.finish());
    components
}

/// The most pairs of a name that are taken apart, each of which doubles the lines.
const PAIRS: usize = 4;

/// These sets, with pairs such as `fc1` and `fc2` apart: two numbers inside of a component, neither of which is 0, are two names
/// and not a list. If there are many pairs, they stay.
pub(crate) fn pairs_apart(fixed: &[Fixed<'_>], sets: Vec<Set>) -> Vec<Vec<Set>> {
    let is_edge = |piece: Option<&Fixed<'_>>| matches!(piece, None | Some(Fixed::Dot));
    let places = (0..fixed.len()).filter(|&at| fixed[at] == Fixed::Number);
    let inside = places.map(|at| !(is_edge(at.checked_sub(1).map(|at| &fixed[at])) && is_edge(fixed.get(at + 1))));
    let is_pair =
        |(is_inside, set): (bool, &Set)| is_inside && count(set) == 2 && !set.iter().any(|run| *run.start() == 0);
    let pairs: Vec<usize> = inside.zip(&sets).map(is_pair).zip(0..).filter_map(|(is, at)| is.then_some(at)).collect();
    if pairs.is_empty() || pairs.len() > PAIRS {
        return vec![sets];
    }
    let mut all = vec![sets];
    for at in pairs {
        all = all
            .iter()
            .flat_map(|sets| {
                sets[at].iter().cloned().flatten().map(|number| {
                    let mut one = sets.clone();
                    one[at] = vec![number..=number];
                    one
                })
            })
            .collect();
    }
    all
}

/// The numbers that fold, each as `Ok`, and what stands between them.
fn pieces(components: &[Component]) -> impl Iterator<Item = Result<Piece<'_>, Fixed<'_>>> {
    let mut left = DEEPEST;
    let all = components.iter().enumerate().flat_map(|(place, component)| {
        let dot = (place > 0).then_some((place, None));
        dot.into_iter().chain(component.pieces().map(move |piece| (place, Some(piece))))
    });
    all.map(move |(place, piece)| match piece {
        None => Err(Fixed::Dot),
        Some(number @ (Piece::One(_) | Piece::Several(_))) if place < DEEPEST && left > 0 => {
            left -= 1;
            Ok(number)
        }
        Some(piece) => Err(Fixed::Piece(piece)),
    })
}

/// The current name while the names of a pattern are visited in order.
#[derive(Clone)]
pub(crate) struct Cursor<'p> {
    components: &'p [Component],
    /// The number at each set.
    at: Vec<usize>,
}

impl<'p> Cursor<'p> {
    pub(crate) fn at_first(pattern: &'p Pattern) -> Option<Cursor<'p>> {
        let sets = pattern.components.iter().flat_map(Component::sets);
        let at = sets.map(|set| Some(*set.first()?.start())).collect::<Option<_>>()?;
        Some(Cursor { components: &pattern.components, at })
    }

    /// The next name.
    pub(crate) fn next(mut self) -> Option<Cursor<'p>> {
        let sets = self.components.iter().rev().flat_map(|component| component.sets().rev());
        for (set, at) in sets.zip(self.at.iter_mut().rev()) {
            match after(set, *at) {
                Some(next) => {
                    *at = next;
                    return Some(self);
                }
                None => *at = *set.first()?.start(),
            }
        }
        None
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = ComponentKey<'_>> {
        let mut at = self.at.iter().copied();
        self.components.iter().map(move |component| component.key(&mut at))
    }

    pub(crate) fn name(&self) -> String {
        let mut name = String::new();
        for (place, part) in self.parts().enumerate() {
            if place > 0 {
                name.push('.');
            }
            match part {
                ComponentKey::Name(text) => name.push_str(&text),
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
