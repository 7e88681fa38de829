//! Casts of GGUF's quantised types, bit for bit what gguf-py's `dequantize` makes of the same blocks.

use half::{bf16, f16};
use wb::{AnyTensor, Cast, Checkpoint, DType, LoadError, Loader, Module, Rule, Tensor, cast_elements};
use weighbridge_tests::fixture;
use weighbridge_tests::gguf::{Header, tensor};

/// The types that are dequantised. The others are kept as they are.
const DEQUANTISED: [DType; 15] = [
    DType::Q4_0,
    DType::Q4_1,
    DType::Q5_0,
    DType::Q5_1,
    DType::Q8_0,
    DType::Q2_K,
    DType::Q3_K,
    DType::Q4_K,
    DType::Q5_K,
    DType::Q6_K,
    DType::IQ4_NL,
    DType::IQ4_XS,
    DType::MXFP4,
    DType::TQ1_0,
    DType::TQ2_0,
];

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// The same numbers, of which NaNs are alike.
#[track_caller]
fn are_alike(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let alike = found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
        assert!(alike, "{what}: number {i} is {found}, and gguf-py says {expected}");
    }
}

#[test]
fn blocks_are_what_gguf_py_makes_of_them() {
    let [file, expected] =
        ["gguf/types.gguf", "gguf/dequantised.safetensors"].map(|path| Checkpoint::open(fixture(path)).unwrap());
    for dtype in DEQUANTISED {
        let name = format!("x.{}", dtype.name().to_lowercase());
        let [blocks, expected] = [&file, &expected].map(|checkpoint| checkpoint.tensor(&name).unwrap());
        assert_eq!((blocks.dtype(), blocks.shape()), (dtype, expected.shape()));
        let count = expected.as_bytes().len() / 4;
        let cast = |to: DType, start: usize| {
            let mut out = vec![0; start + to.size_of(count).unwrap()];
            assert!(cast_elements(dtype, blocks.as_bytes(), to, &mut out[start..]));
            out.split_off(start)
        };
        let expected = floats(expected.as_bytes());
        are_alike(&floats(&cast(DType::F32, 0)), &expected, &name);
        are_alike(&floats(&cast(DType::F32, 1)), &expected, &name);
        // the others are rounded once, from the same numbers
        let halves =
            cast(DType::F16, 0).as_chunks().0.iter().map(|x| f16::from_le_bytes(*x).to_f32()).collect::<Vec<_>>();
        are_alike(&halves, &expected.iter().map(|x| f16::from_f32(*x).to_f32()).collect::<Vec<_>>(), &name);
        let brains =
            cast(DType::BF16, 0).as_chunks().0.iter().map(|x| bf16::from_le_bytes(*x).to_f32()).collect::<Vec<_>>();
        are_alike(&brains, &expected.iter().map(|x| bf16::from_f32(*x).to_f32()).collect::<Vec<_>>(), &name);
        // not blocks of another length, nor to other numbers
        assert!(!cast_elements(dtype, &blocks.as_bytes()[1..], DType::F32, &mut vec![0; count * 4]));
        for to in [DType::I32, DType::U8, DType::F8_E4M3, DType::BOOL, DType::Q8_0] {
            assert!(!cast_elements(dtype, blocks.as_bytes(), to, &mut vec![0; to.block().bytes * count]), "{to}");
        }
    }
    let kept = DType::ALL.iter().filter(|dtype| dtype.is_quantised() && !DEQUANTISED.contains(dtype));
    for dtype in kept {
        let block = dtype.block();
        assert!(!cast_elements(*dtype, &vec![0; block.bytes], DType::F32, &mut vec![0; block.elements * 4]), "{dtype}");
    }
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct One<T: wb::Parameter> {
    #[param(shape = [_, _])]
    x: T,
}

/// Blocks that become numbers, as the field says.
#[derive(Module)]
#[module(crate = wb)]
struct Named {
    #[param(shape = [_, _], dtype = ["Q4_K", "F32"])]
    x: Tensor<f32>,
}

/// One tensor of a file, under the name of the field.
fn of(loader: Loader, name: &str) -> Loader {
    loader.unexpected(Rule::Allow).rename(name, "x")
}

#[test]
fn a_load_dequantises_only_if_it_is_asked_to() {
    let types = fixture("gguf/types.gguf");
    let hint = |name: &str, loader: Loader| match of(loader, name).load::<One<Tensor<f32>>>(&types) {
        Err(LoadError::Mismatch(report)) => report.dtype[0].hints.join("; "),
        other => panic!("{other:?}"),
    };
    let ask = "to dequantise Q4_K to F32, say `Loader::new().cast(Cast::Any)` or `#[param(dtype = [\"Q4_K\", \"F32\"])]`; to keep its blocks, declare the field as `AnyTensor`";
    assert_eq!(hint("x.q4_k", Loader::new()), ask);
    // the numbers that a block stands for are not all that it says
    assert_eq!(hint("x.q8_0", Loader::new().cast(Cast::Lossless)), ask.replace("Q4_K", "Q8_0"));
    let kept = "its blocks are kept as they are, so nothing casts it to F32; declare the field as `AnyTensor`, which holds them as they are";
    assert_eq!(hint("x.iq2_xxs", Loader::new().cast(Cast::Any)), kept);
    assert_eq!(of(Loader::new(), "x.iq2_xxs").load::<One<AnyTensor>>(&types).unwrap().module.x.dtype(), DType::IQ2_XXS);

    // what the hints say works
    let asked = of(Loader::new().cast(Cast::Any), "x.q4_k").load::<One<Tensor<f32>>>(&types).unwrap();
    assert_eq!(asked.report.cast.len(), 1);
    let expected = Checkpoint::open(fixture("gguf/dequantised.safetensors")).unwrap().tensor("x.q4_k").unwrap();
    are_alike(asked.module.x.as_slice(), &floats(expected.as_bytes()), "x.q4_k");
    let named = of(Loader::new(), "x.q4_k").load::<Named>(&types).unwrap();
    assert_eq!(named.report.cast.len(), 1);
    are_alike(named.module.x.as_slice(), &floats(expected.as_bytes()), "x.q4_k");
    let any = of(Loader::new(), "x.q4_k").load::<One<AnyTensor>>(&types).unwrap();
    assert_eq!((any.module.x.dtype(), any.report.cast.len()), (DType::Q4_K, 0));
    // a type that holds several floats gets the one that the loader names, if casts are allowed
    let named = of(Loader::new().cast(Cast::Any).dtype(DType::BF16), "x.q4_k").load::<One<AnyTensor>>(&types).unwrap();
    assert_eq!(named.module.x.dtype(), DType::BF16);
    let named = of(Loader::new().dtype(DType::BF16), "x.q4_k").load::<One<AnyTensor>>(&types).unwrap();
    assert_eq!(named.module.x.dtype(), DType::Q4_K);
}

#[test]
fn a_number_is_no_block() {
    let file = fixture("gguf/types.gguf");
    #[derive(Module)]
    #[module(crate = wb)]
    struct Blocks {
        #[param(shape = [_, _], dtype = "Q4_K")]
        x: AnyTensor,
    }
    match of(Loader::new().cast(Cast::Any), "x.f32").load::<Blocks>(&file) {
        Err(LoadError::Mismatch(report)) => assert_eq!(report.dtype[0].found.as_deref(), Some("F32")),
        Ok(loaded) => panic!("{:?}", loaded.module.x),
        Err(other) => panic!("{other:?}"),
    }
}

/// Threads share a large tensor, and cut it between blocks.
#[test]
fn parts_of_a_large_tensor_are_whole_blocks() {
    for (dtype, kind) in [(DType::Q4_K, 12), (DType::MXFP4, 39), (DType::Q6_K, 14)] {
        let block = dtype.block();
        let columns = 64 * block.elements;
        let rows = (9 << 20) / (64 * block.bytes);
        // no bytes that are NaNs or infinite as halves
        let bytes: Vec<u8> = (0..rows * 64 * block.bytes).map(|i| (i * 7 % 61) as u8).collect();
        let header =
            Header { tensors: vec![tensor("x", &[columns as u64, rows as u64], kind, 0)], ..Header::default() };
        let file = header.with(&bytes);
        let mut expected = vec![0; rows * columns * 4];
        assert!(cast_elements(dtype, &bytes, DType::F32, &mut expected));
        let expected = floats(&expected);
        for threads in [1, 3] {
            let loader = Loader::new().cast(Cast::Any).threads(threads);
            let loaded = loader.load::<One<Tensor<f32>>>(file.clone()).unwrap();
            assert!(loaded.module.x.as_slice() == expected, "{dtype}");
            let kept = Loader::new().threads(threads).load::<One<AnyTensor>>(file.clone()).unwrap();
            assert!(kept.module.x.as_bytes() == bytes, "{dtype}");
        }
    }
}
