//! Generated code declares exactly what is in the file, whatever the names, dtypes and shapes.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use weighbridge::lock::Lock;
use weighbridge::{Checkpoint, DType};
use weighbridge_tools::generate::{Library, Options, generate};

use crate::expand::expand;
use crate::generate::{Line, declared};

/// Components that mean something to Rust, to the code, or to the derive.
const WORDS: &[&str] = &[
    "weight",
    "bias",
    "norm",
    "self",
    "super",
    "type",
    "gen",
    "r#type",
    "layers",
    "experts",
    "h",
    "0",
    "1",
    "2",
    "3",
    "13",
    "00",
    "x_0",
    "x_1",
    "x_2",
    "x_",
    "_0",
    "conv1",
    "q_proj",
    "embed_tokens",
    "running_mean",
    "scales",
    "biases",
    "Float",
    "FLOAT",
    "float",
    "IN",
    "iN",
    "OUT",
    "hIDDEN",
    "HIDDEN",
    "vec",
    "Vec",
    "tensor",
    "a b",
    "a-b",
    "\"q\"",
    "back\\slash",
    "{}",
    "{0}",
    "x{}",
    "*",
    "層",
    "größe",
    "\u{1}",
    "\u{202e}",
    "//",
    "*/",
    "`",
    "int",
    "array2",
    "dtype",
    "a",
    "A",
    "aA",
];

fn word() -> impl Strategy<Value = String> {
    let long = (1_usize..80).prop_map(|length| "long_".repeat(length));
    prop_oneof![20 => prop::sample::select(WORDS).prop_map(str::to_owned), 1 => long, 1 => "[a-zA-Z_0-9]{1,6}"]
}

fn dtype() -> impl Strategy<Value = DType> {
    let whole: Vec<DType> = DType::ALL.iter().copied().filter(|dtype| !dtype.shares_bytes()).collect();
    prop_oneof![3 => Just(DType::F32), 2 => Just(DType::BF16), 2 => prop::sample::select(whole)]
}

fn shape() -> impl Strategy<Value = Vec<usize>> {
    let dim = prop_oneof![Just(0_usize), 1_usize..5, Just(16), Just(32)];
    prop_oneof![9 => prop::collection::vec(dim, 0..4), 1 => prop::collection::vec(1_usize..3, 4..9)]
}

/// A module's tensors, below it.
fn module() -> impl Strategy<Value = Vec<Line>> {
    let name = prop::collection::vec(word(), 1..4).prop_map(|words| words.join("."));
    prop::collection::vec((name, dtype(), shape()), 1..6)
}

/// A list of items that are alike but for a few changes.
fn list() -> impl Strategy<Value = Vec<Line>> {
    let change = (any::<prop::sample::Index>(), 0_usize..4, dtype(), shape());
    let named = prop_oneof![Just("."), Just("_"), Just(".0.")];
    (word(), named, 1_usize..20, 0_usize..2, module(), prop::collection::vec(change, 0..4)).prop_map(
        |(name, separator, count, first, item, changes)| {
            let mut lines = Vec::new();
            for index in first..first + count {
                lines.extend(
                    item.iter().map(|(below, dtype, shape)| {
                        (format!("{name}{separator}{index}.{below}"), *dtype, shape.clone())
                    }),
                );
            }
            for (at, what, dtype, shape) in changes {
                let at = at.index(lines.len());
                match what {
                    0 if lines.len() > 1 => _ = lines.remove(at),
                    1 => lines[at].1 = dtype,
                    2 => lines[at].2 = shape,
                    _ => lines[at].0 += ".more",
                }
            }
            lines
        },
    )
}

/// Lists and modules, at several levels, with each name once.
fn file() -> impl Strategy<Value = Vec<Line>> {
    let part = (prop::collection::vec(word(), 0..3), prop_oneof![module(), list()]);
    prop::collection::vec(part, 1..5).prop_map(|parts| {
        let mut lines: Vec<Line> = Vec::new();
        for (place, part) in parts {
            for (name, dtype, shape) in part {
                lines.push(([place.as_slice(), &[name]].concat().join("."), dtype, shape));
            }
        }
        lines.sort();
        lines.dedup_by(|a, b| a.0 == b.0);
        lines
    })
}

fn holds(lines: &[Line], options: &Options, root: &str) {
    let Ok(lock) = Lock::of(lines.iter().cloned()) else { return };
    let checkpoint = Checkpoint::open(&lock).unwrap();
    let code = generate(&checkpoint, &options.clone().name(root)).unwrap();
    assert_eq!(expand(&code, root), declared(lines), "{code}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn the_code_declares_the_file(file in file()) {
        for root in ["Model", "Float"] {
            holds(&file, &Options::new(), root);
        }
        for library in [Library::Candle, Library::Burn, Library::Ndarray] {
            holds(&file, &Options::new().library(library), "Model");
        }
    }
}
