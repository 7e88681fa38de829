//! What the largest Python library's converters of checkpoints do, and where they go wrong: transformers 5.17,
//! `core_model_loading.py` and `loading_report.py`. Each test names what happens there.

use std::sync::{Arc, Mutex};

use wb::{AnyTensor, Checkpoint, DType, LoadError, Loader, Module, ReadAt, Report, Source, Tensor};

type Pairs = Vec<(String, AnyTensor)>;

fn zeros<const N: usize>(names: [(&str, &[usize]); N]) -> Pairs {
    names.map(|(name, shape)| (name.to_owned(), Tensor::<f32>::zeros(shape).into())).into()
}

fn refused<M: Module>(result: Result<M, LoadError>) -> Report {
    match result {
        Err(LoadError::Mismatch(report)) => *report,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was taken"),
    }
}

fn counted<const RANK: usize>(shape: [usize; RANK]) -> Tensor<f32> {
    let count: usize = shape.iter().product();
    Tensor::new(shape, (0..count).map(|i| i as f32).collect()).unwrap()
}

/// Grouped-query attention, fused: 4 query heads, and 1 of keys and of values.
#[derive(Debug, Module)]
#[module(crate = wb)]
struct Attention {
    #[param(shape = [4, 3], from = slice(dim = 0, of = "qkv.weight"))]
    q: Tensor<f32>,
    #[param(shape = [1, 3], from = slice(dim = 0, of = "qkv.weight", start = 4))]
    k: Tensor<f32>,
    #[param(shape = [1, 3], from = slice(dim = 0, of = "qkv.weight", start = 5))]
    v: Tensor<f32>,
}

/// There: `Chunk` splits into equal parts only.
#[test]
fn unequal_parts_are_split_where_they_end() {
    let module = Attention::from_weights([("qkv.weight", counted([6, 3]))]).unwrap();
    assert_eq!(module.q.as_slice(), counted([4, 3]).as_slice());
    assert_eq!((module.k.as_slice(), module.v.as_slice()), (&[12., 13., 14.][..], &[15., 16., 17.][..]));
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Mlp {
    #[param(shape = [4, 3], from = concat(dim = 0, "gate.weight", "up.weight"))]
    gate_up: Tensor<f32>,
}

/// There: `Concatenate` passes over what is missing, and the shape is wrong afterwards.
#[test]
fn an_absent_source_is_missing_and_not_a_wrong_shape() {
    let report = refused(Mlp::from_weights(zeros([("gate.weight", &[2, 3])])));
    assert_eq!((report.missing.len(), &*report.missing[0].path), (1, "up.weight"));
    assert!(report.shape.is_empty() && report.unexpected.is_empty(), "{report}");
}

/// Bytes of a file, and which of them were asked for.
struct Watched {
    bytes: Vec<u8>,
    last: Mutex<u64>,
}

impl ReadAt for Watched {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_exact_at(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        let mut last = self.last.lock().unwrap();
        *last = (*last).max(offset + out.len() as u64);
        out.copy_from_slice(&self.bytes[offset as usize..][..out.len()]);
        Ok(())
    }
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Plain {
    #[param(shape = [_, _], rename = "gate.weight")]
    gate: Tensor<f32>,
    #[param(shape = [_, _], rename = "up.weight")]
    up: Tensor<f32>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Wide {
    #[param(shape = [4, 500], from = concat(dim = 0, "gate.weight", "up.weight"))]
    gate_up: Tensor<f32>,
}

/// There: shapes are looked at when the converted tensor is there, after the bytes were read and moved.
#[test]
fn shapes_are_checked_through_a_conversion_before_a_byte_is_read() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("mlp.safetensors");
    Plain { gate: counted([2, 500]), up: counted([3, 500]) }.save_weights(&path).unwrap();
    let watched = Arc::new(Watched { bytes: std::fs::read(&path).unwrap(), last: Mutex::new(0) });
    let report = refused(Wide::from_weights(Source::reader("mlp", Arc::<Watched>::clone(&watched))));
    assert_eq!((report.shape.len(), &*report.shape[0].path), (1, "up.weight"));
    assert_eq!(report.shape[0].expected.as_deref(), Some("[2, 500]"));
    // which kind of file it is is told from its first bytes
    assert!(*watched.last.lock().unwrap() <= 1024 && watched.len() > 10_000);
}

/// There: what is renamed to one key by two patterns depends on their order, and the last one stays.
#[test]
fn two_names_that_become_one_are_refused_in_either_order() {
    let loader = Loader::new().rename("h", "layers").rename("blocks", "layers");
    for names in [["h.weight", "blocks.weight"], ["blocks.weight", "h.weight"]] {
        #[derive(Debug, Module)]
        #[module(crate = wb)]
        struct Layers {
            #[param(shape = [2], rename = "layers.weight")]
            weight: Tensor<f32>,
        }
        let pairs = names.map(|name| (name, Tensor::<f32>::zeros([2])));
        let report = refused(loader.load::<Layers>(pairs).map(|loaded| loaded.module));
        let found = report.duplicate[0].found.as_deref().unwrap();
        assert!(names.iter().all(|name| found.contains(&format!("`{name}`"))), "{found}");
    }
}

/// Meta's checkpoints have the two halves of a rotated pair beside each other, Hugging Face's half a head apart: the
/// same shape, and other rows. There: `PermuteForRope` reads the configuration by a method that it has not.
#[derive(Debug, Module)]
#[module(crate = wb)]
struct Rotated<const HEADS: usize, const HALF: usize, const HIDDEN: usize> {
    #[param(
        shape = [HEADS * 2 * HALF, HIDDEN],
        from = reshape(HEADS, 2, HALF, HIDDEN, of = permute(0, 2, 1, 3, of = reshape(HEADS * 2 * HALF, HIDDEN)))
    )]
    weight: Tensor<f32>,
}

