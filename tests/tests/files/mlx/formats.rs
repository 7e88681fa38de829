//! The formats: what MLX's own tests ask of `mx.load`, and where it reads wrong or not at all.

use half::{bf16, f16};
use wb::{AnyTensor, Checkpoint, Complex64, DType, Element, Loader, Module, ProblemKind, Rule, Tensor};
use weighbridge_tests::contents;
use weighbridge_tests::files::{f32s, npy, npz, raw_safetensors, safetensors, unaligned_safetensors};
use weighbridge_tests::layers::Linear;
use weighbridge_tests::mlx::Mlp;

use super::{mismatch, paths, problems};

/// A vector.
#[derive(Debug, Module)]
#[module(crate = wb)]
struct One<T: Element> {
    #[param(shape = [_])]
    a: Tensor<T>,
}

/// A matrix.
#[derive(Debug, Module)]
#[module(crate = wb)]
struct Two<T: Element> {
    #[param(shape = [_, _])]
    a: Tensor<T>,
}

/// Saves to both formats and loads again.
fn there_and_back<T: Element>(shape: &[usize], element: fn(u8) -> T) {
    let scratch = tempfile::tempdir().unwrap();
    let elements = (0..shape.iter().product::<usize>()).map(|i| element(i as u8)).collect();
    let one = One { a: Tensor::new(shape, elements).unwrap() };
    for name in ["one.npz", "one.safetensors"] {
        let path = scratch.path().join(name);
        one.save_weights(&path).unwrap();
        let again = Loader::new().shapes(Rule::Allow).load::<One<T>>(&path).unwrap().module;
        assert_eq!(contents(&again), contents(&one), "{name}");
    }
}

#[test]
fn every_dtype_and_shape_there_and_back() {
    // MLX's test_save_and_load: 11 dtypes, without bool and bf16; its safetensors test: 12. Its shapes, and its
    // test_save_and_load_empty's.
    for shape in [&[1][..], &[23], &[64, 64], &[4, 6, 3, 1, 2], &[], &[0], &[0, 3], &[3, 0], &[2, 0, 4]] {
        there_and_back::<bool>(shape, |i| i % 3 == 0);
        there_and_back::<u8>(shape, |i| i);
        there_and_back::<u16>(shape, |i| u16::from(i) << 7);
        there_and_back::<u32>(shape, |i| u32::from(i) << 23);
        there_and_back::<u64>(shape, |i| u64::from(i) << 55);
        there_and_back::<i8>(shape, |i| i as i8);
        there_and_back::<i16>(shape, |i| -i16::from(i));
        there_and_back::<i32>(shape, |i| -i32::from(i));
        there_and_back::<i64>(shape, |i| -i64::from(i));
        there_and_back::<f16>(shape, |i| f16::from_f32(i.into()));
        there_and_back::<bf16>(shape, |i| bf16::from_f32(i.into()));
        there_and_back::<f32>(shape, |i| f32::from(i) / 3.0);
        // MLX: f64 was once read as complex64; safetensors refuses it both ways
        there_and_back::<f64>(shape, |i| f64::from(i) / 3.0);
        there_and_back::<Complex64>(shape, |i| Complex64::new(i.into(), -1.0));
    }
}

#[test]
fn complex128() {
    // MLX: "[from_str] Unsupported array protocol type-string: <c1"
    let problem = problems(Checkpoint::open(npz(&[("a.npy", npy("<c16", false, "(1,)", &[0; 16]))]))).remove(0);
    assert_eq!((problem.kind, problem.tensor.as_deref()), (ProblemKind::DType, Some("a.npy")));
    assert!(problem.message.contains("c16"), "{problem}");
}

#[test]
fn big_endian_complex() {
    // MLX: the eight bytes are turned round as a whole, so that 1+2j is read as 2+1j
    let bytes: Vec<u8> = [1.0_f32, 2.0, -3.0, 4.0].iter().flat_map(|part| part.to_be_bytes()).collect();
    let one = One::<Complex64>::from_weights(npz(&[("a.npy", npy(">c8", false, "(2,)", &bytes))])).unwrap();
    assert_eq!(one.a.as_slice(), [Complex64::new(1.0, 2.0), Complex64::new(-3.0, 4.0)]);
}

#[test]
fn a_shape_without_spaces() {
    // MLX: "(2,2)" is silently read as (2,)
    let one = Two::<f32>::from_weights(npz(&[("a.npy", npy("<f4", false, "(2,2)", &f32s(&[1.0, 2.0, 3.0, 4.0])))]));
    assert_eq!(one.unwrap().a, Tensor::new([2, 2], vec![1.0, 2.0, 3.0, 4.0]).unwrap());
}

