//! What the packed numbers are: unpacked as the documentation of each layout says, they are the floats that its program makes of them.

use half::{bf16, f16};
use weighbridge::{AnyTensor, Checkpoint, DType, Module, Tensor};
use weighbridge_zoo::quantised::{
    awq, bitsandbytes as bnb, compressed_tensors as ct, fp8, gpt_oss, gptq, modelopt, torchao,
};

use super::{Fused, Grouped, IN, Model, OUT, Sparse, file, fixture, grouped, layer, load, sized};

/// The program's floats, row for row.
fn floats(name: &str) -> Vec<f32> {
    let tensor = Checkpoint::open(fixture("quantised/floats.safetensors")).unwrap().tensor(name).unwrap();
    numbers(&tensor)
}

/// The elements of a tensor as numbers.
fn numbers(tensor: &AnyTensor) -> Vec<f32> {
    let of = |size: usize, number: fn(&[u8]) -> f32| tensor.as_bytes().chunks_exact(size).map(number).collect();
    match tensor.dtype() {
        DType::F32 => of(4, |bytes| f32::from_le_bytes(bytes.try_into().unwrap())),
        DType::F16 => of(2, |bytes| f16::from_le_bytes(bytes.try_into().unwrap()).to_f32()),
        DType::BF16 => of(2, |bytes| bf16::from_le_bytes(bytes.try_into().unwrap()).to_f32()),
        DType::I8 => of(1, |bytes| f32::from(bytes[0] as i8)),
        DType::F8_E8M0 => of(1, |bytes| exponent(bytes[0])),
        DType::F8_E4M3 => of(1, |bytes| {
            let (exponent, mantissa) = (i32::from(bytes[0] >> 3 & 15), f32::from(bytes[0] & 7));
            let size = if exponent == 0 { mantissa / 512.0 } else { (1.0 + mantissa / 8.0) * 2_f32.powi(exponent - 7) };
            if bytes[0] < 128 { size } else { -size }
        }),
        dtype => panic!("{dtype}"),
    }
}

fn exponent(byte: u8) -> f32 {
    2_f32.powi(i32::from(byte) - 127)
}

/// A float of 4 bits.
fn e2m1(bits: u8) -> f32 {
    let size = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0][usize::from(bits & 7)];
    if bits & 8 == 0 { size } else { -size }
}

/// A float of 6 bits.
fn e2m3(bits: u8) -> f32 {
    let (exponent, mantissa) = (i32::from(bits >> 3 & 3), f32::from(bits & 7) / 8.0);
    let size = if exponent == 0 { mantissa } else { (1.0 + mantissa) * 2_f32.powi(exponent - 1) };
    if bits & 32 == 0 { size } else { -size }
}

/// Number `i` of a stream of integers in words, the first in the lowest bits.
fn stream(words: impl Fn(usize) -> i32, bits: usize, i: usize) -> f32 {
    let bit = |at: usize| words(at / 32) >> (at % 32) & 1;
    (0..bits).map(|k| bit(i * bits + k) << k).sum::<i32>() as f32
}

/// Compares each element with the program's, which it rounds to a dtype of so many bits.
#[track_caller]
fn means(name: &str, bits: i32, element: impl Fn(usize, usize) -> f32) {
    let theirs = floats(name);
    assert_eq!(theirs.len(), OUT * IN);
    for (at, theirs) in theirs.iter().enumerate() {
        let ours = element(at / IN, at % IN);
        assert!(
            (ours - theirs).abs() <= theirs.abs() * 2_f32.powi(-bits),
            "{name} [{}, {}]: {ours}, {theirs}",
            at / IN,
            at % IN
        );
    }
    assert!(theirs.iter().filter(|number| **number != 0.0).count() > OUT * IN / 2);
}

const F32: i32 = 22;
const F16: i32 = 10;
const BF16: i32 = 7;

fn of_gptq<const BITS: usize>(name: &str, layer: &gptq::Linear) {
    let (weights, zeros) = (layer.qweight.as_slice(), layer.qzeros.as_slice());
    let (scales, groups) = (numbers(&layer.scales), layer.g_idx.as_ref().unwrap().as_slice());
    means(name, F32, |out, i| {
        let group = groups[i] as usize;
        let weight = stream(|row| weights[row * OUT + out], BITS, i);
        let zero = stream(|word| zeros[group * (OUT * BITS / 32) + word], BITS, out) + layer.offset() as f32;
        (weight - zero) * scales[group * OUT + out]
    });
}