#[test]
fn rows_of_a_rotation_are_moved_by_declaration() {
    let (heads, half, hidden) = (2, 3, 2);
    let file = counted([12, 2]);
    let module = Rotated::<2, 3, 2>::from_weights([("weight", file.clone())]).unwrap();
    let mut expected: Vec<f32> = Vec::new();
    for head in 0..heads {
        for part in 0..2 {
            for pair in 0..half {
                let row = (head * half + pair) * 2 + part;
                expected.extend(&file.as_slice()[row * hidden..][..hidden]);
            }
        }
    }
    assert_eq!(module.weight.as_slice(), expected);
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("rotated.safetensors");
    module.save_weights(&path).unwrap();
    assert_eq!(Checkpoint::open(&path).unwrap().tensor("weight").unwrap(), file.into());
}

/// A convolution as torch publishes it, or as MLX has converted it.
#[derive(Debug, Module)]
#[module(crate = wb)]
enum Conv {
    Published {
        #[param(shape = [8, 3, 3, 4], from = permute(0, 2, 3, 1))]
        weight: Tensor<f32>,
    },
    Converted {
        #[param(shape = [8, 3, 3, 4])]
        weight: Tensor<f32>,
    },
}

/// There and in MLX's model library: a conversion that is run on a converted checkpoint converts it once more.
#[test]
fn a_converted_checkpoint_is_not_converted_again() {
    let published = Conv::from_weights(zeros([("weight", &[8, 4, 3, 3])])).unwrap();
    assert!(matches!(&published, Conv::Published { weight } if weight.shape()[..] == [8, 3, 3, 4]));
    let converted = Conv::from_weights(zeros([("weight", &[8, 3, 3, 4])])).unwrap();
    assert!(matches!(&converted, Conv::Converted { weight } if weight.shape()[..] == [8, 3, 3, 4]));
}

/// A square layout that shapes cannot tell apart is refused, and not guessed. If both shapes are numbers, the type does not compile.
#[test]
fn a_layout_that_no_shape_tells_apart_is_not_guessed() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    enum Square {
        Published {
            #[param(shape = [3, _], from = transpose)]
            weight: Tensor<f32>,
        },
        Converted {
            #[param(shape = [3, _])]
            weight: Tensor<f32>,
        },
    }
    let square = |source: Pairs| {
        Square::from_weights(source).map(|(Square::Published { weight } | Square::Converted { weight })| weight)
    };
    let report = match square(zeros([("weight", &[3, 3])])) {
        Err(LoadError::Mismatch(report)) => report,
        other => panic!("{other:?}"),
    };
    assert_eq!(report.variant[0].found.as_deref(), Some("`Published` and `Converted` alike"));
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Layers {
    layers: [Norm; 12],
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Norm {
    #[param(shape = [2], alias = "gamma")]
    weight: Tensor<f32>,
}

/// There: lines of the report are folded by their pattern alone, so that layers 0 and 1 with different wrong shapes
/// become one line that shows the last one, and `0...31` hides what is not in between.
#[test]
fn layers_fold_only_where_all_is_the_same() {
    let mut pairs = Pairs::new();
    for layer in 0..12 {
        let extent = match layer {
            1 => 5,
            7 => 2,
            _ => 4,
        };
        pairs.push((format!("layers.{layer}.weight"), Tensor::<f32>::zeros([extent]).into()));
    }
    let text = refused(Layers::from_weights(pairs)).to_string();
    assert!(text.contains("layers.{0, 2..=6, 8..=11}.weight  expected [2], found [4]"), "{text}");
    assert!(text.contains("layers.1.weight                   expected [2], found [5]"), "{text}");
}

/// There: a tensor of another dtype is cast, and nobody is told.
#[test]
fn a_dtype_is_never_cast_in_silence() {
    let pairs = [("weight", Tensor::<half::bf16>::zeros([2]))];
    assert_eq!(refused(Norm::from_weights(pairs.clone())).dtype.len(), 1);
    let loaded = Loader::new().cast(wb::Cast::Lossless).load::<Norm>(pairs).unwrap();
    assert_eq!((loaded.report.cast[0].from, loaded.report.cast[0].to), (DType::BF16, DType::F32));
    // numpy's name for the same bytes is no other dtype
    let file = weighbridge_tests::fixture("mlx/mlp-bf16.npz");
    let loaded = Loader::new().load::<weighbridge_tests::mlx::Mlp<half::bf16>>(file).unwrap();
    assert!(loaded.report.cast.is_empty(), "{}", loaded.report);
}

/// A field that names two dtypes takes them as its type can hold them, and an allowed cast goes to one that it holds.
#[test]
fn a_cast_ends_in_what_the_type_holds() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Either {
        #[param(shape = [2], dtype = ["F16", "F32"])]
        weight: Tensor<f32>,
    }
    let loader = Loader::new().cast(wb::Cast::Any);
    let loaded = loader.load::<Either>([("weight", Tensor::new([2], vec![1.5_f64, 2.5]).unwrap())]).unwrap();
    assert_eq!(loaded.module.weight.as_slice(), [1.5, 2.5]);
    assert_eq!((loaded.report.cast[0].from, loaded.report.cast[0].to), (DType::F64, DType::F32));
}

