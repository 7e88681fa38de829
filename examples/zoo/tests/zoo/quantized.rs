//! A float file for a quantised model, the reverse, and the wrong bit width, in every mode of MLX: the report says which it is.

use weighbridge::{AnyTensor, Element, LoadError, Loader, Module, Report, Tensor};
use weighbridge_zoo::mlx_quantized::{AnyLinear, MxFp4Linear, MxFp8Linear, NvFp4Linear, QuantizedLinear};
use weighbridge_zoo::plain::Linear;

const IN: usize = 256;
const OUT: usize = 96;

/// Two layers of one kind.
#[derive(Debug, Module)]
struct Model<L> {
    up: L,
    down: L,
}

type Pairs = Vec<(String, AnyTensor)>;

/// Both layers' tensors: `weight` of these dtype and columns, `bias`, and others.
fn layers<W: Element>(columns: usize, others: &[(&str, AnyTensor)]) -> Pairs {
    let weight = AnyTensor::from(Tensor::<W>::zeros([OUT, columns]));
    let bias = AnyTensor::from(Tensor::<f32>::zeros([OUT]));
    let layer = |name: &str| {
        let named = [("weight", weight.clone()), ("bias", bias.clone())].into_iter().chain(others.iter().cloned());
        named.map(|(tensor, value)| (format!("{name}.{tensor}"), value)).collect::<Vec<_>>()
    };
    [layer("up"), layer("down")].concat()
}

/// As `nn.Linear` saves it.
fn float() -> Pairs {
    layers::<f32>(IN, &[])
}

/// As `nn.quantize(mode="affine")` leaves it.
fn affine(group: usize, bits: usize) -> Pairs {
    let groups = AnyTensor::from(Tensor::<f32>::zeros([OUT, IN / group]));
    layers::<u32>(IN * bits / 32, &[("scales", groups.clone()), ("biases", groups)])
}

/// As `nn.quantize(mode="mxfp4")`, `"nvfp4"` or `"mxfp8"` leaves it.
fn microscaled(group: usize, bits: usize) -> Pairs {
    layers::<u32>(IN * bits / 32, &[("scales", Tensor::<u8>::zeros([OUT, IN / group]).into())])
}

fn fits<L>(pairs: Pairs) -> bool
where
    Model<L>: Module,
{
    Loader::new().load::<Model<L>>(pairs).is_ok()
}

#[track_caller]
fn refused<L>(pairs: Pairs) -> Report
where
    Model<L>: Module,
{
    match Loader::new().check::<Model<L>>(pairs) {
        Err(LoadError::Mismatch(report)) => *report,
        other => panic!("{other:?}"),
    }
}

/// The hints that concern the whole.
#[track_caller]
fn says(report: &Report, text: &str) {
    assert!(report.hints.iter().any(|hint| hint.contains(text)), "`{text}` is not said in:\n{report}");
}

/// What is said of both weights.
#[track_caller]
fn says_of_weights(report: &Report, text: &str) {
    let weights: Vec<_> = report.shape.iter().filter(|finding| finding.path.ends_with(".weight")).collect();
    assert_eq!(weights.len(), 2, "{report}");
    for weight in weights {
        assert!(weight.hints.iter().any(|hint| hint.contains(text)), "`{text}` is not said in:\n{report}");
    }
}

/// One mode: its own file fits, the original does not, nor does its file fit the original.
macro_rules! mode {
    ($name:ident, $layer:ty, $pairs:expr, $layout:literal) => {
        #[test]
        fn $name() {
            assert!(fits::<$layer>($pairs));
            let report = refused::<$layer>(float());
            says(&report, "the module is quantised by MLX, and the checkpoint is not");
            let report = refused::<Linear<IN, OUT>>($pairs);
            says(&report, "the checkpoint is quantised");
            says(&report, $layout);
        }
    };
}

mode!(affine_of_2_bits, QuantizedLinear<IN, OUT, 64, 2>, affine(64, 2), "2-bit in groups of 64");
mode!(affine_of_3_bits, QuantizedLinear<IN, OUT, 64, 3>, affine(64, 3), "3-bit in groups of 64");
mode!(affine_of_4_bits, QuantizedLinear<IN, OUT>, affine(64, 4), "4-bit in groups of 64");
mode!(affine_of_5_bits, QuantizedLinear<IN, OUT, 32, 5>, affine(32, 5), "5-bit in groups of 32");
mode!(affine_of_6_bits, QuantizedLinear<IN, OUT, 32, 6>, affine(32, 6), "6-bit in groups of 32");
mode!(affine_of_8_bits, QuantizedLinear<IN, OUT, 128, 8>, affine(128, 8), "8-bit in groups of 128");
mode!(mxfp4, MxFp4Linear<IN, OUT>, microscaled(32, 4), "4-bit in groups of 32");
mode!(nvfp4, NvFp4Linear<IN, OUT>, microscaled(16, 4), "4-bit in groups of 16");
mode!(mxfp8, MxFp8Linear<IN, OUT>, microscaled(32, 8), "8-bit in groups of 32");