#[test]
fn keys_in_another_order() {
    // MLX: ValueError, because it reads by position
    let dictionary = "{'shape': (2,), 'fortran_order': False, 'descr': '<f4'}\n";
    let array =
        [b"\x93NUMPY\x01\x00", &(dictionary.len() as u16).to_le_bytes()[..], dictionary.as_bytes(), &f32s(&[1.0, 2.0])];
    let one = One::<f32>::from_weights(npz(&[("a.npy", array.concat())])).unwrap();
    assert_eq!(one.a.as_slice(), [1.0, 2.0]);
}

#[test]
fn version_three() {
    // MLX: refused. numpy writes it where a name of the dictionary is not Latin-1.
    let dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n";
    let array =
        [b"\x93NUMPY\x03\x00", &(dictionary.len() as u32).to_le_bytes()[..], dictionary.as_bytes(), &f32s(&[5.0])];
    assert_eq!(One::<f32>::from_weights(npz(&[("a.npy", array.concat())])).unwrap().a.as_slice(), [5.0]);
}

#[test]
fn order_of_columns() {
    // MLX's test_non_contiguous: transposed arrays save right; one dim is marked as both orders
    let columns = npy("<f4", true, "(2, 3)", &f32s(&[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]));
    let one = Two::<f32>::from_weights(npz(&[("a.npy", columns)])).unwrap();
    assert_eq!(one.a, Tensor::new([2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap());
    let line = npy("<f4", true, "(3,)", &f32s(&[1.0, 2.0, 3.0]));
    assert_eq!(One::<f32>::from_weights(npz(&[("a.npy", line)])).unwrap().a.as_slice(), [1.0, 2.0, 3.0]);
}

#[test]
fn bf16_in_npz() {
    // MLX: `<V2`, and `|V2` too, is bf16 whoever wrote it. Here only where the schema says so.
    for descr in ["<V2", "|V2"] {
        let file = npz(&[("a.npy", npy(descr, false, "(2,)", &[0x80, 0x3f, 0x00, 0xc0]))]);
        let one = One::<bf16>::from_weights(&file).unwrap();
        assert_eq!(one.a.as_slice(), [bf16::ONE, bf16::from_f32(-2.0)]);
        for report in [mismatch(One::<f16>::from_weights(&file)), mismatch(One::<i16>::from_weights(&file))] {
            assert_eq!(paths(&report.dtype), ["a"]);
            assert_eq!(report.dtype[0].found.as_deref(), Some("V2"));
        }
    }
}

#[test]
fn eight_bit_floats() {
    // MLX: F8_E4M3 and F8_E8M0 become uint8, the others are "[safetensor] unsupported dtype"
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Raw {
        #[param(shape = [2])]
        a: AnyTensor,
    }
    for dtype in [DType::F8_E4M3, DType::F8_E8M0, DType::F8_E5M2] {
        let file = safetensors(&[("a", dtype, &[2], &[1, 2])]);
        let raw = Raw::from_weights(&file).unwrap();
        assert_eq!((raw.a.dtype(), raw.a.as_bytes()), (dtype, &[1, 2][..]));
        assert_eq!(paths(&mismatch(One::<u8>::from_weights(&file)).dtype), ["a"]);
    }
}

#[test]
fn elements_that_are_not_aligned() {
    // MLX does not pad its headers: the elements may start at any byte, and a cast in place would be undefined
    for pad in 0..8 {
        let name = "n".repeat(pad + 1);
        let file =
            unaligned_safetensors(&[(&name, DType::U8, &[1], &[9]), ("a", DType::F32, &[2], &f32s(&[1.5, -2.0]))]);
        let one = Loader::new().ignore(["n*"]).load::<One<f32>>(file).unwrap().module;
        assert_eq!(one.a.as_slice(), [1.5, -2.0]);
    }
    // a stored array starts where its header happens to end
    for pad in 1..9 {
        let file = npz(&[("a.npy", npy("<f8", false, &format!("(1,{})", " ".repeat(pad)), &0.1_f64.to_le_bytes()))]);
        assert_eq!(One::<f64>::from_weights(file).unwrap().a.as_slice(), [0.1]);
    }
}

#[test]
fn truncated_files() {
    // MLX: load_weights succeeds on a truncated npz, and fails when the values are used; safetensors fails at once
    let scratch = tempfile::tempdir().unwrap();
    for name in ["mlx/mlp.npz", "mlx/mlp.safetensors"] {
        let whole = std::fs::read(weighbridge_tests::fixture(name)).unwrap();
        let path = scratch.path().join(name.split('/').next_back().unwrap());
        for cut in [1, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(Mlp::<f32>::from_weights(&path).is_err(), "{name} cut at {cut}");
        }
    }
    // the member shorter than its array says
    let short = npz(&[("a.npy", npy("<f4", false, "(3,)", &f32s(&[1.0, 2.0])))]);
    let problem = problems(One::<f32>::from_weights(short)).remove(0);
    assert_eq!((problem.kind, problem.tensor.as_deref()), (ProblemKind::Truncated, Some("a.npy")));
}

#[test]
fn members_of_one_name() {
    // MLX: the last of two members wins; of "a.npy" and "a" the first
    let array = || npy("<f4", false, "(1,)", &f32s(&[1.0]));
    let twice = problems(Checkpoint::open(npz(&[("a.npy", array()), ("a.npy", array())]))).remove(0);
    assert_eq!((twice.kind, twice.tensor.as_deref()), (ProblemKind::Duplicate, Some("a.npy")));
    let beside = problems(Checkpoint::open(npz(&[("a.npy", array()), ("a", array())]))).remove(0);
    assert_eq!(beside.kind, ProblemKind::Name);
    // MLX: a README in the archive is a RuntimeError for the whole load, without its name
    let other = problems(Checkpoint::open(npz(&[("a.npy", array()), ("README.txt", b"hello".to_vec())]))).remove(0);
    assert_eq!((other.kind, other.tensor.as_deref()), (ProblemKind::Format, Some("README.txt")));
    // MLX: nested names and Unicode go through; so here
    let names = Checkpoint::open(npz(&[("größe.npy", array())])).unwrap();
    assert_eq!(names.iter().next().unwrap().name(), "größe");
}

#[test]
fn one_name_twice_in_a_header() {
    // MLX: the last wins
    let one = |start: usize| format!(r#""a":{{"dtype":"F32","shape":[1],"data_offsets":[{start},{}]}}"#, start + 4);
    let file = raw_safetensors(&format!("{{{},{}}}", one(0), one(4)), &f32s(&[1.0, 2.0]));
    assert_eq!(paths(&mismatch(One::<f32>::from_weights(file)).duplicate), ["a"]);
}

#[test]
fn offsets_that_lie() {
    // MLX's load_tests.cpp: offsets beyond the end, begin > end, offsets that are not shape times dtype, three offsets:
    // runtime_error; the good file is OK. Overlap, gap, trailing bytes, negative and overflowing shapes: accepted.
    let described =
        |shape: &str, offsets: &str| format!(r#""a":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}"#);
    let file = |tensors: &str, bytes: usize| raw_safetensors(&format!("{{{tensors}}}"), &vec![0; bytes]);
    Checkpoint::open(file(&described("[2]", "[0,8]"), 8)).unwrap();
    let b = |offsets: &str| format!(r#","b":{{"dtype":"F32","shape":[2],"data_offsets":{offsets}}}"#);
    for (why, kind, file) in [
        ("beyond the end", ProblemKind::Truncated, file(&described("[2]", "[0,8]"), 4)),
        ("begin > end", ProblemKind::Header, file(&described("[2]", "[8,0]"), 8)),
        ("another length", ProblemKind::Shape, file(&described("[3]", "[0,8]"), 8)),
        ("three offsets", ProblemKind::Header, file(&described("[2]", "[0,8,8]"), 8)),
        ("overlap", ProblemKind::Overlap, file(&(described("[2]", "[0,8]") + &b("[4,12]")), 12)),
        ("a gap", ProblemKind::Unaccounted, file(&(described("[2]", "[0,8]") + &b("[12,20]")), 20)),
        ("trailing", ProblemKind::Unaccounted, file(&described("[2]", "[0,8]"), 9)),
        ("negative", ProblemKind::Shape, file(&described("[-2,-1]", "[0,8]"), 8)),
        ("overflow", ProblemKind::Shape, file(&described("[4294967296,4294967296,4]", "[0,0]"), 0)),
    ] {
        let problem = problems(Checkpoint::open(file)).remove(0);
        assert_eq!(problem.kind, kind, "{why}: {problem}");
    }
}

#[test]
fn metadata() {
    // MLX's test_save_and_load_safetensors: return_metadata gives {"testing": "test", "format": "mlx"}; a value that is
    // no string raises
    let file = |metadata: &str| raw_safetensors(&format!(r#"{{"__metadata__":{metadata}}}"#), &[]);
    let checkpoint = Checkpoint::open(file(r#"{"testing":"test","format":"mlx"}"#)).unwrap();
    let pairs: Vec<_> = checkpoint.metadata().iter().map(|(key, value)| (&**key, &**value)).collect();
    assert_eq!(pairs, [("format", "mlx"), ("testing", "test")]);
    assert!(Checkpoint::open(file(r#"{"testing":1}"#)).is_err());
    // as MLX writes it without any
    assert!(Checkpoint::open(file("null")).unwrap().metadata().is_empty());
}

#[test]
fn a_file_that_is_deleted_after_the_load() {
    // MLX: fine on Linux, because the file is still open; here the values are loaded
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("linear.npz");
    std::fs::copy(weighbridge_tests::fixture("mlx/linear.npz"), &path).unwrap();
    let model = Linear::<10, 10>::from_weights(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(model, Linear::from_weights(weighbridge_tests::fixture("mlx/linear.npz")).unwrap());
}
