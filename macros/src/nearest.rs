//! The known word that an unknown one was probably meant to be, and lists of words in messages.

/// The nearest of `known`, if it is near enough that suggesting it is more likely help than noise: one edit in three
/// letters, upper and lower case taken as the same. The first wins a draw.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let (distance, best) = known
        .iter()
        .map(|known| (distance(&word, &known.to_lowercase()), *known))
        .min_by_key(|(distance, _)| *distance)?;
    (distance * 3 <= best.len().max(word.len())).then_some(best)
}

/// `` `a`, `b`, `c` ``
pub(crate) fn listed(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

/// `` ; did you mean `shape`? ``, or nothing.
pub(crate) fn did_you_mean(word: &str, known: &[&str]) -> String {
    nearest(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// Insertions, deletions, replacements, and swaps of neighbours between `a` and `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least = (rows[i][j] + usize::from(x != y)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_words_only() {
        let known = ["shape", "dtype", "rename", "alias"];
        assert_eq!(nearest("shap", &known), Some("shape"));
        assert_eq!(nearest("sahpe", &known), Some("shape"));
        assert_eq!(nearest("Dtype", &known), Some("dtype"));
        assert_eq!(nearest("name", &known), Some("rename"));
        assert_eq!(nearest("size", &known), None);
        assert_eq!(nearest("f32", &["F16", "F32"]), Some("F32"));
    }
}
