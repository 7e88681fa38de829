//! The order of names.

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

/// The key that components are ordered by. All indices come before all names: as text, `1a` would come before `9` and after
/// `10`, and so the order would not be consistent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ComponentKey<'n> {
    Index(usize),
    Name(&'n str),
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
        index(component).map_or(ComponentKey::Name(component), ComponentKey::Index)
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
}
