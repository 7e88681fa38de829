//! The order of names.

use std::borrow::Cow;
use std::cmp::Ordering;

/// The index that a component of a name stands for, if it is canonical decimal (`0`, `17`; not `00`, `+1`, `-1`).
pub fn index(component: &str) -> Option<usize> {
    if is_canonical(component) { component.parse().ok() } else { None }
}

/// Whether a component is a decimal number without a sign and leading zeros, however large.
pub const fn is_canonical(component: &str) -> bool {
    let digits = component.as_bytes();
    let mut i = 0;
    while i < digits.len() {
        if !digits[i].is_ascii_digit() {
            return false;
        }
        i += 1;
    }
    matches!(digits, [b'0'] | [b'1'..=b'9', ..])
}

/// Orders names as people do: `layers.9` before `layers.10`, `block_9` before `block_10`, and indices before other names.
pub fn natural(a: &str, b: &str) -> Ordering {
    a.split('.').map(ComponentKey::of).cmp(b.split('.').map(ComponentKey::of))
}

/// Sorts items naturally. `beginning` is that of the first component of an item's name, and `order` compares two names as
/// [`natural`] does. Items of one name stay in their order.
///
/// Among a million names, most differ in their first letters. These are beside each item while it is sorted, so that few names
/// are looked up, each of which is somewhere else in memory.
pub(crate) fn sorted<T>(
    items: Vec<T>,
    beginning: impl Fn(&T) -> Beginning,
    order: impl Fn(&T, &T) -> Ordering,
) -> Vec<T> {
    let mut places: Vec<(Beginning, usize)> = items.iter().map(beginning).zip(0..).collect();
    places.sort_unstable_by(|(a, i), (b, k)| a.cmp(b).then_with(|| order(&items[*i], &items[*k])).then(i.cmp(k)));
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    places.into_iter().filter_map(|(_, place)| items[place].take()).collect()
}

/// Sorts items by their names, as [`natural`] orders them. Items of one name stay in their order.
pub fn natural_sorted<T>(items: Vec<T>, name: impl Fn(&T) -> &str) -> Vec<T> {
    let beginning = |item: &T| ComponentKey::of(name(item).split('.').next().unwrap_or_default()).beginning();
    sorted(items, beginning, |a, b| natural(name(a), name(b)))
}

/// Whether a component is a name, and its index or its first letters. If it is less than another's, so is the component; if it
/// is equal, that says nothing.
pub(crate) type Beginning = (bool, u64);

/// Orders components that are no indices: numbers in them by their value, everything else by its bytes. `block_9` stands before
/// `block_10`.
pub const fn natural_component(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (a.as_bytes(), b.as_bytes());
    loop {
        let mut at = 0;
        while at < x.len() && at < y.len() && x[at] == y[at] {
            at += 1;
        }
        if at == x.len() && at == y.len() {
            return bytes(a.as_bytes(), b.as_bytes());
        }
        // the number that differs may begin before
        while at > 0 && x[at - 1].is_ascii_digit() {
            at -= 1;
        }
        (x, y) = (x.split_at(at).1, y.split_at(at).1);
        let (own, other) = (digits(x), digits(y));
        if own == 0 || other == 0 {
            return bytes(x, y);
        }
        let (value, rest) = x.split_at(own);
        let (other_value, other_rest) = y.split_at(other);
        let (value, other_value) = (without_zeros(value), without_zeros(other_value));
        if value.len() != other_value.len() {
            return if value.len() < other_value.len() { Ordering::Less } else { Ordering::Greater };
        }
        match bytes(value, other_value) {
            // they differ only in zeros before them, which decide if all else is the same
            Ordering::Equal => (x, y) = (rest, other_rest),
            order => return order,
        }
    }
}

/// Where number `number` of a component begins and ends: a run of digits, as long as it can be.
pub const fn nth_number(component: &str, number: usize) -> Option<(usize, usize)> {
    let (bytes, mut at, mut left) = (component.as_bytes(), 0, number);
    while at < bytes.len() {
        let count = digits(bytes.split_at(at).1);
        if count > 0 && left == 0 {
            return Some((at, at + count));
        }
        if count > 0 {
            left -= 1;
            at += count;
        } else {
            at += 1;
        }
    }
    None
}

