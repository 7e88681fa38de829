//! Conversions of files that other programs wrote, read back by other crates' readers.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use weighbridge::{Checkpoint, DType, Renames, WriteError};
use weighbridge_tools::Selection;
use weighbridge_tools::convert::{ConvertError, Converted, Options, convert};

use crate::{Held, fixture, held, names_in, safetensors};

fn run(input: &Path, out: &Path, options: &Options) -> Result<Converted, ConvertError> {
    convert(&Checkpoint::open(input).unwrap(), out, options)
}

const ALL: [&str; 19] = [
    "llama/model.safetensors",
    "llama-sharded/model.safetensors.index.json",
    "llama-tied/model.safetensors",
    "gpt2/model.safetensors",
    "bert/model.safetensors",
    "resnet/model.safetensors",
    "whisper/model.safetensors",
    "mlx/linear.safetensors",
    "mlx/mlp.safetensors",
    "mlx/mlp-bf16.safetensors",
    "mlx/cnn.safetensors",
    "mlx/quantized.safetensors",
    "mlx/mlp.npz",
    "mlx/cnn.npz",
    "mlx/transformer.npz",
    "mlx/numpy-stored.npz",
    "mlx/numpy-deflated.npz",
    "mlx/numpy-fortran.npz",
    "mlx/numpy-bigendian.npz",
];

#[test]
fn every_file_goes_to_npz_and_back() {
    let scratch = tempfile::tempdir().unwrap();
    let (npz, back) = (scratch.path().join("a.npz"), scratch.path().join("b.safetensors"));
    // MLX writes BF16 to npz as V2, and only the caller knows what it is
    let options = Options::new().untyped(DType::BF16);
    for name in ALL {
        let before = held(&fixture(name));
        assert!(!before.is_empty(), "{name}");
        let done = run(&fixture(name), &npz, &Options::new()).unwrap();
        assert_eq!((done.tensor_count, done.renamed_count, done.cast.len()), (before.len(), 0, 0), "{name}");
        run(&npz, &back, &options).unwrap();
        assert!(held(&back) == before, "{name}");
        // in the order of the file, with larger elements first
        let sizes: Vec<usize> =
            Checkpoint::open(&back).unwrap().iter().map(|entry| entry.dtype().block().bytes).collect();
        assert!(sizes.is_sorted_by(|a, b| a >= b), "{name}: {sizes:?}");
    }
}

#[test]
fn every_file_goes_to_shards_and_back() {
    let scratch = tempfile::tempdir().unwrap();
    for (number, name) in ALL.into_iter().enumerate() {
        let before = held(&fixture(name));
        let largest = before.values().map(|(.., bytes)| bytes.len()).max().unwrap() as u64;
        let options = Options::new().max_shard_size(largest);
        let directory = scratch.path().join(format!("shards{number}"));
        let done = run(&fixture(name), &directory, &options).unwrap();
        let total: usize = before.values().map(|(.., bytes)| bytes.len()).sum();
        assert_eq!(done.byte_len, total as u64, "{name}");
        let (shards, index) = match done.files.as_slice() {
            [single] => {
                assert!(single.ends_with("/model.safetensors"), "{name}: {single}");
                continue;
            }
            [shards @ .., index] => (shards, index),
            [] => panic!("{name}"),
        };
        assert!(index.ends_with("/model.safetensors.index.json"), "{index}");
        let count = shards.len();
        for (number, shard) in shards.iter().enumerate() {
            assert!(shard.ends_with(&format!("/model-{:05}-of-{count:05}.safetensors", number + 1)), "{shard}");
            let size: usize = held(Path::new(shard)).values().map(|(.., bytes)| bytes.len()).sum();
            assert!(size as u64 <= largest && size > 0, "{name}: {shard} has {size} bytes");
        }
        let index: serde_json::Value = serde_json::from_slice(&fs::read(index).unwrap()).unwrap();
        assert_eq!(index["metadata"]["total_size"], total, "{name}");
        let map = index["weight_map"].as_object().unwrap();
        assert!(map.keys().eq(before.keys()), "{name}");
        for (tensor, file) in map {
            let shard = held(&directory.join(file.as_str().unwrap()));
            assert!(shard.get(tensor) == before.get(tensor), "{name}: {tensor}");
        }

        let whole = scratch.path().join("whole.safetensors");
        run(&directory, &whole, &Options::new()).unwrap();
        assert!(held(&whole) == before, "{name}");
    }
}

