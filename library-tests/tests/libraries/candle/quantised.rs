//! Quantised tensors: blocks as candle's own reader has them, from files that gguf-py and candle wrote.

use std::fs::File;
use std::sync::Arc;

use candle_core::Module as _;
use candle_core::quantized::{GgmlDType, QMatMul, QTensor, gguf_file};
use weighbridge::{Checkpoint, Streamed};

use super::*;

#[derive(Module)]
struct Held<T: Parameter> {
    #[param(shape = [_, _])]
    x: T,
}

/// The ends of the fixture.
#[derive(Module)]
#[module(ignore = ["blk.*"])]
struct Ends {
    #[param(rename = "token_embd.weight", shape = ["vocab", "width"])]
    embedding: Arc<QTensor>,
    #[param(rename = "output_norm.weight", shape = ["width"])]
    norm: QTensor,
    #[param(rename = "output.weight", shape = ["vocab", "width"], dtype = ["Q8_0", "F32"])]
    head: QMatMul,
}

/// One tensor of `types.gguf`.
fn of_types<T: Parameter>(dtype: DType, loader: Loader) -> Result<T, LoadError> {
    let name = format!("x.{}", dtype.name().to_lowercase());
    let loader = loader.unexpected(Rule::Allow).rename(name, "x");
    loader.load::<Held<T>>(fixture("gguf/types.gguf")).map(|loaded| loaded.module.x)
}

#[test]
fn every_dtype_is_as_the_file_has_it() {
    let file = Checkpoint::open(fixture("gguf/types.gguf")).unwrap();
    for &dtype in QTensor::DTYPES {
        let expected = file.tensor(&format!("x.{}", dtype.name().to_lowercase())).unwrap();
        // SAFETY: nobody writes to the fixtures
        let mapped = unsafe { Loader::new().mapped() };
        for loader in [Loader::new(), mapped] {
            let x: QTensor = of_types(dtype, loader).unwrap();
            assert_eq!((x.shape().dims(), x.view().dtype()), (&expected.shape()[..], dtype));
            assert!(x.data().unwrap() == expected.as_bytes(), "{dtype}");
        }
        let (block, held) = (dtype.block(), of_types::<QTensor>(dtype, Loader::new()).unwrap().dtype());
        assert_eq!((held.block_size(), held.type_size()), (block.elements, block.bytes), "{dtype}");
    }
    assert_eq!(QTensor::DTYPES.len(), 14);
}

#[test]
fn what_candle_writes_is_what_it_reads() {
    let floats =
        Tensor::from_vec((0..1024).map(|i| (i as f32 * 0.37).sin()).collect(), (4, 256), &Device::Cpu).unwrap();
    let x = Tensor::from_vec((0..256).map(|i| (i as f32 * 0.11).cos()).collect(), (1, 256), &Device::Cpu).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("x.gguf");
    for dtype in [
        GgmlDType::F32,
        GgmlDType::Q4_0,
        GgmlDType::Q5_1,
        GgmlDType::Q8_0,
        GgmlDType::Q3K,
        GgmlDType::Q4K,
        GgmlDType::Q6K,
    ] {
        let theirs = QTensor::quantize(&floats, dtype).unwrap();
        gguf_file::write(&mut File::create(&path).unwrap(), &[], &[("x", &theirs)]).unwrap();
        let ours = Held::<QMatMul>::from_weights(&path).unwrap().x;
        let theirs = QMatMul::from_qtensor(theirs).unwrap();
        let outputs = [ours.forward(&x), theirs.forward(&x)].map(|y| y.unwrap().to_vec2::<f32>().unwrap());
        assert_eq!(outputs[0], outputs[1], "{dtype:?}");
        assert_eq!(matches!(ours, QMatMul::QTensor(_)), dtype != GgmlDType::F32);
    }
}