#[test]
fn another_width() {
    let report = refused::<QuantizedLinear<IN, OUT, 64, 8>>(affine(64, 4));
    says_of_weights(&report, "4 bits where the module expects 8 (if groups have 64)");
    let report = refused::<QuantizedLinear<IN, OUT, 64, 4>>(affine(64, 3));
    says_of_weights(&report, "3 bits where the module expects 4 (if groups have 64)");
    let report = refused::<QuantizedLinear<IN, OUT, 64, 2>>(affine(64, 6));
    says_of_weights(&report, "packed with 6 bits, and the module expects 2");
    let report = refused::<QuantizedLinear<IN, OUT, 64, 5>>(affine(64, 8));
    says_of_weights(&report, "packed with 8 bits, and the module expects 5");
    let report = refused::<MxFp4Linear<IN, OUT>>(microscaled(32, 8));
    says_of_weights(&report, "packed with 8 bits, and the module expects 4");
    let report = refused::<MxFp8Linear<IN, OUT>>(microscaled(32, 4));
    says_of_weights(&report, "packed with 4 bits, and the module expects 8");
}

#[test]
fn another_mode() {
    // the same shapes, and the scales' dtype alone differs: a cast would be no remedy, and is not offered
    let report = refused::<MxFp4Linear<IN, OUT>>(affine(32, 4));
    says(&report, "quantised in the mode affine, and the module in the mode mxfp4");
    assert!(report.shape.is_empty() && report.dtype.iter().all(|finding| finding.hints.is_empty()), "{report}");
    let report = refused::<QuantizedLinear<IN, OUT, 32, 4>>(microscaled(32, 4));
    says(&report, "quantised in the mode mxfp4, and the module in the mode affine");
    assert!(report.shape.is_empty() && report.dtype.iter().all(|finding| finding.hints.is_empty()), "{report}");

    says(&refused::<MxFp8Linear<IN, OUT>>(affine(32, 8)), "in the mode affine, and the module in the mode mxfp8");
    says(&refused::<NvFp4Linear<IN, OUT>>(affine(64, 4)), "in the mode affine, and the module in the mode nvfp4");
    says(
        &refused::<QuantizedLinear<IN, OUT>>(microscaled(16, 4)),
        "in the mode nvfp4, and the module in the mode affine",
    );
    says(&refused::<NvFp4Linear<IN, OUT>>(microscaled(32, 4)), "in the mode mxfp4, and the module in the mode nvfp4");
    says(&refused::<MxFp4Linear<IN, OUT>>(microscaled(16, 4)), "in the mode nvfp4, and the module in the mode mxfp4");
}

#[test]
fn another_group_size() {
    let report = refused::<QuantizedLinear<IN, OUT, 32, 4>>(affine(64, 4));
    assert_eq!(report.shape.len(), 4);
    for finding in report.shape {
        assert!(finding.hints.iter().any(|hint| hint.contains("4 groups in a row, and the module expects 8")));
    }
}

#[test]
fn layers_of_several_kinds_in_one_file() {
    type Any = Model<AnyLinear<IN, OUT>>;
    let kinds = [("up", affine(64, 4)), ("down", affine(64, 8))];
    let mixed: Pairs = kinds.into_iter().flat_map(|(layer, pairs)| of(layer, pairs)).collect();
    let model = Any::from_weights(mixed).unwrap();
    assert!(matches!((&model.up, &model.down), (AnyLinear::Quantized(_), AnyLinear::Finer(_))));
    let model = Any::from_weights(float()).unwrap();
    assert!(matches!((&model.up, &model.down), (AnyLinear::Float { .. }, AnyLinear::Float { .. })));

    // 6 bits are none of them, and neither are the scales of another mode
    let kinds = [("up", affine(64, 6)), ("down", microscaled(32, 4))];
    let mixed: Pairs = kinds.into_iter().flat_map(|(layer, pairs)| of(layer, pairs)).collect();
    let report = refused::<AnyLinear<IN, OUT>>(mixed);
    let refused: Vec<_> = report.variant.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(refused, ["down", "up"]);
}

/// One layer of the two.
fn of(layer: &str, pairs: Pairs) -> Pairs {
    pairs.into_iter().filter(|(name, _)| name.starts_with(layer)).collect()
}