#[test]
fn a_pattern_of_names_says_what_shards_are_called() {
    let scratch = tempfile::tempdir().unwrap();
    let options = Options::new().max_shard_size(1);
    let out = scratch.path().join("pytorch_model.safetensors");
    let done = run(&fixture("mlx/linear.safetensors"), &out, &options).unwrap();
    let expected = [
        "pytorch_model-00001-of-00002.safetensors",
        "pytorch_model-00002-of-00002.safetensors",
        "pytorch_model.safetensors.index.json",
    ];
    assert!(done.files.iter().map(|file| file.rsplit('/').next().unwrap()).eq(expected), "{:?}", done.files);
    assert_eq!(names_in(scratch.path()), expected);
}

#[test]
fn metadata_is_kept_where_there_is_a_place_for_it() {
    let scratch = tempfile::tempdir().unwrap();
    let (npz, again) = (scratch.path().join("a.npz"), scratch.path().join("b.safetensors"));
    let input = fixture("llama/model.safetensors");
    let metadata = |path: &Path| Checkpoint::open(path).unwrap().metadata().clone();
    assert_eq!(metadata(&input), BTreeMap::from([("format".to_owned(), "pt".to_owned())]));

    run(&input, &again, &Options::new()).unwrap();
    assert_eq!(metadata(&again), metadata(&input));
    let shards = scratch.path().join("shards");
    let done = run(&input, &shards, &Options::new().max_shard_size(40_000)).unwrap();
    assert!(done.files.len() > 2);
    for shard in &done.files[..done.files.len() - 1] {
        assert_eq!(metadata(Path::new(shard)), metadata(&input), "{shard}");
    }
    let done = run(&input, &npz, &Options::new()).unwrap();
    assert_eq!(done.dropped_metadata, ["format"]);
    let untyped = "\nuntyped     30 BF16: numpy has no name for these, so a reader must be told what they are\n";
    assert!(done.to_string().contains(untyped), "{done}");
    assert!(done.to_string().ends_with("\nmetadata    format: left out, an npz file has no place for it"), "{done}");
}

#[test]
fn a_cast_rounds_as_half_does() {
    let scratch = tempfile::tempdir().unwrap();
    // ties and numbers just beside them, subnormals, the largest and smallest numbers, NaN and infinity
    let bits = [
        0x3f80_8000u32,
        0x3f80_8001,
        0x3f81_8000,
        0x3f80_7fff,
        1,
        0x8000_0001,
        0x7f7f_ffff,
        0xff80_0000,
        0x7fc0_0001,
        0,
    ];
    let numbers: Vec<u8> = bits.iter().flat_map(|bits| bits.to_le_bytes()).collect();
    let made = scratch.path().join("made.safetensors");
    safetensors(&made, &[("w", "F32", vec![bits.len()], &numbers)]);
    for input in [made, fixture("gpt2/model.safetensors"), fixture("mlx/transformer.npz")] {
        let before = held(&input);
        for (to, round) in [
            (DType::BF16, (|x: f32| half::bf16::from_f32(x).to_le_bytes()) as fn(f32) -> [u8; 2]),
            (DType::F16, |x: f32| half::f16::from_f32(x).to_le_bytes()),
        ] {
            let out = scratch.path().join("out.safetensors");
            let done = run(&input, &out, &Options::new().cast(to)).unwrap();
            let expect = |(dtype, shape, bytes): Held| match dtype.as_str() {
                "F32" => {
                    let numbers = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
                    (to.name().to_owned(), shape, numbers.flat_map(round).collect())
                }
                _ => (dtype, shape, bytes),
            };
            let expected: BTreeMap<String, Held> =
                before.iter().map(|(name, tensor)| (name.clone(), expect(tensor.clone()))).collect();
            assert!(held(&out) == expected, "{} to {to}", input.display());
            assert_eq!(done.cast.len(), expected.values().filter(|(dtype, ..)| dtype == to.name()).count());
            assert!(done.cast.iter().all(|cast| (cast.from, cast.to) == (DType::F32, to)), "{:?}", done.cast);
        }
    }
}

