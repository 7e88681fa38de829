//! Fields that are lists, options, maps, tuples or pointers, of modules or of parameters; scalars, and arrays of scalars.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;
use std::marker::PhantomData;
use std::sync::Arc;

use half::{bf16, f16};

use weighbridge_checkpoint::{AnyTensor, Element, Tensor};
use weighbridge_lock::counted;

use crate::error::ParameterError;
use crate::parameter::View;
use crate::plan::Step;
use crate::schema::{Field, Leaf, Len, Node, Shapes};
use crate::tree::{Builder, ModuleKind, Modules, Parameters, Tree, Walk, WalkMut, sequence};

macro_rules! scalars {
    ($($scalar:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Tree<Parameters> for $scalar {
            const __NODE: &'static Node = &Node::Parameter(Leaf { dtypes: &[<$scalar>::DTYPE], shapes: Shapes::Scalar, vector: true });
            const __ELEMENT: Option<&'static Leaf> = Self::__NODE.leaf(0);

            fn build(builder: &mut Builder<'_>) -> Result<Self, ParameterError> {
                builder.leaf(|tensor, maker| maker.plain(tensor, first))
            }

            fn walk<'a>(&'a self, walk: &mut Walk<'a>) {
                walk.views.push(View::of([], std::slice::from_ref(self)));
            }

            fn walk_mut<'a>(&'a mut self, walk: &mut WalkMut<'a>) {
                walk.leaf(self, |tensor, maker| maker.plain(tensor, first));
            }

            fn elements(tensor: AnyTensor) -> Result<Vec<Self>, ParameterError> {
                match Tensor::<$scalar>::try_from(tensor) {
                    Ok(tensor) => Ok(tensor.into_vec()),
                    Err(tensor) => Err(crate::parameter::wrong_dtype(tensor.dtype(), <$scalar>::DTYPE)),
                }
            }

            fn view_elements<'a>(elements: &'a [Self], outer: Vec<usize>) -> Option<View<'a>> {
                Some(View::of(outer, elements))
            }
        }
    )*};
}

scalars!(bool, u8, u16, u32, u64, i8, i16, i32, i64, f16, bf16, f32, f64);
#[cfg(feature = "num-complex")]
scalars!(weighbridge_checkpoint::Complex64);

/// The only element of a tensor.
fn first<T: Tree<Parameters>>(tensor: AnyTensor) -> Result<T, ParameterError> {
    T::elements(tensor)?.pop().ok_or_else(|| ParameterError::new("the tensor has no element"))
}

/// The node of a sequence: one parameter where the items are elements, a list otherwise.
macro_rules! sequence_node {
    ($item:ident, $kind:ident, $len:expr, $list:expr) => {
        match <$item as Tree<$kind>>::__ELEMENT {
            Some(leaf) => &Node::Parameter(sequence(leaf, $len)),
            None => &Node::List { item: <$item as Tree<$kind>>::__NODE, len: $list },
        }
    };
}

fn walk_list<'a, K, T: Tree<K>>(items: &'a [T], shape: Vec<usize>, walk: &mut Walk<'a>) {
    if let Some(view) = T::view_elements(items, shape) {
        return walk.views.push(view);
    }
    walk.steps.push(Step::Len(items.len()));
    items.iter().for_each(|item| item.walk(walk));
}

/// The shape of a sequence of `len` items of an element type.
fn shape_of<K, T: Tree<K>>(len: usize) -> Vec<usize> {
    let mut shape = vec![len];
    let mut inner = T::__ELEMENT.map(|leaf| &leaf.shapes);
    while let Some(Shapes::Array(len, item)) = inner {
        shape.extend(len);
        inner = Some(item);
    }
    shape
}

#[diagnostic::do_not_recommend]
impl<K, T: Tree<K>> Tree<K> for Vec<T> {
    const __NODE: &'static Node = sequence_node!(T, K, None, Len::FromFile);

    fn build(builder: &mut Builder<'_>) -> Result<Self, ParameterError> {
        if T::__ELEMENT.is_some() {
            return builder.leaf(|tensor, maker| maker.plain(tensor, T::elements));
        }
        let Some(&Step::Len(len)) = builder.step() else { return Err(unplanned("list")) };
        (0..len).map(|_| T::build(builder)).collect()
    }

    fn walk<'a>(&'a self, walk: &mut Walk<'a>) {
        walk_list(self, shape_of::<K, T>(self.len()), walk);
    }

    fn walk_mut<'a>(&'a mut self, walk: &mut WalkMut<'a>) {
        if T::__ELEMENT.is_some() {
            return walk.leaf(self, |tensor, maker| maker.plain(tensor, T::elements));
        }
        self.iter_mut().for_each(|item| item.walk_mut(walk));
    }
}

