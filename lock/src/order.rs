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

/// Orders names as people do: `layers.9` before `layers.10`, and indices before other names.
pub fn natural(a: &str, b: &str) -> Ordering {
    a.split('.').map(ComponentKey::of).cmp(b.split('.').map(ComponentKey::of))
}

/// The key that components are ordered by. All indices come before all names: as text, `1a` would come before `9` and after
/// `10`, and so the order would not be consistent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ComponentKey<'n> {
    Index(usize),
    Name(&'n str),
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
}