#[test]
fn numbers_that_become_infinite_are_told() {
    let scratch = tempfile::tempdir().unwrap();
    let (input, out) = (scratch.path().join("a.safetensors"), scratch.path().join("b.safetensors"));
    let numbers: Vec<u8> =
        [1.0f32, 65504.0, 65520.0, -1e30, f32::INFINITY].iter().flat_map(|x| x.to_le_bytes()).collect();
    safetensors(&input, &[("w", "F32", vec![5], &numbers), ("n", "I64", vec![1], &[1; 8]), ("q", "U8", vec![1], &[1])]);
    let done = run(&input, &out, &Options::new().cast(DType::F16)).unwrap();
    assert_eq!(done.overflowed.len(), 1);
    assert_eq!((done.overflowed[0].name.as_str(), done.overflowed[0].element_count), ("w", 2));
    assert_eq!(done.left_alone.len(), 2);
    let text = done.to_string();
    let rest = text.split_once(": ").unwrap().1;
    assert_eq!(
        rest,
        "3 tensors, 19 bytes, 1 cast to F16\nleft alone  1 I64, 1 U8: only floats are cast\noverflow    w: 2 finite \
         numbers became infinite, as the dtype has nothing so large"
    );
}

/// All codes of a byte.
fn bytes() -> Vec<u8> {
    (0..=255).collect()
}

#[test]
fn floats_of_8_bits_widen_and_come_back() {
    let scratch = tempfile::tempdir().unwrap();
    let [narrow, wide, back] =
        ["narrow", "wide", "back"].map(|name| scratch.path().join(format!("{name}.safetensors")));
    for (dtype, nan) in
        [("F8_E4M3", 0x7f), ("F8_E5M2", 0x7e), ("F8_E4M3FNUZ", 0x80), ("F8_E5M2FNUZ", 0x80), ("F8_E8M0", 0xff)]
    {
        safetensors(&narrow, &[("w", dtype, vec![256], &bytes())]);
        let done = run(&narrow, &wide, &Options::new().cast(DType::F32)).unwrap();
        assert_eq!((done.cast.len(), done.overflowed.len(), held(&wide)["w"].0.as_str()), (1, 0, "F32"), "{dtype}");
        let done = run(&wide, &back, &Options::new().cast(dtype.parse().unwrap())).unwrap();
        assert_eq!((done.cast.len(), done.overflowed.len()), (1, 0), "{dtype}");
        let differs = |(code, back): (u8, &u8)| code != *back;
        let other: Vec<u8> =
            bytes().into_iter().zip(&held(&back)["w"].2).filter(|pair| differs(*pair)).map(|(code, _)| code).collect();
        // a format may have several codes of NaN, and a number has one
        assert!(other.len() <= 6 && other.iter().all(|code| (code & 0x7f) >= 0x7d), "{dtype}: {other:?}, NaN is {nan}");
    }
}

#[test]
fn numbers_that_8_bits_do_not_have_are_told() {
    let scratch = tempfile::tempdir().unwrap();
    let (input, out) = (scratch.path().join("a.safetensors"), scratch.path().join("b.safetensors"));
    let numbers: Vec<u8> =
        [1.0f32, 448.0, 1e30, 0.0, -2.0, f32::INFINITY].iter().flat_map(|x| x.to_le_bytes()).collect();
    safetensors(
        &input,
        &[("c", "C64", vec![1], &[0; 8]), ("t", "BOOL", vec![1], &[1]), ("w", "F32", vec![6], &numbers)],
    );
    for (dtype, codes, said) in [
        ("F8_E4M3", [0x38, 0x7e, 0x7f, 0, 0xc0, 0x7f], "1 finite number became NaN, as the dtype has nothing so large"),
        ("F8_E5M2", [0x3c, 0x5f, 0x7c, 0, 0xc0, 0x7c], "1 finite number became infinite, as the dtype has"),
        (
            "F8_E8M0",
            [0x7f, 0x88, 0xe3, 0xff, 0xff, 0xff],
            "2 finite numbers became NaN, as F8_E8M0 has neither zero nor",
        ),
    ] {
        let done = run(&input, &out, &Options::new().cast(dtype.parse().unwrap())).unwrap();
        assert_eq!(held(&out)["w"].2, codes, "{dtype}");
        let text = done.to_string();
        assert!(text.contains(said), "{text}");
        assert!(text.contains("left alone  1 BOOL: an element of BOOL is no number\n"), "{text}");
        assert!(text.contains("left alone  1 C64: an element of C64 is two numbers\n"), "{text}");
    }
    for dtype in [DType::C64, DType::F4, DType::I8, DType::BOOL] {
        let said = run(&input, &out, &Options::new().cast(dtype)).unwrap_err().to_string();
        assert!(
            said.starts_with(&format!("tensors cannot be cast to {dtype}, as ")) && said.ends_with("F8_E8M0"),
            "{said}"
        );
    }
}