#[test]
fn of_gptq_in_4_bits() {
    let layer = layer("gptq-4bit", |fixed: gptq::Fixed<IN, OUT, 4, 32>| fixed.layer);
    assert!(layer.bias.is_some());
    of_gptq::<4>("gptq-4bit", &layer);
    assert!(layer.g_idx.unwrap().as_slice().is_sorted());
}

/// The files have what others have, and mean something else.
#[test]
fn of_gptq_in_another_order_and_format() {
    let layer = load::<Model<gptq::Linear>>("gptq-order").module.proj;
    of_gptq::<4>("gptq-order", &layer);
    assert!(!layer.g_idx.unwrap().as_slice().is_sorted());

    let layer = load::<Model<gptq::Linear>>("gptq-v2").module.proj;
    assert_eq!((layer.format, layer.offset()), (Some(gptq::Format::GptqV2), 0));
    of_gptq::<4>("gptq-v2", &layer);
}

#[test]
fn of_awq() {
    const ORDER: [usize; 8] = [0, 2, 4, 6, 1, 3, 5, 7];
    let layer: awq::Linear = grouped::<4, 32, _>("awq");
    let (weights, zeros, scales) = (layer.qweight.as_slice(), layer.qzeros.as_slice(), numbers(&layer.scales));
    let column = |words: &[i32], row: usize, out: usize| {
        let place = ORDER.iter().position(|column| *column == out % 8).unwrap();
        (words[row * (OUT / 8) + out / 8] >> (4 * place) & 15) as f32
    };
    means("awq", F16, |out, i| (column(weights, i, out) - column(zeros, i / 32, out)) * scales[i / 32 * OUT + out]);
}

/// What a 4-bit layer's JSON says.
fn json(state: &bnb::State) -> serde_json::Value {
    let (bnb::Kind::Nf4(json) | bnb::Kind::Fp4(json)) = &state.kind;
    serde_json::from_slice(json.as_slice()).unwrap()
}

fn of_bitsandbytes(name: &str, layer: &bnb::Linear4bit) {
    let (bytes, map, json) = (layer.weight.as_bytes(), layer.state.quant_map.as_slice(), json(&layer.state));
    assert_eq!(json["shape"], serde_json::json!([OUT, IN]));
    let scale = |block: usize| match &layer.state.scales {
        bnb::Scales::Once { absmax } => absmax.as_slice()[block],
        bnb::Scales::Twice { absmax, nested_absmax, nested_quant_map } => {
            let number = nested_quant_map.as_slice()[usize::from(absmax.as_slice()[block])];
            number * nested_absmax.as_slice()[block / 256] + json["nested_offset"].as_f64().unwrap() as f32
        }
    };
    means(name, BF16, |out, i| {
        let at = out * IN + i;
        let byte = bytes[at / 2];
        map[usize::from(if at.is_multiple_of(2) { byte >> 4 } else { byte & 15 })] * scale(at / 64)
    });
}

#[test]
fn of_bitsandbytes_in_4_bits() {
    let layer: bnb::Linear4bit = sized("bnb-nf4");
    assert!(matches!((&layer.state.kind, &layer.state.scales), (bnb::Kind::Nf4(_), bnb::Scales::Twice { .. })));
    of_bitsandbytes("bnb-nf4", &layer);
}

#[test]
fn of_bitsandbytes_in_elements_of_another_dtype() {
    #[derive(Module)]
    struct Stored {
        #[module(args(in = IN, out = OUT, storage = 2))]
        proj: bnb::Linear4bit,
        #[module(args(in = OUT, out = 8))]
        #[allow(dead_code)]
        head: super::Float,
    }
    let layer = load::<Stored>("bnb-fp4").module.proj;
    assert!(matches!((&layer.state.kind, &layer.state.scales), (bnb::Kind::Fp4(_), bnb::Scales::Once { .. })));
    assert_eq!(layer.weight.dtype(), DType::BF16);
    of_bitsandbytes("bnb-fp4", &layer);
}

#[test]
fn of_bitsandbytes_in_8_bits() {
    let layer: bnb::Linear8bit = sized("bnb-int8");
    assert_eq!(layer.weight_format, 0);
    let scales = layer.scales.as_slice();
    means("bnb-int8", F32, |out, i| f32::from(layer.weight.as_slice()[out * IN + i]) * scales[out] / 127.0);
}

#[test]
fn of_fp8_in_blocks() {
    for name in ["fp8-blocks", "fp8-blocks-e8m0"] {
        let layer: fp8::Linear = load::<Model<fp8::Linear>>(name).module.proj;
        let (weights, scales) = (numbers(&layer.matrix.weight), numbers(&layer.matrix.scales));
        means(name, F32, |out, i| weights[out * IN + i] * scales[out / 16 * 2 + i / 32]);
    }
}

