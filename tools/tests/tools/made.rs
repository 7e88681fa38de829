//! Made-up files, written by the reference implementation.

use std::io::{Cursor, Write};

use safetensors::Dtype;
use safetensors::tensor::TensorView;

/// Tensors of a file: names, dtypes, shapes.
#[derive(Default)]
pub(crate) struct Made(Vec<(String, Dtype, Vec<usize>)>);

impl Made {
    fn add(&mut self, name: impl Into<String>, dtype: Dtype, shape: &[usize]) {
        self.0.push((name.into(), dtype, shape.to_vec()));
    }

    fn f32(&mut self, name: impl Into<String>, shape: &[usize]) {
        self.add(name, Dtype::F32, shape);
    }

    fn linear(&mut self, name: &str, rows: usize, columns: usize) {
        self.f32(format!("{name}.weight"), &[rows, columns]);
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let data: Vec<Vec<u8>> = self.0.iter().enumerate().map(|(number, tensor)| elements(number, tensor)).collect();
        let view = |((name, dtype, shape), data): (&(String, Dtype, Vec<usize>), &'_ Vec<u8>)| {
            (name.clone(), *dtype, shape.clone(), data.clone())
        };
        let owned: Vec<_> = self.0.iter().zip(&data).map(view).collect();
        let views = owned
            .iter()
            .map(|(name, dtype, shape, data)| (name.as_str(), TensorView::new(*dtype, shape.clone(), data).unwrap()));
        safetensors::serialize(views, None).unwrap()
    }
}

/// Bytes that differ from tensor to tensor. Booleans are 0 or 1.
fn elements(number: usize, (_, dtype, shape): &(String, Dtype, Vec<usize>)) -> Vec<u8> {
    let bytes = shape.iter().product::<usize>() * dtype.bitsize() / 8;
    let byte = |i: usize| (number * 31 + i * 7) as u8;
    (0..bytes).map(|i| if *dtype == Dtype::BOOL { byte(i) & 1 } else { byte(i) }).collect()
}

/// 61 layers, of which the first three are dense, and four experts in each of the others.
pub(crate) fn mixture() -> Made {
    let mut made = Made::default();
    made.linear("model.embed_tokens", 50, 8);
    for layer in 0..61 {
        let at = format!("model.layers.{layer}");
        made.f32(format!("{at}.input_layernorm.weight"), &[8]);
        made.f32(format!("{at}.post_attention_layernorm.weight"), &[8]);
        for (name, rows) in [("q_proj", 16), ("k_proj", 4), ("v_proj", 4)] {
            made.linear(&format!("{at}.self_attn.{name}"), rows, 8);
        }
        made.linear(&format!("{at}.self_attn.o_proj"), 8, 16);
        let mut mlp = |at: &str, width| {
            made.linear(&format!("{at}.gate_proj"), width, 8);
            made.linear(&format!("{at}.up_proj"), width, 8);
            made.linear(&format!("{at}.down_proj"), 8, width);
        };
        if layer < 3 {
            mlp(&format!("{at}.mlp"), 24);
        } else {
            (0..4).for_each(|expert| mlp(&format!("{at}.mlp.experts.{expert}"), 6));
            mlp(&format!("{at}.mlp.shared_experts"), 12);
            made.linear(&format!("{at}.mlp.gate"), 4, 8);
        }
    }
    made.f32("model.norm.weight", &[8]);
    made.linear("lm_head", 50, 8);
    made
}

/// Two layers whose projections GPTQ has packed, 4 bits in groups of 32, and a head that it left alone.
pub(crate) fn gptq() -> Made {
    layers_of_gptq(&[|_| 4, |_| 4])
}

/// The same with a layer that GPTQ left alone, and one of which it packed a projection in 8 bits.
pub(crate) fn mixed() -> Made {
    layers_of_gptq(&[|_| 16, |_| 4, |name| if name == "mlp.down_proj" { 8 } else { 4 }])
}

