//! Files as memory.

use half::bf16;
use wb::{AnyTensor, Cast, LoadError, Loader, MemoryUse, Module, ProblemKind, Tensor, TensorCount};
use weighbridge_tests::files::{f32s, npy, npz, safetensors, unaligned_safetensors};
use weighbridge_tests::llama::{Llama, Tiny};
use weighbridge_tests::{contents, fixture};

use super::{LARGE, Mixed, SMALL, bits, mixed};

fn mapping() -> Loader {
    // SAFETY: fixtures are read only, and the other files are in directories of one test, which does not change them
    // while what it loaded from them is there
    unsafe { Loader::new().mapped() }
}

fn count(tensors: usize, bytes: u64) -> TensorCount {
    let mut count = TensorCount::default();
    (count.tensor_count, count.byte_len) = (tensors, bytes);
    count
}

fn held(in_place: TensorCount, copied: TensorCount) -> Option<MemoryUse> {
    let mut held = MemoryUse::default();
    (held.in_place, held.copied) = (in_place, copied);
    Some(held)
}

#[track_caller]
fn is_what_is_owned<M: Module>(name: &str) {
    let path = fixture(name);
    let owned = Loader::new().load::<M>(&path).unwrap();
    let loaded = mapping().load::<M>(&path).unwrap();
    let parameters = contents(&loaded.module);
    assert!(parameters == contents(&owned.module));
    assert_eq!(owned.report.memory_use, None);
    let bytes: usize = parameters.iter().map(|(.., bytes)| bytes.len()).sum();
    assert_eq!(loaded.report.memory_use, held(count(parameters.len(), bytes as u64), TensorCount::default()));
    assert!(loaded.report.to_string().ends_with(&format!("parameters fit, {} in place", parameters.len())));
}

#[test]
fn mapped_is_what_is_owned() {
    is_what_is_owned::<Llama<Tiny>>("llama-sharded");
    is_what_is_owned::<Llama<Tiny, bf16>>("llama");
}

