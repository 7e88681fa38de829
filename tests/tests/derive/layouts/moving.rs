//! Which element comes where.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wb::{AnyTensor, Cast, Loader, Module, ReadAt, Source, Tensor};

use super::{any, counted, counted_from, gathered};

#[derive(Module)]
#[module(crate = wb)]
struct Transposed {
    #[param(shape = [5, 3], from = transpose)]
    weight: Tensor<f32>,
}

#[test]
fn a_transpose() {
    let file = counted([3, 5]);
    let module = Transposed::from_weights(any([("weight", &file)])).unwrap();
    assert_eq!(module.weight.shape()[..], [5, 3]);
    assert_eq!(module.weight.as_slice(), gathered(&file, &[5, 3], |at| vec![at[1], at[0]]));
}

#[derive(Module)]
#[module(crate = wb)]
struct Permuted {
    // torch has [O, I, kH, kW], MLX [O, kH, kW, I]
    #[param(shape = [4, 3, 2, 5], from = permute(0, 2, 3, 1))]
    weight: Tensor<f32>,
}

#[test]
fn a_permutation_is_numpys() {
    let file = counted([4, 5, 3, 2]);
    let module = Permuted::from_weights(any([("weight", &file)])).unwrap();
    assert_eq!(module.weight.as_slice(), gathered(&file, &[4, 3, 2, 5], |at| vec![at[0], at[3], at[1], at[2]]));
}

#[derive(Module)]
#[module(crate = wb)]
struct Reshaped {
    #[param(shape = [6], from = reshape(1, 6, 1))]
    weight: Tensor<f32>,
    #[param(shape = [2, 3, 2], from = reshape(6, 2, of = transpose(of = "other")))]
    other: Tensor<f32>,
}

#[test]
fn a_reshape_keeps_the_order() {
    let (file, other) = (counted([1, 6, 1]), counted([2, 6]));
    let module = Reshaped::from_weights(any([("weight", &file), ("other", &other)])).unwrap();
    assert_eq!(module.weight.as_slice(), file.as_slice());
    assert!(module.weight.shares_storage(&file), "nothing moves, so that nothing is copied");
    assert_eq!(module.other.as_slice(), gathered(&other, &[6, 2], |at| vec![at[1], at[0]]));
    assert_eq!(module.other.shape()[..], [2, 3, 2]);
}

#[derive(Module)]
#[module(crate = wb)]
struct Fused {
    // grouped-query attention: the parts are unequal
    #[param(shape = [8, 3], from = concat(dim = 0, "q.weight": 4, "k.weight", "v.weight"))]
    qkv: Tensor<f32>,
    #[param(shape = [3, 4], from = concat(dim = 1, transpose(of = "a"): 1, "b": 3))]
    mixed: Tensor<f32>,
}

#[test]
fn a_concatenation() {
    let (q, k, v) = (counted([4, 3]), counted_from([2, 3], 100), counted_from([2, 3], 200));
    let (a, b) = (counted([1, 3]), counted_from([3, 3], 10));
    let pairs = any([("q.weight", &q), ("k.weight", &k), ("v.weight", &v), ("a", &a), ("b", &b)]);
    let module = Fused::from_weights(pairs).unwrap();
    assert_eq!(module.qkv.as_slice(), [q.as_slice(), k.as_slice(), v.as_slice()].concat());
    let mixed = [[0., 10., 11., 12.], [1., 13., 14., 15.], [2., 16., 17., 18.]].concat();
    assert_eq!(module.mixed.as_slice(), mixed);
}

#[derive(Module)]
#[module(crate = wb)]
struct Experts {
    #[param(shape = [3, 2, 4], from = stack("experts.{}.w1.weight"))]
    w1: Tensor<f32>,
    #[param(shape = [4, 3, 2], from = stack(dim = 1, transpose(of = "experts.{}.w2.weight")))]
    w2: Tensor<f32>,
    #[param(shape = ["experts", 4], from = stack("experts.{}.w3.weight"))]
    open: Option<Tensor<f32>>,
}

