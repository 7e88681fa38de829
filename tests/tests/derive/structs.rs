//! Kinds of structs, generics, names, skipped fields, flattened ones.

use std::marker::PhantomData;

use wb::{Element, Loader, Module, Tensor};
use weighbridge_tests::layers::{Linear, full};

use super::{Norm, norm, pairs, there_and_back};

#[test]
fn named_tuple_and_unit() {
    #[derive(Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Tuple(#[param(shape = [2])] Tensor<f32>, Norm, #[module(rename = "last")] Norm);

    #[derive(Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Unit;

    #[derive(Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Braces {}

    #[derive(Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Named {
        tuple: Tuple,
        unit: Unit,
        braces: Braces,
        after: Norm,
    }
    let tuple = |value| Tuple(full([2], value), norm(value), norm(value));
    let named = |value| Named { tuple: tuple(value), unit: Unit, braces: Braces {}, after: norm(value) };
    assert_eq!(named(0.0).parameter_paths(), ["tuple.0", "tuple.1.weight", "tuple.last.weight", "after.weight"]);
    assert_eq!(there_and_back(&named(1.0), &mut named(0.0)), named(1.0));
}

/// A number at compile time.
trait Size {
    const N: usize;
}

#[derive(Clone, Debug, PartialEq)]
struct Two;

impl Size for Two {
    const N: usize = 2;
}

#[test]
fn generics_of_all_kinds() {
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Everything<'a, S: Size, T, M = Norm, const N: usize = 3>
    where
        T: Element,
        M: Module,
    {
        #[param(shape = [S::N, N, 2 * N + S::N])]
        weight: Tensor<T>,
        #[param(shape = [{ N + 1 }])]
        bias: Option<Tensor<T>>,
        child: M,
        children: Vec<M>,
        #[module(skip)]
        name: &'a str,
        size: PhantomData<S>,
    }
    let everything = |child: Norm| Everything::<Two, i16> {
        weight: Tensor::new([2, 3, 8], vec![7; 48]).unwrap(),
        bias: Some(Tensor::new([4], vec![1; 4]).unwrap()),
        children: vec![child.clone(); 2],
        child,
        name: "",
        size: PhantomData,
    };
    let paths = ["weight", "bias", "child.weight", "children.0.weight", "children.1.weight"];
    assert_eq!(everything(norm(0.0)).parameter_paths(), paths);
    assert_eq!(there_and_back(&everything(norm(1.0)), &mut everything(norm(0.0))), everything(norm(1.0)));
    // another child, another length
    type Other<'a> = Everything<'a, Two, f32, (), 1>;
    let other: Other = Module::from_weights([("weight", Tensor::<f32>::zeros([2, 1, 4]))]).unwrap();
    assert!(other.bias.is_none() && other.children.is_empty());
}

#[test]
fn a_lifetime_outlives_an_update() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Borrowing<'a> {
        #[module(skip)]
        name: &'a str,
        inner: Norm,
        lifetime: PhantomData<&'a str>,
    }
    let name = String::from("borrowed");
    let mut borrowing = Borrowing { name: &name, inner: norm(0.0), lifetime: PhantomData };
    borrowing.load_weights([("inner.weight", full([2], 1.0))]).unwrap();
    assert_eq!((borrowing.name, borrowing.inner), ("borrowed", norm(1.0)));
}

#[test]
fn raw_identifiers() {
    #[derive(Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Raw {
        #[param(shape = [2])]
        r#type: Tensor<f32>,
        r#loop: Norm,
        #[module(rename = "self")]
        this: Norm,
    }
    let raw = |value| Raw { r#type: full([2], value), r#loop: norm(value), this: norm(value) };
    assert_eq!(raw(0.0).parameter_paths(), ["type", "loop.weight", "self.weight"]);
    assert_eq!(there_and_back(&raw(1.0), &mut raw(0.0)), raw(1.0));
}

#[test]
fn names() {
    #[derive(Debug, PartialEq, Module)]
    #[module(crate = wb, rename_all = "camelCase")]
    struct Camel {
        #[param(shape = [2])]
        running_mean: Tensor<f32>,
        #[param(shape = [2], rename = "running_var")]
        running_variance: Tensor<f32>,
        #[module(rename = "a.b.c")]
        deep_down: Norm,
        r#in: Norm,
    }
    let camel = |value| Camel {
        running_mean: full([2], value),
        running_variance: full([2], value),
        deep_down: norm(value),
        r#in: norm(value),
    };
    assert_eq!(camel(0.0).parameter_paths(), ["runningMean", "running_var", "a.b.c.weight", "in.weight"]);
    assert_eq!(there_and_back(&camel(1.0), &mut camel(0.0)), camel(1.0));

    #[derive(Debug, Module)]
    #[module(crate = wb, rename_all = "SCREAMING-KEBAB-CASE")]
    struct Loud {
        #[param(shape = [2])]
        running_mean: Tensor<f32>,
    }
    assert_eq!(Loud { running_mean: full([2], 0.0) }.parameter_paths(), ["RUNNING-MEAN"]);
    // a name is any text, for a file's sake
    #[derive(Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Odd {
        #[param(shape = [2], rename = "größe μ (x)/y")]
        size: Tensor<f32>,
        #[module(rename = "0")]
        first: Norm,
    }
    let odd = |value| Odd { size: full([2], value), first: norm(value) };
    assert_eq!(there_and_back(&odd(1.0), &mut odd(0.0)), odd(1.0));
}

