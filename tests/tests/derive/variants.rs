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
    assert_eq!((loaded.report.parameter_count, loaded.report.fitting_count), (6, 6));
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
        "a list of pairs does not match One: 1 undecided variant (0 of 2 parameters fit)\n\n\
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

/// A head behind a parameter, and beside what the rest of the module says.
#[derive(Debug, Module)]
#[module(crate = wb)]
struct Beside {
    #[param(shape = ["n"])]
    first: Tensor<f32>,
    head: Head,
    width: Width,
}

#[derive(Debug, Module)]
#[module(crate = wb, ignore = ["*.cache"])]
enum Width {
    Same {
        #[param(shape = ["n"])]
        weight: Tensor<f32>,
    },
    Seven {
        #[param(shape = [7])]
        weight: Tensor<f32>,
    },
    Cut {
        #[param(shape = [2], from = slice(dim = 0, of = "fused"))]
        front: Tensor<f32>,
        #[param(shape = [1], from = slice(dim = 0, start = 2, of = "fused"))]
        back: Tensor<f32>,
        inner: Inner,
    },
}

#[derive(Debug, Module)]
#[module(crate = wb, ignore = ["steps"])]
struct Inner {
    #[param(shape = [2])]
    bias: Tensor<f32>,
}

const BESIDE: [(&str, &[usize]); 2] = [("first", &[5]), ("head.embed", &[4, 2])];

#[test]
fn a_variant_knows_the_dimensions_around_it() {
    let with = |extent: &'static [usize]| zeros(&[BESIDE[0], BESIDE[1], ("width.weight", extent)]);
    assert!(matches!(Beside::from_weights(with(&[5])).unwrap().width, Width::Same { .. }));
    assert!(matches!(Beside::from_weights(with(&[7])).unwrap().width, Width::Seven { .. }));
}

#[test]
fn a_tie_in_a_variant_holds_behind_other_parameters() {
    let mut pairs = zeros(&[BESIDE[0], BESIDE[1], ("head.head", &[4, 2]), ("width.weight", &[7])]);
    let loaded = Loader::new().load::<Beside>(pairs.clone()).unwrap();
    let Head::Tied { head, embed } = &loaded.module.head else { panic!("{:?}", loaded.module) };
    assert!(head.shares_storage(embed));
    pairs[2].1 = Tensor::new([4, 2], vec![1.0_f32; 8]).unwrap().into();
    match Loader::new().load::<Beside>(pairs) {
        Err(LoadError::Mismatch(report)) => assert_eq!(report.tied[0].path, "head.head"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_variant_leaves_of_a_tensor_is_unexpected_and_what_it_ignores_is_not() {
    let cut = |extent: &'static [usize]| {
        let names = [("width.fused", extent), ("width.inner.bias", &[2]), ("width.inner.steps", &[1])];
        zeros(&[&BESIDE[..], &names, &[("width.inner.cache", &[1])]].concat())
    };
    let report = Loader::new().check::<Beside>(cut(&[3])).unwrap();
    assert_eq!(report.ignored, ["width.inner.steps", "width.inner.cache"]);
    let report = refused::<Beside>(cut(&[4]));
    assert_eq!((report.unexpected.len(), &*report.unexpected[0].path), (1, "width.fused"), "{report}");
}

#[derive(Debug, Module)]
#[module(crate = wb)]
enum Depth {
    Two {
        layers: [Separate; 2],
    },
    Halves {
        #[param(shape = [2, 3], rename = "layers.0.q")]
        q: Tensor<half::f16>,
        #[param(shape = [1])]
        a: Tensor<f32>,
        #[param(shape = [1])]
        b: Tensor<f32>,
        #[param(shape = [1])]
        c: Tensor<f32>,
        #[param(shape = [1])]
        d: Tensor<f32>,
    },
    Half {
        #[param(shape = [2, 3], rename = "layers.0.q")]
        q: Tensor<half::f16>,
    },
}

#[test]
fn every_kind_of_mistake_is_told_and_no_more_than_three() {
    let names = ["layers.0.q", "layers.0.k", "layers.1.q", "layers.1.k", "layers.2.q", "layers.2.k"];
    let report = refused::<Depth>(zeros(&names.map(|name| (name, &[2_usize, 3][..]))));
    assert_eq!(
        report.variant[0].hints,
        [
            "`Two`: `layers` has 3 items, and not 2",
            "`Halves`: `a` is missing, `b` is missing, `c` is missing, and 5 more",
            "`Half`: `layers.0.q` is F32, and not F16, `layers.0.k` is left over, `layers.1.q` is left over, and 1 more",
        ]
    );
}

#[derive(Debug, Module)]
#[module(crate = wb)]
enum Triplets {
    Wide {
        #[param(shape = [_, 3])]
        weight: Tensor<f32>,
    },
    Tall {
        #[param(shape = [4, _])]
        weight: Tensor<f32>,
    },
    Long {
        #[param(shape = [9])]
        weight: Tensor<f32>,
    },
}

#[test]
fn of_several_fits_each_says_why() {
    let report = refused::<Triplets>(zeros(&[("weight", &[4, 3])]));
    let hints = &report.variant[0].hints;
    assert!(hints[0].contains("no name tells it from the others") && hints[1].contains("no name tells it"), "{report}");
    assert_eq!(hints[2], "`Long`: `weight` is [4, 3], and not [9]");
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Perhaps {
    weight: Option<Head>,
}

#[test]
fn an_optional_enum_is_there_if_any_variant_is() {
    assert!(Perhaps::from_weights(zeros(&[])).unwrap().weight.is_none());
    let there = Perhaps::from_weights(zeros(&[("weight.weight", &[4, 3])])).unwrap();
    assert!(matches!(there.weight, Some(Head::Own { .. })));
}
