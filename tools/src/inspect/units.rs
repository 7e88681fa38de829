//! Formats numbers for people.

/// `6.74 B`: three digits and a decimal unit.
pub(super) fn parameters(count: u64) -> String {
    short(count, &["", " K", " M", " B", " T"])
}

/// `13.5 GB`, in decimal units, as file sizes are given where checkpoints are published.
pub(super) fn bytes(count: u64) -> String {
    short(count, &[" B", " kB", " MB", " GB", " TB", " PB"])
}

fn short(count: u64, units: &[&str]) -> String {
    let (mut value, mut unit) = (count as f64, 0);
    // 999.5 would be rounded to 1000
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = match value {
        _ if unit == 0 => 0,
        value if value < 9.995 => 2,
        value if value < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.digits$}{}", units[unit])
}

/// `6,738,415,616`.
pub(super) fn exact(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `96.3 %`.
pub(super) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 { "<0.1 %".to_owned() } else { format!("{:.1} %", 100.0 * share) }
}

/// `1 tensor`, `2 tensors`.
pub(super) fn plural(count: u64, word: &str) -> String {
    format!("{} {word}{}", exact(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits() {
        let counts = [0, 7, 999, 1000, 9_994, 9_996, 99_960, 999_499, 999_500, 6_738_415_616, u64::MAX];
        let texts = ["0", "7", "999", "1.00 K", "9.99 K", "10.0 K", "100 K", "999 K", "1.00 M", "6.74 B", "18446744 T"];
        assert_eq!(counts.map(parameters), texts);
        assert_eq!([bytes(440), bytes(13_476_831_232)], ["440 B", "13.5 GB"]);
    }

    #[test]
    fn groups_of_three() {
        assert_eq!([0, 12, 999, 1000, 1_234_567].map(exact), ["0", "12", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_share_that_is_there_is_not_zero() {
        assert_eq!([0.0, 0.0001, 0.0005, 0.5, 1.0].map(percent), ["0.0 %", "<0.1 %", "0.1 %", "50.0 %", "100.0 %"]);
    }
}