#[test]
fn skipped_fields() {
    /// Neither a module nor a parameter, and without a default.
    #[derive(Clone, Debug, PartialEq)]
    enum Mode {
        Training,
        Inference,
    }
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Model<const N: usize> {
        #[module(skip)]
        calls: u64,
        #[param(shape = [N])]
        weight: Tensor<f32>,
        #[module(skip = Mode::Inference)]
        mode: Mode,
        #[module(skip = vec![N; 2])]
        sizes: Vec<usize>,
        #[module(skip)]
        untouched: Option<Norm>,
        function: PhantomData<fn() -> Mode>,
    }
    let weight = || [("weight", full([2], 1.0))];
    let mut model = Model::<2>::from_weights(weight()).unwrap();
    assert_eq!((model.calls, &model.mode, &*model.sizes, &model.untouched), (0, &Mode::Inference, &[2, 2][..], &None));
    assert_eq!(model.parameter_paths(), ["weight"]);
    // an update leaves them as they are
    (model.calls, model.mode, model.untouched) = (7, Mode::Training, Some(norm(3.0)));
    let before = model.clone();
    model.weight = full([2], 0.0);
    model.load_weights(weight()).unwrap();
    assert_eq!(model, before);
    Loader::new().strict(false).update(&mut model, Vec::<(String, Tensor<f32>)>::new()).unwrap();
    assert_eq!(model, before);
}

#[test]
fn flattened() {
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Inner {
        #[param(shape = [2])]
        bias: Tensor<f32>,
        #[module(flatten)]
        innermost: Innermost,
    }
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Innermost {
        #[param(shape = [2])]
        scale: Tensor<f32>,
        nested: Norm,
    }
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Outer<M> {
        #[module(flatten)]
        inner: Inner,
        #[param(shape = [2])]
        weight: Tensor<f32>,
        #[module(flatten)]
        generic: M,
        #[module(flatten)]
        maybe: Option<Box<Maybe>>,
    }
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Maybe {
        #[param(shape = [2])]
        maybe: Tensor<f32>,
    }
    let outer = |value| Outer {
        inner: Inner { bias: full([2], value), innermost: Innermost { scale: full([2], value), nested: norm(value) } },
        weight: full([2], value),
        generic: (Norm { weight: full([2], value) },),
        maybe: Some(Box::new(Maybe { maybe: full([2], value) })),
    };
    assert_eq!(outer(0.0).parameter_paths(), ["bias", "scale", "nested.weight", "weight", "0.weight", "maybe"]);
    assert_eq!(there_and_back(&outer(1.0), &mut outer(0.0)), outer(1.0));
    let without = Outer { maybe: None, ..outer(1.0) };
    assert_eq!(there_and_back(&without, &mut Outer { maybe: None, ..outer(0.0) }), without);
    // strictness looks through it
    let mut missing = pairs(&outer(1.0));
    missing.retain(|(name, _)| name != "scale");
    missing.push(("inner.scale".to_owned(), full([2], 0.0).into()));
    let error = Outer::<(Norm,)>::from_weights(missing).unwrap_err();
    let report = error.report().unwrap();
    assert_eq!((&*report.missing[0].path, &*report.unexpected[0].path), ("scale", "inner.scale"));
}

#[test]
fn a_module_of_a_macro() {
    macro_rules! layers {
        ($($name:ident: $ty:ty = $n:expr),*) => {
            #[derive(Clone, Debug, PartialEq, Module)]
            #[module(crate = wb)]
            struct Made {
                $(#[param(shape = [$n, $n * 2])] $name: $ty,)*
            }
        };
    }
    layers!(first: Tensor<f32> = 1 + 1, second: Tensor<f32> = 3);
    let made = |value| Made { first: full([2, 4], value), second: full([3, 6], value) };
    assert_eq!(there_and_back(&made(1.0), &mut made(0.0)), made(1.0));
}

#[test]
fn private_types_and_visibility() {
    mod inner {
        #[derive(Debug, wb::Module)]
        #[module(crate = ::wb)]
        pub(super) struct Hidden {
            #[param(shape = [2])]
            pub(in super::super) weight: wb::Tensor<f32>,
            pub linear: super::Linear<1, 1>,
        }
    }
    let hidden = inner::Hidden { weight: full([2], 1.0), linear: Linear::full(1.0) };
    assert_eq!(pairs(&hidden).len(), 3);
}
