//! The text of a report has a bound, whatever the file is.

use wb::{Checkpoint, Finding, FindingKind, Loader, Module, Report, Tensor};

use weighbridge_lock::Lock;

/// The bound that the docs state.
#[track_caller]
fn bounded(report: &Report) -> String {
    let text = report.to_string();
    let (lines, bytes) = (text.lines().count(), text.len());
    assert!(lines <= 500 && bytes <= 64 << 10, "{lines} lines and {bytes} bytes");
    for line in text.lines() {
        assert!(line.len() <= 4096 + 64, "a line of {} bytes", line.len());
    }
    text
}

#[track_caller]
fn refused(lock: &Lock, source: impl Into<wb::Source>) -> Report {
    match wb::lock::check(lock, "the lock", source) {
        Err(error) => error.report().unwrap().clone(),
        Ok(report) => panic!("{report}"),
    }
}

/// A lock of these names, each a vector of two.
fn lock(names: impl IntoIterator<Item = String>) -> Lock {
    Lock::of(names.into_iter().map(|name| (name, wb::DType::F32, vec![2]))).unwrap()
}

/// Names of four letters that differ in two of them.
fn near(count: usize) -> impl Iterator<Item = String> {
    let letter = |i: usize| char::from(b'a' + (i % 26) as u8);
    (0..count).map(move |i| format!("weight{}{}{}{}", letter(i / 17576), letter(i / 676), letter(i / 26), letter(i)))
}

#[test]
fn one_name_beside_a_long_lock() {
    let report = refused(&lock(near(100_000)), [("weight", Tensor::<f32>::zeros([2]))]);
    assert_eq!((report.missing.len(), report.unexpected.len()), (100_000, 1));
    let hints: usize = report.findings().map(|(_, finding)| finding.hints.len()).sum();
    assert!(hints < 1000, "{hints} hints");
    let text = bounded(&report);
    assert!(text.contains("… and 99940 more"), "{text}");
    assert!(
        text.ends_with("what is left out here is in `Report::findings`, and in the JSON of `weighbridge check --json`")
    );

    // a few names that are near are still told
    let report = refused(&lock(["weighta".to_owned(), "weightb".to_owned()]), [("weight", Tensor::<f32>::zeros([2]))]);
    assert!(report.to_string().contains("did you mean"), "{report}");
}

#[test]
fn a_row_of_indices_with_gaps() {
    let names = (0..100_000).map(|i| (format!("layers.{}.w", 2 * i), Tensor::<f32>::zeros([2])));
    let report = refused(&lock(["a".to_owned()]), Checkpoint::open(names.collect::<Vec<_>>()).unwrap());
    assert_eq!(report.unexpected.len(), 100_000);
    let text = bounded(&report);
    assert!(text.contains("layers.{0, 2, 4, 6,") && text.contains(", … and 99984 more}.w  F32 [2]"), "{text}");
    assert!(text.len() < 2000, "{text}");
}

#[derive(Module)]
#[module(crate = wb)]
struct Layers {
    layers: Vec<Layer>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Layer {
    #[param(shape = [2])]
    w: Tensor<f32>,
}

#[test]
fn a_list_with_gaps_in_hints() {
    let names = (0..10_000).map(|i| (format!("layers.{}.w", 2 * i), Tensor::<f32>::zeros([2])));
    let error = Loader::new().check::<Layers>(names.collect::<Vec<_>>()).unwrap_err();
    let report = error.report().unwrap();
    for (_, finding) in report.findings() {
        assert!(finding.hints.iter().chain([&finding.path]).all(|text| text.len() < 1000), "{finding:?}");
    }
    bounded(report);
}

#[test]
fn long_names() {
    let name = |i: usize| format!("{}{i}", "a".repeat(4000));
    let names = || (0..300).map(name);
    let report =
        refused(&lock(names()), names().map(|name| (name + "b", Tensor::<f32>::zeros([2]))).collect::<Vec<_>>());
    let text = bounded(&report);
    assert!(text.contains("bytes left out"), "{text}");
    assert!(report.missing.iter().all(|finding| finding.path.len() > 4000));
}

#[test]
fn a_report_that_is_full_of_everything() {
    // as a program may read it from JSON
    let hints: Vec<String> = (0..1000).map(|i| format!("hint {i} {}", "x".repeat(i))).collect();
    let findings = |kind: FindingKind| -> Vec<Finding> {
        let one = |i: usize| {
            let mut finding = Finding::default();
            finding.path = format!("{kind}{}.{i}", "p".repeat(7 * i % 5000));
            finding.hints = hints[..i % 20].iter().map(|hint| format!("{hint}{i}")).collect();
            finding
        };
        (0..100).map(one).collect()
    };
    let mut report = Report::default();
    report.checkpoint = "c".repeat(100_000);
    report.module = "m".repeat(100_000);
    report.config = findings(FindingKind::Config);
    report.missing = findings(FindingKind::Missing);
    report.unexpected = findings(FindingKind::Unexpected);
    report.shape = findings(FindingKind::Shape);
    report.dtype = findings(FindingKind::DType);
    report.duplicate = findings(FindingKind::Duplicate);
    report.name = findings(FindingKind::Name);
    report.dim = findings(FindingKind::Dim);
    report.tied = findings(FindingKind::Tied);
    report.variant = findings(FindingKind::Variant);
    report.hints = hints;
    report.stale_ignores = (0..10_000).map(|i| format!("{i}")).collect();
    let text = bounded(&report);
    // each kind has its part
    for kind in FindingKind::ALL {
        assert!(text.lines().any(|line| line.starts_with(kind.label())), "{kind} is left out");
    }
    assert!(text.lines().any(|line| line.starts_with("ignore")));
    let plain = report
        .to_ansi()
        .split("\u{1b}[")
        .map(|part| part.split_once('m').map_or("", |(_, text)| text).to_owned())
        .collect::<String>();
    assert_eq!(plain.len(), text.len());
}
