//! The dims of a tensor.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many dims fit without an allocation; models rarely have more.
const INLINE: usize = 4;

/// The dims of a tensor, outermost first; `[]` is a scalar. Dereferences to `[usize]`, and compares with arrays, slices
/// and vectors.
///
/// ```
/// use weighbridge::Shape;
///
/// let shape = Shape::from([2, 3]);
/// assert_eq!(shape, [2, 3]);
/// assert_eq!((shape.len(), shape[1], shape.element_count()), (2, 3, Some(6)));
/// assert_eq!((1..4).collect::<Shape>().to_string(), "[1, 2, 3]");
/// ```
#[derive(Clone)]
pub struct Shape(Dims);

#[derive(Clone)]
enum Dims {
    Inline([usize; INLINE], u8),
    Heap(Box<[usize]>),
}

impl Shape {
    /// The number of elements; `None` if it does not fit into a `usize`. A dim of 0 makes it 0 whatever the others.
    pub fn element_count(&self) -> Option<usize> {
        if self.contains(&0) {
            return Some(0);
        }
        self.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim))
    }
}

impl Default for Shape {
    /// The shape of a scalar: `[]`.
    fn default() -> Self {
        Shape::from([])
    }
}

impl Deref for Shape {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        match &self.0 {
            Dims::Inline(dims, rank) => &dims[..usize::from(*rank)],
            Dims::Heap(dims) => dims,
        }
    }
}

impl From<&[usize]> for Shape {
    fn from(dims: &[usize]) -> Self {
        if dims.len() > INLINE {
            return Shape(Dims::Heap(dims.into()));
        }
        let mut inline = [0; INLINE];
        inline[..dims.len()].copy_from_slice(dims);
        Shape(Dims::Inline(inline, dims.len() as u8))
    }
}

impl From<Vec<usize>> for Shape {
    fn from(dims: Vec<usize>) -> Self {
        Shape::from(dims.as_slice())
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(dims: [usize; N]) -> Self {
        Shape::from(dims.as_slice())
    }
}

impl<const N: usize> From<&[usize; N]> for Shape {
    fn from(dims: &[usize; N]) -> Self {
        Shape::from(dims.as_slice())
    }
}

impl From<&Vec<usize>> for Shape {
    fn from(dims: &Vec<usize>) -> Self {
        Shape::from(dims.as_slice())
    }
}

impl From<&Shape> for Shape {
    fn from(shape: &Shape) -> Self {
        shape.clone()
    }
}

impl From<Shape> for Vec<usize> {
    fn from(shape: Shape) -> Vec<usize> {
        shape.to_vec()
    }
}

impl FromIterator<usize> for Shape {
    fn from_iter<I: IntoIterator<Item = usize>>(dims: I) -> Self {
        Shape::from(Vec::from_iter(dims))
    }
}

impl<'s> IntoIterator for &'s Shape {
    type Item = &'s usize;
    type IntoIter = std::slice::Iter<'s, usize>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl AsRef<[usize]> for Shape {
    fn as_ref(&self) -> &[usize] {
        self
    }
}

impl PartialEq for Shape {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl Eq for Shape {}

impl Hash for Shape {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self[..].hash(state);
    }
}

impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self[..].serialize(to)
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Shape, D::Error> {
        Vec::deserialize(from).map(Shape::from)
    }
}

/// A shape equals anything with the same dims, on either side of `==`.
macro_rules! comparisons {
    ($([$($generics:tt)*] $other:ty;)*) => {$(
        impl<$($generics)*> PartialEq<$other> for Shape {
            fn eq(&self, other: &$other) -> bool {
                self[..] == other[..]
            }
        }

        impl<$($generics)*> PartialEq<Shape> for $other {
            fn eq(&self, other: &Shape) -> bool {
                self[..] == other[..]
            }
        }
    )*};
}

comparisons! {
    [] [usize];
    [] &[usize];
    [const N: usize] [usize; N];
    [const N: usize] &[usize; N];
    [] Vec<usize>;
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, dim) in self.iter().enumerate() {
            write!(f, "{}{dim}", if i == 0 { "" } else { ", " })?;
        }
        f.write_str("]")
    }
}
