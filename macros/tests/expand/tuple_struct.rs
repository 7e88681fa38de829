#[derive(Module)]
struct Pair(Linear<10, 10>, #[param(dtype = "F32")] [f32; 2], #[module(skip)] u8);

// expands to
const _: () = {
    use ::weighbridge::__private::{self as __wb, local as __b, local as __w};
    #[allow(trivial_bounds)]
    trait __Fields
    where
        Linear<10, 10>: __wb::NoModule<__wb::Modules>,
    {}
    #[automatically_derived]
    #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
    impl __wb::Tree<__wb::Modules> for Pair
    where
        for<'__a> Linear<10, 10>: __wb::Tree<__wb::Modules>,
        [f32; 2]: __wb::Tree<__wb::Parameters>,
    {
        const __NODE: &'static __wb::Node = {
            use __wb::NotHeld as _;
            static __N: __wb::Node = __wb::Node::apart(
                &[
                    __wb::Field::module(
                        "0",
                        __wb::Held::<Linear<10, 10>, __wb::Modules>::NODE,
                    ),
                    __wb::Field::sized(
                            "1",
                            __wb::Held::<[f32; 2], __wb::Parameters>::NODE,
                        )
                        .dtypes(&[__wb::DType::F32]),
                ],
            );
            &__N
        };
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(Self {
                0: __wb::ok!(__wb::Tree:: < __wb::Modules > ::build(__b)),
                1: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                2: <u8 as __wb::DefaultValue>::default(),
            })
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            __wb::Tree::<__wb::Modules>::walk(&self.0, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.1, __w);
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            __wb::Tree::<__wb::Modules>::walk_mut(&mut self.0, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.1, __w);
        }
    }
};
