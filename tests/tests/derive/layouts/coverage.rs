//! Every part of a tensor is some parameter's, and every part of a parameter is in the file.

use wb::{LoadError, Loader, Module, Report, Tensor};

use super::{any, counted};

fn refused<M: Module>(pairs: Vec<(String, wb::AnyTensor)>) -> Report {
    match Loader::new().check::<M>(pairs) {
        Err(LoadError::Mismatch(report)) => *report,
        Err(other) => panic!("{other}"),
        Ok(report) => panic!("{report}"),
    }
}

#[derive(Module)]
#[module(crate = wb)]
struct Fused {
    #[param(shape = [8, 3], from = concat(dim = 0, "q.weight": 4, "k.weight", "v.weight"))]
    qkv: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Model {
    layers: [Fused; 2],
}

#[test]
fn a_part_that_is_absent_is_missing_by_its_own_name() {
    let (q, v) = (counted([4, 3]), counted([2, 3]));
    let report = refused::<Fused>(any([("q.weight", &q), ("v.weight", &v)]));
    assert_eq!(
        report.to_string(),
        "a list of pairs does not match Fused: 1 missing (0 of 1 parameter fits)\n\n\
         missing     k.weight  F32 [2, 3]\n              \
           the parameter `qkv` is made from it"
    );
    assert!(report.unexpected.is_empty(), "the other parts are the parameter's");
}

#[test]
fn a_part_of_another_shape_is_named() {
    let (q, k) = (counted([4, 3]), counted([2, 3]));
    let pairs = any([
        ("layers.0.q.weight", &q),
        ("layers.0.k.weight", &q),
        ("layers.0.v.weight", &k),
        ("layers.1.q.weight", &q),
        ("layers.1.k.weight", &q),
        ("layers.1.v.weight", &k),
    ]);
    let report = refused::<Model>(pairs);
    let text = report.to_string();
    assert!(text.contains("shape       layers.{0..=1}.k.weight  expected [2, 3], found [4, 3]"), "{text}");
    assert_eq!((report.fitting_count, report.parameter_count), (0, 2));
}

#[derive(Module)]
#[module(crate = wb)]
struct Apart {
    #[param(shape = [3, 4], from = slice(dim = 1, of = "c_attn.weight"))]
    q: Tensor<f32>,
    #[param(shape = [3, 2], from = slice(dim = 1, of = "c_attn.weight", start = 6))]
    v: Tensor<f32>,
}

#[test]
fn a_part_that_nobody_takes_is_unexpected() {
    let report = refused::<Apart>(any([("c_attn.weight", &counted([3, 10]))]));
    assert_eq!(
        report.to_string(),
        "a list of pairs does not match Apart: 2 unexpected (all 2 parameters fit)\n\n\
         unexpected  c_attn.weight  F32 [3, 10], of which no parameter takes [.., 4..6]\n\
         unexpected  c_attn.weight  F32 [3, 10], of which no parameter takes [.., 8..10]"
    );
    let allowed = Loader::new().unexpected(wb::Rule::Allow).check::<Apart>(any([("c_attn.weight", &counted([3, 8]))]));
    assert_eq!(allowed.unwrap().ignored, ["c_attn.weight[.., 4..6]"]);
    // a pattern hides the whole tensor, and so what is made from it
    let hidden = Loader::new().ignore(["c_*"]).check::<Apart>(any([("c_attn.weight", &counted([3, 8]))]));
    assert_eq!(hidden.unwrap_err().report().unwrap().missing[0].path, "c_attn.weight");
}

#[test]
fn what_is_cut_must_reach_far_enough() {
    let report = refused::<Apart>(any([("c_attn.weight", &counted([3, 7]))]));
    assert_eq!(
        report.to_string(),
        "a list of pairs does not match Apart: 1 unexpected, 1 wrong shape (1 of 2 parameters fit)\n\n\
         unexpected  c_attn.weight  F32 [3, 7], of which no parameter takes [.., 4..7]\n\
         shape       c_attn.weight  expected [3, at least 8], found [3, 7]"
    );
}

#[test]
fn what_is_cut_is_missing_once() {
    let report = refused::<Apart>(any([]));
    assert_eq!(
        report.missing.iter().map(|missing| (&*missing.path, missing.expected.as_deref().unwrap())).collect::<Vec<_>>(),
        [("c_attn.weight", "F32 [3, at least 8]")]
    );
    assert_eq!(report.missing[0].hints, ["the parameters `q` and `v` are made from it"]);
}

#[derive(Module)]
#[module(crate = wb)]
struct Experts {
    #[param(shape = [3, 4], from = stack("experts.{}.weight"))]
    weight: Tensor<f32>,
}

#[test]
fn a_stack_lacks_and_has_too_many_by_name() {
    let one = counted([4]);
    let report =
        refused::<Experts>(any([("experts.0.weight", &one), ("experts.2.weight", &one), ("experts.3.weight", &one)]));
    assert_eq!(report.missing[0].path, "experts.1.weight");
    assert_eq!(report.unexpected[0].path, "experts.3.weight");
}

#[derive(Module)]
#[module(crate = wb)]
struct AnyDType {
    #[param(shape = [2, 3], dtype = ["F32", "F16"], from = concat(dim = 0, "a", "b"))]
    joined: wb::AnyTensor,
}

#[test]
fn the_parts_of_one_tensor_have_one_dtype() {
    let (a, b) = (counted([1, 3]), Tensor::<half::f16>::zeros([1, 3]));
    let report = refused::<AnyDType>(vec![("a".into(), a.into()), ("b".into(), b.into())]);
    assert_eq!((&*report.dtype[0].path, report.dtype[0].expected.as_deref()), ("b", Some("F32")));
    let hint = "the tensors that become one parameter must have one dtype, and the first of them has the expected one; name one dtype in the field's `dtype`, and allow the cast to it with `Loader::cast`";
    assert_eq!(report.dtype[0].hints, [hint, "the parameter `joined` is made from it"]);
}

#[derive(Module)]
#[module(crate = wb)]
struct HalfThere {
    #[param(shape = [2, 3], from = concat(dim = 0, "a", "b"))]
    joined: Option<Tensor<f32>>,
}

#[test]
fn an_optional_parameter_is_there_as_a_whole_or_not_at_all() {
    assert!(HalfThere::from_weights(any([])).unwrap().joined.is_none());
    let (a, b) = (counted([1, 3]), counted([1, 3]));
    assert!(HalfThere::from_weights(any([("a", &a), ("b", &b)])).unwrap().joined.is_some());
    let report = refused::<HalfThere>(any([("b", &b)]));
    assert_eq!(report.missing[0].path, "a");
    assert!(
        report.missing[0].hints.iter().any(|hint| hint.contains("`joined` is optional but only partly present")),
        "{report}"
    );
}

#[test]
fn a_lenient_update_keeps_what_is_not_there_and_never_half_a_parameter() {
    let (q, k, v) = (counted([4, 3]), counted([2, 3]), counted([2, 3]));
    let mut model = Fused::from_weights(any([("q.weight", &q), ("k.weight", &k), ("v.weight", &v)])).unwrap();
    let loader = Loader::new().strict(false);
    assert_eq!(loader.update(&mut model, any([])).unwrap().kept, ["qkv"]);
    let half = loader.update(&mut model, any([("q.weight", &q)])).err().unwrap();
    let missing: Vec<_> = half.report().unwrap().missing.iter().map(|missing| missing.path.as_str()).collect();
    assert_eq!(missing, ["k.weight", "v.weight"]);
    // no leniency about shapes can say where the elements of a wrong shape belong
    let wrong = any([("q.weight", &k), ("k.weight", &k), ("v.weight", &v)]);
    assert_eq!(loader.update(&mut model, wrong).err().unwrap().report().unwrap().shape.len(), 1);
}

#[derive(Module)]
#[module(crate = wb)]
struct Misspelt {
    #[param(shape = [2], from = slice(dim = 0, of = "c_attn.weight"))]
    q: Tensor<f32>,
    #[param(shape = [2], from = slice(dim = 0, of = "c_atn.weight", start = 2))]
    k: Tensor<f32>,
}

#[test]
fn a_source_that_is_misspelt_is_shown_the_one_that_is_near() {
    let report = refused::<Misspelt>(any([("c_attn.weight", &counted([4]))]));
    assert_eq!(
        report.missing[0].hints,
        [
            "the parameter `k` is made from it",
            "the checkpoint has `c_attn.weight`; if it is this one, write its name in `from`"
        ]
    );
    // and of the one that is there, a part is left over
    assert_eq!(report.unexpected.len(), 1);
}

#[derive(Module)]
#[module(crate = wb)]
struct MaybeStacked {
    #[param(shape = [10, 2], from = stack("experts.{}"))]
    joined: Option<Tensor<f32>>,
}

#[test]
fn of_two_hints_that_explain_as_much_the_first_one_stands_first() {
    let one = counted([2]);
    // each of the nine that are absent has both hints, and a table of hints has another order in each run
    for _ in 0..20 {
        let report = refused::<MaybeStacked>(any([("experts.3", &one)]));
        assert_eq!(report.missing.len(), 9);
        assert_eq!(report.missing[0].hints.len(), 2, "{report}");
        assert_eq!(report.hints[..1], report.missing[0].hints[..1], "{report}");
    }
}
