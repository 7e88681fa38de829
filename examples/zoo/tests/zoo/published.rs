//! The types at the sizes of models that everybody knows: as many numbers as their publishers say.

use weighbridge::{DType, Dim, Module};
use weighbridge_zoo::bert::{self, BertForMaskedLm};
use weighbridge_zoo::gpt2::{self, Gpt2, Gpt2Split};
use weighbridge_zoo::llama::{self, Llama, LlamaFused, TiedLlama};
use weighbridge_zoo::resnet::{Basic, Bottleneck, BottleneckDown, Down, ResNet, Stage};
use weighbridge_zoo::sizes::Is;

/// The numbers of all parameters but those that are tied, and the counters and statistics of training.
fn numbers<M: Module>(tied: &[&str]) -> usize {
    let trained = |path: &str| !path.ends_with("num_batches_tracked") && !path.contains(".running_");
    let parameters = M::SCHEMA.parameters().filter(|parameter| trained(parameter.path()));
    let elements = parameters.filter(|parameter| !tied.contains(&parameter.path())).map(|p| p.element_count().unwrap());
    elements.sum()
}

struct Llama31At8B;

impl llama::Config for Llama31At8B {
    type Vocab = Is<128_256>;
    type Hidden = Is<4096>;
    type Intermediate = Is<14_336>;
    const LAYERS: usize = 32;
    const HEADS: usize = 32;
    const KV_HEADS: usize = 8;
    const EPSILON: f32 = 1e-5;
    const THETA: f32 = 500_000.0;
}

struct Llama32At1B;

impl llama::Config for Llama32At1B {
    type Vocab = Is<128_256>;
    type Hidden = Is<2048>;
    type Intermediate = Is<8192>;
    const LAYERS: usize = 16;
    const HEADS: usize = 32;
    const KV_HEADS: usize = 8;
    const EPSILON: f32 = 1e-5;
    const THETA: f32 = 500_000.0;
}

#[test]
fn llama() {
    assert_eq!(numbers::<Llama<Llama31At8B>>(&[]), 8_030_261_248);
    assert_eq!(numbers::<LlamaFused<Llama31At8B>>(&[]), 8_030_261_248);
    assert_eq!(numbers::<TiedLlama<Llama32At1B>>(&["lm_head.weight"]), 1_235_814_400);
}

struct Gpt2Small;

impl gpt2::Config for Gpt2Small {
    type Vocab = Is<50_257>;
    type Positions = Is<1024>;
    type Width = Is<768>;
    const LAYERS: usize = 12;
    const HEADS: usize = 12;
}

#[test]
fn gpt2() {
    assert_eq!(numbers::<Gpt2<Gpt2Small>>(&["lm_head.weight"]), 124_439_808);
    assert_eq!(numbers::<Gpt2Split<Gpt2Small>>(&["lm_head.weight"]), 124_439_808);
}

struct BertBase;

impl bert::Config for BertBase {
    type Vocab = Is<30_522>;
    type Positions = Is<512>;
    type Types = Is<2>;
    type Hidden = Is<768>;
    type Intermediate = Is<3072>;
    const LAYERS: usize = 12;
    const HEADS: usize = 12;
}

#[test]
fn bert() {
    let tied = ["cls.predictions.decoder.weight", "cls.predictions.decoder.bias"];
    assert_eq!(numbers::<BertForMaskedLm<BertBase>>(&tied), 109_514_298);
}

type ResNet18 = ResNet<
    (
        Stage<(Basic<64, 64>, Basic<64, 64>)>,
        Stage<(Down<64, 128>, Basic<128, 128>)>,
        Stage<(Down<128, 256>, Basic<256, 256>)>,
        Stage<(Down<256, 512>, Basic<512, 512>)>,
    ),
    64,
    512,
    1000,
>;

// the size is known while compiling: the trained numbers, mean and variance of 4800 channels, and 20 counters
const _: () = assert!(ResNet18::SCHEMA.byte_len().unwrap() == 4 * (11_689_512 + 2 * 4800) + 8 * 20);

/// A layer behind the first one of a stage.
type Deep<const NARROW: usize, const OUT: usize> = Bottleneck<OUT, NARROW, OUT>;

type ResNet50 = ResNet<
    (
        Stage<(BottleneckDown<64, 64, 256>, Deep<64, 256>, Deep<64, 256>)>,
        Stage<(BottleneckDown<256, 128, 512>, Deep<128, 512>, Deep<128, 512>, Deep<128, 512>)>,
        Stage<(
            BottleneckDown<512, 256, 1024>,
            Deep<256, 1024>,
            Deep<256, 1024>,
            Deep<256, 1024>,
            Deep<256, 1024>,
            Deep<256, 1024>,
        )>,
        Stage<(BottleneckDown<1024, 512, 2048>, Deep<512, 2048>, Deep<512, 2048>)>,
    ),
    64,
    2048,
    1000,
>;

#[test]
fn resnet() {
    assert_eq!(numbers::<ResNet18>(&[]), 11_689_512);
    assert_eq!(numbers::<ResNet50>(&[]), 25_557_032);
    let counter = ResNet50::SCHEMA.get("resnet.embedder.embedder.normalization.num_batches_tracked").unwrap();
    assert_eq!((counter.rank(), counter.dtypes()), (Some(0), &[DType::I64][..]));
}

#[test]
fn the_fused_projections_of_llama_are_of_unequal_parts() {
    let fused = LlamaFused::<Llama31At8B>::SCHEMA.get("model.layers.31.self_attn.qkv").unwrap();
    assert_eq!((fused.dim(0), fused.dim(1)), (Dim::Is(4096 + 1024 + 1024), Dim::Is(4096)));
}
