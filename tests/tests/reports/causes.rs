//! Causes that names and shapes show only together, and what comes near to them and is something else.

use wb::{AnyTensor, Loader, Module, Report, Tensor};

use crate::planted::refused_of;

fn refused<M: Module>(loader: &Loader, names: &[(&str, &[usize])]) -> Report {
    let zeros = |&(name, shape): &(&str, &[usize])| (name.to_owned(), AnyTensor::from(Tensor::<f32>::zeros(shape)));
    refused_of::<M>(loader, names.iter().map(zeros).collect())
}

fn hints<M: Module>(names: &[(&str, &[usize])]) -> Vec<String> {
    let report = refused::<M>(&Loader::new(), names);
    report.missing.iter().chain(&report.shape).flat_map(|finding| finding.hints.clone()).collect()
}

#[derive(Module)]
#[module(crate = wb)]
struct Apart {
    #[param(shape = [4, 6], rename = "attn.q_proj.weight")]
    q: Tensor<f32>,
    #[param(shape = [2, 6], rename = "attn.k_proj.weight")]
    k: Tensor<f32>,
    #[param(shape = [2, 6], rename = "attn.v_proj.weight")]
    v: Tensor<f32>,
}

#[test]
fn unequal_parts_of_one_tensor_begin_where_the_one_before_ends() {
    for (shape, written) in [([8, 6], "slice(dim = 0"), ([6, 8], "transpose(of = slice(dim = 1")] {
        // in the order of the names: key, query, value
        let hints = hints::<Apart>(&[("attn.qkv.weight", &shape)]);
        let starts: Vec<bool> = hints
            .iter()
            .zip([4, 0, 6])
            .map(|(hint, start)| hint.contains(&format!("{written}, of = \"qkv.weight\", start = {start})")))
            .collect();
        assert_eq!(starts, [true; 3], "{hints:?}");
        assert!(hints.iter().all(|hint| !hint.contains("a square does not show its order")), "{hints:?}");
    }
}

#[test]
fn what_is_no_sum_of_the_parts_is_not_fused() {
    let others: [(&str, &[usize]); 4] = [
        ("attn.qkv.weight", &[9, 6]),
        ("attn.qkv.weight", &[8, 7]),
        ("attn.qkv.weight", &[8, 6, 1]),
        ("attn.qkv.scale", &[8, 6]),
    ];
    for other in others {
        let hints = hints::<Apart>(&[other]);
        assert!(hints.iter().all(|hint| !hint.contains("in one tensor")), "{other:?}: {hints:?}");
    }
}

#[derive(Module)]
#[module(crate = wb)]
struct Fused {
    #[param(shape = [3, 8], rename = "attn.c_attn.weight")]
    qkv: Tensor<f32>,
    #[param(shape = [3, 8], rename = "attn.c_attn.scale")]
    scale: Tensor<f32>,
}

#[test]
fn parts_in_the_file_are_joined_along_the_dimension_that_they_make_up() {
    let parts: [(&str, &[usize]); 3] =
        [("attn.q_proj.weight", &[3, 4]), ("attn.k_proj.weight", &[3, 2]), ("attn.v_proj.weight", &[3, 2])];
    let report = refused::<Fused>(&Loader::new(), &parts);
    let hints = |path: &str| report.missing.iter().find(|missing| missing.path == path).unwrap().hints.concat();
    let concat = "concat(dim = 1, \"q_proj.weight\": 4, \"k_proj.weight\": 2, \"v_proj.weight\": 2)";
    assert!(hints("attn.c_attn.weight").contains(concat), "{report}");
    assert!(!hints("attn.c_attn.scale").contains("concat"), "{report}");
    let report = refused::<Fused>(&Loader::new(), &[("attn.c_attn.weight", &[3, 8]), parts[0], parts[1], parts[2]]);
    assert!(!report.to_string().contains("concat"), "{report}");
}

#[derive(Module)]
#[module(crate = wb)]
struct Laid {
    #[param(shape = [5, 3], from = transpose)]
    declared: Tensor<f32>,
    #[param(shape = [3, 3], from = transpose)]
    square: Tensor<f32>,
    #[param(shape = [4, 6])]
    plain: Tensor<f32>,
    #[param(shape = [4, 4])]
    one: Tensor<f32>,
    #[param(shape = [16, 8, 3, 5])]
    conv: Tensor<f32>,
    #[param(shape = [6])]
    line: Tensor<f32>,
}

#[test]
fn the_remedy_is_the_layout_that_the_file_has() {
    let report = refused::<Laid>(
        &Loader::new(),
        &[
            ("declared", &[5, 3]),
            ("square", &[3, 3]),
            ("plain", &[6, 4]),
            ("one", &[4, 4]),
            // MLX has the channels last, and the module has them as torch does
            ("conv", &[16, 3, 5, 8]),
            ("line", &[1, 6, 1]),
        ],
    );
    let hint = |path: &str| report.shape.iter().find(|shape| shape.path == path).unwrap().hints.concat();
    assert_eq!(hint("declared"), "transposed; the field's `from` says how the file has it");
    assert_eq!(hint("plain"), "transposed; if the file keeps it so, say `#[param(from = transpose)]`");
    assert!(hint("conv").ends_with("say `#[param(from = permute(0, 3, 1, 2))]`"), "{report}");
    assert!(hint("line").ends_with("say `#[param(from = reshape(1, 6, 1))]`"), "{report}");
    // the square whose layout is declared is not in doubt
    assert_eq!(report.hints.len(), 1);
    assert!(report.hints[0].starts_with("1 square matrix fits, transposed or not (`one`); "), "{report}");
}

