//! Where one thing goes beyond another: parts and names that only together are right or wrong.

use wb::{AnyTensor, DType, LoadError, Loader, Module, Report, Tensor};

use super::{any, counted, counted_from, gathered};

fn refused<T>(result: Result<T, LoadError>) -> Report {
    match result {
        Err(LoadError::Mismatch(report)) => *report,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was taken"),
    }
}

#[derive(Module)]
#[module(crate = wb)]
struct Joined {
    #[param(shape = ["all", 4], from = concat(dim = 0, "head": 2, stack("e.{}"): 3))]
    joined: Tensor<f32>,
}

#[test]
fn a_stack_stands_behind_another_part() {
    let (head, e) = (counted([2, 4]), [20, 30, 40].map(|first| counted_from([4], first)));
    let loaded =
        Loader::new().load::<Joined>(any([("head", &head), ("e.0", &e[0]), ("e.1", &e[1]), ("e.2", &e[2])])).unwrap();
    assert_eq!(loaded.report.dim("all"), Some(5));
    let parts = [head.as_slice(), e[0].as_slice(), e[1].as_slice(), e[2].as_slice()];
    assert_eq!(loaded.module.joined.as_slice(), parts.concat());
}

#[test]
fn an_index_of_a_stack_is_written_as_it_is() {
    let (head, e) = (counted([2, 4]), counted([4]));
    let report = refused(Loader::new().check::<Joined>(any([("head", &head), ("e.0", &e), ("e.01", &e), ("e.2", &e)])));
    assert_eq!((report.missing.len(), &*report.missing[0].path), (1, "e.1"));
    assert_eq!(report.unexpected[0].path, "e.01");
}

#[derive(Module)]
#[module(crate = wb)]
struct Open {
    #[param(shape = ["out", "in"], from = transpose)]
    weight: Tensor<f32>,
    #[param(shape = ["experts"])]
    scale: Tensor<f32>,
    #[param(shape = ["experts", _], from = stack("e.{}"))]
    experts: Tensor<f32>,
}

#[test]
fn open_dimensions_are_moved_whole_and_must_agree() {
    let (weight, scale, e) = (counted([3, 5]), counted([2]), counted([4]));
    let pairs = any([("weight", &weight), ("scale", &scale), ("e.0", &e), ("e.1", &e)]);
    let module = Open::from_weights(&pairs[..]).unwrap();
    assert_eq!(module.weight.as_slice(), gathered(&weight, &[5, 3], |at| vec![at[1], at[0]]));
    assert_eq!(module.experts.as_slice(), [e.as_slice(), e.as_slice()].concat());
    let report = refused(Open::from_weights(&pairs[..3]));
    assert_eq!((report.dim.len(), report.fitting_count, report.parameter_count), (1, 2, 3));
}

/// Two of three parts of each head are one parameter.
#[derive(Module)]
#[module(crate = wb)]
struct TwoOfThree {
    #[param(shape = [8, 5], from = reshape(2, 2, 2, 5, of = slice(dim = 1, start = 0, of = reshape(12, 5, of = "qkv"))))]
    qk: Tensor<f32>,
    #[param(shape = [4, 5], from = reshape(2, 1, 2, 5, of = slice(dim = 1, start = 2, of = reshape(12, 5, of = "qkv"))))]
    v: Tensor<f32>,
}

#[test]
fn several_parts_of_each_head() {
    let file = counted([12, 5]);
    let module = TwoOfThree::from_weights(any([("qkv", &file)])).unwrap();
    assert_eq!(module.qk.as_slice(), gathered(&file, &[8, 5], |at| vec![at[0] / 4 * 6 + at[0] % 4, at[1]]));
    assert_eq!(module.v.as_slice(), gathered(&file, &[4, 5], |at| vec![at[0] / 2 * 6 + 4 + at[0] % 2, at[1]]));
}

