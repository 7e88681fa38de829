//! Enums: the one variant that the file fits.

use wb::{AnyTensor, LoadError, Loader, Module, Report, Tensor};

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Separate {
    #[param(shape = [2, 3])]
    q: Tensor<f32>,
    #[param(shape = [2, 3])]
    k: Tensor<f32>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
enum Attention {
    Separate(Separate),
    Fused {
        #[param(shape = [4, 3])]
        qk: Tensor<f32>,
        #[module(skip = 7)]
        tag: u8,
    },
    WithBias {
        #[module(flatten)]
        projections: Separate,
        #[param(shape = [2])]
        bias: Tensor<f32>,
    },
    None,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Model {
    layers: Vec<Attention>,
}

fn zeros(names: &[(&str, &[usize])]) -> Vec<(String, AnyTensor)> {
    names.iter().map(|(name, shape)| ((*name).to_owned(), Tensor::<f32>::zeros(*shape).into())).collect()
}

fn refused<M: Module>(pairs: Vec<(String, AnyTensor)>) -> Report {
    match Loader::new().check::<M>(pairs) {
        Err(LoadError::Mismatch(report)) => *report,
        Err(other) => panic!("{other}"),
        Ok(report) => panic!("{report}"),
    }
}

#[test]
fn each_place_is_the_variant_that_its_names_and_shapes_say() {
    let pairs = zeros(&[
        ("layers.0.q", &[2, 3]),
        ("layers.0.k", &[2, 3]),
        ("layers.1.qk", &[4, 3]),
        ("layers.2.q", &[2, 3]),
        ("layers.2.k", &[2, 3]),
        ("layers.2.bias", &[2]),
    ]);
    let loaded = Loader::new().load::<Model>(pairs).unwrap();
    let layers = &loaded.module.layers;
    assert!(matches!(
        layers.as_slice(),
        [Attention::Separate(_), Attention::Fused { tag: 7, .. }, Attention::WithBias { .. }]
    ));
    assert_eq!((loaded.report.parameters, loaded.report.fitting), (6, 6));
    let paths = loaded.module.parameter_paths();
    assert_eq!(paths, ["layers.0.q", "layers.0.k", "layers.1.qk", "layers.2.q", "layers.2.k", "layers.2.bias"]);
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct One {
    attn: Attention,
}

#[test]
fn nothing_there_is_the_variant_without_parameters() {
    assert!(matches!(One::from_weights(zeros(&[])).unwrap().attn, Attention::None));
}

#[test]
fn no_fit_says_why_for_each() {
    let report = refused::<One>(zeros(&[("attn.q", &[2, 3]), ("attn.k", &[3, 2])]));
    assert_eq!(
        report.to_string(),
        "a list of pairs does not match One: 1 undecided variant (1 of 2 parameters fit)\n\n\
         variant     attn  expected one of `Separate`, `Fused`, `WithBias`, `None`, found none that fits\n              \
           `Separate`: `attn.k` is [3, 2], and not [2, 3]\n              \
           `Fused`: `attn.qk` is missing, `attn.q` is left over, `attn.k` is left over\n              \
           `WithBias`: `attn.bias` is missing, `attn.k` is [3, 2], and not [2, 3]\n              \
           `None`: `attn.q` is left over, `attn.k` is left over"
    );
    assert!(report.unexpected.is_empty(), "what a variant names is not unexpected as well");
}

#[test]
fn a_half_present_variant_is_not_taken_for_another() {
    // `k` would be left over if `WithBias` were not there in half
    let report = refused::<One>(zeros(&[("attn.q", &[2, 3]), ("attn.bias", &[2])]));
    assert_eq!(report.variant.len(), 1);
    assert!(report.variant[0].hints[2].contains("`attn.k` is missing"), "{report}");
}

#[test]
fn what_no_variant_names_is_unexpected() {
    let report = refused::<One>(zeros(&[("attn.qk", &[4, 3]), ("attn.scale", &[1])]));
    assert!(report.variant.is_empty(), "{report}");
    assert_eq!(report.unexpected[0].path, "attn.scale");
}

#[derive(Debug, Module)]
#[module(crate = wb)]
enum Twins {
    Wide {
        #[param(shape = [_, 3])]
        weight: Tensor<f32>,
    },
    Tall {
        #[param(shape = [4, _])]
        weight: Tensor<f32>,
    },
}

#[test]
fn two_fits_are_refused_and_shapes_may_decide() {
    assert!(matches!(Twins::from_weights(zeros(&[("weight", &[2, 3])])).unwrap(), Twins::Wide { .. }));
    assert!(matches!(Twins::from_weights(zeros(&[("weight", &[4, 5])])).unwrap(), Twins::Tall { .. }));
    let report = refused::<Twins>(zeros(&[("weight", &[4, 3])]));
    assert_eq!(report.variant[0].found.as_deref(), Some("`Wide` and `Tall` alike"));
    assert_eq!(report.variant[0].path, "the module");
}

#[derive(Debug, Module)]
#[module(crate = wb)]
enum Weight {
    Float(#[param(shape = [4, 8])] Tensor<f32>),
    Packed(#[param(shape = [4, 1])] Tensor<u32>),
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Linear {
    weight: Weight,
}

#[test]
fn a_variant_may_be_a_parameter_and_dtypes_may_decide() {
    let float = Linear::from_weights([("weight", Tensor::<f32>::zeros([4, 8]))]).unwrap();
    assert!(matches!(float.weight, Weight::Float(_)));
    assert_eq!(float.parameter_paths(), ["weight"]);
    let packed = Linear::from_weights([("weight", Tensor::<u32>::zeros([4, 1]))]).unwrap();
    assert!(matches!(packed.weight, Weight::Packed(_)));
}

#[test]
fn an_update_keeps_the_variant() {
    let mut model = One::from_weights(zeros(&[("attn.qk", &[4, 3])])).unwrap();
    let ones = Tensor::new([4, 3], vec![1.0_f32; 12]).unwrap();
    model.load_weights([("attn.qk", ones.clone())]).unwrap();
    assert!(matches!(&model.attn, Attention::Fused { qk, .. } if *qk == ones));
    let other = Loader::new().update(&mut model, zeros(&[("attn.q", &[2, 3]), ("attn.k", &[2, 3])]));
    let error = other.err().unwrap();
    let report = error.report().unwrap();
    assert_eq!((&*report.missing[0].path, report.unexpected.len()), ("attn.qk", 2));
}

#[test]
fn saving_writes_the_variant_that_is_there() {
    let model = One::from_weights(zeros(&[("attn.q", &[2, 3]), ("attn.k", &[2, 3]), ("attn.bias", &[2])])).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("one.safetensors");
    model.save_weights(&path).unwrap();
    assert!(matches!(One::from_weights(&path).unwrap().attn, Attention::WithBias { .. }));
}

/// A variant that ties and that lays out otherwise is tried like any other.
#[derive(Debug, Module)]
#[module(crate = wb)]
enum Head {
    Own {
        #[param(shape = [3, 4], from = transpose)]
        weight: Tensor<f32>,
    },
    Tied {
        #[param(shape = ["rows", 2], tied = "embed")]
        head: Tensor<f32>,
        #[param(shape = ["rows", 2])]
        embed: Tensor<f32>,
    },
}

#[test]
fn ties_and_layouts_in_variants() {
    assert!(matches!(Head::from_weights(zeros(&[("weight", &[4, 3])])).unwrap(), Head::Own { .. }));
    let loaded = Loader::new().load::<Head>(zeros(&[("embed", &[5, 2])])).unwrap();
    let Head::Tied { head, embed } = &loaded.module else { panic!("{:?}", loaded.module) };
    assert!(head.shares_storage(embed));
    assert_eq!(loaded.report.dim("rows"), Some(5));
    assert!(matches!(Head::from_weights(zeros(&[("head", &[5, 2])])).unwrap(), Head::Tied { .. }));
}
