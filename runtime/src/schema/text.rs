//! Text for `const` evaluation, which cannot allocate.

/// A string of at most `N` bytes.
#[derive(Clone, Copy)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    pub(crate) const fn new() -> Self {
        Text { bytes: [0; N], len: 0 }
    }

    /// Appends `text`. What does not fit is cut off at a character boundary.
    pub(crate) const fn push(mut self, text: &str) -> Self {
        self.add(text.as_bytes());
        self
    }

    /// Appends another `Text`. Unlike its `as_str`, this does not validate UTF-8, which is slow in the compiler's interpreter.
    pub(crate) const fn push_text<const M: usize>(mut self, text: &Text<M>) -> Self {
        self.add(text.bytes.split_at(text.len).0);
        self
    }

    const fn add(&mut self, text: &[u8]) {
        let mut take = if text.len() < N - self.len { text.len() } else { N - self.len };
        while take < text.len() && take > 0 && text[take] & 0xC0 == 0x80 {
            take -= 1;
        }
        self.bytes.split_at_mut(self.len).1.split_at_mut(take).0.copy_from_slice(text.split_at(take).0);
        self.len += take;
    }

    pub(crate) const fn push_number(mut self, number: usize) -> Self {
        let mut digits = [0u8; 20];
        let mut start = digits.len();
        let mut rest = number;
        loop {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.add(digits.split_at(start).1);
        self
    }

    /// Appends `1, 2, 3`.
    pub(crate) const fn push_numbers(mut self, numbers: &[usize]) -> Self {
        let mut i = 0;
        while i < numbers.len() {
            self = self.push(if i == 0 { "" } else { ", " }).push_number(numbers[i]);
            i += 1;
        }
        self
    }

    /// Appends a component of a path.
    pub(crate) const fn push_component(self, name: &str) -> Self {
        if self.len == 0 { self.push(name) } else { self.push(".").push(name) }
    }

    /// The text.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the two are the same text.
    pub(crate) const fn is<const M: usize>(&self, other: &Text<M>) -> bool {
        equal(self.bytes.split_at(self.len).0, other.bytes.split_at(other.len).0)
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.len == N
    }
}

impl<const N: usize> core::fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(self.as_str(), f)
    }
}

/// The first component of a name, and the others.
pub(crate) const fn split(name: &str) -> (&str, &str) {
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] == b'.' {
            return (name.split_at(i).0, name.split_at(i + 1).1);
        }
        i += 1;
    }
    (name, "")
}

/// The index that a component stands for, if it is canonical decimal.
pub(crate) const fn index(component: &str) -> Option<usize> {
    index_of(component.as_bytes())
}

/// So many digits are a number that fits in any case.
const SAFE: usize = usize::MAX.ilog10() as usize;

/// The same of the bytes of a component.
pub(crate) const fn index_of(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() || digits.len() > SAFE + 1 || (digits[0] == b'0' && digits.len() > 1) {
        return None;
    }
    let (mut value, mut i): (usize, _) = (0, 0);
    while i < digits.len() {
        if !digits[i].is_ascii_digit() {
            return None;
        }
        let digit = (digits[i] - b'0') as usize;
        if i == SAFE && value > (usize::MAX - digit) / 10 {
            return None;
        }
        value = value * 10 + digit;
        i += 1;
    }
    Some(value)
}

pub(crate) const fn same(a: &str, b: &str) -> bool {
    equal(a.as_bytes(), b.as_bytes())
}

/// Compares four bytes at a time, from the end, where names differ most often. It calls nothing: each step of the compiler's interpreter is
/// about a hundred times as slow as one of a program, and a call, that of `len` too, is many steps.
pub(crate) const fn equal(a: &[u8], b: &[u8]) -> bool {
    let (mut a, mut b) = (a, b);
    while let [a_rest @ .., a3, a2, a1, a0] = a {
        let [b_rest @ .., b3, b2, b1, b0] = b else { return false };
        if *a0 != *b0 || *a1 != *b1 || *a2 != *b2 || *a3 != *b3 {
            return false;
        }
        (a, b) = (a_rest, b_rest);
    }
    while let [a_rest @ .., a0] = a {
        let [b_rest @ .., b0] = b else { return false };
        if *a0 != *b0 {
            return false;
        }
        (a, b) = (a_rest, b_rest);
    }
    matches!(b, [])
}