/// One tensor that two fields see as two shapes, which only the file's shape shows.
#[derive(Module)]
#[module(crate = wb)]
struct Disagree {
    #[param(shape = [2, 2], from = slice(dim = 0, of = "fused"))]
    front: Tensor<f32>,
    #[param(shape = [2, 3], from = slice(dim = 0, start = 2, of = reshape(6, 2, of = "fused")))]
    back: Tensor<f32>,
}

#[test]
fn parts_of_one_tensor_see_it_as_one_shape() {
    let mut report = refused(Loader::new().check::<Disagree>(any([("fused", &counted([6, 2]))])));
    assert_eq!(report.duplicate.len(), 1, "{report}");
    let finding = report.duplicate.remove(0);
    assert_eq!(finding.path, "fused");
    assert!(finding.found.unwrap().contains("`front` and `back`"));
}

#[derive(Module)]
#[module(crate = wb)]
struct Cut {
    #[param(shape = [3, 4], from = slice(dim = 1, of = "fused"))]
    q: Tensor<f32>,
    #[param(shape = [3, 2], from = slice(dim = 1, of = "fused", start = 4))]
    v: Tensor<f32>,
}

#[test]
fn what_is_cut_and_of_another_shape_is_one_mistake() {
    let report = refused(Loader::new().check::<Cut>(any([("fused", &counted([3, 3]))])));
    assert_eq!((report.shape.len(), report.shape[0].expected.as_deref()), (1, Some("[3, at least 6]")));
}

#[derive(Module)]
#[module(crate = wb)]
struct Halves {
    #[param(shape = [2, 3], dtype = ["F32", "F16"], from = concat(dim = 0, "a", "b"))]
    joined: AnyTensor,
}

#[test]
fn a_refused_source_does_not_make_the_others_absent() {
    let (a, b) = (counted([1, 3]), Tensor::<half::f16>::zeros([1, 3]));
    let pairs: Vec<(&str, AnyTensor)> = vec![("a", a.clone().into()), ("b", b.into())];
    assert_eq!(refused(Loader::new().check::<Halves>(pairs)).fitting_count, 0);
    let mut module = Halves::from_weights(any([("a", &a), ("b", &a)])).unwrap();
    let report = refused(Loader::new().strict(false).update(&mut module, any([("a", &counted([2, 3]))])));
    assert_eq!((report.shape.len(), report.missing.len(), report.kept.len()), (1, 1, 0), "{report}");
}

#[derive(Module)]
#[module(crate = wb)]
struct Packed {
    #[param(shape = [4, 2], dtype = "F4", from = transpose)]
    weight: AnyTensor,
}

#[test]
fn packed_elements_are_not_moved() {
    let packed = AnyTensor::new(DType::F4, [2, 4], &[0; 4]).unwrap();
    let report = refused(Loader::new().check::<Packed>([("weight", packed.clone())]));
    assert_eq!(report.dtype[0].hints.len(), 1);
    let apart = "a block of F4 is 2 elements of the last dim, which this layout moves; let it stay the last, or declare the shape as the file has it";
    assert_eq!(report.dtype[0].hints[0], apart);
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("packed.safetensors");
    let refused =
        std::error::Error::source(&Packed { weight: packed }.save_weights(&path).unwrap_err()).unwrap().to_string();
    assert!(refused.contains("a block of F4 has 2 elements, and the layout takes it apart"), "{refused}");
    assert!(!path.exists());
}

#[derive(Module)]
#[module(crate = wb)]
struct PackedRows {
    #[param(shape = [4, 4], dtype = "F4", from = concat(dim = 1, "a", "b"))]
    joined: AnyTensor,
    #[param(shape = [1, 6], dtype = "F4", from = slice(dim = 0, of = "c", start = 0))]
    first: AnyTensor,
    #[param(shape = [1, 6], dtype = "F4", from = slice(dim = 0, of = "c", start = 1))]
    second: AnyTensor,
}