#[diagnostic::do_not_recommend]
impl<K, T: Tree<K>, const N: usize> Tree<K> for [T; N] {
    const __NODE: &'static Node = sequence_node!(T, K, Some(N), Len::Is(N));
    const __ELEMENT: Option<&'static Leaf> = match T::__ELEMENT {
        Some(_) => Self::__NODE.leaf(0),
        None => None,
    };

    fn build(builder: &mut Builder<'_>) -> Result<Self, ParameterError> {
        if T::__ELEMENT.is_some() {
            return builder.leaf(|tensor, maker| maker.plain(tensor, array));
        }
        builder.step();
        let items = (0..N).map(|_| T::build(builder)).collect::<Result<Vec<T>, ParameterError>>()?;
        items.try_into().map_err(|_| wrong_length(N))
    }

    fn walk<'a>(&'a self, walk: &mut Walk<'a>) {
        walk_list(self, shape_of::<K, T>(N), walk);
    }

    fn walk_mut<'a>(&'a mut self, walk: &mut WalkMut<'a>) {
        if T::__ELEMENT.is_some() {
            return walk.leaf(self, |tensor, maker| maker.plain(tensor, array));
        }
        self.iter_mut().for_each(|item| item.walk_mut(walk));
    }

    fn elements(tensor: AnyTensor) -> Result<Vec<Self>, ParameterError> {
        // count rows by the shape and not by the elements, because a row may have none
        let inner = shape_of::<K, T>(N).len();
        let outer = tensor.shape().len().saturating_sub(inner);
        let rows = tensor.shape()[..outer].iter().try_fold(1usize, |rows, &extent| rows.checked_mul(extent));
        // a file may claim any number of empty rows
        let rows = rows.filter(|&rows| rows <= tensor.as_bytes().len().max(MOST_EMPTY_ROWS));
        let rows = rows.ok_or_else(|| ParameterError::new("there are too many rows without elements"))?;
        let mut flat = T::elements(tensor)?.into_iter();
        let row = |_| flat.by_ref().take(N).collect::<Vec<T>>().try_into().map_err(|_| wrong_length(N));
        (0..rows).map(row).collect()
    }

    fn view_elements<'a>(elements: &'a [Self], outer: Vec<usize>) -> Option<View<'a>> {
        T::view_elements(elements.as_flattened(), outer)
    }
}

/// The most rows without elements that a tensor may have.
const MOST_EMPTY_ROWS: usize = 1 << 16;

fn array<K, T: Tree<K>, const N: usize>(tensor: AnyTensor) -> Result<[T; N], ParameterError> {
    T::elements(tensor)?.try_into().map_err(|_| wrong_length(N))
}

/// The error if the steps of the plan do not match the walk. No file can cause it.
fn unplanned(what: &str) -> ParameterError {
    ParameterError::new(format!("the plan has no step for this {what}"))
}

fn wrong_length(expected: usize) -> ParameterError {
    ParameterError::new(format!("the tensor does not have {}", counted(expected, "element")))
}

#[diagnostic::do_not_recommend]
impl<K, T: Tree<K>> Tree<K> for Option<T> {
    const __NODE: &'static Node = &Node::Optional { item: T::__NODE };

    fn build(builder: &mut Builder<'_>) -> Result<Self, ParameterError> {
        match builder.step() {
            Some(Step::Present(true)) => T::build(builder).map(Some),
            Some(Step::Present(false)) => Ok(None),
            _ => Err(unplanned("option")),
        }
    }

    fn walk<'a>(&'a self, walk: &mut Walk<'a>) {
        walk.steps.push(Step::Present(self.is_some()));
        if let Some(item) = self {
            item.walk(walk);
        }
    }

    fn walk_mut<'a>(&'a mut self, walk: &mut WalkMut<'a>) {
        if let Some(item) = self {
            item.walk_mut(walk);
        }
    }
}

