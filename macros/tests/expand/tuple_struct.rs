#[derive(Module)]
struct Pair(Linear<10, 10>, #[param(dtype = "F32")] [f32; 2], #[module(skip)] u8);

// expands to
const _: () = {
    use ::weighbridge::__private::{self as __wb, local as __b, local as __w};
    #[automatically_derived]
    #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
    impl __wb::Tree<__wb::Modules> for Pair
    where
        Linear<10, 10>: __wb::Tree<__wb::Modules>,
        [f32; 2]: __wb::Tree<__wb::Parameters>,
    {
        const __FIELDS: &'static [__wb::Field] = &[
            __wb::module::<Linear<10, 10>>("0"),
            __wb::sized::<[f32; 2]>("1").dtypes(&[__wb::DType::F32]),
        ];
        const NODE: &'static __wb::Node = &__wb::Node::apart(Self::__FIELDS);
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(Self {
                0: __b.module()?,
                1: __b.parameter()?,
                2: <u8 as ::core::default::Default>::default(),
            })
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            __w.module(0, &self.0);
            __w.parameter(1, &self.1);
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            __w.module(0, &mut self.0);
            __w.parameter(1, &mut self.1);
        }
    }
};