#[test]
fn of_fp8_with_one_scale() {
    let layer: fp8::PerTensor = sized("fp8-tensor");
    assert_eq!(layer.activation_scale, Some(0.05));
    let weights = numbers(&layer.weight);
    means("fp8-tensor", F32, |out, i| weights[out * IN + i] * layer.scale);
}

#[test]
fn of_experts_in_fp8() {
    let layer = load::<Fused>("fp8-experts").module.proj;
    let (weights, scales) = (numbers(&layer.gate_up_proj), numbers(&layer.gate_up_proj_scale_inv));
    let theirs = floats("fp8-experts");
    let rows = 2 * OUT;
    assert_eq!(theirs.len(), 2 * rows * IN);
    for (at, theirs) in theirs.into_iter().enumerate() {
        let (expert, row, i) = (at / (rows * IN), at / IN % rows, at % IN);
        assert_eq!(weights[at] * scales[(expert * (rows / 16) + row / 16) * 2 + i / 32], theirs);
    }
}

#[test]
fn of_packed_integers() {
    let symmetric: ct::Packed = grouped::<4, 32, _>("ct-int4");
    assert_eq!(symmetric.shape.as_slice(), [OUT as i64, IN as i64]);
    let asymmetric: ct::Packed = grouped::<4, 32, _>("ct-int4-asymmetric");
    for (name, layer) in [("ct-int4", symmetric), ("ct-int4-asymmetric", asymmetric)] {
        let (words, scales) = (layer.weight.as_slice(), numbers(&layer.scales));
        means(name, BF16, |out, i| {
            let zero = match &layer.zeros {
                Some(zeros) => stream(|word| zeros.as_slice()[word * 2 + i / 32], 4, out),
                None => 8.0,
            };
            (stream(|word| words[out * 8 + word], 4, i) - zero) * scales[out * 2 + i / 32]
        });
    }
    assert_eq!(
        load::<Model<ct::Packed>>("ct-int4").report.dim("quantization_config.config_groups.group_0.weights.num_bits"),
        Some(4)
    );
}

/// The group of each input is in the file.
#[test]
fn of_packed_integers_in_another_order() {
    let layer: ct::Packed = grouped::<4, 32, _>("ct-int4-order");
    let (words, scales) = (layer.weight.as_slice(), numbers(&layer.scales));
    let order = layer.g_idx.unwrap();
    assert!(!order.as_slice().is_sorted());
    means("ct-int4-order", BF16, |out, i| {
        (stream(|word| words[out * 8 + word], 4, i) - 8.0) * scales[out * 2 + order.as_slice()[i] as usize]
    });
}

/// A group is a row here, and the configuration has no number for it.
#[test]
fn of_3_bits_with_a_scale_for_each_row() {
    let scales_of = |fixed: Grouped<_, IN, OUT, 3, IN>| fixed.layer;
    let layer: ct::Packed = layer("ct-int3-channel", scales_of);
    let (words, scales) = (layer.weight.as_slice(), numbers(&layer.scales));
    means("ct-int3-channel", BF16, |out, i| (stream(|word| words[out * 6 + word], 3, i) - 4.0) * scales[out]);

    // auto-gptq says it with -1
    #[derive(Module)]
    struct Rows {
        #[module(args(in = "hidden_size", out = "intermediate_size", group = "hidden_size"))]
        proj: gptq::Linear,
        #[module(args(in = "intermediate_size", out = "num_labels"))]
        #[allow(dead_code)]
        head: super::Float,
    }
    of_gptq::<3>("gptq-3bit", &load::<Rows>("gptq-3bit").module.proj);
}

#[test]
fn of_bytes_with_scales() {
    for (name, is_one) in [("ct-int8", false), ("ct-fp8-channel", false), ("ct-fp8-tensor", true)] {
        let layer: ct::Plain = sized(name);
        let (ct::Scale::Channel(scale) | ct::Scale::Tensor(scale) | ct::Scale::Scalar(scale)) = &layer.scale;
        let (weights, scale) = (numbers(&layer.weight), numbers(scale));
        assert_eq!((scale.len(), layer.input_scale.is_some()), if is_one { (1, true) } else { (OUT, false) });
        means(name, BF16, |out, i| weights[out * IN + i] * scale[if is_one { 0 } else { out }]);
    }
    let layer = load::<Model<ct::Blocks>>("ct-fp8-blocks").module.proj;
    let (weights, scales) = (numbers(&layer.weight), numbers(&layer.scales));
    means("ct-fp8-blocks", BF16, |out, i| weights[out * IN + i] * scales[out / 16 * 2 + i / 32]);
}