#[test]
fn names_are_changed_as_the_loader_changes_them() {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out.safetensors");
    let input = fixture("llama/model.safetensors");
    let renames =
        Renames::new().strip_prefix("model.").rename("layers", "h").rename("lm_head", "head").add_prefix("m.");
    let done = run(&input, &out, &Options::new().select(Selection::new().renames(renames))).unwrap();
    let before = held(&input);
    assert_eq!(done.renamed_count, before.len());
    let expected: BTreeMap<String, Held> = before
        .into_iter()
        .map(|(name, tensor)| {
            let name = name.strip_prefix("model.").unwrap_or(&name).to_owned();
            let name = name.strip_prefix("layers.").map(|rest| format!("h.{rest}")).unwrap_or(name);
            (format!("m.{}", name.replace("lm_head", "head")), tensor)
        })
        .collect();
    assert!(held(&out) == expected);
}

#[test]
fn names_that_meet_are_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out.safetensors");
    let refuse = |renames: Renames| {
        let error =
            run(&fixture("mlx/linear.safetensors"), &out, &Options::new().select(Selection::new().renames(renames)))
                .unwrap_err();
        assert!(!out.exists());
        error.to_string()
    };
    assert_eq!(
        refuse(Renames::new().rename("bias", "weight")),
        "`bias` and `weight` would both be `weight`; rename one of them to something else"
    );
    assert_eq!(
        refuse(Renames::new().rename("wieght", "w")),
        "`wieght` fits no name in the checkpoint; correct it or leave it out (renamings apply in order)"
    );
    assert!(refuse(Renames::new().strip_prefix("model.")).starts_with("the prefix `model.` fits no name"));
    assert!(refuse(Renames::new().rename("bias", "")).contains("has no name"));
    assert!(refuse(Renames::new().rename("bias", "__metadata__")).contains("keeps this name for itself"));
}

#[test]
fn untyped_elements_need_a_dtype() {
    let scratch = tempfile::tempdir().unwrap();
    let (input, out) = (fixture("mlx/mlp-bf16.npz"), scratch.path().join("out.safetensors"));
    let error = run(&input, &out, &Options::new()).unwrap_err();
    assert!(matches!(&error, ConvertError::Untyped { dtype: DType::V2, .. }), "{error}");
    let error = run(&input, &out, &Options::new().untyped(DType::F16)).unwrap_err().to_string();
    assert_eq!(error, "untyped elements cannot be F16; V2 can be BF16, and V1 one of the 8-bit floats");
    let twice = Options::new().untyped(DType::F8_E4M3).untyped(DType::F8_E5M2);
    let error = run(&input, &out, &twice).unwrap_err().to_string();
    assert_eq!(error, "untyped elements of 8 bits cannot be both F8_E4M3 and F8_E5M2; say one of them");
    assert!(!out.exists());
    // an npz keeps them untyped, and a cast leaves them alone
    let npz = scratch.path().join("out.npz");
    let done = run(&input, &npz, &Options::new().cast(DType::F32)).unwrap();
    assert!(done.left_alone.iter().all(|left| left.dtype == DType::V2) && !done.left_alone.is_empty());
    assert!(held(&npz) == held(&input));
    // declared as BF16, they are cast from BF16
    let options = Options::new().untyped(DType::BF16);
    run(&input, &out, &options.clone().cast(DType::F32)).unwrap();
    for (name, (dtype, _, bytes)) in held(&input) {
        assert_eq!(dtype, "BF16", "{name}");
        let wide =
            bytes.as_chunks().0.iter().flat_map(|bytes| half::bf16::from_le_bytes(*bytes).to_f32().to_le_bytes());
        assert!(held(&out)[&name].2.iter().copied().eq(wide), "{name}");
    }
    assert!(
        run(&input, &out, &options.cast(DType::I8))
            .unwrap_err()
            .to_string()
            .starts_with("tensors cannot be cast to I8, as it is no float; ")
    );
}