/// Each layer says of its projections how many bits they have.
fn layers_of_gptq(layers: &[fn(&str) -> usize]) -> Made {
    let mut made = Made::default();
    made.add("model.embed_tokens.weight", Dtype::F16, &[50, 64]);
    for (layer, bits) in layers.iter().enumerate() {
        let at = format!("model.layers.{layer}");
        made.add(format!("{at}.input_layernorm.weight"), Dtype::F16, &[64]);
        for (name, inputs, out) in [
            ("self_attn.q_proj", 64, 64),
            ("self_attn.k_proj", 64, 32),
            ("mlp.up_proj", 64, 96),
            ("mlp.down_proj", 96, 64),
        ] {
            let bits = bits(name);
            if bits == 16 {
                made.add(format!("{at}.{name}.weight"), Dtype::F16, &[out, inputs]);
                continue;
            }
            made.add(format!("{at}.{name}.qweight"), Dtype::I32, &[inputs * bits / 32, out]);
            made.add(format!("{at}.{name}.qzeros"), Dtype::I32, &[inputs / 32, out * bits / 32]);
            made.add(format!("{at}.{name}.scales"), Dtype::F16, &[inputs / 32, out]);
            made.add(format!("{at}.{name}.g_idx"), Dtype::I32, &[inputs]);
        }
    }
    made.add("model.norm.weight", Dtype::F16, &[64]);
    made.add("lm_head.weight", Dtype::F16, &[50, 64]);
    made
}

/// One layer of six is wider than the others, and one has something more.
pub(crate) fn odd_layer() -> Made {
    let mut made = Made::default();
    for layer in 0..6 {
        made.linear(&format!("layers.{layer}.fc"), if layer == 4 { 40 } else { 20 }, 10);
        if layer == 2 {
            made.f32("layers.2.gate.scale", &[1]);
        }
    }
    made
}

/// Two different layers in turn.
pub(crate) fn alternating() -> Made {
    let mut made = Made::default();
    for layer in 0..16 {
        let at = format!("model.layers.{layer}");
        made.f32(format!("{at}.norm.weight"), &[8]);
        if layer % 4 == 3 {
            made.linear(&format!("{at}.self_attn.qkv_proj"), 24, 8);
            made.linear(&format!("{at}.self_attn.o_proj"), 8, 8);
        } else {
            made.f32(format!("{at}.mamba.conv1d.weight"), &[16, 1, 4]);
            made.f32(format!("{at}.mamba.A_log"), &[16, 2]);
            made.f32(format!("{at}.mamba.D"), &[16]);
        }
        made.linear(&format!("{at}.mlp.fc1"), 32, 8);
        made.linear(&format!("{at}.mlp.fc2"), 8, 32);
    }
    made
}

/// Names that are not identifiers, or are taken.
pub(crate) fn names() -> Made {
    let mut made = Made::default();
    let odd = [
        "self",
        "self_",
        "Self",
        "super",
        "crate",
        "type",
        "match",
        "async",
        "gen",
        "try",
        "union",
        "_",
        "a-b",
        "a_b",
        "a b",
        "AB",
        "Ab",
        "3d",
        "3D",
        "00",
        "01",
        "+1",
        "-1",
        "1_0",
        "größe",
        "層",
        "日本",
        "\"quoted\"",
        "back\\slash",
        "`tick`",
        "{0}",
        "#[x]",
        "*/",
        "//",
        "tab\there",
        "\u{202e}rtl",
        "\u{1b}[31m",
        "LayerNorm",
        "layerNorm",
        "layer_norm",
        "r#type",
        "__a",
        "a__b",
        "b_",
    ];
    for (number, part) in odd.iter().enumerate() {
        made.f32(format!("params.{part}"), &[number + 1]);
        if number % 3 == 0 {
            made.f32(format!("modules.{part}.own{number}"), &[2]);
        } else {
            made.f32(format!("modules.{part}.weight"), &[2, 3 + number % 2]);
        }
    }
    // types that the generated code itself uses
    for part in ["vec", "option", "tensor", "module", "any_tensor", "box", "string", "names", "some", "debug", "hidden"]
    {
        made.f32(format!("types.{part}.a"), &[2]);
        made.f32(format!("types.{part}.{part}"), &[3]);
    }
    made.f32("a_name_that_is_far_longer_than_anybody_would_ever_write_by_hand_in_a_program_of_theirs.weight", &[2]);
    let long = "long_".repeat(30);
    made.f32(format!("{long}.{long}"), &[2, 2]);
    made.add("scalar type", Dtype::I64, &[]);
    made
}

