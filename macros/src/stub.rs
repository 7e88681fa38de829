//! What stands in for the impl when there are errors, so that code that uses the type adds none of its own.

use proc_macro2::TokenStream;
use quote::quote;

/// ```text
/// const __NODE: &'static __wb::Node = &__wb::Node::apart(&[]).ignore(&["*"]);
/// fn build(_: &mut __wb::Builder<'_>) -> __wb::Result<Self> { loop {} }
/// fn walk<'__a>(&'__a self, _: &mut __wb::Walk<'__a>) {}
/// fn walk_mut<'__a>(&'__a mut self, _: &mut __wb::WalkMut<'__a>) {}
/// ```
///
/// It ignores every name of a checkpoint, so that `verify` has nothing to say of a type that holds it.
pub(crate) fn members() -> TokenStream {
    quote! {
        const __NODE: &'static __wb::Node = &__wb::Node::apart(&[]).ignore(&["*"]);
        fn build(_: &mut __wb::Builder<'_>) -> __wb::Result<Self> { loop {} }
        fn walk<'__a>(&'__a self, _: &mut __wb::Walk<'__a>) {}
        fn walk_mut<'__a>(&'__a mut self, _: &mut __wb::WalkMut<'__a>) {}
    }
}
