//! A float file for a quantised model, the reverse, and the wrong bit width, in every mode of MLX.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use wb::{DType, Element, Module, Tensor};
use weighbridge_tests::layers::Projection;
use weighbridge_tests::mlx::Packed;

use crate::{Held, both, same};

const IN: usize = 256;
const OUT: usize = 96;

#[derive(Module)]
#[module(crate = wb)]
struct Model<L> {
    up: L,
    down: L,
    layers: [L; 2],
}

/// A mode whose scales are 8-bit floats.
#[derive(Module)]
#[module(crate = wb)]
struct Microscaled<const BITS: usize, const GROUP: usize, T: Element = u8> {
    #[param(shape = [OUT, IN * BITS / 32])]
    weight: Tensor<u32>,
    #[param(shape = [OUT, IN / GROUP])]
    scales: Tensor<T>,
}

/// As a file with layers of several kinds has them.
#[derive(Module)]
#[module(crate = wb)]
enum Any {
    Float(Projection<IN, OUT>),
    Quantised(Packed<IN, OUT, 4, 64>),
    Finer(Packed<IN, OUT, 8, 64>),
}

type Float = Model<Projection<IN, OUT>>;
type Affine<const BITS: usize, const GROUP: usize> = Model<Packed<IN, OUT, BITS, GROUP>>;
type MxFp4 = Model<Microscaled<4, 32>>;
type NvFp4 = Model<Microscaled<4, 16>>;
type MxFp8 = Model<Microscaled<8, 32>>;

/// What a file has of one layer.
#[derive(Clone, Copy, Debug)]
enum Layer {
    Absent,
    Float,
    Affine {
        bits: usize,
        group: usize,
    },
    Microscaled {
        bits: usize,
        group: usize,
    },
    /// Scales of a dtype that no mode has.
    Odd,
}

use Layer::{Affine as affine, Microscaled as microscaled};

impl Layer {
    fn tensors(self, place: &str) -> Vec<Held> {
        let tensor = |name: &str, dtype, columns| (format!("{place}.{name}"), dtype, vec![OUT, columns]);
        match self {
            Layer::Absent => Vec::new(),
            Layer::Float => vec![tensor("weight", DType::F32, IN)],
            Layer::Affine { bits, group } => vec![
                tensor("weight", DType::U32, IN * bits / 32),
                tensor("scales", DType::F32, IN / group),
                tensor("biases", DType::F32, IN / group),
            ],
            Layer::Microscaled { bits, group } => {
                vec![tensor("weight", DType::U32, IN * bits / 32), tensor("scales", DType::U8, IN / group)]
            }
            Layer::Odd => vec![tensor("weight", DType::U32, IN / 8), tensor("scales", DType::I64, IN / 32)],
        }
    }
}

const PLACES: [&str; 4] = ["up", "down", "layers.0", "layers.1"];

fn all(layer: Layer) -> Vec<Held> {
    PLACES.iter().flat_map(|place| layer.tensors(place)).collect()
}

/// Both say it, of a type and a file with layers of this kind.
#[track_caller]
fn says<M: Module>(layer: Layer, text: &str) -> String {
    let report = same::<M>(&all(layer));
    assert!(report.contains(text), "`{text}` is not said in:\n{report}");
    report
}

/// One mode: its own file fits, the original does not, nor does its file fit the original.
fn mode<M: Module>(layer: Layer, layout: &str) {
    assert_eq!(same::<M>(&all(layer)), "");
    says::<M>(Layer::Float, "the module is quantised by MLX, and the checkpoint is not (4 weights are floats");
    says::<Float>(layer, &format!("the checkpoint is quantised (4 tensors with `.scales`, {layout})"));
}

#[test]
fn one_side_is_quantised() {
    mode::<Affine<2, 64>>(affine { bits: 2, group: 64 }, "2-bit in groups of 64");
    mode::<Affine<3, 64>>(affine { bits: 3, group: 64 }, "3-bit in groups of 64");
    mode::<Affine<4, 64>>(affine { bits: 4, group: 64 }, "4-bit in groups of 64");
    mode::<Affine<5, 32>>(affine { bits: 5, group: 32 }, "5-bit in groups of 32");
    mode::<Affine<6, 32>>(affine { bits: 6, group: 32 }, "6-bit in groups of 32");
    mode::<Affine<8, 128>>(affine { bits: 8, group: 128 }, "8-bit in groups of 128");
    mode::<MxFp4>(microscaled { bits: 4, group: 32 }, "4-bit in groups of 32");
    mode::<NvFp4>(microscaled { bits: 4, group: 16 }, "4-bit in groups of 16");
    mode::<MxFp8>(microscaled { bits: 8, group: 32 }, "8-bit in groups of 32");
}