/// Every dtype of the format: of rank 0, 1 and 2, and without elements.
pub(crate) fn dtypes() -> Made {
    let mut made = Made::default();
    for dtype in [
        Dtype::BOOL,
        Dtype::F4,
        Dtype::F6_E2M3,
        Dtype::F6_E3M2,
        Dtype::U8,
        Dtype::I8,
        Dtype::F8_E5M2,
        Dtype::F8_E4M3,
        Dtype::F8_E8M0,
        Dtype::F8_E4M3FNUZ,
        Dtype::F8_E5M2FNUZ,
        Dtype::I16,
        Dtype::U16,
        Dtype::F16,
        Dtype::BF16,
        Dtype::I32,
        Dtype::U32,
        Dtype::F32,
        Dtype::C64,
        Dtype::F64,
        Dtype::I64,
        Dtype::U64,
    ] {
        made.add(format!("{dtype}.matrix"), dtype, &[4, 8]);
        made.add(format!("{dtype}.empty"), dtype, &[0, 8]);
        made.add(format!("list.{dtype}.0"), dtype, &[8]);
        made.add(format!("list.{dtype}.1"), dtype, &[8]);
        if dtype.bitsize() >= 8 {
            made.add(format!("{dtype}.scalar"), dtype, &[]);
            made.add(format!("scalars.{dtype}.0"), dtype, &[]);
            made.add(format!("scalars.{dtype}.1"), dtype, &[]);
        }
    }
    made
}

/// Lists with gaps, of different items, of tensors, of lists.
pub(crate) fn lists() -> Made {
    let mut made = Made::default();
    for (at, numbers) in [
        ("gap", &[0_u64, 2][..]),
        ("late", &[3]),
        ("far", &[0, 40]),
        ("vgg", &[0, 2, 5, 7, 10, 12, 14, 17]),
        ("one", &[0]),
        ("huge", &[0, 18_446_744_073_709_551_615]),
    ] {
        for number in numbers {
            made.linear(&format!("{at}.{number}"), 6, 5);
        }
    }
    for number in 0..13 {
        made.linear(&format!("unlike.{number}"), 3 + number, 5);
        made.f32(format!("tensors.{number}"), &[7]);
        made.f32(format!("unlike_tensors.{number}"), &[1 + number]);
        made.f32(format!("mixed.{number}{}", if number % 2 == 0 { ".weight" } else { "" }), &[7]);
        made.f32(format!("named.{}", if number == 4 { "last".to_owned() } else { number.to_string() }), &[7]);
        made.f32(format!("kinds_of_tensors.{number}.{}", number % 2), &[7]);
    }
    for outer in 0..3 {
        for inner in 0..2 {
            made.linear(&format!("grid.{outer}.{inner}"), 6, 5);
            made.f32(format!("grid_of_tensors.{outer}.{inner}"), &[6, 5]);
            made.linear(&format!("pairs.{outer}.{inner}"), 6 + inner, 5);
            made.linear(&format!("triangle.{outer}.{}", inner * (1 + outer)), 6, 5);
        }
        made.f32(format!("tuple_with_tensors.0.{outer}"), &[4]);
        made.linear(&format!("tuple_with_tensors.1.{outer}"), 4, 4);
    }
    made
}

/// A list at the root, of different items and with gaps: `torch.nn.Sequential`.
pub(crate) fn sequential() -> Made {
    let mut made = Made::default();
    for (number, rows, columns) in [(0, 16, 8), (2, 16, 16), (4, 4, 16)] {
        made.linear(&number.to_string(), rows, columns);
        made.f32(format!("{number}.bias"), &[rows]);
    }
    made
}

/// A list at the root, of equal items.
pub(crate) fn stack() -> Made {
    let mut made = Made::default();
    for layer in 0..3 {
        made.linear(&format!("{layer}.attn.q_proj"), 8, 8);
        made.f32(format!("{layer}.norm.weight"), &[8]);
    }
    made
}