#[test]
fn a_stack() {
    let w1: Vec<_> = (0..3).map(|i| counted_from([2, 4], 10 * i)).collect();
    let w2: Vec<_> = (0..3).map(|i| counted_from([2, 4], 100 * i)).collect();
    let mut pairs = Vec::new();
    for i in 0..3 {
        pairs.push((format!("experts.{i}.w2.weight"), w2[i].clone()));
        pairs.push((format!("experts.{i}.w1.weight"), w1[i].clone()));
    }
    let module = Experts::from_weights(pairs).unwrap();
    assert_eq!(module.w1.as_slice(), w1.iter().flat_map(|w| w.as_slice().to_vec()).collect::<Vec<_>>());
    let mut expected = Vec::new();
    for row in 0..4 {
        for expert in &w2 {
            expected.extend([expert.as_slice()[row], expert.as_slice()[4 + row]]);
        }
    }
    assert_eq!(module.w2.as_slice(), expected);
    assert!(module.open.is_none());
}

#[derive(Module)]
#[module(crate = wb)]
struct Apart {
    #[param(shape = [4, 3], from = transpose(of = slice(dim = 1, of = "c_attn.weight", start = 0)))]
    q: Tensor<f32>,
    #[param(shape = [2, 3], from = slice(dim = 0, of = transpose(of = "c_attn.weight"), start = 4, len = 2))]
    k: Tensor<f32>,
    #[param(shape = [3, 2], from = slice(dim = 1, of = "c_attn.weight", start = 6))]
    v: Tensor<f32>,
    #[param(shape = [2], from = slice(dim = 0, start = 1))]
    bias: Tensor<f32>,
    #[param(shape = [1], from = slice(dim = 0, of = "bias"))]
    gate: Tensor<f32>,
}

#[test]
fn a_slice() {
    let (weight, bias) = (counted([3, 8]), counted([3]));
    let module = Apart::from_weights(any([("c_attn.weight", &weight), ("bias", &bias)])).unwrap();
    assert_eq!(module.q.as_slice(), gathered(&weight, &[4, 3], |at| vec![at[1], at[0]]));
    assert_eq!(module.k.as_slice(), gathered(&weight, &[2, 3], |at| vec![at[1], at[0] + 4]));
    assert_eq!(module.v.as_slice(), gathered(&weight, &[3, 2], |at| vec![at[0], at[1] + 6]));
    assert_eq!((module.bias.as_slice(), module.gate.as_slice()), (&[1., 2.][..], &[0.][..]));
}

/// Query, key and value of each head beside each other, as BLOOM, Falcon and GPT-NeoX have them.
#[derive(Module)]
#[module(crate = wb)]
struct Interleaved {
    #[param(shape = [4, 5], from = reshape(2, 1, 2, 5, of = slice(dim = 1, start = 0, of = reshape(12, 5, of = "query_key_value.weight"))))]
    q: Tensor<f32>,
    #[param(shape = [4, 5], from = reshape(2, 1, 2, 5, of = slice(dim = 1, start = 1, of = reshape(12, 5, of = "query_key_value.weight"))))]
    k: Tensor<f32>,
    #[param(shape = [4, 5], from = reshape(2, 1, 2, 5, of = slice(dim = 1, start = 2, of = reshape(12, 5, of = "query_key_value.weight"))))]
    v: Tensor<f32>,
}

#[test]
fn a_part_of_each_head() {
    let file = counted([12, 5]);
    let module = Interleaved::from_weights(any([("query_key_value.weight", &file)])).unwrap();
    for (part, tensor) in [&module.q, &module.k, &module.v].into_iter().enumerate() {
        // row `r` of a part is row `r % 2` of that part in head `r / 2`
        let expected = gathered(&file, &[4, 5], |at| vec![(at[0] / 2) * 6 + part * 2 + at[0] % 2, at[1]]);
        assert_eq!(tensor.as_slice(), expected);
    }
}

#[test]
fn what_is_moved_is_cast_on_the_way() {
    let halves: Vec<half::bf16> = (0..15).map(|i| half::bf16::from_f32(i as f32)).collect();
    let pairs = [("weight", Tensor::new([3, 5], halves).unwrap())];
    let loaded = Loader::new().cast(Cast::Lossless).load::<Transposed>(pairs).unwrap();
    assert_eq!(loaded.module.weight.as_slice(), gathered(&counted([3, 5]), &[5, 3], |at| vec![at[1], at[0]]));
    assert_eq!(loaded.report.cast.len(), 1);
}

