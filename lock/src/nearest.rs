//! The known word that an unknown one was probably meant to be.

/// The nearest of `known`, if it is near enough that suggesting it is more likely help than noise: one edit in three
/// letters, upper and lower case taken as the same. The first wins a draw.
///
/// ```
/// assert_eq!(weighbridge_lock::nearest("sahpe", ["dtype", "shape"]), Some("shape"));
/// assert_eq!(weighbridge_lock::nearest("size", ["dtype", "shape"]), None);
/// ```
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    let near = |known: &'k str| Some((distance(&word, &known.to_lowercase(), known.len().max(word.len()) / 3)?, known));
    known.into_iter().filter_map(near).min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// Longer words are not compared: the time grows with the square of the length, and a file may have many.
const LONGEST: usize = 256;

/// The number of edits (insert, delete, replace, swap neighbours) from `a` to `b`, if there are at most `most`.
///
/// ```
/// assert_eq!(weighbridge_lock::distance("weihgt", "weight", 2), Some(1));
/// assert_eq!(weighbridge_lock::distance("weight", "gamma", 2), None);
/// ```
pub fn distance(a: &str, b: &str, most: usize) -> Option<usize> {
    // a character has at most four bytes
    if a.len().abs_diff(b.len()) > 4 * most || a.len() > LONGEST || b.len() > LONGEST {
        return None;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // the edits from a beginning of `a` to each beginning of `b`: for the last character but one, and for the last one
    let (mut before, mut last) = (Vec::new(), (0..=b.len()).collect::<Vec<usize>>());
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let mut least = (last[j] + usize::from(a[i] != b[j])).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        if row.iter().all(|&edits| edits > most) {
            return None;
        }
        (before, last) = (last, row);
    }
    last.last().copied().filter(|&edits| edits <= most)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn near_words_only() {
        let known = ["shape", "dtype", "rename", "alias"];
        assert_eq!(nearest("shap", known), Some("shape"));
        assert_eq!(nearest("sahpe", known), Some("shape"));
        assert_eq!(nearest("Dtype", known), Some("dtype"));
        assert_eq!(nearest("name", known), Some("rename"));
        assert_eq!(nearest("size", known), None);
        assert_eq!(nearest("f32", ["F16", "F32"]), Some("F32"));
        assert_eq!(nearest(&"a".repeat(300), [&*"a".repeat(300)]), None);
    }

    #[test]
    fn edits_are_counted() {
        for (a, b, edits) in [("", "ab", 2), ("abc", "acb", 1), ("abc", "abd", 1), ("kitten", "sitting", 3)] {
            assert_eq!((distance(a, b, edits), distance(b, a, edits)), (Some(edits), Some(edits)), "{a} {b}");
            assert_eq!(distance(a, b, edits - 1), None, "{a} {b}");
        }
    }
}