#[test]
fn what_cannot_be_used_in_place_is_copied() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Kinds {
        #[param(shape = [2])]
        plain: Tensor<f32>,
        #[param(shape = [2, 3], from = transpose(of = "turned"))]
        turned: Tensor<f32>,
        #[param(shape = [2])]
        cast: Tensor<f32>,
        #[param(shape = [3])]
        flags: Tensor<bool>,
    }
    use wb::DType;
    let scratch = tempfile::tempdir().unwrap();
    let turned = f32s(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let halves: Vec<u8> = [1.5, -2.0].iter().flat_map(|&x| bf16::from_f32(x).to_le_bytes()).collect();
    let plain = f32s(&[7.0, 8.0]);
    let tensors: [(&str, DType, &[usize], &[u8]); 4] = [
        ("plain", DType::F32, &[2], &plain),
        ("turned", DType::F32, &[3, 2], &turned),
        ("cast", DType::BF16, &[2], &halves),
        ("flags", DType::BOOL, &[3], &[1, 0, 1]),
    ];
    for (file, in_place) in [(safetensors(&tensors), 1), (unaligned_safetensors(&tensors), 0)] {
        let path = scratch.path().join(format!("{in_place}.safetensors"));
        std::fs::write(&path, file).unwrap();
        let loaded = mapping().cast(Cast::Lossless).load::<Kinds>(&path).unwrap();
        // removed, and still there
        std::fs::remove_file(&path).unwrap();
        let Kinds { plain, turned, cast, flags } = loaded.module;
        assert_eq!(plain.as_slice(), [7.0, 8.0]);
        assert_eq!(turned.as_slice(), [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
        assert_eq!(cast.as_slice(), [1.5, -2.0]);
        assert_eq!(flags.as_slice(), [true, false, true]);
        let copied = count(4 - in_place, 24 + 8 + 3 + 8 * (1 - in_place as u64));
        assert_eq!(loaded.report.memory_use, held(count(in_place, 8 * in_place as u64), copied));
    }
}

#[test]
fn what_is_mapped_can_be_changed() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("model.safetensors");
    std::fs::write(&path, mixed()).unwrap();
    let owned = Loader::new().load::<Mixed>(&path).unwrap().module;
    let loaded = mapping().load::<Mixed>(&path).unwrap();
    assert_eq!(loaded.report.memory_use.unwrap().in_place, count(SMALL + 2, 4 * (100 + LARGE + 3 * SMALL) as u64));
    assert!(bits(&loaded.module) == bits(&owned));
    // a vector is a copy of its own, and a save takes the place of the file while it is mapped
    let mut vector = loaded.module.first.clone().into_vec();
    vector[0] = -1.0;
    let changed = Mixed {
        first: Tensor::new([100], vector).unwrap(),
        large: loaded.module.large.clone(),
        small: loaded.module.small.clone(),
    };
    changed.save_weights(&path).unwrap();
    assert!(bits(&loaded.module) == bits(&owned));
    assert_eq!(mapping().load::<Mixed>(&path).unwrap().module.first.as_slice()[0], -1.0);
}

#[test]
fn a_mapped_npz_has_its_checksums() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Pair {
        #[param(shape = [2])]
        a: AnyTensor,
        #[param(shape = [2])]
        b_x: AnyTensor,
    }
    let scratch = tempfile::tempdir().unwrap();
    let load = |name: &str, file: &[u8]| {
        let path = scratch.path().join(name);
        std::fs::write(&path, file).unwrap();
        mapping().load::<Pair>(&path)
    };
    let array = |numbers: [f32; 2]| npy("<f4", false, "(2,)", &f32s(&numbers));
    let good = npz(&[("a.npy", array([1.0, 2.0])), ("b_x.npy", array([3.0, 4.0]))]);
    let loaded = load("good.npz", &good).unwrap();
    assert_eq!(loaded.module.b_x.as_bytes(), f32s(&[3.0, 4.0]));
    // the lengths of the names put the first at an odd byte, and the second at one that is right
    assert_eq!(loaded.report.memory_use, held(count(1, 8), count(1, 8)));

    let at = |numbers: [f32; 2]| good.windows(8).position(|window| window == f32s(&numbers)).unwrap();
    let (a, b) = (at([1.0, 2.0]), at([3.0, 4.0]));
    // whichever is used in place, the first in the file is named
    for (broken, name) in [(vec![b], "b_x"), (vec![b + 7], "b_x"), (vec![a], "a"), (vec![a, b], "a")] {
        let mut bad = good.clone();
        broken.iter().for_each(|&at| bad[at] ^= 0x10);
        let LoadError::Container { problems, .. } = load(&format!("{broken:?}.npz"), &bad).unwrap_err() else {
            panic!("not the container's error")
        };
        assert_eq!((problems[0].kind, problems[0].tensor.as_deref()), (ProblemKind::Corrupt, Some(name)));
    }
}

#[test]
fn what_is_tied_is_counted_once_and_a_vector_is_a_copy() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [2])]
        embed: Tensor<f32>,
        #[param(shape = [2], tied = "embed")]
        head: Tensor<f32>,
        #[param(shape = [2])]
        norm: Vec<f32>,
    }
    use wb::DType;
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("tied.safetensors");
    let (embed, norm) = (f32s(&[1.0, 2.0]), f32s(&[3.0, 4.0]));
    let tensors = [("embed", &embed), ("head", &embed), ("norm", &norm)];
    let file = tensors.map(|(name, bytes)| (name, DType::F32, &[2][..], bytes.as_slice()));
    std::fs::write(&path, safetensors(&file)).unwrap();
    let loaded = mapping().load::<Model>(&path).unwrap();
    assert!(loaded.module.head.shares_storage(&loaded.module.embed));
    assert_eq!(loaded.module.norm, [3.0, 4.0]);
    let wanted = held(count(1, 8), count(1, 8));
    assert_eq!(loaded.report.memory_use, wanted);
    let streamed = mapping().stream::<Model, LoadError>(&path, |_| Ok(())).unwrap();
    assert_eq!(streamed.memory_use, wanted);
}

#[test]
fn refusals_are_the_same() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Other {
        #[param(shape = [9])]
        nothing: Tensor<f32>,
    }
    let scratch = tempfile::tempdir().unwrap();
    let paths = [
        fixture("llama-sharded"),
        fixture("mlx/linear.npz"),
        fixture("nothing-of-this-name"),
        scratch.path().to_owned(),
    ];
    let empty = scratch.path().join("empty");
    std::fs::write(&empty, []).unwrap();
    for path in paths.iter().chain([&empty]) {
        let [owned, mapped] =
            [Loader::new(), mapping()].map(|loader| loader.load::<Other>(path).unwrap_err().to_string());
        assert_eq!(owned, mapped);
    }
}
