#[derive(Module)]
struct Borrowed<'a, 'b: 'a> {
    norm: Norm,
    other_norm: Norm,
    #[module(skip)]
    name: &'a Option<&'b str>,
}

// expands to
const _: () = {
    use ::weighbridge::__private::{self as __wb, local as __b, local as __w};
    #[automatically_derived]
    #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
    impl<'a, 'b: 'a> __wb::Tree<__wb::Modules> for Borrowed<'a, 'b>
    where
        Norm: __wb::Tree<__wb::Modules>,
    {
        const __FIELDS: &'static [__wb::Field] = &[
            __wb::module::<Norm>("norm"),
            __wb::module::<Norm>("other_norm"),
        ];
        const NODE: &'static __wb::Node = &__wb::Node::apart(Self::__FIELDS);
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(Self {
                norm: __b.module()?,
                other_norm: __b.module()?,
                name: <&'a Option<&'b str> as ::core::default::Default>::default(),
            })
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            __w.module(0, &self.norm);
            __w.module(1, &self.other_norm);
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            __w.module(0, &mut self.norm);
            __w.module(1, &mut self.other_norm);
        }
    }
};