/// How many numbers a component has.
pub const fn numbers(component: &str) -> usize {
    let mut count = 0;
    while nth_number(component, count).is_some() {
        count += 1;
    }
    count
}

/// How many digits stand at the beginning.
const fn digits(text: &[u8]) -> usize {
    let mut count = 0;
    while count < text.len() && text[count].is_ascii_digit() {
        count += 1;
    }
    count
}

const fn without_zeros(digits: &[u8]) -> &[u8] {
    let mut rest = digits;
    while let [b'0', others @ ..] = rest {
        rest = others;
    }
    rest
}

const fn bytes(a: &[u8], b: &[u8]) -> Ordering {
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return if a[i] < b[i] { Ordering::Less } else { Ordering::Greater };
        }
        i += 1;
    }
    if a.len() < b.len() {
        Ordering::Less
    } else if a.len() > b.len() {
        Ordering::Greater
    } else {
        Ordering::Equal
    }
}

/// The first number of a text that has no leading zeros and fits an index: where it begins and ends, and its value.
pub(crate) fn next_number(text: &str) -> Option<(usize, usize, usize)> {
    let mut from = 0;
    loop {
        from += text[from..].bytes().position(|byte| byte.is_ascii_digit())?;
        let to = from + digits(&text.as_bytes()[from..]);
        match index(&text[from..to]) {
            Some(number) => return Some((from, to, number)),
            None => from = to,
        }
    }
}

/// The key that components are ordered by. All indices come before all names: as text, `1a` would come before `9` and after
/// `10`, and so the order would not be consistent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ComponentKey<'n> {
    Index(usize),
    Name(Cow<'n, str>),
}

impl Ord for ComponentKey<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (ComponentKey::Index(a), ComponentKey::Index(b)) => a.cmp(b),
            (ComponentKey::Name(a), ComponentKey::Name(b)) => natural_component(a, b),
            (ComponentKey::Index(_), ComponentKey::Name(_)) => Ordering::Less,
            (ComponentKey::Name(_), ComponentKey::Index(_)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for ComponentKey<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl ComponentKey<'_> {
    pub(crate) fn of(component: &str) -> ComponentKey<'_> {
        index(component).map_or(ComponentKey::Name(Cow::Borrowed(component)), ComponentKey::Index)
    }

    pub(crate) fn beginning(self) -> Beginning {
        let name = match self {
            ComponentKey::Index(index) => return (false, index as u64),
            ComponentKey::Name(name) => name,
        };
        let mut letters = [0; 8];
        for (letter, byte) in letters.iter_mut().zip(name.bytes()) {
            // how a number compares depends on all of its digits
            if byte.is_ascii_digit() {
                *letter = b'0';
                break;
            }
            *letter = byte;
        }
        (true, u64::from_be_bytes(letters))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_decimals_are_indices() {
        assert_eq!(index("10"), Some(10));
        for loose in ["", "00", "01", "+1", "-1", " 1", "1_0", "99999999999999999999999"] {
            assert_eq!(index(loose), None, "{loose}");
        }
    }

    #[test]
    fn numbers_order_by_value() {
        let mut names = ["layers.10.w", "layers.1a.w", "layers.9.w", "head", "layers.9"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["head", "layers.9", "layers.9.w", "layers.10.w", "layers.1a.w"]);
    }
    #[test]
    fn numbers_in_components_order_by_value() {
        let ordered = [
            "", "a", "a0", "a00", "a0b", "a01", "a1", "a1b", "a2", "a9", "a10", "a10b1", "a10b02", "a10b10", "ab", "b",
        ];
        for (i, a) in ordered.iter().enumerate() {
            for (k, b) in ordered.iter().enumerate() {
                assert_eq!(natural_component(a, b), i.cmp(&k), "{a} and {b}");
            }
        }
    }

    #[test]
    fn sorting_by_beginnings_is_natural() {
        // every text of up to three of these
        let letters = ["", "0", "1", "9", "a", "b", "/", ":", ".", "\u{e9}"];
        let mut names: Vec<String> = Vec::new();
        for a in letters {
            for b in letters {
                names.extend(letters.map(|c| format!("{a}{b}{c}")));
                names.push(format!("a_long_name_{a}{b}"));
            }
        }
        let mut expected = names.clone();
        expected.sort_by(|a, b| natural(a, b));
        assert_eq!(natural_sorted(names, |name| name), expected);
    }
}
