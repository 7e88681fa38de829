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
    #[allow(trivial_bounds)]
    trait __Fields
    where
        Norm: __wb::NoModule<__wb::Modules>,
    {}
    #[automatically_derived]
    #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
    impl<'a, 'b: 'a> __wb::Tree<__wb::Modules> for Borrowed<'a, 'b>
    where
        for<'__a> Norm: __wb::Tree<__wb::Modules>,
    {
        const __NODE: &'static __wb::Node = &__wb::Node::apart(
            &[__wb::module::<Norm>("norm"), __wb::module::<Norm>("other_norm")],
        );
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(Self {
                norm: __wb::ok!(__wb::Tree:: < __wb::Modules > ::build(__b)),
                other_norm: __wb::ok!(__wb::Tree:: < __wb::Modules > ::build(__b)),
                name: <&'a Option<&'b str> as __wb::DefaultValue>::default(),
            })
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            __wb::Tree::<__wb::Modules>::walk(&self.norm, __w);
            __wb::Tree::<__wb::Modules>::walk(&self.other_norm, __w);
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            __wb::Tree::<__wb::Modules>::walk_mut(&mut self.norm, __w);
            __wb::Tree::<__wb::Modules>::walk_mut(&mut self.other_norm, __w);
        }
    }
};