/// The float at a place of a row of bytes.
fn low_first(bytes: &Tensor<u8>, out: usize, i: usize) -> f32 {
    let byte = bytes.as_slice()[out * IN / 2 + i / 2];
    e2m1(if i.is_multiple_of(2) { byte & 15 } else { byte >> 4 })
}

#[test]
fn of_nvfp4() {
    let layer: ct::Nvfp4 = sized("ct-nvfp4");
    let (scales, global) = (numbers(&layer.scales), layer.global_scale.as_slice()[0]);
    means("ct-nvfp4", BF16 - 1, |out, i| low_first(&layer.weight, out, i) * scales[out * 4 + i / 16] / global);

    let layer: modelopt::Nvfp4 = sized("modelopt-nvfp4");
    let scales = numbers(&layer.scales);
    means("modelopt-nvfp4", F32, |out, i| {
        low_first(&layer.weight, out, i) * scales[out * 4 + i / 16] * layer.weight_scale_2
    });
}

#[test]
fn of_mx() {
    let layer: ct::Mxfp4 = sized("ct-mxfp4");
    means("ct-mxfp4", BF16, |out, i| {
        low_first(&layer.weight, out, i) * exponent(layer.scales.as_slice()[out * 2 + i / 32])
    });
    let layer: ct::Mxfp6 = sized("ct-mxfp6");
    means("ct-mxfp6", BF16, |out, i| {
        let bit = |at: usize| layer.weight.as_slice()[out * IN * 3 / 4 + at / 8] >> (at % 8) & 1;
        let code = (0..6).map(|k| bit(i * 6 + k) << k).sum::<u8>();
        e2m3(code) * exponent(layer.scales.as_slice()[out * 2 + i / 32])
    });
    let layer: ct::Mxfp8 = sized("ct-mxfp8");
    let weights = numbers(&layer.weight);
    means("ct-mxfp8", BF16, |out, i| weights[out * IN + i] * exponent(layer.scales.as_slice()[out * 2 + i / 32]));
}

#[test]
fn of_experts_of_gpt_oss() {
    let layer: gpt_oss::Experts = load::<Sparse>("gpt-oss-mxfp4").module.proj;
    let theirs = floats("gpt-oss-mxfp4");
    let (rows, blocks) = (2 * OUT, IN / 32);
    assert_eq!(theirs.len(), 2 * IN * rows);
    for (at, theirs) in theirs.into_iter().enumerate() {
        // transposed: [experts, in, out]
        let (expert, i, out) = (at / (IN * rows), at / rows % IN, at % rows);
        let block = (expert * rows + out) * blocks + i / 32;
        let byte = layer.gate_up_proj_blocks.as_slice()[block * 16 + i % 32 / 2];
        let number = e2m1(if i % 2 == 0 { byte & 15 } else { byte >> 4 });
        assert_eq!(number * exponent(layer.gate_up_proj_scales.as_slice()[block]), theirs);
    }
}

#[test]
fn of_torchao() {
    let int8: torchao::Linear = sized("torchao-int8");
    assert!(int8.zeros.as_ref().unwrap().as_slice().iter().all(|zero| *zero == 0));
    let fp8: torchao::Linear = sized("torchao-fp8");
    for (name, layer) in [("torchao-int8", int8), ("torchao-fp8", fp8)] {
        let (weights, scales) = (numbers(&layer.weight), numbers(&layer.scales));
        means(name, BF16, |out, i| weights[out * IN + i] * scales[out]);
    }

    #[derive(Module)]
    struct Groups {
        #[module(args(in = IN, out = OUT, group = 32))]
        proj: torchao::Linear,
        #[module(args(in = OUT, out = 8))]
        #[allow(dead_code)]
        head: super::Float,
    }
    let layer = load::<Groups>("torchao-intx").module.proj;
    let (weights, scales, zeros) = (numbers(&layer.weight), numbers(&layer.scales), layer.zeros.unwrap());
    means("torchao-intx", BF16, |out, i| {
        let group = out * 2 + i / 32;
        (weights[out * IN + i] - f32::from(zeros.as_slice()[group])) * scales[group]
    });
    // which class it is stands in the metadata, under the weight's name
    let checkpoint = Checkpoint::open(file("torchao-intx")).unwrap();
    assert!(checkpoint.metadata().get("proj.weight").unwrap().contains("IntxUnpackedToInt8Tensor"));
}
