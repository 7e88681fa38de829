#[derive(Module)]
struct Linear<const N: usize> {
    #[param(shap = [N])]
    weight: Tensor<f32>,
}

// expands to
::core::compile_error! {
    "unknown attribute `shap` in `#[param(..)]` on a field, expected one of `shape`, `dtype`, `from`, `tied`, `tied_when`, `when`, `len`, `items`, `rename`, `alias`; did you mean `shape`?"
}
const _: () = {
    use ::weighbridge::__private::{self as __wb, local as __b, local as __w};
    #[automatically_derived]
    #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
    impl<const N: usize> __wb::Tree<__wb::Modules> for Linear<{ N }> {
        const __NODE: &'static __wb::Node = &__wb::Node::apart(&[]).ignore(&["*"]);
        fn build(_: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            loop {}
        }
        fn walk<'__a>(&'__a self, _: &mut __wb::Walk<'__a>) {}
        fn walk_mut<'__a>(&'__a mut self, _: &mut __wb::WalkMut<'__a>) {}
    }
};