#[derive(Module)]
#[module(crate = wb)]
struct Named {
    #[param(shape = ["out", "in"], from = transpose)]
    weight: Tensor<f32>,
    #[param(shape = ["out"])]
    bias: Tensor<f32>,
    #[param(shape = ["all", _], from = concat(dim = 0, "a": 1, "b": 2))]
    joined: Tensor<f32>,
    #[param(shape = ["experts", _], from = stack("e.{}"))]
    experts: Tensor<f32>,
}

#[test]
fn names_are_bound_through_a_layout() {
    let (weight, bias, a, b) = (counted([3, 5]), counted([5]), counted([1, 7]), counted([2, 7]));
    let e = counted([4]);
    let pairs = any([("weight", &weight), ("bias", &bias), ("a", &a), ("b", &b), ("e.0", &e), ("e.1", &e)]);
    let loaded = Loader::new().load::<Named>(pairs.clone()).unwrap();
    let dims: Vec<_> = ["out", "in", "all", "experts"].map(|name| loaded.report.dim(name).unwrap()).into();
    assert_eq!(dims, [5, 3, 3, 2]);
    assert_eq!(loaded.module.joined.shape()[..], [3, 7]);
    assert_eq!(loaded.module.experts.shape()[..], [2, 4]);

    let mut wrong = pairs;
    wrong[3].1 = (&counted([2, 8])).into();
    let report = Loader::new().load::<Named>(wrong).err().unwrap();
    let report = report.report().unwrap();
    assert_eq!(report.shape.len(), 1, "{report}");
    assert_eq!((&*report.shape[0].path, report.shape[0].expected.as_deref()), ("b", Some("[2, 7]")));
}

#[derive(Module)]
#[module(crate = wb)]
struct Containers {
    #[param(shape = [2, 3], from = transpose)]
    layers: Vec<Tensor<f32>>,
    #[param(shape = [2, 3], from = transpose)]
    pair: (Tensor<f32>, Option<Tensor<f32>>),
}

#[test]
fn a_layout_goes_down_to_each_item() {
    let file = counted([3, 2]);
    let pairs = any([("layers.0", &file), ("layers.1", &file), ("pair.0", &file)]);
    let module = Containers::from_weights(pairs).unwrap();
    let expected = gathered(&file, &[2, 3], |at| vec![at[1], at[0]]);
    assert_eq!(module.layers[1].as_slice(), expected);
    assert_eq!((module.pair.0.as_slice(), module.pair.1), (expected.as_slice(), None));
}

#[derive(Module)]
#[module(crate = wb)]
struct Empty {
    #[param(shape = [0, 3], from = transpose)]
    weight: Tensor<f32>,
    #[param(shape = [2, 0], from = concat(dim = 0, "a", "b"))]
    joined: Tensor<f32>,
}

#[test]
fn tensors_without_elements() {
    let (weight, part) = (Tensor::zeros([3, 0]), Tensor::zeros([1, 0]));
    let module = Empty::from_weights(any([("weight", &weight), ("a", &part), ("b", &part)])).unwrap();
    assert_eq!((&module.weight.shape()[..], &module.joined.shape()[..]), (&[0, 3][..], &[2, 0][..]));
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Flags {
    #[param(shape = [3, 2], dtype = "BOOL", from = transpose)]
    flags: AnyTensor,
}

#[test]
fn values_that_the_dtype_does_not_have_are_not_moved() {
    // a header of JSON, and then six bytes of which the last is no BOOL
    let header = r#"{"flags":{"dtype":"BOOL","shape":[2,3],"data_offsets":[0,6]}}"#;
    let bytes = |last| [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0, 1, 0, 1, 0, last]].concat();
    let module = Flags::from_weights(bytes(1)).unwrap();
    assert_eq!(module.flags.as_bytes(), [0, 1, 1, 0, 0, 1]);
    let error = Flags::from_weights(bytes(2)).unwrap_err().to_string();
    assert!(error.contains("is 2, and a BOOL is 0 or 1"), "{error}");
}

