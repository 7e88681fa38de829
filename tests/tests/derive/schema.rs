//! `M::SCHEMA` is a constant: what it answers can be an array's length, and is checked while this compiles.

use half::bf16;
use wb::{DType, DimSchema as Dim, Module, ParameterSchema, Schema, Tensor};
use weighbridge_tests::bert::BertForMaskedLm;
use weighbridge_tests::gpt2::Gpt2;
use weighbridge_tests::layers::{Embedding, Linear};
use weighbridge_tests::llama::{Config, Llama, LlamaTied, Tiny};
use weighbridge_tests::mlx::{Mlp, Quantized};
use weighbridge_tests::resnet::ResNet;
use weighbridge_tests::{contents, fixture};

const COUNT: usize = Llama::<Tiny>::SCHEMA.parameter_count().unwrap();
const BYTES: usize = Llama::<Tiny, bf16>::SCHEMA.byte_len().unwrap();
const ELEMENTS: usize = Llama::<Tiny>::SCHEMA.element_count().unwrap();

/// As long as the model has parameters.
static PARAMETERS: [ParameterSchema; COUNT] = {
    let mut parameters = [Llama::<Tiny>::SCHEMA.parameter(0).unwrap(); COUNT];
    let mut i = 0;
    while i < COUNT {
        parameters[i] = Llama::<Tiny>::SCHEMA.parameter(i).unwrap();
        i += 1;
    }
    parameters
};

const LAST: &str = PARAMETERS[COUNT - 1].path();

/// Compared while this compiles.
const _: () = {
    assert!(COUNT == 30);
    assert!(BYTES * 2 == Llama::<Tiny, f32>::SCHEMA.byte_len().unwrap());
    assert!(BYTES == ELEMENTS * 2);
    assert!(Llama::<Tiny>::SCHEMA.get("model.layers.3.mlp.up_proj.weight").is_none());
    let k: ParameterSchema = Llama::<Tiny>::SCHEMA.get("model.layers.2.self_attn.k_proj.weight").unwrap();
    assert!(matches!((k.rank(), k.dim(0), k.dim(1)), (Some(2), Dim::Is(16), Dim::Is(32))));
    assert!(k.element_count().unwrap() == 512 && k.byte_len().unwrap() == 2048);
    assert!(matches!(k.dtypes(), [DType::F32]));
};

#[test]
fn numbers_as_lengths_of_arrays() {
    // a buffer of exactly the model's size
    let buffer = [0_u8; BYTES];
    let llama = Llama::<Tiny, bf16>::from_weights(fixture("llama")).unwrap();
    let size: usize = llama.parameters().iter().map(|(_, view)| view.byte_len()).sum();
    assert_eq!(buffer.len(), size);
    // and one number for each element
    let gradient = [0.0_f32; ELEMENTS];
    let file = wb::Checkpoint::open(fixture("llama")).unwrap();
    let elements: usize = file.iter().map(|entry| entry.shape().iter().product::<usize>()).sum();
    assert_eq!(gradient.len(), elements);

    const HIDDEN: usize = match Embedding::<7, 5>::SCHEMA.parameter(0).unwrap().dim(1) {
        Dim::Is(n) => n,
        _ => panic!("not known"),
    };
    assert_eq!([0; HIDDEN].len(), 5);
}

#[test]
fn paths_in_order() {
    let llama = Llama::<Tiny>::from_weights(fixture("llama-sharded")).unwrap();
    assert_eq!(PARAMETERS.each_ref().map(|parameter| parameter.path().to_owned()).to_vec(), llama.parameter_paths());
    assert_eq!((PARAMETERS[0].path(), LAST), ("model.embed_tokens.weight", "lm_head.weight"));
}

