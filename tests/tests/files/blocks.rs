//! Layouts over GGUF's blocks: rows and whole blocks are moved as they are, and all else is dequantised first.

use std::fs;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use wb::{AnyTensor, Cast, DType, LoadError, Loader, Module, Parameter, Tensor, cast_elements};
use weighbridge_tests::gguf::{Header, tensor};

/// What keeps blocks of 32 whole.
#[derive(Module)]
#[module(crate = wb)]
struct Rows<T: Parameter> {
    #[param(shape = [8, 64], from = reshape(2, 2, 2, 64, of = permute(0, 2, 1, 3, of = reshape(8, 64, of = "q"))))]
    turned: T,
    #[param(shape = [6, 64], from = slice(dim = 1, of = "kv", start = 0))]
    left: T,
    #[param(shape = [6, 32], from = slice(dim = 1, of = "kv", start = 64))]
    right: T,
    #[param(shape = [2, 6, 64], from = stack("e.{}.w"))]
    stacked: T,
    #[param(shape = [4, 96], from = concat(dim = 1, "a": 64, "b": 32))]
    joined: T,
}

/// What takes them apart.
#[derive(Module)]
#[module(crate = wb)]
struct Apart<T: Parameter> {
    #[param(shape = [64, 8], from = transpose(of = "q"))]
    transposed: T,
    #[param(shape = [6, 50], from = slice(dim = 1, of = "kv", start = 0))]
    left: T,
    #[param(shape = [6, 46], from = slice(dim = 1, of = "kv", start = 50))]
    right: T,
    #[param(shape = [6, 64, 2], from = stack(dim = 2, "e.{}.w"))]
    stacked: T,
    #[param(shape = [4, 96], from = concat(dim = 1, "a": 64, "b": 32))]
    joined: T,
}

const SHAPES: [(&str, [usize; 2]); 6] =
    [("q", [8, 64]), ("kv", [6, 96]), ("e.0.w", [6, 64]), ("e.1.w", [6, 64]), ("a", [4, 64]), ("b", [4, 32])];

/// Bytes that are no NaN and no infinity as halves.
fn bytes(count: usize, seed: usize) -> Vec<u8> {
    (0..count).map(|i| ((i + seed) * 7 % 61) as u8).collect()
}

