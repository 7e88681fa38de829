//! Layouts whose extents only the file knows, and files that are at odds with a layout.

use wb::{AnyTensor, Cast, LoadError, Loader, Module, Report, Rule, Tensor};

fn zeros(names: &[(&str, &[usize])]) -> Vec<(String, AnyTensor)> {
    names.iter().map(|(name, shape)| ((*name).to_owned(), Tensor::<f32>::zeros(*shape).into())).collect()
}

fn count(name: &str, shape: &[usize], first: f32) -> (String, AnyTensor) {
    let n = shape.iter().product::<usize>();
    (name.to_owned(), Tensor::new(shape, (0..n).map(|i| first + i as f32).collect::<Vec<f32>>()).unwrap().into())
}

fn refused<T>(result: Result<T, LoadError>) -> Report {
    match result {
        Err(LoadError::Mismatch(report)) => *report,
        Err(other) => panic!("another error: {other:?}"),
        Ok(_) => panic!("it was taken"),
    }
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct TwoStacks {
    #[param(shape = ["n", 4], from = concat(dim = 1, stack("e.{}.a"), stack("e.{}.b")))]
    w: Tensor<f32>,
}

#[test]
fn stacks_of_different_lengths_are_no_one_tensor() {
    let pairs = vec![count("e.0.a", &[2], 1.0), count("e.0.b", &[2], 10.0), count("e.1.b", &[2], 20.0)];
    let loaded = Loader::new().load::<TwoStacks>(pairs);
    refused(loaded);
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct SliceBeside {
    #[param(shape = [4, _], from = concat(dim = 0, "b": 2, slice(dim = 1, of = "a", len = 3): 2))]
    w: Tensor<f32>,
}

#[test]
fn a_slice_does_not_override_what_another_source_decided() {
    let pairs = vec![count("b", &[2, 5], 1.0), count("a", &[2, 3], 100.0)];
    let loaded = Loader::new().load::<SliceBeside>(pairs);
    refused(loaded);
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Experts {
    #[param(shape = ["experts", 2], from = stack("e.{}.w"))]
    w: Tensor<f32>,
}

#[test]
fn a_stack_of_which_nothing_is_there_is_missing() {
    let report = refused(Loader::new().check::<Experts>(zeros(&[])));
    assert_eq!(report.missing.len(), 1, "{report}");
}

#[test]
fn an_update_with_a_stack_of_which_nothing_is_there_is_missing() {
    let mut module = Experts::from_weights(zeros(&[("e.0.w", &[2])])).unwrap();
    refused(Loader::new().update(&mut module, zeros(&[])));
}

#[test]
fn an_update_that_allows_missing_notes_a_stack_of_which_nothing_is_there() {
    let mut module = Experts::from_weights(zeros(&[("e.0.w", &[2])])).unwrap();
    let report = Loader::new().missing(Rule::Allow).update(&mut module, zeros(&[])).unwrap();
    assert_eq!(report.kept, ["w"]);
}

#[derive(Debug, Module)]
#[module(crate = wb)]
enum Fused {
    Parts(#[param(shape = [4, 3], from = concat(dim = 0, "q", "k"))] Tensor<f32>),
    Whole(#[param(shape = [4, 3])] Tensor<f32>),
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct HasFused {
    weight: Fused,
}

#[test]
fn a_transparent_variant_does_not_take_its_own_tensor_for_each_part() {
    let error = Loader::new().load::<HasFused>(vec![count("weight", &[2, 3], 1.0)]);
    refused(error);
}

#[test]
fn a_transparent_variant_finds_its_sources() {
    for names in [["q", "k"], ["weight.q", "weight.k"]] {
        let result = Loader::new().load::<HasFused>(zeros(&[(names[0], &[2, 3]), (names[1], &[2, 3])]));
        if let Ok(loaded) = result {
            assert!(matches!(loaded.module.weight, Fused::Parts(_)));
            return;
        }
    }
    panic!("neither beside nor below");
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct InOption {
    weight: Option<HasFused>,
}

#[test]
fn an_optional_transparent_variant_is_seen_by_its_sources() {
    assert!(InOption::from_weights(zeros(&[("weight.weight", &[4, 3])])).unwrap().weight.is_some());
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct TiedToComposed {
    #[param(shape = [4, 3], from = concat(dim = 0, "a", "b"))]
    whole: Tensor<f32>,
    #[param(shape = [4, 3], tied = "whole")]
    head: Tensor<f32>,
}

#[test]
fn one_name_is_enough_though_the_other_is_made_from_several() {
    let loaded = Loader::new().load::<TiedToComposed>(zeros(&[("a", &[2, 3]), ("b", &[2, 3])])).unwrap();
    assert!(loaded.module.head.shares_storage(&loaded.module.whole));
    let loaded = Loader::new().load::<TiedToComposed>(zeros(&[("head", &[4, 3])]));
    let loaded = loaded.unwrap_or_else(|error| panic!("{}", error.report().unwrap()));
    assert!(loaded.module.head.shares_storage(&loaded.module.whole));
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct TiedHalf {
    #[param(shape = [1], tied = "b")]
    a: Tensor<half::bf16>,
    #[param(shape = [1])]
    b: Tensor<half::bf16>,
}

#[test]
fn copies_that_differ_before_a_cast_differ() {
    let pairs = vec![count("a", &[1], 1.0), count("b", &[1], 1.0001)];
    refused(Loader::new().cast(Cast::Any).load::<TiedHalf>(pairs));
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Clash {
    #[param(shape = [2, 6], from = slice(dim = 0, of = "a"))]
    x: Tensor<f32>,
    #[param(shape = [3, 4], from = slice(dim = 0, start = 2, of = reshape(4, 6, of = "a")))]
    y: Tensor<f32>,
    #[param(shape = [2], from = slice(dim = 0, of = "b"))]
    z: Tensor<f32>,
}

#[test]
fn one_clash_of_parts_hides_no_other_mistake() {
    let report = refused(Loader::new().check::<Clash>(zeros(&[("a", &[4, 6]), ("b", &[5])])));
    assert_eq!((report.duplicate.len(), report.unexpected.len()), (1, 1), "{report}");
}

#[test]
fn a_clash_of_parts_has_a_remedy() {
    let report = refused(Loader::new().check::<Clash>(zeros(&[("a", &[4, 6]), ("b", &[2])])));
    assert!(!report.duplicate[0].hints.is_empty(), "{report}");
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct HalfThere {
    #[param(shape = [4], from = slice(dim = 0, of = "qkv"))]
    q: Tensor<f32>,
    #[param(shape = [6], from = concat(dim = 0, slice(dim = 0, of = "qkv", start = 4): 4, "extra": 2))]
    k: Tensor<f32>,
}

#[test]
fn a_part_whose_parameter_lacks_another_is_not_unexpected() {
    let report = refused(Loader::new().check::<HalfThere>(zeros(&[("qkv", &[8])])));
    assert_eq!(report.missing.len(), 1);
    assert!(report.unexpected.is_empty(), "{report}");
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Mask {
    #[param(shape = [2, 3], from = transpose)]
    mask: Tensor<bool>,
}

#[test]
fn a_damaged_bool_is_named() {
    let header = br#"{"mask":{"dtype":"BOOL","shape":[3,2],"data_offsets":[0,6]}}"#;
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header);
    file.extend_from_slice(&[0, 1, 2, 0, 0, 0]);
    let error = Mask::from_weights(file).unwrap_err();
    assert!(error.to_string().contains("mask"), "{error}");
}
