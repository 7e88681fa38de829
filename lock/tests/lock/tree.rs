//! The tree: the same tensors as the lines, and nothing expanded.

use proptest::prelude::*;
use weighbridge_lock::{Component, DType, Lock, Pattern, Tree};

use crate::{lock, names, read};

/// `layers.{0..=2}(norm w)`: one place of a tree, in short.
fn shown(tree: &Tree) -> String {
    let children = tree.children.iter().map(|(component, child)| format!("{component}{}", shown(child)));
    match tree.children.len() {
        0 => String::new(),
        _ => format!("({})", children.collect::<Vec<_>>().join(" ")),
    }
}

/// Every tensor, by going through the tree alone.
fn expanded(tree: &Tree, path: Option<String>, found: &mut Vec<(String, DType, Vec<usize>)>) {
    if let (Some((dtype, shape)), Some(path)) = (&tree.tensor, &path) {
        found.push((path.clone(), *dtype, shape.clone()));
    }
    let below = |name: &str| path.as_ref().map_or(name.to_owned(), |path| format!("{path}.{name}"));
    for (component, child) in &tree.children {
        match component {
            Component::Name(name) => expanded(child, Some(below(name)), found),
            several => {
                let pattern = Pattern { components: vec![several.clone()] };
                pattern.names().for_each(|name| expanded(child, Some(below(&name)), found));
            }
        }
    }
}

#[test]
fn indices_are_together_where_everything_below_is_the_same() {
    let lock = read("layers.{0..=60}.norm F32 [2]\nlayers.{3..=60}.experts.{0..=255}.w F32 [2]\nhead F32 [2]\n");
    assert_eq!(shown(&lock.tree()), "(head layers({0..=2}(norm) {3..=60}(experts({0..=255}(w)) norm)))");
}

#[test]
fn places_that_are_alike_again_are_one_group() {
    let lock = read("l.{0..=3}.a F32 [2]\nl.{1, 3}.b F32 [2]\n");
    assert_eq!(shown(&lock.tree()), "(l({0, 2}(a) {1, 3}(a b)))");
}

#[test]
fn different_lines_may_make_the_same_tree() {
    // every layer has w of the shape [2], said by two lines, as their experts differ in number
    let lock = read("l.{0, 2}.e.{0..=3}.w F32 [2]\nl.1.e.{0..=2}.w F32 [2]\nl.1.e.3.w F32 [2]\n");
    assert_eq!(shown(&lock.tree()), "(l({0..=2}(e({0..=3}(w)))))");
}

#[test]
fn numbers_in_components_are_together_too() {
    let lock = read("b_{0..=11}.w F32 [2]\nb_{0..=11}.n F32 [2]\nb_3.bias F32 [2]\nb_x.w F32 [2]\nb.w F32 [2]\n");
    assert_eq!(shown(&lock.tree()), "(b(w) b_{0..=2, 4..=11}(n w) b_3(bias n w) b_x(w))");
    let lock = read("b_{0..=1}_c_{0..=2}.w F32 [2]\nb_1_c_2.n F32 [2]\n");
    assert_eq!(shown(&lock.tree()), "(b_0_c_{0..=2}(w) b_1_c_{0..=1}(w) b_1_c_2(n w))");
}

#[test]
fn a_dtype_and_a_shape_tell_places_apart() {
    let lock = lock((0..4).map(|i| (format!("{i}.w"), DType::F32, vec![i / 2])));
    assert_eq!(shown(&lock.tree()), "({0..=1}(w) {2..=3}(w))");
}

#[test]
fn a_tensor_may_have_tensors_below_it() {
    let tree = names(["a", "a.b"].map(str::to_owned)).tree();
    let (_, a) = &tree.children[0];
    assert_eq!((a.tensor.is_some(), shown(a)), (true, "(b)".to_owned()));
}

#[test]
fn a_name_of_very_many_parts_is_a_place_too() {
    let name = vec!["a"; 100_000].join(".");
    let tree = names([name.clone()]).tree();
    let mut found = Vec::new();
    expanded(&tree, None, &mut found);
    assert_eq!(found, [(name, DType::F32, vec![2])]);
}

#[test]
fn ten_million_tensors_are_not_expanded() {
    let lock = read("l.{0..=9}.e.{0..=999999}.w F32 [2]\n");
    assert_eq!((lock.len(), shown(&lock.tree())), (10_000_000, "(l({0..=9}(e({0..=999999}(w)))))".to_owned()));
}

fn tensors() -> impl Strategy<Value = Vec<(String, DType, Vec<usize>)>> {
    let component =
        prop_oneof![3 => "[0-4]", 3 => "b[0-2]", 2 => "b[0-2]c[0-2]", 1 => "[ab]", 1 => Just(String::new())];
    let name = prop::collection::vec(component, 1..5).prop_map(|components| components.join("."));
    let shape = prop_oneof![5 => Just(vec![]), 1 => Just(vec![3])];
    let tensors = prop::collection::btree_map(name, shape, 0..80);
    tensors.prop_map(|all| all.into_iter().map(|(name, shape)| (name, DType::F32, shape)).collect())
}

/// Groups of a place share no index, are ordered by the first of each and differ in what is below.
fn check_places(tree: &Tree) -> Result<(), TestCaseError> {
    let mut seen = std::collections::BTreeSet::new();
    let mut trees = std::collections::HashSet::new();
    let mut last = None;
    for (component, child) in &tree.children {
        if let Component::Indices(set) = component {
            prop_assert!(set.iter().cloned().flatten().all(|index| seen.insert(index)), "{:?}", &tree);
            prop_assert!(set.windows(2).all(|pair| pair[0].end() + 1 < *pair[1].start()), "{:?}", &tree);
            prop_assert!(last < Some(*set[0].start()), "{:?}", &tree);
            last = Some(*set[0].start());
            prop_assert!(trees.insert(child), "not maximal: {:?}", &tree);
        }
        check_places(child)?;
    }
    let names = tree.children.iter().flat_map(|(component, _)| {
        let pattern = Pattern { components: vec![component.clone()] };
        pattern.names().collect::<Vec<_>>()
    });
    let mut own: Vec<String> = names.collect();
    let count = own.len();
    own.sort();
    own.dedup();
    prop_assert_eq!(own.len(), count, "{:?}", &tree);
    let firsts = tree.children.iter().map(|(component, _)| {
        let pattern = Pattern { components: vec![component.clone()] };
        pattern.names().next().unwrap_or_default()
    });
    prop_assert!(firsts.is_sorted_by(|a, b| weighbridge_lock::natural(a, b).is_lt()), "{:?}", &tree);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_tree_has_the_tensors_of_its_lock(tensors in tensors()) {
        let lock = Lock::of(tensors).unwrap();
        let tree = lock.tree();
        check_places(&tree)?;
        let mut found = Vec::new();
        expanded(&tree, None, &mut found);
        found.sort_by(|a, b| weighbridge_lock::natural(&a.0, &b.0));
        let listed: Vec<_> = lock.tensors().map(|(name, dtype, shape)| (name, dtype, shape.to_vec())).collect();
        prop_assert_eq!(found, listed);
    }
}