/// The tensors as blocks, and as what these are dequantised to.
fn tensors(dtype: DType) -> [Vec<(&'static str, AnyTensor)>; 2] {
    let blocks = |(i, (name, shape)): (usize, &(&'static str, [usize; 2]))| {
        (*name, AnyTensor::new(dtype, *shape, &bytes(dtype.byte_len(shape).unwrap(), i)).unwrap())
    };
    let blocks: Vec<_> = SHAPES.iter().enumerate().map(blocks).collect();
    let floats = blocks.iter().map(|(name, tensor)| (*name, dequantised(tensor).into())).collect();
    [blocks, floats]
}

fn dequantised(tensor: &AnyTensor) -> Tensor<f32> {
    let mut out = vec![0; tensor.shape().iter().product::<usize>() * 4];
    assert!(cast_elements(tensor.dtype(), tensor.as_bytes(), DType::F32, &mut out));
    let numbers = out.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    Tensor::new(tensor.shape().clone(), numbers).unwrap()
}

/// A file of these tensors.
fn file(tensors: &[(&str, AnyTensor)], kind: i32) -> Vec<u8> {
    let (mut entries, mut elements) = (Vec::new(), Vec::new());
    for (name, held) in tensors {
        let dims: Vec<u64> = held.shape().iter().rev().map(|&dim| dim as u64).collect();
        entries.push(tensor(name, &dims, kind, elements.len() as u64));
        elements.extend(held.as_bytes());
        elements.resize(elements.len().next_multiple_of(32), 0);
    }
    Header { tensors: entries, ..Header::default() }.with(&elements)
}

fn each<T: Parameter>(rows: &Rows<T>) -> [&T; 5] {
    [&rows.turned, &rows.left, &rows.right, &rows.stacked, &rows.joined]
}

#[test]
fn blocks_are_moved_as_their_numbers_are() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("rows.gguf");
    for (dtype, kind) in [(DType::Q8_0, 8), (DType::Q4_1, 3), (DType::MXFP4, 39)] {
        let [blocks, floats] = tensors(dtype);
        fs::write(&path, file(&blocks, kind)).unwrap();
        let expected = Rows::<Tensor<f32>>::from_weights(floats.clone()).unwrap();
        let kept =
            [Loader::new().load(&path), Loader::new().load(file(&blocks, kind)), Loader::new().load(blocks.clone())];
        for rows in kept.map(|loaded| loaded.unwrap().module) {
            for (found, expected) in each::<AnyTensor>(&rows).into_iter().zip(each(&expected)) {
                assert_eq!((found.dtype(), found.shape()), (dtype, expected.shape()));
                assert_eq!(dequantised(found).as_slice(), expected.as_slice(), "{dtype}");
            }
        }
        // the same numbers, dequantised on the way
        let cast = Loader::new().cast(Cast::Any).load::<Rows<Tensor<f32>>>(&path).unwrap().module;
        for (found, expected) in each(&cast).into_iter().zip(each(&expected)) {
            assert_eq!(found.as_slice(), expected.as_slice(), "{dtype}");
        }
        // and where a layout takes blocks apart, from a file and from memory
        let expected = Apart::<Tensor<f32>>::from_weights(floats).unwrap();
        let last = Arc::new(Mutex::new((0, 1)));
        let noted = Arc::clone(&last);
        let loader = || Loader::new().cast(Cast::Any);
        let watched = loader().progress(move |progress| {
            *noted.lock().unwrap() = (progress.bytes_read, progress.bytes_total);
            ControlFlow::Continue(())
        });
        for loaded in [watched.load(&path), loader().load(blocks.clone())] {
            let found: Apart<Tensor<f32>> = loaded.unwrap().module;
            assert_eq!(found.transposed.as_slice(), expected.transposed.as_slice(), "{dtype}");
            assert_eq!(found.left.as_slice(), expected.left.as_slice(), "{dtype}");
            assert_eq!(found.right.as_slice(), expected.right.as_slice(), "{dtype}");
            assert_eq!(found.stacked.as_slice(), expected.stacked.as_slice(), "{dtype}");
        }
        let (read, total) = *last.lock().unwrap();
        assert_eq!(read, total);
        let Err(LoadError::Mismatch(report)) = Loader::new().check::<Apart<AnyTensor>>(&path) else { panic!() };
        let named: Vec<&str> = report.dtype.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(named, ["e.0.w", "e.1.w", "kv", "kv", "q"]);
    }
}

#[derive(Module)]
#[module(crate = wb)]
struct Floats {
    #[param(shape = [64, 8], dtype = "F32", from = transpose(of = "q"))]
    transposed: AnyTensor,
}

#[test]
fn what_the_refusal_says_works() {
    let [blocks, floats] = tensors(DType::Q8_0);
    let loaded = Loader::new().cast(Cast::Any).ignore(["kv", "e.*", "a", "b"]).load::<Floats>(blocks).unwrap();
    let expected = Loader::new().ignore(["kv", "e.*", "a", "b"]).load::<Floats>(floats).unwrap();
    assert_eq!(loaded.module.transposed.as_bytes(), expected.module.transposed.as_bytes());
}

const HEADS: usize = 32;
const HALF: usize = 72;
const WIDTH: usize = 2560;

#[derive(Module)]
#[module(crate = wb)]
struct Heads<T: Parameter> {
    #[param(
        shape = [HEADS * 2 * HALF, WIDTH],
        from = reshape(HEADS, 2, HALF, WIDTH, of = permute(0, 2, 1, 3, of = reshape(HEADS * 2 * HALF, WIDTH, of = "q"))),
    )]
    q: T,
}

/// Threads share it, and cut it between blocks.
#[test]
fn rows_of_a_large_tensor_are_moved_in_parts() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("heads.gguf");
    let (dtype, kind) = (DType::Q5_1, 7);
    let shape = [HEADS * 2 * HALF, WIDTH];
    let row = dtype.byte_len(&[WIDTH]).unwrap();
    let q = bytes(dtype.byte_len(&shape).unwrap() + 12, 0)[12..].to_vec();
    assert!(q.len() > 8 << 20);
    fs::write(&path, file(&[("q", AnyTensor::new(dtype, shape, &q).unwrap())], kind)).unwrap();
    let order =
        (0..HEADS).flat_map(|head| (0..2).flat_map(move |side| (0..HALF).map(move |i| (head * HALF + i) * 2 + side)));
    let expected: Vec<u8> = order.flat_map(|from| q[from * row..][..row].iter().copied()).collect();
    for threads in [1, 3] {
        let kept = Loader::new().threads(threads).load::<Heads<AnyTensor>>(&path).unwrap().module;
        assert!(kept.q.as_bytes() == expected);
    }
    let cast = Loader::new().threads(3).cast(Cast::Any).load::<Heads<Tensor<f32>>>(&path).unwrap().module;
    assert!(cast.q.as_slice() == dequantised(&AnyTensor::new(dtype, shape, &expected).unwrap()).as_slice());
}