#[derive(Module)]
#[module(crate = wb)]
enum Inner {
    Square {
        #[param(shape = [3, 3])]
        square: Tensor<f32>,
    },
}

#[derive(Module)]
#[module(crate = wb)]
struct Outer {
    inner: Inner,
    #[param(shape = [2, 3])]
    plain: Tensor<f32>,
}

#[test]
fn a_square_in_a_variant_is_in_doubt_too() {
    let report = refused::<Outer>(&Loader::new(), &[("inner.square", &[3, 3]), ("plain", &[3, 2])]);
    assert!(report.hints.concat().starts_with("1 square matrix fits, transposed or not (`inner.square`)"), "{report}");
}

#[derive(Module)]
#[module(crate = wb)]
struct Cube {
    #[param(shape = [4, 4, 4, 8])]
    weight: Tensor<f32>,
}

#[test]
fn what_two_layouts_explain_is_told_with_both() {
    // [O, kH, kW, I] and [kH, kW, I, O] would both do
    let hints = hints::<Cube>(&[("weight", &[4, 8, 4, 4])]);
    assert!(hints[0].contains("permute(0, 2, 3, 1)") && hints[0].contains("permute(3, 2, 0, 1)"), "{hints:?}");
}

#[derive(Module)]
#[module(crate = wb)]
struct Headed {
    #[param(shape = [8, 2], rename = "lm_head.weight")]
    head: Tensor<f32>,
    #[param(shape = [2], rename = "norm.weight")]
    norm: Tensor<f32>,
    #[param(shape = [8, 2], rename = "model.wte.weight")]
    embedding: Tensor<f32>,
}

#[test]
fn a_head_is_tied_to_the_one_embedding_of_its_shape() {
    let tied = |names: &[(&str, &[usize])]| {
        let loader = Loader::new().rename("transformer", "model");
        refused::<Headed>(&loader, names).missing[0].hints.concat()
    };
    let norm: (&str, &[usize]) = ("norm.weight", &[2]);
    let hint = tied(&[norm, ("transformer.wte.weight", &[8, 2])]);
    assert!(hint.contains("#[param(tied = \"model.wte.weight\")]"), "{hint}");
    assert_eq!(tied(&[norm, ("transformer.wte.weight", &[9, 2])]), "");
    let hint = tied(&[norm, ("transformer.wte.weight", &[8, 2]), ("encoder.shared.weight", &[8, 2])]);
    assert!(!hint.contains("tied"), "{hint}");
}

#[derive(Module)]
#[module(crate = wb)]
struct Towers {
    towers: [Head; 3],
}

#[derive(Module)]
#[module(crate = wb)]
struct Head {
    #[param(shape = [8, 2], rename = "decoder.weight")]
    weight: Tensor<f32>,
}

#[test]
fn what_there_are_three_of_is_no_output_layer() {
    assert_eq!(hints::<Towers>(&[("wte.weight", &[8, 2])]).concat(), "");
}

#[derive(Module)]
#[module(crate = wb)]
struct Prefixed {
    #[param(shape = [2], rename = "model.a.weight")]
    a: Tensor<f32>,
    #[param(shape = [3], rename = "model.b.weight")]
    b: Tensor<f32>,
    #[param(shape = [4], rename = "head.weight")]
    head: Tensor<f32>,
}

#[test]
fn a_prefix_that_some_names_have_is_given_to_the_others_alone() {
    let names: [(&str, &[usize]); 3] = [("a.weight", &[2]), ("b.weight", &[3]), ("head.weight", &[4])];
    let hint = refused::<Prefixed>(&Loader::new(), &names).hints.concat();
    assert!(hint.ends_with("say `Loader::new().rename(\"a\", \"model.a\").rename(\"b\", \"model.b\")`"), "{hint}");
}

#[test]
fn a_convolution_of_one_dimension_says_the_way_that_leads_there_and_back() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Conv {
        #[param(shape = [8, 3, 4])]
        weight: Tensor<f32>,
    }
    let error = Loader::new().check::<Conv>([("weight", Tensor::<f32>::zeros([8, 4, 3]))]).unwrap_err();
    assert_eq!(
        error.report().unwrap().shape[0].hints,
        ["a convolution in another layout; if the file keeps it so, say `#[param(from = permute(0, 2, 1))]`"]
    );
}

#[derive(Module)]
#[module(crate = wb)]
struct Long {
    #[param(shape = [1], len = 50_001)]
    layers: Vec<Tensor<f32>>,
}

#[test]
fn the_gap_at_the_end_of_a_long_list_is_found_in_one_pass() {
    let lock: weighbridge_lock::Lock = "# weighbridge lock 1\nlayers.{0..=49999, 50007} F32 [1]\n".parse().unwrap();
    let report = Loader::new().check::<Long>(lock).err().unwrap().report().unwrap().clone();
    assert!(
        report.hints.iter().any(|hint| hint.contains(r#".rename("layers.50007", "layers.50000")"#)),
        "{:?}",
        report.hints
    );
}