macro_rules! maps {
    ($($map:ident [$($hasher:ident)?];)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<K, T: Tree<K> $(, $hasher: BuildHasher + Default)?> Tree<K> for $map<String, T $(, $hasher)?> {
            const __NODE: &'static Node = &Node::Map { item: T::__NODE };

            fn build(builder: &mut Builder<'_>) -> Result<Self, ParameterError> {
                let Some(Step::Keys(keys)) = builder.step() else { return Err(unplanned("map")) };
                keys.iter().map(|key| Ok((key.clone(), T::build(builder)?))).collect()
            }

            fn walk<'a>(&'a self, walk: &mut Walk<'a>) {
                let mut entries: Vec<(&'a String, &'a T)> = self.iter().collect();
                // a `HashMap` has no order, and a `BTreeMap` orders numbers as text
                entries.sort_by(|a, b| crate::path::natural(a.0, b.0));
                walk.steps.push(Step::Keys(entries.iter().map(|(key, _)| (*key).clone()).collect()));
                entries.into_iter().for_each(|(_, item)| item.walk(walk));
            }

            fn walk_mut<'a>(&'a mut self, walk: &mut WalkMut<'a>) {
                let mut entries: Vec<(&'a String, &'a mut T)> = self.iter_mut().collect();
                entries.sort_by(|a, b| crate::path::natural(a.0, b.0));
                entries.into_iter().for_each(|(_, item)| item.walk_mut(walk));
            }
        }
    )*};
}

maps! {
    BTreeMap [];
    HashMap [S];
}

#[diagnostic::do_not_recommend]
impl<K: ModuleKind, T: Tree<K>> Tree<K> for Box<T> {
    const __NODE: &'static Node = T::__NODE;

    fn build(builder: &mut Builder<'_>) -> Result<Self, ParameterError> {
        T::build(builder).map(Box::new)
    }

    fn walk<'a>(&'a self, walk: &mut Walk<'a>) {
        T::walk(self, walk);
    }

    fn walk_mut<'a>(&'a mut self, walk: &mut WalkMut<'a>) {
        T::walk_mut(self, walk);
    }
}

#[diagnostic::do_not_recommend]
impl<K: ModuleKind, T: Tree<K>> Tree<K> for Arc<T> {
    const __NODE: &'static Node = T::__NODE;

    fn build(builder: &mut Builder<'_>) -> Result<Self, ParameterError> {
        T::build(builder).map(Arc::new)
    }

    fn walk<'a>(&'a self, walk: &mut Walk<'a>) {
        T::walk(self, walk);
    }

    fn walk_mut<'a>(&'a mut self, walk: &mut WalkMut<'a>) {
        // how many there are, so that the parameters after it keep their numbers
        let mut count = Walk::default();
        T::walk(self, &mut count);
        let parameters = count.views.len();
        drop(count);
        match Arc::get_mut(self) {
            Some(module) => module.walk_mut(walk),
            None => walk.visitor.shared(parameters),
        }
    }
}

/// Types without parameters.
macro_rules! empty {
    ($([$($generics:tt)*] $empty:ty = $value:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Tree<Modules> for $empty {
            const __NODE: &'static Node = &Node::apart(&[]);

            fn build(_: &mut Builder<'_>) -> Result<Self, ParameterError> {
                Ok($value)
            }

            fn walk<'a>(&'a self, _: &mut Walk<'a>) {}

            fn walk_mut<'a>(&'a mut self, _: &mut WalkMut<'a>) {}
        }
    )*};
}

empty! {
    [] () = ();
    [T: ?Sized] PhantomData<T> = PhantomData;
}

/// Tuples, whose elements are named like the items of a list.
macro_rules! tuples {
    ($(($($item:ident $index:tt $name:literal),+);)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<K, $($item: Tree<K>),+> Tree<K> for ($($item,)+) {
            const __NODE: &'static Node = &Node::tuple(const { &[$(Field::item::<K, $item>($name)),+] });

            fn build(builder: &mut Builder<'_>) -> Result<Self, ParameterError> {
                Ok(($($item::build(builder)?,)+))
            }

            fn walk<'a>(&'a self, walk: &mut Walk<'a>) {
                $(self.$index.walk(walk);)+
            }

            fn walk_mut<'a>(&'a mut self, walk: &mut WalkMut<'a>) {
                $(self.$index.walk_mut(walk);)+
            }
        }
    )*};
}

tuples! {
    (A 0 "0");
    (A 0 "0", B 1 "1");
    (A 0 "0", B 1 "1", C 2 "2");
    (A 0 "0", B 1 "1", C 2 "2", D 3 "3");
    (A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4");
    (A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4", F 5 "5");
    (A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4", F 5 "5", G 6 "6");
    (A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4", F 5 "5", G 6 "6", H 7 "7");
    (A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4", F 5 "5", G 6 "6", H 7 "7", I 8 "8");
    (A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4", F 5 "5", G 6 "6", H 7 "7", I 8 "8", J 9 "9");
    (A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4", F 5 "5", G 6 "6", H 7 "7", I 8 "8", J 9 "9", L 10 "10");
    (A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4", F 5 "5", G 6 "6", H 7 "7", I 8 "8", J 9 "9", L 10 "10", M 11 "11");
}
