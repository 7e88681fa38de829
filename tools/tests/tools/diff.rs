//! Two checkpoints side by side.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use weighbridge::{Checkpoint, DType, Renames, Source};
use weighbridge_tools::Selection;
use weighbridge_tools::convert::{self, convert};
use weighbridge_tools::diff::{Diff, DiffError, Options, diff};

use crate::{Tensor, fixture, held, safetensors};

fn compared(a: &Path, b: &Path, values: bool) -> Diff {
    let [a, b] = [a, b].map(|path| Checkpoint::open(path).unwrap());
    diff(&a, &b, &Options::new().values(values)).unwrap()
}

/// The text without the paths of the summary.
fn text(diff: &Diff) -> String {
    diff.to_string().replace(&diff.a, "a").replace(&diff.b, "b")
}

/// Two files of these tensors.
fn two(a: &[Tensor<'_>], b: &[Tensor<'_>]) -> (tempfile::TempDir, [PathBuf; 2]) {
    let scratch = tempfile::tempdir().unwrap();
    let paths = ["a.safetensors", "b.safetensors"].map(|name| scratch.path().join(name));
    safetensors(&paths[0], a);
    safetensors(&paths[1], b);
    (scratch, paths)
}

fn f32s(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

#[test]
fn formats_and_shards_of_one_model_are_the_same() {
    let scratch = tempfile::tempdir().unwrap();
    for name in ["gpt2/model.safetensors", "llama-sharded/model.safetensors.index.json", "mlx/numpy-fortran.npz"] {
        let input = fixture(name);
        let count = held(&input).len();
        let outs = [scratch.path().join(format!("{count}.npz")), scratch.path().join(format!("{count}.safetensors"))];
        for out in &outs {
            let checkpoint = Checkpoint::open(&input).unwrap();
            convert(&checkpoint, out, &convert::Options::new()).unwrap();
            let found = compared(&input, out, true);
            assert!(found.same && found.values_compared, "{found}");
            assert_eq!((found.tensor_count, found.equal_count), (count, count));
            let summary = format!("a and b are the same: {count} tensors of the same names, dtypes, shapes and values");
            assert_eq!(text(&found).lines().next(), Some(summary.as_str()));
        }
        assert!(compared(&outs[0], &outs[1], false).to_string().contains("and shapes; values were not compared"));
    }
}

#[test]
fn untyped_elements_are_what_the_other_says() {
    let found = compared(&fixture("mlx/mlp-bf16.npz"), &fixture("mlx/mlp-bf16.safetensors"), true);
    assert!(found.same && found.dtype.is_empty(), "{found}");
    assert_eq!(found.untyped.len(), found.tensor_count);
    assert!(
        text(&found).ends_with(
            "\nhint        7 tensors are untyped (V2) in one of the two, and taken to be BF16 as in the other"
        ),
        "{found}"
    );
}

#[test]
fn names_dtypes_and_shapes() {
    let (w, i) = (f32s(&[1.0; 6]), [0; 4]);
    let layer = |n: usize| format!("layers.{n}.w");
    let names: Vec<String> = (0..12).map(layer).collect();
    let a: Vec<Tensor<'_>> = (0..12).map(|n| (names[n].as_str(), "F32", vec![2, 3], w.as_slice())).collect();
    let b: Vec<Tensor<'_>> = (0..12)
        .filter(|n| *n != 5)
        .map(|n| (names[n].as_str(), "F32", if n < 10 { vec![3, 2] } else { vec![2, 3] }, w.as_slice()))
        .collect();
    let a = [a, vec![("head", "I32", vec![1], &i), ("\\u001b[31mred", "I32", vec![1], &i)]].concat();
    let b = [b, vec![("head", "F32", vec![1], &i), ("tail", "U8", vec![], &i[..1])]].concat();
    let (_scratch, [a, b]) = two(&a, &b);
    let found = compared(&a, &b, false);
    assert!(!found.same);
    assert_eq!(found.only_in_a.iter().map(|only| &*only.name).collect::<Vec<_>>(), ["\u{1b}[31mred", "layers.5.w"]);
    assert_eq!(found.shape.len(), 9);
    assert_eq!(
        text(&found),
        "\
a (A) and b (B) differ: 2 only in A, 1 only in B, 9 of another shape, 1 of another dtype (2 of 15 tensors the same; \
         values were not compared)

only in A   \"\\u{1b}[31mred\"  I32 [1]
only in A   layers.5.w       F32 [2, 3]
only in B   tail  U8 []
shape       layers.{0..=4, 6..=9}.w  [2, 3] in A, [3, 2] in B, as if transposed
dtype       head  I32 in A, F32 in B"
    );
    let data = serde_json::to_value(&found).unwrap();
    assert_eq!(data["same"], false);
    assert_eq!(data["shape"][0]["a"], serde_json::json!([2, 3]));
    assert_eq!(data["only_in_b"][0]["dtype"], "U8");
    assert!(found.to_ansi().contains("\x1b[1;33monly in A\x1b[0m   ") && !found.to_string().contains('\x1b'));
}

#[test]
fn values_of_floats_are_measured() {
    let mut numbers: Vec<f32> = (0..24u8).map(f32::from).collect();
    let before = f32s(&numbers);
    numbers[7] += 0.25;
    numbers[23] = 24.5;
    numbers[1] = 2.0;
    let after = f32s(&numbers);
    let (_scratch, [a, b]) = two(
        &[
            ("h.0.w", "F32", vec![2, 3, 4], &before),
            ("h.1.w", "F32", vec![2, 3, 4], &before),
            ("x", "F32", vec![24], &before),
        ],
        &[
            ("h.0.w", "F32", vec![2, 3, 4], &after),
            ("h.1.w", "F32", vec![2, 3, 4], &after),
            ("x", "F32", vec![24], &before),
        ],
    );
    assert!(compared(&a, &b, false).same);
    let found = compared(&a, &b, true);
    assert_eq!((found.equal_count, found.tensor_count, found.same), (1, 3, false));
    let one = &found.values[0];
    assert_eq!((one.differing_count, one.element_count, &*one.first), (3, 24, &[0, 0, 1][..]));
    let largest = one.largest.as_ref().unwrap();
    assert_eq!((largest.absolute, &*largest.at, largest.a, largest.b), (1.5, &[1, 2, 3][..], 23.0, 24.5));
    assert_eq!(one.relative, Some(0.5));
    assert!(
        text(&found).ends_with(
            "\n\n\
values      h.{0..=1}.w  F32 [2, 3, 4]: 6 of 48 differ, by at most 1.5 (relative 0.5)
              furthest apart at [1, 2, 3] of h.1.w: 23 in A, 24.5 in B"
        ),
        "{found}"
    );
}

#[test]
fn nan_and_infinity_are_counted() {
    let nan = |bits: u32| f32::from_bits(bits);
    let a = f32s(&[f32::NAN, f32::NAN, nan(0x7fc0_0001), f32::INFINITY, f32::INFINITY, 1.0, 0.0]);
    let b = f32s(&[f32::NAN, 1.0, nan(0x7fc0_0002), f32::INFINITY, f32::NEG_INFINITY, f32::INFINITY, -0.0]);
    let (_scratch, paths) = two(&[("w", "F32", vec![7], &a)], &[("w", "F32", vec![7], &b)]);
    let found = compared(&paths[0], &paths[1], true);
    let one = &found.values[0];
    // 0 and -0 are equal numbers with different bits
    assert_eq!((one.differing_count, one.nan_count, one.infinite_count), (5, 1, 2));
    assert_eq!(one.largest.as_ref().map(|largest| (largest.absolute, largest.at[0])), Some((0.0, 6)));
    let line = text(&found);
    assert!(line.contains("; 1 NaN in only one of the two; 2 infinite in only one of the two\n"), "{line}");
    assert!(line.ends_with("furthest apart at [6]: 0 in A, -0 in B"), "{line}");
    // a NaN with the same bits is the same
    assert!(compared(&paths[0], &paths[0], true).same);
    let json = serde_json::to_string(&found).unwrap();
    assert!(!json.contains("null") || json.contains(r#""renaming":null"#), "{json}");
}

#[test]
fn floats_of_two_dtypes_are_compared_as_numbers() {
    let scratch = tempfile::tempdir().unwrap();
    let exact = f32s(&[1.0, -2.5, f32::NAN, 0.0]);
    let rounded = f32s(&[1.0, 1.0 + 1.0 / 1024.0, 3.0, 1e30]);
    let input = scratch.path().join("a.safetensors");
    safetensors(
        &input,
        &[("exact", "F32", vec![4], &exact), ("n", "I64", vec![1], &[0; 8]), ("rounded", "F32", vec![4], &rounded)],
    );
    let out = scratch.path().join("b.npz");
    let checkpoint = Checkpoint::open(&input).unwrap();
    let options = convert::Options::new().cast(DType::F16);
    convert(&checkpoint, &out, &options).unwrap();
    let found = compared(&input, &out, true);
    assert_eq!(
        found.dtype.iter().map(|dtype| (&*dtype.name, dtype.b)).collect::<Vec<_>>(),
        [("exact", DType::F16), ("rounded", DType::F16)]
    );
    // F16 holds 1 + 1/1024, and 1e30 is infinite there
    assert_eq!(found.values.len(), 1);
    assert_eq!(
        (found.values[0].differing_count, found.values[0].infinite_count, found.values[0].largest.is_none()),
        (1, 1, true)
    );
    assert_eq!(found.equal_count, 1);
}

#[test]
fn floats_of_8_bits_are_compared_as_numbers() {
    // 1, -2, 448, NaN and 1, -2, 416, 1
    let (a, b) = ([0x38, 0xc0, 0x7e, 0x7f], [0x38, 0xc0, 0x7d, 0x38]);
    let wide = f32s(&[1.0, -2.0, 416.0, 1.0]);
    for (dtype, bytes) in [("F8_E4M3", b.as_slice()), ("F32", &wide)] {
        let (_scratch, [a, b]) = two(&[("w", "F8_E4M3", vec![4], &a)], &[("w", dtype, vec![4], bytes)]);
        let found = compared(&a, &b, true);
        let one = &found.values[0];
        assert_eq!((one.differing_count, one.nan_count, &*one.first), (2, 1, &[2][..]), "{dtype}");
        let largest = one.largest.as_ref().unwrap();
        assert_eq!((largest.absolute, largest.a, largest.b), (32.0, 448.0, 416.0), "{dtype}");
    }
    // the same numbers
    let exact = f32s(&[1.0, -2.0, 448.0, f32::NAN]);
    let (_scratch, [a, b]) = two(&[("w", "F8_E4M3", vec![4], &a)], &[("w", "F32", vec![4], &exact)]);
    let found = compared(&a, &b, true);
    assert_eq!((found.values.len(), found.dtype.len()), (0, 1));
}

#[test]
fn places_are_right_in_tensors_of_many_pieces() {
    let mut numbers = vec![0.0f32; 1000 * 700];
    let before = f32s(&numbers);
    numbers[300_000] = 3.0;
    numbers[699_999] = -3.0;
    numbers[400_000] = 2.0;
    let wide: Vec<u8> = numbers.iter().flat_map(|number| f64::from(*number).to_le_bytes()).collect();
    for (dtype, after) in [("F32", f32s(&numbers)), ("F64", wide)] {
        let (_scratch, [a, b]) =
            two(&[("w", "F32", vec![1000, 700], &before)], &[("w", dtype, vec![1000, 700], &after)]);
        let found = compared(&a, &b, true);
        let one = &found.values[0];
        assert_eq!((one.differing_count, &*one.first), (3, &[428, 400][..]), "{dtype}");
        let largest = one.largest.as_ref().unwrap();
        // if two are equally far apart, the first
        assert_eq!((largest.absolute, &*largest.at, largest.b), (3.0, &[428, 400][..], 3.0), "{dtype}");
    }
}

#[test]
fn integers_and_packed_elements_differ_or_do_not() {
    let (_scratch, [a, b]) = two(
        &[("f4", "F4", vec![2, 4], &[0x21, 0x43, 0x65, 0x87]), ("i", "I32", vec![2], &[1, 0, 0, 0, 2, 0, 0, 0])],
        &[("f4", "F4", vec![2, 4], &[0x21, 0x43, 0x66, 0x07]), ("i", "I32", vec![2], &[1, 0, 0, 0, 2, 0, 0, 1])],
    );
    let found = compared(&a, &b, true);
    let told: Vec<_> =
        found.values.iter().map(|one| (one.differing_count, one.element_count, one.first.clone())).collect();
    assert_eq!(told, [(2, 8, vec![1, 0]), (1, 2, vec![1])]);
    assert!(found.values.iter().all(|one| one.largest.is_none() && one.relative.is_none()));
    assert!(text(&found).ends_with("\nvalues      i   I32 [2]: 1 of 2 differ, first at [1]"), "{found}");
}

#[test]
fn another_prefix_is_recognised_by_names() {
    let scratch = tempfile::tempdir().unwrap();
    let input = fixture("gpt2/model.safetensors");
    let out = scratch.path().join("renamed.safetensors");
    let checkpoint = Checkpoint::open(&input).unwrap();
    let renames = Renames::new().rename("transformer", "model");
    convert(&checkpoint, &out, &convert::Options::new().select(Selection::new().renames(renames))).unwrap();
    let found = compared(&input, &out, false);
    let count = held(&input).keys().filter(|name| name.starts_with("transformer.")).count();
    assert_eq!((found.only_in_a.len(), found.only_in_b.len()), (count, count));
    let renaming = found.renaming.as_ref().unwrap();
    assert_eq!((&*renaming.a, &*renaming.b), ("transformer", "model"));
    assert!(
        text(&found).contains("\nhint        with the prefix `model` in place of `transformer`, the names only in A"),
        "{found}"
    );

    // one prefix for all
    let bare = scratch.path().join("bare.safetensors");
    let renames = Renames::new().strip_prefix("transformer.");
    convert(&checkpoint, &bare, &convert::Options::new().select(Selection::new().renames(renames))).unwrap();
    let renaming = compared(&bare, &input, false).renaming.unwrap();
    assert_eq!((&*renaming.a, &*renaming.b), ("", "transformer"));
    // if one shape differs, nothing is certain
    let (_two, [a, b]) = two(
        &[("q.b", "U8", vec![1], &[1]), ("q.w", "U8", vec![2], &[1, 2])],
        &[("k.b", "U8", vec![1], &[1]), ("k.w", "U8", vec![3], &[1, 2, 3])],
    );
    assert_eq!(compared(&a, &b, false).renaming, None);
}

#[test]
fn another_name_is_recognised_by_values() {
    let (_scratch, [a, b]) = two(
        &[
            ("h.0.w", "U8", vec![2], &[1, 2]),
            ("h.1.w", "U8", vec![2], &[3, 4]),
            ("twice.0", "U8", vec![2], &[7, 7]),
            ("twice.1", "U8", vec![2], &[7, 7]),
            ("other", "U8", vec![2], &[5, 6]),
            ("shaped", "U8", vec![1, 2], &[1, 2]),
        ],
        &[
            ("layers.0.w", "U8", vec![2], &[1, 2]),
            ("layers.1.w", "U8", vec![2], &[3, 4]),
            ("once", "U8", vec![2], &[7, 7]),
            ("changed", "U8", vec![2], &[5, 7]),
        ],
    );
    let found = compared(&a, &b, true);
    let pairs: Vec<_> = found.renamed.iter().map(|pair| (&*pair.a, &*pair.b)).collect();
    assert_eq!(pairs, [("h.0.w", "layers.0.w"), ("h.1.w", "layers.1.w")]);
    assert_eq!((found.only_in_a.len(), found.only_in_b.len(), found.tensor_count, found.equal_count), (4, 2, 8, 0));
    assert!(
        text(&found).ends_with("\nrenamed     h.{0..=1}.w  is `layers.{0..=1}.w` in B, with the same values"),
        "{found}"
    );
    assert!(compared(&a, &b, false).renamed.is_empty());
}

#[test]
fn a_lock_stands_for_its_file() {
    let checkpoint = Checkpoint::open(fixture("llama/model.safetensors")).unwrap();
    let lock = |label: &str, checkpoint: &Checkpoint| {
        Checkpoint::open(Source::lock(label, &checkpoint.lock().unwrap())).unwrap()
    };
    let own = lock("llama.lock", &checkpoint);
    assert!(diff(&own, &checkpoint, &Options::new()).unwrap().same);
    let tied = lock("tied.lock", &Checkpoint::open(fixture("llama-tied/model.safetensors")).unwrap());
    let found = diff(&checkpoint, &tied, &Options::new()).unwrap();
    assert_eq!((found.b.as_str(), found.same), ("tied.lock", false));
    assert!(found.only_in_a.iter().any(|only| only.name == "lm_head.weight"), "{found}");

    for (a, b) in [(&checkpoint, &own), (&own, &checkpoint)] {
        let error = diff(a, b, &Options::new().values(true)).unwrap_err();
        assert!(matches!(&error, DiffError::NoValues { label } if label == "llama.lock"));
        assert_eq!(
            error.to_string(),
            "llama.lock is a lock and has no values; compare the file that it was made of, or leave the values out"
        );
    }
    let entry = own.get("model.norm.weight").unwrap();
    let read = entry.pieces(1, |_| Ok::<(), weighbridge::LoadError>(()));
    assert!(read.unwrap_err().to_string().contains("this is a lock, which has no weights"));
    let scratch = tempfile::tempdir().unwrap();
    let error = convert(&own, scratch.path().join("a.npz"), &convert::Options::new()).unwrap_err();
    assert_eq!(error.to_string(), "llama.lock is a lock and has no weights; convert the file that it was made of");
}

#[test]
fn what_is_harmless_in_a_name_is_shown_as_it_is() {
    let scratch = tempfile::tempdir().unwrap();
    let [a, b] = ["o'brien \"1\".safetensors", "\u{1b}2.safetensors"].map(|name| scratch.path().join(name));
    fs::copy(fixture("mlx/linear.safetensors"), &a).unwrap();
    fs::copy(fixture("mlx/mlp.safetensors"), &b).unwrap();
    let text = compared(&a, &b, false).to_string();
    assert!(text.contains("/o'brien \"1\".safetensors (A)") && text.contains("/\\u{1b}2.safetensors (B)"), "{text}");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let (_scratch, [a, b]) =
        two(&[("w", "U8", vec![0], &[]), ("w", "U8", vec![0], &[])], &[("w", "BOOL", vec![2], &[1, 3])]);
    let [twice, hostile] = [a, b].map(|path| Checkpoint::open(path).unwrap());
    let error = diff(&hostile, &twice, &Options::new()).unwrap_err().to_string();
    assert!(error.ends_with("has `w` twice; keep one of them"), "{error}");
    let values = Options::new().values(true);
    let error = diff(&hostile, &hostile, &values).unwrap_err().to_string();
    assert!(error.contains("element 1 is 3, and a BOOL is 0 or 1"), "{error}");

    // equal bytes with a wrong checksum are still damaged
    let mut bytes = fs::read(fixture("mlx/mlp.npz")).unwrap();
    let at = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap() - 3;
    bytes[at] ^= 1;
    let damaged = Checkpoint::open(bytes).unwrap();
    let error = diff(&damaged, &damaged, &values).unwrap_err().to_string();
    assert!(error.contains("damaged"), "{error}");

    let sound = Checkpoint::open(fixture("mlx/mlp.npz")).unwrap();
    let (call, calls) = mpsc::channel();
    let cancel = values.progress(move |at| {
        call.send(at).unwrap();
        ControlFlow::Break(())
    });
    assert!(matches!(diff(&sound, &sound, &cancel), Err(DiffError::Cancelled)));
    let bytes: usize = sound.iter().map(|entry| entry.byte_len()).sum();
    assert_eq!(calls.try_iter().map(|at| at.bytes_total).collect::<Vec<_>>(), [2 * bytes as u64]);
}
