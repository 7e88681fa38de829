#[derive(Module)]
enum Activation {
    Relu,
    Gelu,
}

// expands to
const _: () = {
    use ::weighbridge::__private as __wb;
    #[automatically_derived]
    #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
    impl __wb::Tree<__wb::Modules> for Activation {
        const VARIANTS: &'static [__wb::Variant] = &[
            __wb::Variant::of("Relu", const { &[] }),
            __wb::Variant::of("Gelu", const { &[] }),
        ];
        const NODE: &'static __wb::Node = &__wb::Node::choice(Self::VARIANTS);
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            ::core::result::Result::Ok(
                match __b.variant()? {
                    0 => Self::Relu {},
                    _ => Self::Gelu {},
                },
            )
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            match self {
                Self::Relu {} => {
                    __w.variant(0);
                }
                Self::Gelu {} => {
                    __w.variant(1);
                }
            }
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            match self {
                Self::Relu {} => {}
                Self::Gelu {} => {}
            }
        }
    }
};