/// There: what is missing is filled with random numbers, and a warning is printed.
#[test]
fn what_is_missing_is_never_made_up() {
    assert_eq!(refused(Norm::from_weights(Pairs::new())).missing.len(), 1);
    let lenient = Loader::new().strict(false).load::<Norm>(Pairs::new());
    assert_eq!(refused(lenient.map(|loaded| loaded.module)).missing.len(), 1);
}

/// There: `LayerNorm.gamma` is a rename for every model, whether it has one or not.
#[test]
fn an_old_spelling_is_an_alias_where_it_is_said() {
    let loaded = Loader::new().load::<Norm>(zeros([("gamma", &[2])])).unwrap();
    assert_eq!(loaded.report.aliased[0].name, "gamma");
    let both = refused(Norm::from_weights(zeros([("gamma", &[2]), ("weight", &[2])])));
    assert!(both.duplicate[0].found.as_deref().unwrap().contains("`weight` and `gamma`"), "{both}");
}

/// An encoder and a decoder that share one embedding, whose names stand in another order in each file.
#[derive(Debug, Module)]
#[module(crate = wb)]
struct T5 {
    #[param(shape = [4, 2], rename = "encoder.embed_tokens.weight", tied = "shared.weight")]
    encoder: Tensor<f32>,
    #[param(shape = [4, 2], rename = "decoder.embed_tokens.weight", tied = "shared.weight")]
    decoder: Tensor<f32>,
    #[param(shape = [4, 2], rename = "lm_head.weight")]
    lm_head: Tensor<f32>,
    #[param(shape = [4, 2], rename = "shared.weight")]
    shared: Tensor<f32>,
}

/// There: which of several names feeds a tied group depended on the order of a dictionary, so that an embedding was
/// once read from an output layer that is not tied; and where several are there, they are not compared.
#[test]
fn a_tied_group_is_what_the_type_says_in_any_order() {
    let (shared, head) = (counted([4, 2]), Tensor::<f32>::zeros([4, 2]));
    let names = ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"];
    for name in names {
        for pairs in [
            [(name, shared.clone()), ("lm_head.weight", head.clone())],
            [("lm_head.weight", head.clone()), (name, shared.clone())],
        ] {
            let module = T5::from_weights(pairs).unwrap();
            assert!([&module.encoder, &module.decoder, &module.shared].iter().all(|tied| **tied == shared));
            assert_eq!(module.lm_head, head);
        }
    }
    let pairs = [(names[1], shared.clone()), (names[2], head.clone()), ("lm_head.weight", head)];
    assert_eq!(refused(T5::from_weights(pairs)).tied.len(), 1);
}

/// There: a head that is tied was once left random, as nothing asked for it.
#[test]
fn a_tied_group_without_a_tensor_is_missing() {
    let report = refused(T5::from_weights(zeros([("lm_head.weight", &[4, 2])])));
    let missing: Vec<_> = report.missing.iter().map(|missing| &*missing.path).collect();
    assert_eq!(missing, ["shared.weight"]);
}
