//! Names that are left alone around enums and in their variants.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use wb::{DType, Module, Tensor};

use crate::{Held, both, same};

#[derive(Module)]
#[module(crate = wb)]
struct Apart {
    #[param(shape = [2])]
    q: Tensor<f32>,
    #[param(shape = [2])]
    k: Tensor<f32>,
}

/// The same, which leaves the other's name alone.
#[derive(Module)]
#[module(crate = wb, ignore = ["qk"])]
struct ApartAlone {
    #[module(flatten)]
    apart: Apart,
}

#[derive(Module)]
#[module(crate = wb)]
struct Fused {
    #[param(shape = [4])]
    qk: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb, ignore = ["q", "k"])]
struct FusedAlone {
    #[module(flatten)]
    fused: Fused,
}

#[derive(Module)]
#[module(crate = wb)]
struct Out {
    #[param(shape = [2])]
    o: Tensor<f32>,
}

macro_rules! enums {
    ($($(#[$attribute:meta])* $name:ident = $one:ident | $other:ident;)*) => {$(
        #[derive(Module)]
        #[module(crate = wb)]
        $(#[$attribute])*
        enum $name {
            One($one),
            Other($other),
        }
    )*};
}

enums! {
    Plain = Apart | Fused;
    OneAlone = ApartAlone | Fused;
    BothAlone = ApartAlone | FusedAlone;
    #[module(ignore = ["qk"])]
    Lenient = Apart | Fused;
    InPlain = Plain | Out;
    InOneAlone = OneAlone | Out;
    #[module(ignore = ["o"])]
    InBothAlone = BothAlone | Out;
    Deep = InPlain | Fused;
}

/// A module that leaves names of an enum alone, which are below `attn`.
macro_rules! around {
    ($($name:ident = $inner:ident, $patterns:tt;)*) => {$(
        #[derive(Module)]
        #[module(crate = wb, ignore = $patterns)]
        struct $name {
            attn: $inner,
            #[param(shape = [2])]
            w: Tensor<f32>,
        }
    )*};
}

around! {
    AroundPlain = Plain, ["attn.qk"];
    AroundOneAlone = OneAlone, ["zz"];
    AroundBothAlone = BothAlone, ["*.o"];
    AroundLenient = Lenient, ["*.q"];
    AroundInPlain = InPlain, ["attn.qk", "attn.o"];
    AroundInOneAlone = InOneAlone, ["attn.o"];
    AroundInBothAlone = InBothAlone, ["*.k"];
    AroundDeep = Deep, ["*.qk", "*.x", "never"];
}

#[derive(Module)]
#[module(crate = wb)]
struct Layer {
    attn: Plain,
}

#[derive(Module)]
#[module(crate = wb, ignore = ["attn.o"])]
struct NestedLayer {
    attn: InPlain,
}

#[derive(Module)]
#[module(crate = wb, ignore = ["layers.0.attn.qk"])]
struct First {
    layers: [Layer; 3],
}

#[derive(Module)]
#[module(crate = wb, ignore = ["layers.1.attn.qk"])]
struct Second {
    layers: [Layer; 3],
}

#[derive(Module)]
#[module(crate = wb, ignore = ["layers.*.attn.qk", "layers.0.*.o"])]
struct Layers {
    #[module(len = 3)]
    layers: Vec<NestedLayer>,
}

/// What patterns hide, wherever a module can be.
#[derive(Module)]
#[module(crate = wb, ignore = ["c", "*.old", "inner.a"])]
struct Block {
    #[param(shape = ["n"])]
    a: Tensor<f32>,
    #[param(shape = ["n"], alias = "d")]
    c: Option<Tensor<f32>>,
}

#[derive(Module)]
#[module(crate = wb, ignore = ["parts.e", "x"])]
struct Composed {
    #[param(shape = [2], from = slice(dim = 0, of = "ab"))]
    a: Option<Tensor<f32>>,
    #[param(shape = [2], from = slice(dim = 0, of = "ab", start = 2))]
    b: Tensor<f32>,
    #[param(shape = [_, 2], from = stack(dim = 0, "parts.{}.w"))]
    parts: Option<Tensor<f32>>,
    #[param(shape = [4], from = concat(dim = 0, "parts.e": 2, "parts.f": 2))]
    joined: Option<Tensor<f32>>,
}

#[derive(Module)]
#[module(crate = wb, ignore = ["layers.1.*", "layers.12.a", "*.2.a", "map.k*", "alias.a.more", "composed.parts.1.w", "tied.h", "option.block2.*"])]
struct Hiding {
    #[module(len = "count")]
    layers: Vec<Block>,
    fixed: [Block; 3],
    #[module(alias = ["alias", "other"])]
    named: Block,
    #[module(flatten)]
    flat: Block,
    map: std::collections::BTreeMap<String, Block>,
    option: Option<Block>,
    composed: Composed,
    tied: TiedOnes,
    #[param(shape = [2])]
    open: Vec<Tensor<f32>>,
}

#[derive(Module)]
#[module(crate = wb, ignore = ["e"])]
struct TiedOnes {
    #[param(shape = [2])]
    e: Tensor<f32>,
    #[param(shape = [2], tied = "e")]
    h: Tensor<f32>,
    #[param(shape = [2], tied = "e")]
    i: Tensor<f32>,
}

/// Names of `Hiding`, most of them below its modules.
fn hiding() -> Vec<String> {
    let modules = [
        "layers.0", "layers.1", "layers.2", "layers.3", "fixed.0", "fixed.1", "fixed.2", "fixed.3", "named", "alias",
        "map.k", "map.l", "map.2", "option",
    ];
    let below = modules.iter().flat_map(|module| ["a", "c", "d", "x.old"].map(|name| format!("{module}.{name}")));
    let others = [
        "a",
        "c",
        "layers.01.a",
        "layers.01.old",
        "layers.01.x.old",
        "composed.ab",
        "composed.parts.0.w",
        "composed.parts.1.w",
        "composed.parts.2.w",
        "composed.parts.e",
        "composed.parts.f",
        "tied.e",
        "tied.h",
        "tied.i",
        "option.block2.x",
        "open.0",
        "open.1",
        "alias.a.more",
    ];
    below.chain(others.map(str::to_owned)).collect()
}

fn tensors(names: &[(&str, usize)]) -> Vec<Held> {
    names.iter().map(|(name, extent)| ((*name).to_owned(), DType::F32, vec![*extent])).collect()
}

#[test]
fn what_a_module_leaves_alone_is_so_in_enums_below_it() {
    let all = [("attn.q", 2), ("attn.k", 2), ("attn.qk", 4), ("w", 2)];
    assert_eq!(same::<AroundPlain>(&tensors(&all)), "");
    assert_eq!(same::<AroundInPlain>(&tensors(&all)), "");
    let text = same::<AroundBothAlone>(&tensors(&all));
    assert!(text.contains("found `One` and `Other` alike"), "{text}");
    // a pattern that leaves a name alone is in use, though the enum is refused
    let text = same::<AroundOneAlone>(&tensors(&[("attn.q", 3), ("attn.k", 2), ("attn.qk", 3), ("w", 2)]));
    assert!(text.contains("variant     attn  ") && !text.contains("ignore      `qk`"), "{text}");
}

#[test]
fn a_pattern_of_one_item_is_of_that_item() {
    let names: Vec<String> =
        (0..3).flat_map(|i| ["q", "k", "qk"].map(|name| format!("layers.{i}.attn.{name}"))).collect();
    let all: Vec<(&str, usize)> =
        names.iter().map(|name| (&**name, if name.ends_with("qk") { 4 } else { 2 })).collect();
    let text = same::<First>(&tensors(&all));
    assert!(text.contains("2 undecided variants") && !text.contains("layers.0"), "{text}");
    let text = same::<Second>(&tensors(&all));
    assert!(text.contains("2 undecided variants") && !text.contains("layers.1."), "{text}");
}

#[test]
fn what_a_type_hides_is_not_there() {
    let there = [
        "layers.0.a",
        "fixed.0.a",
        "fixed.1.a",
        "alias.a",
        "a",
        "map.l.a",
        "composed.ab",
        "tied.i",
        "composed.parts.0.w",
        "open.0",
    ];
    let hidden = [
        "layers.1.a",
        "layers.0.c",
        "layers.0.x.old",
        "layers.2.c",
        "alias.c",
        "alias.x.old",
        "c",
        "map.k.a",
        "map.l.c",
        "option.c",
        "option.x.old",
        "composed.parts.1.w",
        "composed.parts.e",
        "composed.x",
        "tied.e",
        "tied.h",
        "alias.a.more",
    ];
    let all = |names: &[&'static str]| -> Vec<(&str, usize)> {
        names.iter().map(|name| (*name, if name.ends_with("ab") { 4 } else { 2 })).collect()
    };
    let text = same::<Hiding>(&tensors(&all(&[&there[..], &hidden].concat())));
    // a pattern of the outermost module hides what the third of three items needs, in the file or not
    assert!(text.contains("missing     fixed.2.a ") && text.contains("1 missing ("), "{text}");
    let text = same::<Hiding>(&tensors(&all(&[&there[..], &["layers.2.a", "layers.3.a", "fixed.2.a"]].concat())));
    assert!(text.contains("the first absent one is 1"), "{text}");
    let text = same::<Hiding>(&tensors(&all(&[&there[..], &["layers.1.a", "layers.3.a"]].concat())));
    assert!(
        text.contains(
            "the first absent one is 1, which `ignore` hides with `layers.1.*`\n              narrow the pattern"
        ),
        "{text}"
    );
}

/// Some of these names, some of them with another extent.
fn some(names: Vec<String>) -> impl Strategy<Value = Vec<Held>> {
    let count = names.len();
    let which = (prop::collection::vec(prop::bool::weighted(0.6), count), prop::collection::vec(0..10, count));
    which.prop_map(move |(there, wrong)| {
        let extent = |name: &str, wrong: bool| {
            if wrong {
                3
            } else if name.ends_with("qk") || name.ends_with("ab") {
                4
            } else {
                2
            }
        };
        let all = names.iter().zip(there).zip(wrong).filter(|((_, there), _)| *there);
        all.map(|((name, _), wrong)| (name.clone(), DType::F32, vec![extent(name, wrong == 0)])).collect()
    })
}

#[track_caller]
fn are_same<M: Module>(tensors: &[Held]) -> Result<(), TestCaseError> {
    let (compiled, loaded) = both::<M>(tensors).expect("names are distinct");
    prop_assert_eq!(compiled, loaded, "{} of {:?}", std::any::type_name::<M>(), tensors);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn any_names_around_enums_are_told_alike(
        tensors in some(["q", "k", "qk", "o", "x"].map(|name| format!("attn.{name}")).into_iter().chain(["w".to_owned()]).collect())
    ) {
        are_same::<AroundPlain>(&tensors)?;
        are_same::<AroundOneAlone>(&tensors)?;
        are_same::<AroundBothAlone>(&tensors)?;
        are_same::<AroundLenient>(&tensors)?;
        are_same::<AroundInPlain>(&tensors)?;
        are_same::<AroundInOneAlone>(&tensors)?;
        are_same::<AroundInBothAlone>(&tensors)?;
        are_same::<AroundDeep>(&tensors)?;
    }

    #[test]
    fn any_names_of_lists_of_enums_are_told_alike(
        tensors in some((0..3).flat_map(|i| ["q", "k", "qk", "o"].map(|name| format!("layers.{i}.attn.{name}"))).collect())
    ) {
        are_same::<First>(&tensors)?;
        are_same::<Second>(&tensors)?;
        are_same::<Layers>(&tensors)?;
    }

    #[test]
    fn any_names_that_types_hide_are_told_alike(tensors in some(hiding())) {
        are_same::<Hiding>(&tensors)?;
    }
}

#[test]
fn the_compiler_names_the_pattern_that_hides_a_parameter() {
    #[derive(Module)]
    #[module(crate = wb, ignore = "layers.1.scale")]
    struct Outer {
        layers: [Hiding; 3],
        more: Option<Hiding>,
    }
    #[derive(Module)]
    #[module(crate = wb, ignore = ["*.b", "b"])]
    struct Hiding {
        #[param(shape = [2])]
        b: Tensor<f32>,
        #[param(shape = [2])]
        scale: Tensor<f32>,
        #[param(shape = [2], from = concat(dim = 0, "a": 1, "sub.b": 1))]
        both: Tensor<f32>,
    }
    let mut all: Vec<Held> = Vec::new();
    for module in ["layers.0", "layers.1", "layers.2", "more"] {
        for (name, len) in [("b", 2), ("scale", 2), ("a", 1), ("sub.b", 1)] {
            all.push((format!("{module}.{name}"), DType::F32, vec![len]));
        }
    }
    // the two are compared here, hints and all
    let report = same::<Outer>(&all);
    let text = both::<Outer>(&all).and_then(|(compiled, _)| compiled).unwrap();
    for said in [
        "the pattern `b` in `#[module(ignore = ..)]` on the type of `layers.{0..=2}` hides it; remove the pattern, or declare the parameter as an `Option`",
        "the pattern `layers.1.scale` in `#[module(ignore = ..)]` on the module hides it; remove the pattern, or declare the parameter as an `Option`",
        "the pattern `*.b` in `#[module(ignore = ..)]` on the type of `more` hides it; narrow the pattern",
    ] {
        assert!(report.contains(said) && text.contains(said), "{said}\n{report}\n{text}");
    }
}