#[test]
fn another_width() {
    let text = "4 bits where the module expects 8 (if groups have 64)";
    says::<Affine<8, 64>>(affine { bits: 4, group: 64 }, text);
    let text = "3 bits where the module expects 4 (if groups have 64)";
    says::<Affine<4, 64>>(affine { bits: 3, group: 64 }, text);
    says::<Affine<2, 64>>(affine { bits: 6, group: 64 }, "packed with 6 bits, and the module expects 2");
    says::<Affine<5, 64>>(affine { bits: 8, group: 64 }, "packed with 8 bits, and the module expects 5");
    says::<MxFp4>(microscaled { bits: 8, group: 32 }, "packed with 8 bits, and the module expects 4");
    says::<MxFp8>(microscaled { bits: 4, group: 32 }, "packed with 4 bits, and the module expects 8");
}

#[test]
fn another_mode() {
    // the same shapes, and the scales' dtype alone differs: a cast would be no remedy, and is not offered
    let text = "quantised in the mode affine, and the module in the mode mxfp4 (4 tensors with `.scales`)";
    let report = says::<MxFp4>(affine { bits: 4, group: 32 }, text);
    assert!(!report.contains("Loader::new().cast"), "{report}");
    let text = "quantised in the mode mxfp4, and the module in the mode affine (4 tensors with `.scales`)";
    let report = says::<Affine<4, 32>>(microscaled { bits: 4, group: 32 }, text);
    assert!(!report.contains("Loader::new().cast"), "{report}");

    says::<MxFp8>(affine { bits: 8, group: 32 }, "in the mode affine, and the module in the mode mxfp8");
    says::<NvFp4>(affine { bits: 4, group: 64 }, "in the mode affine, and the module in the mode nvfp4");
    says::<Affine<4, 64>>(microscaled { bits: 4, group: 16 }, "in the mode nvfp4, and the module in the mode affine");
    says::<NvFp4>(microscaled { bits: 4, group: 32 }, "in the mode mxfp4, and the module in the mode nvfp4");
    says::<MxFp4>(microscaled { bits: 4, group: 16 }, "in the mode nvfp4, and the module in the mode mxfp4");
}

#[test]
fn another_group_size() {
    let text = "4 groups in a row, and the module expects 8; it was quantised with another group size";
    says::<Affine<4, 32>>(affine { bits: 4, group: 64 }, text);
}

/// A layer that is the whole module, and one that has another name for its scales.
#[test]
fn a_layer_at_the_root() {
    let at_the_root = |layer: Layer| {
        let tensors = layer.tensors("layer").into_iter();
        tensors.map(|(name, dtype, shape)| (name.replace("layer.", ""), dtype, shape)).collect::<Vec<_>>()
    };
    let text = same::<Projection<IN, OUT>>(&at_the_root(affine { bits: 4, group: 64 }));
    assert!(text.contains("the checkpoint is quantised (1 tensor with `.scales`, 4-bit in groups of 64)"), "{text}");
    let text = same::<Packed<IN, OUT, 4, 64>>(&at_the_root(microscaled { bits: 4, group: 16 }));
    assert!(text.contains("in the mode nvfp4, and the module in the mode affine"), "{text}");
    let text = same::<Packed<IN, OUT, 4, 64>>(&at_the_root(affine { bits: 8, group: 64 }));
    assert!(text.contains("packed with"), "{text}");
}

#[test]
fn layers_of_several_kinds_in_one_file() {
    let kinds = [affine { bits: 4, group: 64 }, affine { bits: 8, group: 64 }, Layer::Float, Layer::Float];
    let mixed: Vec<_> = PLACES.iter().zip(kinds).flat_map(|(place, kind)| kind.tensors(place)).collect();
    assert_eq!(same::<Model<Any>>(&mixed), "");
    // 6 bits are none of them, and each item of the list says so for itself
    let text = same::<Model<Any>>(&all(affine { bits: 6, group: 64 }));
    assert!(text.contains("`Finer`: `layers.{0..=1}.weight` is [96, 48], and not [96, 64]\n"), "{text}");
}

fn layer() -> impl Strategy<Value = Layer> {
    let sizes =
        |bits: &'static [usize], groups: &'static [usize]| (prop::sample::select(bits), prop::sample::select(groups));
    prop_oneof![
        1 => Just(Layer::Absent),
        2 => Just(Layer::Float),
        4 => sizes(&[2, 4, 5, 8], &[32, 64]).prop_map(|(bits, group)| affine { bits, group }),
        4 => sizes(&[4, 8], &[16, 32]).prop_map(|(bits, group)| microscaled { bits, group }),
        1 => Just(Layer::Odd),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn any_layers_are_told_alike(
        kinds in prop::collection::vec(layer(), 5),
        dropped in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let places = PLACES.iter().chain(&["layers.2"]).zip(kinds);
        let mut tensors: Vec<Held> = places.flat_map(|(place, kind)| kind.tensors(place)).collect();
        if let (Some(at), false) = (dropped, tensors.is_empty()) {
            tensors.remove(at.index(tensors.len()));
        }
        for (compiled, loaded) in [
            both::<Float>(&tensors),
            both::<Affine<4, 64>>(&tensors),
            both::<Affine<8, 32>>(&tensors),
            both::<MxFp4>(&tensors),
            both::<Model<Microscaled<4, 32, i64>>>(&tensors),
            both::<Model<Any>>(&tensors),
        ]
        .into_iter()
        .flatten()
        {
            prop_assert_eq!(compiled, loaded);
        }
    }
}
