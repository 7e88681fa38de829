//! Paths and names: components, natural order, patterns.

use weighbridge_lock::is_canonical;
pub(crate) use weighbridge_lock::{distance, index, literal, natural, shown};

/// The path of the place that a walk is at. A component may be empty, so an empty text does not mean that there is none.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    text: String,
    depth: usize,
}

/// A place to return to.
pub(crate) struct Mark(usize);

impl Trail {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The path of `name` at this place.
    pub(crate) fn joined(&self, name: &str) -> String {
        if self.depth == 0 { name.to_owned() } else { format!("{}.{name}", self.text) }
    }

    /// The length of the path, and whether a dot follows it before a name.
    pub(crate) fn prefix(&self) -> (usize, bool) {
        (self.text.len(), self.depth > 0)
    }

    #[must_use]
    pub(crate) fn enter(&mut self, name: &str) -> Mark {
        let mark = Mark(self.text.len());
        if self.depth > 0 {
            self.text.push('.');
        }
        self.text.push_str(name);
        self.depth += 1;
        mark
    }

    pub(crate) fn leave(&mut self, mark: Mark) {
        self.depth -= 1;
        self.text.truncate(mark.0);
    }
}

/// Appends a list index. It does not use formatting, as a plan calls this for each item.
pub(crate) fn push_index(out: &mut String, index: usize) {
    let mut unit = 1;
    while index / unit >= 10 {
        unit *= 10;
    }
    while unit > 0 {
        out.push(char::from(b'0' + (index / unit % 10) as u8));
        unit /= 10;
    }
}

/// Whether a component looks like an index but is not written as one: `00`, `-1`, `+1`, ` 1`, `1_0`. Python's `int()`
/// accepts all of these.
pub(crate) fn is_loose_index(component: &str) -> bool {
    is_loose(component, component.trim())
}

/// The same, given the component without the white space around it. `const` evaluation can only trim ASCII white space.
pub(crate) const fn is_loose(component: &str, trimmed: &str) -> bool {
    let mut bytes = trimmed.as_bytes();
    while let [b'+' | b'-', rest @ ..] = bytes {
        bytes = rest;
    }
    let mut i = 0;
    while i < bytes.len() {
        if !bytes[i].is_ascii_digit() && (bytes[i] != b'_' || i == 0) {
            return false;
        }
        i += 1;
    }
    i > 0 && !is_canonical(component)
}

/// A type's name without the paths of modules: `Llama<Tiny>` for `zoo::llama::Llama<zoo::Tiny>`.
pub(crate) fn short_name(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    let mut word = 0;
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        if c == ':' && rest.peek() == Some(&':') {
            rest.next();
            short.truncate(word);
        } else {
            short.push(c);
            if !c.is_alphanumeric() && c != '_' {
                word = short.len();
            }
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_named_as_it_is_written() {
        assert_eq!(short_name("a::b::Llama<a::Tiny, 3>"), "Llama<Tiny, 3>");
        assert_eq!(short_name("[a::Linear<2>; 4]"), "[Linear<2>; 4]");
        assert_eq!(short_name("(a::A, alloc::vec::Vec<b::B>)"), "(A, Vec<B>)");
    }

    #[test]
    fn only_canonical_decimals_are_indices() {
        assert_eq!(index("10"), Some(10));
        for loose in ["00", "01", "+1", "-1", " 1", "1_0"] {
            assert_eq!(index(loose), None, "{loose}");
            assert!(is_loose_index(loose), "{loose}");
        }
        assert!(!is_loose_index("weight") && !is_loose_index("") && !is_loose_index("7") && !is_loose_index("-"));
    }

    #[test]
    fn an_index_is_written_as_it_is_read() {
        for i in [0, 7, 10, 99, 100, 4096, usize::MAX] {
            let mut text = String::new();
            push_index(&mut text, i);
            assert_eq!(text, i.to_string());
            assert_eq!(index(&text), Some(i));
        }
    }
}