/// Asserts that the schema says of every parameter what the loaded value has, in the same order.
#[track_caller]
fn describes<M: Module>(file: &str) {
    let module = M::from_weights(fixture(file)).unwrap();
    let found = contents(&module);
    let schema: Schema = M::SCHEMA;
    assert_eq!(schema.parameters().count(), found.len());
    for (parameter, (path, dtype, shape, bytes)) in schema.parameters().zip(&found) {
        assert_eq!(parameter.path(), path);
        assert_eq!(parameter.dtypes(), [*dtype]);
        assert_eq!(parameter.rank(), Some(shape.len()));
        let dims: Vec<_> = (0..shape.len()).map(|i| parameter.dim(i)).collect();
        assert_eq!(dims, shape.iter().map(|n| Dim::Is(*n)).collect::<Vec<_>>());
        assert_eq!(parameter.byte_len(), Some(bytes.len()));
        assert_eq!(schema.get(path).unwrap().path(), path);
    }
    assert_eq!(schema.parameter_count(), Some(found.len()));
    assert_eq!(schema.byte_len(), Some(found.iter().map(|(.., bytes)| bytes.len()).sum()));
    assert!(schema.parameter(found.len()).is_none());
}

#[test]
fn real_models() {
    describes::<Llama<Tiny, bf16>>("llama");
    describes::<Llama<Tiny>>("llama-sharded");
    describes::<LlamaTied<Tiny>>("llama-tied");
    describes::<Gpt2>("gpt2");
    describes::<Mlp<bf16>>("mlx/mlp-bf16.npz");
    describes::<Quantized<4, 32>>("mlx/quantized.safetensors");
}

#[test]
fn what_only_a_file_can_say() {
    // BERT's layers are a `Vec` without a length, ResNet's shortcuts are optional
    const BERT: Schema = BertForMaskedLm::SCHEMA;
    assert_eq!((BERT.parameter_count(), BERT.byte_len()), (None, None));
    assert_eq!(ResNet::SCHEMA.parameter_count(), None);
    // what is not in a list of unknown length is still there
    const BIAS: ParameterSchema = BERT.get("cls.predictions.bias").unwrap();
    assert_eq!(BIAS.dim(0), Dim::Is(128));
    assert!(BERT.parameters().all(|parameter| !parameter.path().contains(".layer.")));
    // what may be absent is in the list
    assert!(ResNet::SCHEMA.get("resnet.encoder.stages.1.layers.0.shortcut.convolution.weight").is_some());
}

#[derive(Module)]
#[module(crate = wb)]
struct Named {
    #[param(shape = ["vocab", 64, _])]
    weight: Tensor<f32>,
    #[param(shape = [0, 3])]
    empty: Tensor<f64>,
    #[param]
    rows: [[i16; 4]; 2],
    #[param(shape = [_, 4])]
    list: Vec<[i16; 4]>,
    #[param(shape = [2], dtype = ["F32", "BF16"])]
    wide: Tensor<f32>,
    #[param]
    scalar: bool,
}

#[test]
fn dims_of_all_kinds() {
    const fn dims(index: usize) -> [Option<Dim>; 3] {
        let parameter = Named::SCHEMA.parameter(index).unwrap();
        let (mut dims, mut i) = ([None; 3], 0);
        while i < parameter.rank().unwrap() {
            dims[i] = Some(parameter.dim(i));
            i += 1;
        }
        dims
    }
    const WEIGHT: [Option<Dim>; 3] = dims(0);
    assert_eq!(WEIGHT, [Some(Dim::Named("vocab")), Some(Dim::Is(64)), Some(Dim::Any)]);
    assert_eq!(dims(1), [Some(Dim::Is(0)), Some(Dim::Is(3)), None]);
    assert_eq!(dims(2), [Some(Dim::Is(2)), Some(Dim::Is(4)), None]);
    assert_eq!(dims(3), [Some(Dim::Any), Some(Dim::Is(4)), None]);
    assert_eq!(dims(5), [None; 3]);
    let bytes: Vec<_> = Named::SCHEMA.parameters().map(|parameter| parameter.byte_len()).collect();
    assert_eq!(bytes, [None, Some(0), Some(16), None, Some(8), Some(1)]);
    assert_eq!(Named::SCHEMA.get("wide").unwrap().dtypes(), [DType::F32, DType::BF16]);
    // six parameters, of a size that nobody knows
    assert_eq!((Named::SCHEMA.parameter_count(), Named::SCHEMA.byte_len()), (Some(6), None));
}