/// A directory with an existing target.
fn occupied() -> (tempfile::TempDir, PathBuf) {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out.safetensors");
    fs::write(&out, "somebody's").unwrap();
    (scratch, out)
}

#[test]
fn a_failure_leaves_the_target_as_it_was() {
    let (scratch, out) = occupied();
    let as_it_was = |error: ConvertError, part: &str| {
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(fs::read(&out).unwrap(), b"somebody's");
        assert_eq!(names_in(scratch.path()), ["out.safetensors"]);
    };
    let bytes = fs::read(fixture("mlx/mlp.npz")).unwrap();
    // a bit of the last member's elements, which end right before the archive's directory
    let at = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap() - 3;
    let mut damaged = bytes.clone();
    damaged[at] ^= 1;
    let damaged = Checkpoint::open(damaged).unwrap();
    as_it_was(convert(&damaged, &out, &Options::new()).unwrap_err(), "the member's bytes are damaged");

    let sound = Checkpoint::open(bytes).unwrap();
    // a file cannot replace a directory, and the error comes before anything is read
    let directory = tempfile::Builder::new().suffix(".safetensors").tempdir().unwrap();
    let none = Options::new().progress(|_| panic!("something was read"));
    let error = convert(&sound, directory.path(), &none).unwrap_err();
    assert!(
        matches!(&error, ConvertError::Write(WriteError::Io { source, .. }) if source.kind() == ErrorKind::IsADirectory)
    );
    let (call, calls) = mpsc::channel();
    let left = AtomicUsize::new(2);
    let cancel = Options::new().progress(move |_| {
        call.send(()).unwrap();
        match left.fetch_sub(1, Ordering::Relaxed) {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    });
    let error = convert(&sound, &out, &cancel).unwrap_err();
    assert!(matches!(error, ConvertError::Cancelled), "{error:?}");
    as_it_was(error, "cancelled");
    assert_eq!(calls.try_iter().count(), 3);

    let shards = scratch.path().join("shards");
    for options in [Options::new().max_shard_size(1), Options::new().max_shard_size(1 << 40)] {
        as_it_was(convert(&damaged, &shards, &options).unwrap_err(), "the member's bytes are damaged");
    }
    assert!(run(&fixture("mlx/mlp.npz"), &scratch.path().join("a.txt"), &Options::new()).is_err());
    assert_eq!(names_in(scratch.path()), ["out.safetensors"]);
}

#[test]
fn a_good_file_takes_the_place_of_another_and_of_itself() {
    let (scratch, out) = occupied();
    run(&fixture("mlx/mlp.safetensors"), &out, &Options::new()).unwrap();
    let before = held(&out);
    assert!(before == held(&fixture("mlx/mlp.safetensors")));
    run(&out, &out, &Options::new().cast(DType::BF16)).unwrap();
    assert!(held(&out).values().all(|(dtype, ..)| dtype == "BF16") && held(&out).keys().eq(before.keys()));
    assert_eq!(names_in(scratch.path()), ["out.safetensors"]);
}

#[test]
fn shards_of_two_checkpoints_do_not_mix() {
    let scratch = tempfile::tempdir().unwrap();
    let options = Options::new().max_shard_size(1);
    let input = fixture("mlx/mlp.safetensors");
    fs::write(scratch.path().join("config.json"), "{}").unwrap();
    let done = run(&input, scratch.path(), &options).unwrap();
    let before = names_in(scratch.path());
    assert_eq!(before.len(), done.files.len() + 1);
    // fewer shards would leave some of the old ones
    let error = run(&fixture("mlx/linear.safetensors"), scratch.path(), &options).unwrap_err().to_string();
    assert!(
        error.contains("is there already, and shards of two checkpoints must not mix; give another directory"),
        "{error}"
    );
    assert_eq!(names_in(scratch.path()), before);
    assert!(held(&scratch.path().join("model.safetensors.index.json")) == held(&input));
    // nor does a single file replace a shard that is read
    let error = run(scratch.path(), Path::new(&done.files[1]), &Options::new()).unwrap_err().to_string();
    assert!(error.contains("is a shard of the checkpoint"), "{error}");
    assert!(held(&scratch.path().join("model.safetensors.index.json")) == held(&input));

    let error = run(&input, &scratch.path().join("a.npz"), &options).unwrap_err().to_string();
    assert!(error.contains("is an npz file, which has no shards"), "{error}");
}

#[test]
fn what_a_format_cannot_hold_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let (input, out) = (scratch.path().join("a.safetensors"), scratch.path().join("b.npz"));
    let refuse = |tensors: &[crate::Tensor<'_>], part: &str| {
        safetensors(&input, tensors);
        let error = run(&input, &out, &Options::new()).unwrap_err().to_string();
        assert!(error.contains(part) && !out.exists(), "{error}");
    };
    refuse(&[("w", "F4", vec![2], &[1])], "`w` is F4, which an npz file cannot hold; save to `.safetensors`");
    refuse(
        &[("w", "U8", vec![1], &[1]), ("w.npy", "U8", vec![1], &[1])],
        "`w.npy` cannot be saved: numpy drops the `.npy`",
    );
    refuse(&[("a\\u0000b", "U8", vec![1], &[1])], "has a NUL in it");
    // a name twice in the header, as only a hostile file has it
    refuse(&[("w", "U8", vec![0], &[]), ("w", "U8", vec![0], &[])], "the checkpoint has `w` twice");
    refuse(&[("w", "BOOL", vec![3], &[0, 1, 2])], "element 2 is 2, and a BOOL is 0 or 1");
}

