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
        const __NODE: &'static __wb::Node = &__wb::Node::apart(
            &[
                __wb::shaped::<Tensor<f32>>("q_proj")
                    .shape(&[__wb::Is(C::HIDDEN), __wb::Is(C::HIDDEN)]),
                __wb::shaped::<Tensor<f32>>("k_proj")
                    .shape(const {
                        &[
                            __wb::Is(
                                __wb::quotient("C::HIDDEN / C::HEADS", C::HIDDEN, C::HEADS)
                                    * C::KV_HEADS,
                            ),
                            __wb::Is(C::HIDDEN),
                        ]
                    }),
            ],
        );
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(Self {
                q_proj: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                k_proj: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
            })
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            __wb::Tree::<__wb::Parameters>::walk(&self.q_proj, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.k_proj, __w);
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.q_proj, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.k_proj, __w);
        }
    }
};