#[test]
fn what_candle_cannot_make_is_refused() {
    let hints = |refused: Result<QTensor, LoadError>| report(refused).dtype[0].hints.join("; ");
    let kept = "its blocks are kept as they are, so nothing casts it to F32; declare the field as `AnyTensor`, which holds them as they are";
    for dtype in [DType::Q8_1, DType::IQ2_XXS, DType::NVFP4] {
        assert_eq!(hints(of_types(dtype, Loader::new())), kept);
    }
    // candle has no MXFP4, and of halves a `QMatMul` has F32: both with a cast that is asked for
    assert!(hints(of_types(DType::MXFP4, Loader::new())).starts_with("to dequantise MXFP4 to F32"));
    assert_eq!(of_types::<QTensor>(DType::MXFP4, Loader::new().cast(Cast::Any)).unwrap().dtype(), GgmlDType::F32);
    let halves = report(of_types::<QMatMul>(DType::F16, Loader::new()));
    assert!(halves.dtype[0].hints[0].contains("`Loader::new().cast(Cast::Lossless)`"), "{halves}");
    let floats = of_types::<QMatMul>(DType::F16, Loader::new().cast(Cast::Lossless)).unwrap();
    assert!(matches!(floats, QMatMul::Tensor(tensor) if tensor.dtype() == CandleDType::F32));

    #[derive(Module)]
    struct Any {
        #[param(shape = [1])]
        x: QTensor,
    }
    let shaped = |tensor: AnyTensor| {
        Loader::new().shapes(Rule::Allow).load::<Any>([("x", tensor)]).map(|loaded| loaded.module.x)
    };
    assert_eq!(report(shaped(f32s(&[]))).shape[0].path, "x");
    assert_eq!(shaped(f32s(&[3, 0])).unwrap().shape().dims(), [3, 0]);
    let empty = shaped(any(DType::Q8_K, &[0, 256], &[])).unwrap();
    assert_eq!((empty.dtype(), empty.storage_size_in_bytes()), (GgmlDType::Q8K, 0));
    let overflows = shaped(any(DType::F32, &[0, 1 << 40, 1 << 40], &[]));
    assert!(matches!(overflows, Err(LoadError::Parameter { .. })));
}

#[test]
fn floats_are_taken_over_and_blocks_are_copied_once() {
    let elements = vec![1.5_f32; 8];
    let was = elements.as_ptr();
    let tensor = weighbridge::Tensor::new([2, 4], elements).unwrap();
    let taken = QTensor::from_tensor(tensor.into(), &Devices::default()).unwrap();
    assert_eq!(taken.data().unwrap().as_ptr(), was.cast());
    // a mapped file lends its blocks, and floats are made a vector first
    // SAFETY: nobody writes to the fixtures
    let loaded = unsafe { Loader::new().mapped() }.load::<Ends>(fixture("gguf/llama-q8_0.gguf")).unwrap();
    let used = loaded.report.memory_use.as_ref().unwrap();
    assert_eq!((used.in_place.tensor_count, used.copied.tensor_count), (2, 1));
    let view = loaded.module.embedding.view();
    assert_eq!(view.bytes().unwrap().as_ptr(), loaded.module.embedding.data().unwrap().as_ptr());
}

#[test]
fn updated_streamed_and_not_saved() {
    let mut ends = Ends::from_weights(fixture("gguf/llama-q8_0.gguf")).unwrap();
    let before = Arc::clone(&ends.embedding);
    assert_eq!((ends.embedding.dtype(), ends.norm.dtype()), (GgmlDType::Q8_0, GgmlDType::F32));
    // the file in floats fits, too, and is what the module holds after
    Loader::new().update(&mut ends, fixture("gguf/llama.gguf")).unwrap();
    assert_eq!((ends.embedding.dtype(), before.dtype()), (GgmlDType::F32, GgmlDType::Q8_0));
    assert!(matches!(ends.head, QMatMul::Tensor(_)));
    let mut streamed = Vec::new();
    let note = |parameter: Streamed<'_>| {
        streamed.push((parameter.path.to_owned(), parameter.tensor.dtype()));
        Ok::<_, LoadError>(())
    };
    Loader::new().stream::<Ends, _>(fixture("gguf/llama-q8_0.gguf"), note).unwrap();
    assert!(streamed.contains(&("output.weight".to_owned(), DType::Q8_0)), "{streamed:?}");

    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("ends.safetensors");
    ends.save_weights(&path).unwrap();
    let saved = Checkpoint::open(&path).unwrap();
    let file = Checkpoint::open(fixture("gguf/llama.gguf")).unwrap();
    for name in ["token_embd.weight", "output_norm.weight", "output.weight"] {
        assert_eq!(saved.tensor(name).unwrap(), file.tensor(name).unwrap(), "{name}");
    }
    let blocks = Ends::from_weights(fixture("gguf/llama-q8_0.gguf")).unwrap();
    let refused = blocks.save_weights(&path).unwrap_err().to_string();
    assert!(refused.contains("is Q8_0, which only a GGUF file can hold, and none is written here"), "{refused}");
}

#[derive(Module)]
struct Tied {
    #[param(shape = [2, 32])]
    first: Arc<QTensor>,
    #[param(shape = [2, 32], tied = "first")]
    second: Arc<QTensor>,
    #[param(shape = [2, 32])]
    third: QMatMul,
    #[param(shape = [2, 32], tied = "third")]
    fourth: QMatMul,
}

#[test]
fn what_is_tied_is_one() {
    let blocks = any(DType::Q4_0, &[2, 32], &(0..36).collect::<Vec<_>>());
    let tied = Tied::from_weights([("first", blocks.clone()), ("third", blocks)]).unwrap();
    assert!(Arc::ptr_eq(&tied.first, &tied.second));
    let (QMatMul::QTensor(third), QMatMul::QTensor(fourth)) = (&tied.third, &tied.fourth) else { panic!() };
    assert!(Arc::ptr_eq(third, fourth));
}