#[test]
fn whole_blocks_are_moved_and_saved() {
    let packed = |shape: [usize; 2], bytes: &[u8]| AnyTensor::new(DType::F4, shape, bytes).unwrap();
    let pairs = [
        ("a", packed([4, 2], &[1, 2, 3, 4])),
        ("b", packed([4, 2], &[5, 6, 7, 8])),
        ("c", packed([2, 6], &[9, 10, 11, 12, 13, 14])),
    ];
    let module = PackedRows::from_weights(pairs.clone()).unwrap();
    assert_eq!(module.joined.as_bytes(), [1, 5, 2, 6, 3, 7, 4, 8]);
    assert_eq!((module.first.as_bytes(), module.second.as_bytes()), (&[9, 10, 11][..], &[12, 13, 14][..]));
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("packed.safetensors");
    module.save_weights(&path).unwrap();
    let saved = wb::Checkpoint::open(&path).unwrap();
    for (name, tensor) in pairs {
        assert_eq!(saved.tensor(name).unwrap().as_bytes(), tensor.as_bytes(), "{name}");
    }
}

#[derive(Module)]
#[module(crate = wb)]
struct Block {
    #[param(shape = [2, 3], from = concat(dim = 0, "a", "b"))]
    joined: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Perhaps {
    block: Option<Block>,
}

#[test]
fn an_optional_module_is_there_by_the_names_of_its_sources() {
    let part = counted([1, 3]);
    assert!(Perhaps::from_weights(any([])).unwrap().block.is_none());
    let module = Perhaps::from_weights(any([("block.a", &part), ("block.b", &part)])).unwrap();
    assert_eq!(module.block.unwrap().joined.as_slice(), [part.as_slice(), part.as_slice()].concat());
    assert_eq!(refused(Perhaps::from_weights(any([("block.b", &part)]))).missing[0].path, "block.a");
}

#[derive(Module)]
#[module(crate = wb)]
struct Nested {
    #[param(shape = [5, 2], from = concat(dim = 0, "a": 2, concat(dim = 0, "b": 1, "c")))]
    joined: Tensor<f32>,
    #[param(shape = [1, 2, 1, 2, 1, 2, 1, 2], from = permute(7, 6, 5, 4, 3, 2, 1, 0))]
    eight: Tensor<f32>,
}

#[test]
fn a_part_of_parts_and_eight_dimensions() {
    let (a, b, c, eight) =
        (counted([2, 2]), counted_from([1, 2], 4), counted_from([2, 2], 6), counted([2, 1, 2, 1, 2, 1, 2, 1]));
    let module = Nested::from_weights(any([("a", &a), ("b", &b), ("c", &c), ("eight", &eight)])).unwrap();
    assert_eq!(module.joined, counted([5, 2]));
    let expected = gathered(&eight, &[1, 2, 1, 2, 1, 2, 1, 2], |at| at.iter().rev().copied().collect());
    assert_eq!(module.eight.as_slice(), expected);
}

#[derive(Module)]
#[module(crate = wb)]
struct Beside {
    blocks: [Block; 2],
    // no item of the list, which ends before it
    #[param(shape = [2], rename = "blocks.2.a")]
    behind: Tensor<f32>,
    #[param(shape = [2], from = slice(dim = 0, of = "fused"))]
    front: Option<Tensor<f32>>,
    #[param(shape = [1], from = slice(dim = 0, of = "fused", start = 2))]
    back: Option<Tensor<f32>>,
}

#[test]
fn names_and_parts_that_only_touch_are_apart() {
    let (part, behind, fused) = (counted([1, 3]), counted([2]), counted([3]));
    let mut pairs = any([("blocks.2.a", &behind), ("fused", &fused)]);
    for block in 0..2 {
        pairs.extend(["a", "b"].map(|name| (format!("blocks.{block}.{name}"), (&part).into())));
    }
    match Beside::from_weights(pairs) {
        Ok(module) => {
            assert_eq!(module.behind, behind);
            assert_eq!((module.front.unwrap().as_slice(), module.back.unwrap().as_slice()), (&[0., 1.][..], &[2.][..]));
        }
        Err(error) => panic!("{error}"),
    }
}
