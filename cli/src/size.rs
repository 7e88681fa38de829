//! Parses sizes as people write them.

/// The units: powers of ten and, with an `i`, of two.
const UNITS: [(&str, u64); 9] = [
    ("B", 1),
    ("KB", 1000),
    ("MB", 1000_u64.pow(2)),
    ("GB", 1000_u64.pow(3)),
    ("TB", 1000_u64.pow(4)),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// The number of bytes that `5GB`, `500 MiB` or `1048576` stands for.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = (&text[..digits], text[digits..].trim_start());
    let unit = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit) || (unit.is_empty() && *name == "B"));
    let size = unit.and_then(|(_, factor)| number.parse::<u64>().ok()?.checked_mul(*factor));
    match size {
        Some(0) => Err("expected at least one byte".to_owned()),
        Some(size) => Ok(size),
        None => Err("expected a whole number and a unit, such as `5GB` (10^9) or `500MiB` (2^20)".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes_have_decimal_and_binary_units() {
        let sizes = [("5GB", 5_000_000_000), ("5 gb", 5_000_000_000), ("3GiB", 3 << 30), ("17", 17), ("2kb", 2000)];
        for (text, size) in sizes {
            assert_eq!(parse(text), Ok(size), "{text}");
        }
        for wrong in ["", "GB", "0", "0GB", "-1", "1.5GB", "5G", "5GBs", "99999999999TB", "99999999999999999999999"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
