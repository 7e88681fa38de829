//! What stands around the index in the names of a list's items.

use super::text::{Text, equal, index, same};
use crate::path::{is_loose, is_loose_index, push_index};

/// The text around the index in the name of a list's item: `block_` and nothing in `block_{}`; nothing at all in an ordinary list, whose
/// items are components of their own.
///
/// No digit stands beside the index. So two lists at one place have a name in common only if their stems are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stem {
    /// What stands before the index.
    pub before: &'static str,
    /// What stands behind it.
    pub behind: &'static str,
}

impl Stem {
    /// The stem of a list whose items are named by their index alone.
    pub const BARE: &'static Stem = &Stem { before: "", behind: "" };

    pub(crate) const fn is_bare(&self) -> bool {
        self.before.is_empty() && self.behind.is_empty()
    }

    /// Whether a text for `format!` would take a part of it for a value.
    pub(crate) fn has_braces(&self) -> bool {
        self.before.contains(['{', '}']) || self.behind.contains(['{', '}'])
    }

    pub(crate) const fn is(&self, other: &Stem) -> bool {
        same(self.before, other.before) && same(self.behind, other.behind)
    }

    /// What a component has in place of the index; `None` if it has another stem.
    pub(crate) const fn strip<'c>(&self, component: &'c str) -> Option<&'c str> {
        if self.is_bare() {
            return Some(component);
        }
        let (before, behind) = (self.before.len(), self.behind.len());
        if component.len() < before + behind {
            return None;
        }
        let bytes = component.as_bytes();
        let (rest, end) = bytes.split_at(bytes.len() - behind);
        let (begin, _) = rest.split_at(before);
        if !equal(begin, self.before.as_bytes()) || !equal(end, self.behind.as_bytes()) {
            return None;
        }
        Some(component.split_at(component.len() - behind).0.split_at(before).1)
    }

    /// The index of the item that a component names, if it names one.
    pub(crate) const fn index(&self, component: &str) -> Option<usize> {
        match self.strip(component) {
            Some(digits) => index(digits),
            None => None,
        }
    }

    /// Appends the name of an item, without a dot before it.
    pub(crate) const fn push_to<const N: usize>(&self, text: Text<N>, index: usize) -> Text<N> {
        text.push(self.before).push_number(index).push(self.behind)
    }

    /// Replaces `out` by the name of an item.
    pub(crate) fn write(&self, out: &mut String, index: usize) {
        out.clear();
        out.push_str(self.before);
        push_index(out, index);
        out.push_str(self.behind);
    }

    /// Whether a component looks like the name of an item, but its index is not written as one.
    pub(crate) fn is_loose(&self, component: &str) -> bool {
        match self.is_bare() {
            true => is_loose_index(component),
            false => self.strip(component).is_some_and(is_padded),
        }
    }

    /// The name of the items: `block_{}`.
    pub(crate) fn pattern(&self) -> String {
        format!("{}{{}}{}", self.before, self.behind)
    }
}

/// Whether this is a number with leading zeros. Inside of a component, signs and underscores are likely to be meant as they are.
const fn is_padded(digits: &str) -> bool {
    let (bytes, mut i) = (digits.as_bytes(), 0);
    while i < bytes.len() {
        if !bytes[i].is_ascii_digit() {
            return false;
        }
        i += 1;
    }
    bytes.len() > 1 && bytes[0] == b'0'
}

/// Whether a component looks like an item of a list, but its index is not written as one. `const` evaluation can only trim ASCII white
/// space.
pub(crate) const fn looks_like_an_item(component: &str, stem: &Stem) -> bool {
    match stem.strip(component) {
        Some(_) if stem.is_bare() => is_loose(component, component.trim_ascii()),
        Some(digits) => is_padded(digits),
        None => false,
    }
}

/// Another name of a field: see [`Field::alias`](crate::schema::Field).
#[derive(Clone, Copy, Debug)]
pub struct Alias {
    /// The name; if it is one of items, the components before theirs.
    pub name: &'static str,
    /// What stands around the index of the items.
    pub stem: &'static Stem,
}

impl Alias {
    /// Whether it is the name of items that lie beside others, and not of a place that has nothing else.
    pub(crate) const fn is_of_items(&self) -> bool {
        !self.stem.is_bare() || self.name.is_empty()
    }

    pub(crate) const fn is(&self, other: &Alias) -> bool {
        same(self.name, other.name) && self.stem.is(other.stem)
    }

    /// The name as a whole: `blocks.block_{}`.
    pub(crate) fn shown(&self) -> String {
        match (self.is_of_items(), self.name) {
            (false, name) => name.to_owned(),
            (true, "") => self.stem.pattern(),
            (true, name) => format!("{name}.{}", self.stem.pattern()),
        }
    }

    /// The same in `const` evaluation.
    pub(crate) const fn push_to<const N: usize>(&self, text: Text<N>) -> Text<N> {
        let text = text.push(self.name);
        if !self.is_of_items() {
            return text;
        }
        let text = text.push(if self.name.is_empty() { "" } else { "." });
        text.push(self.stem.before).push("{}").push(self.stem.behind)
    }
}

impl Alias {
    /// The name as an attribute has it.
    pub(crate) fn written(&self) -> String {
        written(self.name, self.stem)
    }
}

/// A name as an attribute has it: braces that belong to it are written twice, because `{}` is the index.
pub(crate) fn written(name: &str, stem: &Stem) -> String {
    let plain = |text: &str| text.replace('{', "{{").replace('}', "}}");
    let items = format!("{}{{}}{}", plain(stem.before), plain(stem.behind));
    match name {
        "" => items,
        name if stem.is_bare() => plain(name),
        name => format!("{}.{items}", plain(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_stands_between_the_texts() {
        let stem = Stem { before: "block_", behind: "_x" };
        assert_eq!(stem.index("block_17_x"), Some(17));
        for other in ["block_x", "block_", "_x", "block__x", "block_01_x", "block_+1_x", "block_1_y", "1", ""] {
            assert_eq!(stem.index(other), None, "{other}");
        }
        assert_eq!((Stem::BARE.index("7"), Stem::BARE.index("a7")), (Some(7), None));
        // the two texts do not share a character
        assert_eq!(Stem { before: "aa", behind: "a" }.strip("aa"), None);
        assert_eq!(stem.push_to(Text::<32>::new().push("h."), 3).as_str(), "h.block_3_x");
    }
}
