//! What a type expects of a checkpoint: a tree of constants, made by the derive. Nothing here depends on bytes of a file.

mod agree;
mod alike;
pub(crate) mod check;
mod checked;
mod dims;
mod expression;
mod frame;
mod layout;
mod node;
mod query;
mod size;
mod stem;
mod text;
pub(crate) mod tie;
mod wanted;

pub(crate) use agree::{agrees, shapeless};
pub use checked::tied;
pub(crate) use dims::Leaf;
pub use dims::{Dim, Len, Shapes};
pub use expression::{Expression, Step};
pub(crate) use expression::{Value, number_of};
pub(crate) use frame::{Frame, RANK, Side, SourceTensor};
pub(crate) use layout::NthSource;
pub use layout::{Layout, Part};
pub use node::{Field, Node, Schema, Variant};
pub(crate) use node::{Names, Spec};
pub use query::ParameterSchema;
pub use size::extent;
pub(crate) use size::{excess, refuse_zero};
pub use stem::{Alias, Stem};
pub(crate) use stem::{looks_like_an_item, written};
pub(crate) use text::{Text, equal, index, index_of, same, split};
pub(crate) use wanted::Wanted;