/// Two towers of one structure and different sizes.
pub(crate) fn towers() -> Made {
    let mut made = Made::default();
    for (tower, hidden, layers) in [("text_model", 16, 2), ("vision_model", 24, 3)] {
        for layer in 0..layers {
            let at = format!("{tower}.encoder.layers.{layer}");
            made.linear(&format!("{at}.self_attn.q_proj"), hidden, hidden);
            made.linear(&format!("{at}.mlp.fc1"), 4 * hidden, hidden);
            made.linear(&format!("{at}.mlp.fc2"), hidden, 4 * hidden);
            made.f32(format!("{at}.layer_norm1.weight"), &[hidden]);
        }
    }
    made.linear("text_model.embeddings.token_embedding", 99, 16);
    made.f32("vision_model.embeddings.patch_embedding.weight", &[24, 3, 4, 4]);
    made.f32("logit_scale", &[]);
    made
}

/// One structure with more numbers than a type may have parameters, and lists of different items in such lists.
pub(crate) fn nested() -> Made {
    let mut made = Made::default();
    for block in 0..3 {
        for (number, name) in ["a", "b", "c", "d", "e", "f"].iter().enumerate() {
            made.f32(format!("blocks.{block}.{name}"), &[2 + number * (block + 1) + block]);
        }
        made.linear(&format!("blocks.{block}.shared.proj"), 5, 4 + block);
    }
    for outer in 0..4 {
        made.linear(&format!("deep.{outer}.0.list.0.x"), 3, 3);
        made.linear(&format!("deep.{outer}.0.list.{}.x", 1 + outer % 2), 3, 3);
        made.f32(format!("deep.{outer}.1.x.bias"), &[3]);
    }
    made
}

/// Dims of 0 and 1, a high rank, and large dims without elements.
pub(crate) fn extremes() -> Made {
    let mut made = Made::default();
    made.f32("empty.a.weight", &[0, 3]);
    made.f32("empty.b.weight", &[3, 0]);
    made.f32("empty.c.weight", &[0, 0]);
    made.f32("empty.d.weight", &[5, 7]);
    made.f32("large", &[0, 1_099_511_627_776]);
    made.f32("deep", &[1, 1, 2, 1, 1, 3, 1, 1, 1, 2]);
    for number in 0..2 {
        made.f32(format!("none.{number}"), &[0]);
        made.f32(format!("none_below.{number}.weight"), &[0]);
    }
    made.f32("ones.weight", &[1]);
    made
}

/// Tensors that have the names of modules, as bitsandbytes writes them, and in lists.
pub(crate) fn one_name() -> Made {
    let mut made = Made::default();
    for layer in 0..2 {
        let at = format!("model.layers.{layer}.mlp.down_proj.weight");
        made.add(&at, Dtype::U8, &[64, 1]);
        made.add(format!("{at}.absmax"), Dtype::U8, &[2]);
        made.f32(format!("{at}.quant_map"), &[16]);
        made.add(format!("{at}.quant_state.bitsandbytes__nf4"), Dtype::U8, &[9]);
    }
    for number in 0..3 {
        made.f32(format!("items.{number}"), &[2]);
        made.f32(format!("items.{number}.below"), &[3]);
        made.f32(format!("tensors.{number}"), &[4]);
    }
    made.f32("tensors", &[5]);
    made.f32("items", &[1]);
    made.f32("items_parts", &[6]);
    // no index, although it looks like one of any item
    made.f32("braces.{}.weight", &[7]);
    made.f32("braces.2.weight", &[8]);
    made
}

/// 80 layers, of which the first has no bias.
pub(crate) fn uneven() -> Made {
    let mut made = Made::default();
    for layer in 0..80 {
        made.linear(&format!("layers.{layer}.q_proj"), 4, 4);
        if layer > 0 {
            made.f32(format!("layers.{layer}.q_proj.bias"), &[4]);
        }
    }
    made
}

