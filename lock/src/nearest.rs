//! The known word that an unknown one was probably meant to be.

/// The nearest of `known`, if it is near enough that suggesting it is more likely help than noise: one edit in three
/// letters, upper and lower case taken as the same. The first wins a draw.
///
/// ```
/// assert_eq!(weighbridge_lock::nearest("sahpe", ["dtype", "shape"]), Some("shape"));
/// assert_eq!(weighbridge_lock::nearest("size", ["dtype", "shape"]), None);
/// ```
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    /// Longer words are not compared: the time grows with the square of the length.
    const LONGEST: usize = 256;
    let word = word.to_lowercase();
    let near = |known: &&str| {
        let longer = known.len().max(word.len());
        longer <= LONGEST && known.len().abs_diff(word.len()) * 3 <= longer
    };
    let (distance, best) = known
        .into_iter()
        .filter(near)
        .map(|known| (distance(&word, &known.to_lowercase()), known))
        .min_by_key(|(distance, _)| *distance)?;
    (distance * 3 <= best.len().max(word.len())).then_some(best)
}

/// Insertions, deletions, replacements, and swaps of neighbours between `a` and `b`.
fn distance(a: &str, b: &str) -> usize {
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
        (before, last) = (last, row);
    }
    last[b.len()]
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
            assert_eq!((distance(a, b), distance(b, a)), (edits, edits), "{a} {b}");
        }
    }
}
