//! Patterns with stars.

/// Whether a name fits a pattern in which each `*` stands for any characters, dots too. It runs while your program compiles, too.
///
/// ```
/// assert!(weighbridge_lock::matches("*.inv_freq", "layers.0.rotary_emb.inv_freq"));
/// assert!(!weighbridge_lock::matches("*.bias", "bias"));
/// ```
pub const fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    // most names end in another way than the pattern
    if let ([.., last], [.., own]) = (pattern, name)
        && *last != b'*'
        && *last != *own
    {
        return false;
    }
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p + 1, n));
            p += 1;
        } else if p < pattern.len() && pattern[p] == name[n] {
            p += 1;
            n += 1;
        } else if let Some((after, from)) = star {
            // let the last star match one more character
            star = Some((after, from + 1));
            p = after;
            n = from + 1;
        } else {
            return false;
        }
    }
    while p < pattern.len() && pattern[p] == b'*' {
        p += 1;
    }
    p == pattern.len()
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_cross_dots() {
        assert!(matches("*.rotary_emb.inv_freq", "model.layers.0.self_attn.rotary_emb.inv_freq"));
        assert!(matches("a*b*c", "aXbYbc") && matches("*", "") && matches("a", "a"));
        assert!(!matches("*.bias", "bias") && !matches("a*b", "abc") && !matches("", "a"));
    }
}