#[test]
fn containers() {
    type List = ([Linear<2, 3>; 4], (), [Linear<2, 3>; 0], Option<Linear<1, 1>>);
    assert_eq!(List::SCHEMA.get("0.3.bias").unwrap().byte_len(), Some(12));
    assert!(List::SCHEMA.get("0.4.bias").is_none() && List::SCHEMA.get("2.0.bias").is_none());
    const EIGHT: Option<usize> = <[Linear<2, 3>; 4]>::SCHEMA.parameter_count();
    assert_eq!(EIGHT, Some(8));
    assert_eq!(<()>::SCHEMA.parameter_count(), Some(0));
    assert_eq!(<(Box<Linear<2, 3>>, ())>::SCHEMA.byte_len(), Some(36));
}

/// The size of a published model: 405 billion parameters.
struct Llama405B;

impl Config for Llama405B {
    const VOCAB: usize = 128_256;
    const HIDDEN: usize = 16_384;
    const INTERMEDIATE: usize = 53_248;
    const HEADS: usize = 128;
    const KV_HEADS: usize = 8;
    const LAYERS: usize = 126;
}

#[test]
fn a_large_model_costs_nothing() {
    const LARGE: Schema = Llama::<Llama405B, bf16>::SCHEMA;
    const BYTES: usize = LARGE.byte_len().unwrap();
    assert_eq!(LARGE.parameter_count(), Some(126 * 9 + 3));
    assert_eq!(BYTES, 2 * 405_853_388_800);
    assert_eq!(LARGE.element_count(), Some(405_853_388_800));
    assert_eq!(LARGE.parameter(126 * 9).unwrap().path(), "model.layers.125.mlp.down_proj.weight");
}

/// An empty tensor is said with a literal, an empty list as it comes: what the file has of either is compared.
#[test]
fn what_is_empty() {
    macro_rules! literal {
        ($name:ident, $rows:expr) => {
            #[derive(Module)]
            #[module(crate = wb)]
            struct $name<const LAYERS: usize> {
                #[param(shape = [usize::MAX, usize::MAX, $rows, (0), 0usize])]
                nothing: Tensor<f32>,
                #[param]
                array: [[f32; 3]; 0],
                #[module(len = LAYERS)]
                layers: Vec<Linear<2, 3>>,
            }
        };
    }
    literal!(Empty, 0);
    const NONE: Schema = Empty::<0>::SCHEMA;
    const { assert!(NONE.element_count().unwrap() == 0 && NONE.byte_len().unwrap() == 0) };
    assert_eq!(NONE.parameter_count(), Some(2));
    assert_eq!(Empty::<4>::SCHEMA.element_count(), Some(4 * (2 * 3 + 3)));
    assert_eq!(NONE.parameter(0).unwrap().element_count(), Some(0));
}

/// What is tied is counted once, as its bytes are; what the file decides, not at all.
#[test]
fn elements_in_all() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Tied {
        #[param(shape = [5, 4])]
        embed: Tensor<f32>,
        #[param(shape = [5, 4], tied = "embed")]
        head: Tensor<f32>,
    }
    assert_eq!((Tied::SCHEMA.parameter_count(), Tied::SCHEMA.element_count()), (Some(2), Some(20)));
    assert_eq!(<Vec<Linear<2, 3>>>::SCHEMA.element_count(), None);
    assert_eq!(<Option<Linear<2, 3>>>::SCHEMA.element_count(), None);

    // of any dtype: as many elements, and nobody knows how many bytes
    #[derive(Module)]
    #[module(crate = wb)]
    struct Untyped {
        #[param(shape = [5, 4])]
        weight: wb::AnyTensor,
    }
    assert_eq!((Untyped::SCHEMA.element_count(), Untyped::SCHEMA.byte_len()), (Some(20), None));

    // each fits, and all of them together are beyond `usize`
    type Endless = [[Linear<1024, 1024>; usize::MAX >> 12]; 2];
    assert_eq!(
        (Endless::SCHEMA.parameter_count(), Endless::SCHEMA.element_count()),
        (Some(usize::MAX / 4096 * 4), None)
    );
}
