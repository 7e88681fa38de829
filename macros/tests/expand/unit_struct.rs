#[derive(Module)]
struct Relu;

// expands to
const _: () = {
    use ::weighbridge::__private::{self as __wb, local as __b, local as __w};
    #[automatically_derived]
    #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
    impl __wb::Tree<__wb::Modules> for Relu {
        const __NODE: &'static __wb::Node = {
            use __wb::NotHeld as _;
            static __N: __wb::Node = __wb::Node::apart(&[]);
            &__N
        };
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(Self {})
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {}
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {}
    }
};
