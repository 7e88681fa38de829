//! The targets of the loads, with figures of this run.

use std::fmt::Write;

use crate::case::Case;
use crate::rows::{CHECK, MAPPED, ONE_THREAD, OWNED, TOUCHED};
use crate::run::Cell;
use crate::table::figure;

struct Target {
    what: &'static str,
    cases: &'static [&'static str],
    ours: &'static str,
    need: Need,
}

enum Need {
    /// The fastest of these rows takes at least this many times as long.
    Faster(&'static [&'static str], f64),
    /// It takes at most this many times as long as the fastest of these rows.
    Within(&'static [&'static str], f64),
    /// The same for the fastest rounds. If the times of one binary have two modes far apart, a median only says which mode came
    /// more often.
    LeastWithin(&'static [&'static str], f64),
    UnderMs(f64),
    /// The peak is at most the tensors' bytes, 5 % and 16 MiB.
    Peak,
}

const LARGE: &[&str] = &["f32", "bf16", "shards"];
const CANDLE: &[&str] = &["candle load", "candle VarBuilder"];
const READ: &[&str] = &["limit: 2 threads read, huge pages"];

const fn target(what: &'static str, cases: &'static [&'static str], ours: &'static str, need: Need) -> Target {
    Target { what, cases, ours, need }
}

const GGUF: &[&str] = &["gguf"];
const DEQUANTISED: &[&str] = &["q8_0", "q4_k"];
const BIN: &[&str] = &["bin"];

const TARGETS: &[Target] = &[
    target("owned, 0.9 of the limit", LARGE, OWNED, Need::Faster(READ, 0.9)),
    target("owned, 3 × candle", LARGE, OWNED, Need::Faster(CANDLE, 3.0)),
    target("owned, 3 × the bare crate with copies", LARGE, OWNED, Need::Faster(&["safetensors: mapped, copied"], 3.0)),
    target("owned, 1.6 × MLX `load_weights`", LARGE, OWNED, Need::Faster(&["MLX load_weights"], 1.6)),
    target("owned, 1.6 × torch `load_state_dict`", LARGE, OWNED, Need::Faster(&["torch load_state_dict"], 1.6)),
    target("mapped in 3 ms", LARGE, MAPPED, Need::UnderMs(3.0)),
    target(
        "mapped and touched, no slower than the bare crate's views: least of the rounds",
        LARGE,
        TOUCHED,
        Need::LeastWithin(&["safetensors: mapped views, touched"], 1.0),
    ),
    target("check in 3 ms", LARGE, CHECK, Need::UnderMs(3.0)),
    target(
        "cast, within 1.3 × of writing the output",
        &["cast"],
        OWNED,
        Need::Within(&["limit: 2 threads write"], 1.3),
    ),
    target(
        "check, no slower than `serde_json` on the header",
        &["many"],
        CHECK,
        Need::Within(&["limit: serde_json"], 1.0),
    ),
    target(
        "owned, at most 0.6 of the time of the bare crate's mapped views, touched",
        &["many"],
        OWNED,
        Need::Within(&["safetensors: mapped views, touched"], 0.6),
    ),
    target("owned, 3 × candle", &["stored"], OWNED, Need::Faster(&["candle read_npz"], 3.0)),
    target(
        "owned, 0.85 of libdeflate on two threads",
        &["deflated"],
        OWNED,
        Need::Faster(&["limit: libdeflate, 2 threads"], 0.85),
    ),
    target("owned, 3.5 × MLX", &["deflated"], OWNED, Need::Faster(&["MLX load", "MLX load_weights"], 3.5)),
    target("owned, no slower than candle", &["members"], OWNED, Need::Within(&["candle read_npz"], 1.0)),
    target("owned, 0.9 of the limit", GGUF, OWNED, Need::Faster(READ, 0.9)),
    target("owned, 3 × candle", GGUF, OWNED, Need::Faster(&["candle gguf_file"], 3.0)),
    target("mapped in 3 ms", GGUF, MAPPED, Need::UnderMs(3.0)),
    target(
        "owned on one thread, 2 × candle on one",
        DEQUANTISED,
        ONE_THREAD,
        Need::Faster(&["candle dequantize, 1 thread"], 2.0),
    ),
    target(
        "owned on two threads, 2 × candle on two",
        DEQUANTISED,
        OWNED,
        Need::Faster(&["candle dequantize, 2 threads"], 2.0),
    ),
    target("owned, 0.9 of the limit with CRC-32", BIN, OWNED, Need::Faster(&["limit: 2 threads read, CRC-32"], 0.9)),
    target("owned, 2 × `torch.load`", BIN, OWNED, Need::Faster(&["torch load"], 2.0)),
    target("owned, 3 × candle", BIN, OWNED, Need::Faster(&["candle pickle"], 3.0)),
    target("check, 10 × gguf-py", &["gguf-header"], CHECK, Need::Faster(&["gguf-py GGUFReader"], 10.0)),
    target("check, 10 × `torch.load`", &["bin-header"], CHECK, Need::Faster(&["torch load, mapped"], 10.0)),
    target(
        "owned, peak at most the tensors + 5 % + 16 MiB",
        &["f32", "bf16", "cast", "shards", "many", "stored", "deflated", "members", "gguf", "q8_0", "q4_k", "bin"],
        OWNED,
        Need::Peak,
    ),
];

/// A line for each target and case that was run.
pub(crate) fn targets(run: &[(&Case, Vec<Cell>)]) -> String {
    let mut text = String::from("## Targets\n\n| target | case | this run | met |\n|---|---|---|---|\n");
    for target in TARGETS {
        for (case, cells) in run.iter().filter(|(case, _)| target.cases.contains(&case.name)) {
            let (found, met) = match judge(target, case, cells) {
                Some((found, met)) => (found, if met { "yes" } else { "**no**" }),
                None => ("a row is absent".to_string(), "?"),
            };
            let _ = writeln!(text, "| {} | `{}` | {found} | {met} |", target.what, case.name);
        }
    }
    text
}

fn judge(target: &Target, case: &Case, cells: &[Cell]) -> Option<(String, bool)> {
    let named = |name: &str| cells.iter().find(|cell| cell.row.name == name);
    let ours = named(target.ours)?;
    let [ms, least, _] = ours.ms()?;
    let times = |names: &[&str]| names.iter().filter_map(|name| named(name)?.ms()).collect::<Vec<_>>();
    let fastest = |names: &[&str]| times(names).into_iter().map(|[ms, ..]| ms).min_by(f64::total_cmp);
    let least_of = |names: &[&str]| times(names).into_iter().map(|[_, least, _]| least).min_by(f64::total_cmp);
    let within = |ms: f64, other: f64, times| {
        (format!("{} / {} ms = {:.2}", figure(ms), figure(other), ms / other), ms / other <= times)
    };
    Some(match target.need {
        Need::Faster(names, by) => {
            let other = fastest(names)?;
            (format!("{} / {} ms = {:.2}", figure(other), figure(ms), other / ms), other / ms >= by)
        }
        Need::Within(names, times) => within(ms, fastest(names)?, times),
        Need::LeastWithin(names, times) => within(least, least_of(names)?, times),
        Need::UnderMs(limit) => (format!("{} ms", figure(ms)), ms <= limit),
        Need::Peak => {
            let ([peak, _], mib) = (ours.peak()?, f64::from(1 << 20));
            let limit = case.bytes() as f64 * 1.05 + 16.0 * mib;
            (format!("{:.1} of {:.1} MiB", peak / mib, limit / mib), peak <= limit)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Measured;
    use crate::rows::{ROWS, Row};

    fn others(need: &Need) -> &'static [&'static str] {
        match need {
            Need::Faster(names, _) | Need::Within(names, _) | Need::LeastWithin(names, _) => names,
            Need::UnderMs(_) | Need::Peak => &[],
        }
    }

    /// A target with a misspelt name would test nothing.
    #[test]
    fn every_row_that_is_named_is_there() {
        let there = |name: &str, case: &str| Row::named(name).is_some_and(|row| row.cases.contains(&case));
        for target in TARGETS {
            for case in target.cases {
                assert!(Case::named(case).is_some() && there(target.ours, case), "{} {case}", target.what);
                for other in others(&target.need) {
                    assert!(there(other, case), "{other} {case}");
                }
            }
        }
        for row in ROWS {
            assert!(std::ptr::eq(row, Row::named(row.name).unwrap()), "{} twice", row.name);
            for case in row.cases {
                assert!(there(row.beside, case), "{} {case}", row.name);
            }
        }
    }

    fn cells(figures: &[(&str, f64, u64)]) -> Vec<Cell> {
        let cell = |&(name, ms, peak): &(&str, f64, u64)| Cell {
            row: Row::named(name).unwrap(),
            runs: vec![Measured { ms, peak, ..Measured::default() }],
            failed: None,
        };
        figures.iter().map(cell).collect()
    }

    #[test]
    fn a_target_is_met_from_its_figure_on() {
        let case = Case::named("many").unwrap();
        let limit = (case.bytes() as f64 * 1.05) as u64 / 1024 + 16 * 1024;
        let judged = |need, figures: &[(&str, f64, u64)]| {
            judge(&target("", &["many"], OWNED, need), case, &cells(figures)).map(|(_, met)| met)
        };
        for (ms, met) in [(100.0, true), (101.0, false)] {
            // the faster of the two counts
            let figures = [(OWNED, ms, 0), (CANDLE[0], 400.0, 0), (CANDLE[1], 300.0, 0)];
            assert_eq!(judged(Need::Faster(CANDLE, 3.0), &figures), Some(met));
            assert_eq!(judged(Need::Within(CANDLE, 1.0 / 3.0), &figures), Some(met));
            assert_eq!(judged(Need::UnderMs(100.0), &figures), Some(met));
        }
        // two slow rounds of three move the median and not the least
        let one = [(OWNED, 100.0, 0), (CANDLE[0], 100.0, 0), (CANDLE[1], 300.0, 0)];
        for (slow, within) in [(0, false), (1, true)] {
            let mut cells = cells(&one);
            cells[slow].runs.extend([900.0, 901.0].map(|ms| Measured { ms, ..Measured::default() }));
            let met = |need| judge(&target("", &["many"], OWNED, need), case, &cells).map(|(_, met)| met);
            assert_eq!(met(Need::Within(CANDLE, 1.0)), Some(within));
            assert_eq!(met(Need::LeastWithin(CANDLE, 1.0)), Some(true));
            assert_eq!(met(Need::LeastWithin(CANDLE, 0.99)), Some(false));
        }
        assert_eq!(judged(Need::Peak, &[(OWNED, 1.0, limit)]), Some(true));
        assert_eq!(judged(Need::Peak, &[(OWNED, 1.0, limit + 1)]), Some(false));
        assert_eq!(judged(Need::Faster(CANDLE, 3.0), &[(OWNED, 1.0, 0)]), None);
    }
}
