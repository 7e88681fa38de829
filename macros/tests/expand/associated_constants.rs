#[derive(Module)]
struct Attention<C: Config> {
    #[param(shape = [C::HIDDEN, C::HIDDEN])]
    q_proj: Tensor<f32>,
    #[param(shape = [C::HIDDEN / C::HEADS * C::KV_HEADS, C::HIDDEN])]
    k_proj: Tensor<f32>,
}

// expands to
const _: () = {
    use ::weighbridge::__private::{self as __wb, local as __b, local as __w};
    #[automatically_derived]
    #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
    impl<C: Config> __wb::Tree<__wb::Modules> for Attention<C>
    where
        Tensor<f32>: __wb::Tree<__wb::Parameters>,
    {
        const __FIELDS: &'static [__wb::Field] = &[
            __wb::shaped::<Tensor<f32>>("q_proj")
                .shape(const { &[__wb::dim(0, C::HIDDEN), __wb::dim(1, C::HIDDEN)] }),
            __wb::shaped::<Tensor<f32>>("k_proj")
                .shape(const {
                    &[
                        __wb::dim(0, C::HIDDEN / C::HEADS * C::KV_HEADS),
                        __wb::dim(1, C::HIDDEN),
                    ]
                }),
        ];
        const NODE: &'static __wb::Node = &__wb::Node::apart(Self::__FIELDS);
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(Self {
                q_proj: __b.parameter()?,
                k_proj: __b.parameter()?,
            })
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            __w.parameter(0, &self.q_proj);
            __w.parameter(1, &self.k_proj);
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            __w.parameter(0, &mut self.q_proj);
            __w.parameter(1, &mut self.k_proj);
        }
    }
};