#[test]
fn tensors_of_many_pieces_are_put_together() {
    let scratch = tempfile::tempdir().unwrap();
    let [input, npz, out] = ["a.safetensors", "b.npz", "c.safetensors"].map(|name| scratch.path().join(name));
    let numbers: Vec<u8> = (0..400_001u32).flat_map(|n| (f64::from(n) * 1e-3).to_le_bytes()).collect();
    safetensors(&input, &[("w", "F64", vec![400_001], &numbers), ("x", "F64", vec![1, 1], &numbers[8..16])]);
    run(&input, &npz, &Options::new()).unwrap();
    assert!(held(&npz) == held(&input));
    run(&npz, &out, &Options::new().cast(DType::F32)).unwrap();
    let narrow = (0..400_001u32).flat_map(|n| ((f64::from(n) * 1e-3) as f32).to_le_bytes());
    assert!(held(&out)["w"].2.iter().copied().eq(narrow));

    // the error names the place, also far behind the first piece
    let mut bools = vec![1; 3 << 20];
    bools[(2 << 20) + 17] = 7;
    safetensors(&input, &[("b", "BOOL", vec![3 << 20], &bools)]);
    let error = run(&input, &out, &Options::new()).unwrap_err().to_string();
    assert!(error.contains("element 2097169 is 7, and a BOOL is 0 or 1"), "{error}");
}

#[test]
fn progress_counts_every_byte_once() {
    let scratch = tempfile::tempdir().unwrap();
    let input = Checkpoint::open(fixture("whisper/model.safetensors")).unwrap();
    let (call, calls) = mpsc::channel();
    let options = Options::new().cast(DType::F64).progress(move |at| {
        call.send((at.bytes_read, at.bytes_total)).unwrap();
        ControlFlow::Continue(())
    });
    convert(&input, scratch.path().join("a.npz"), &options).unwrap();
    let seen: Vec<_> = calls.try_iter().collect();
    let total: u64 = input.iter().map(|entry| entry.byte_len() as u64).sum();
    assert_eq!(seen.last(), Some(&(total, total)));
    assert!(seen.is_sorted() && seen.len() >= input.len());
}