/// A vision transformer with the names of Flax.
pub(crate) fn flax() -> Made {
    let mut made = Made::default();
    made.f32("cls", &[1, 1, 8]);
    made.f32("embedding/kernel", &[4, 4, 3, 8]);
    made.f32("embedding/bias", &[8]);
    made.f32("Transformer/posembed_input/pos_embedding", &[1, 5, 8]);
    for block in 0..3 {
        let at = format!("Transformer/encoderblock_{block}");
        for norm in ["LayerNorm_0", "LayerNorm_2"] {
            made.f32(format!("{at}/{norm}/scale"), &[8]);
            made.f32(format!("{at}/{norm}/bias"), &[8]);
        }
        for (dense, from, to) in [(0, 8, 16), (1, 16, 8)] {
            made.f32(format!("{at}/MlpBlock_3/Dense_{dense}/kernel"), &[from, to]);
            made.f32(format!("{at}/MlpBlock_3/Dense_{dense}/bias"), &[to]);
        }
        for part in ["query", "key", "value"] {
            made.f32(format!("{at}/MultiHeadDotProductAttention_1/{part}/kernel"), &[8, 2, 4]);
            made.f32(format!("{at}/MultiHeadDotProductAttention_1/{part}/bias"), &[2, 4]);
        }
        made.f32(format!("{at}/MultiHeadDotProductAttention_1/out/kernel"), &[2, 4, 8]);
        made.f32(format!("{at}/MultiHeadDotProductAttention_1/out/bias"), &[8]);
    }
    made.f32("Transformer/encoder_norm/scale", &[8]);
    made.f32("Transformer/encoder_norm/bias", &[8]);
    // lists of tensors, with odd names
    for number in 0..2 {
        made.f32(format!("odd/{{}}{{{number}"), &[2]);
        made.f32(format!("odd/\"x\" {number}"), &[3]);
        made.f32(format!("odd/uneven{number}"), &[1 + number]);
        made.f32(format!("odd/late{}", number + 1), &[4]);
        made.f32(format!("odd/both{number}"), &[5]);
    }
    made.f32("odd/both1/below", &[6]);
    made
}

/// Modules whose structure fits several layers, and whose names tell which one it is, or do not.
pub(crate) fn claims() -> Made {
    let mut made = Made::default();
    let both = |made: &mut Made, name: &str, weight: &[usize], bias: &[usize]| {
        made.f32(format!("{name}.weight"), weight);
        made.f32(format!("{name}.bias"), bias);
    };
    for name in ["unet.norm1", "unet.norm2", "unet.group_norm"] {
        both(&mut made, name, &[8], &[8]);
    }
    for name in ["encoder.layer_norm", "encoder.ln_1"] {
        both(&mut made, name, &[16], &[16]);
        made.add(format!("{name}.half"), Dtype::BF16, &[1]);
    }
    both(&mut made, "vit.scale", &[8], &[8]);
    both(&mut made, "square.a", &[6, 6], &[6]);
    both(&mut made, "square.b", &[7, 7], &[7]);
    made.add("attention.relative_attention_bias.weight", Dtype::F16, &[32, 4]);
    made.add("attention.q.weight", Dtype::F16, &[4, 16]);
    made.add("attention.o.weight", Dtype::F16, &[16, 4]);
    made.add("attention.table.bias", Dtype::F16, &[9, 4]);
    made.add("attention.table.weight", Dtype::F16, &[9, 4]);
    made.add("codebook.weight", Dtype::F64, &[9, 4]);
    both(&mut made, "upsample.conv", &[8, 4, 3, 3], &[4]);
    both(&mut made, "stem.0", &[8, 3, 7, 7], &[8]);
    made.add("mask.weight", Dtype::I32, &[2, 3, 4, 4]);
    for (name, shape) in [("weight", &[8][..]), ("bias", &[8]), ("running_mean", &[8]), ("running_var", &[9])] {
        made.f32(format!("odd.bn.{name}"), shape);
        made.add(format!("instance_norm.{name}"), Dtype::F16, &[8]);
    }
    // names that a constant, a parameter or the alias might have
    made.f32("hIDDEN.iN.weight", &[16, 3]);
    made.f32("float.fLOAT.weight", &[16, 3]);
    made
}

/// Untyped elements of numpy files: two bytes, which are bfloat16, and one byte, which may be any 8-bit float.
pub(crate) struct Untyped;

impl Untyped {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, descr, width) in [("a.half", "|V2", 2), ("a.byte", "|V1", 1), ("b.half", "<V2", 2)] {
            let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (3, 2), }}\n");
            let length = (header.len() as u16).to_le_bytes();
            let elements: Vec<u8> = (0..6 * width).map(|i| 7 * i as u8).collect();
            let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
            archive.start_file(format!("{name}.npy"), options).unwrap();
            archive.write_all(&[b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &elements].concat()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }
}