#[derive(Module)]
#[module(crate = wb)]
struct Widened {
    #[param(shape = [3, 5], from = concat(dim = 0, "a": 1, "b": 2))]
    joined: Tensor<f32>,
}

#[test]
fn what_is_cast_from_a_file_is_counted_in_its_bytes() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Plain {
        #[param(shape = [_, _])]
        a: Tensor<half::bf16>,
        #[param(shape = [_, _])]
        b: Tensor<half::bf16>,
    }
    let half = |shape: [usize; 2], first: usize| {
        let elements = counted_from(shape, first).as_slice().iter().map(|&x| half::bf16::from_f32(x)).collect();
        Tensor::new(shape, elements).unwrap()
    };
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("halves.safetensors");
    Plain { a: half([1, 5], 0), b: half([2, 5], 5) }.save_weights(&path).unwrap();
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = std::sync::Arc::clone(&seen);
    let loader = Loader::new().cast(Cast::Lossless).progress(move |progress| {
        sink.lock().unwrap().push((progress.bytes_read, progress.bytes_total));
        std::ops::ControlFlow::Continue(())
    });
    assert_eq!(loader.load::<Widened>(&path).unwrap().module.joined, counted([3, 5]));
    assert_eq!(*seen.lock().unwrap(), [(30, 30)]);
}

/// Larger than what is moved at once.
#[derive(Module)]
#[module(crate = wb)]
struct Large {
    #[param(shape = [1100, 700], from = transpose)]
    weight: Tensor<f32>,
    #[param(shape = [300, 1000], from = transpose(of = slice(dim = 1, of = "fused", start = 500)))]
    part: Tensor<f32>,
    #[param(shape = [1000, 500], from = slice(dim = 1, of = transpose(of = transpose(of = "fused"))))]
    rest: Tensor<f32>,
}

#[test]
fn more_than_one_piece_from_a_file() {
    let (weight, fused) = (counted([700, 1100]), counted([1000, 800]));
    let scratch = tempfile::tempdir().unwrap();
    for name in ["large.safetensors", "large.npz"] {
        let path = scratch.path().join(name);
        #[derive(Module)]
        #[module(crate = wb)]
        struct Plain {
            #[param(shape = [_, _])]
            weight: Tensor<f32>,
            #[param(shape = [_, _])]
            fused: Tensor<f32>,
        }
        Plain { weight: weight.clone(), fused: fused.clone() }.save_weights(&path).unwrap();
        let module = Large::from_weights(&path).unwrap();
        assert_eq!(module.weight.as_slice(), gathered(&weight, &[1100, 700], |at| vec![at[1], at[0]]));
        assert_eq!(module.part.as_slice(), gathered(&fused, &[300, 1000], |at| vec![at[1], at[0] + 500]));
        assert_eq!(module.rest.as_slice(), gathered(&fused, &[1000, 500], |at| at.to_vec()));
    }
}

/// A file that notes how much is asked of it at once, and in all.
struct Asked {
    bytes: Vec<u8>,
    most: AtomicUsize,
    all: AtomicUsize,
}

impl ReadAt for Asked {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        self.most.fetch_max(buffer.len(), Ordering::Relaxed);
        self.all.fetch_add(buffer.len(), Ordering::Relaxed);
        self.bytes[..].read_exact_at(offset, buffer)
    }
}

#[test]
fn a_large_tensor_is_moved_in_pieces_and_read_once() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Tall {
        #[param(shape = [1000, 3000], from = transpose)]
        weight: Tensor<f32>,
    }
    let weight = counted([3000, 1000]);
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("tall.safetensors");
    Tall { weight: Tensor::new([1000, 3000], weight.as_slice().to_vec()).unwrap() }.save_weights(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let file = Arc::new(Asked { bytes, most: AtomicUsize::new(0), all: AtomicUsize::new(0) });
    let module = Tall::from_weights(Source::reader("tall", Arc::<Asked>::clone(&file))).unwrap();
    assert_eq!(module.weight.as_slice(), weight.as_slice());
    // 12 MB, of which no more than 4 MiB are beside the tensor at once
    assert!(file.most.load(Ordering::Relaxed) <= 4 << 20, "{:?}", file.most);
    assert!(file.all.load(Ordering::Relaxed) <= file.bytes.len() + 4096, "{:?}", file.all);
}
