#[derive(Module)]
struct Block<const DIM: usize> {
    #[param(shape = [4 * DIM, DIM])]
    weight: Tensor<f32>,
    #[param(shape = [4 * DIM])]
    bias: Tensor<f32>,
    norm: Norm<DIM>,
    #[module(skip)]
    cache: Vec<f32>,
}

// expands to
const _: () = {
    use ::weighbridge::__private::{self as __wb, local as __b, local as __w};
    #[automatically_derived]
    #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
    impl<const DIM: usize> __wb::Tree<__wb::Modules> for Block<{ DIM }>
    where
        Tensor<f32>: __wb::Tree<__wb::Parameters>,
        Norm<DIM>: __wb::Tree<__wb::Modules>,
    {
        const __NODE: &'static __wb::Node = &__wb::Node::apart(
            &[
                __wb::shaped::<Tensor<f32>>("weight")
                    .shape(const { &[__wb::Is(4 * DIM), __wb::Is(DIM)] }),
                __wb::shaped::<Tensor<f32>>("bias")
                    .shape(const { &[__wb::Is(4 * DIM)] }),
                __wb::module::<Norm<DIM>>("norm"),
            ],
        );
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(Self {
                weight: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                bias: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                norm: __wb::ok!(__wb::Tree:: < __wb::Modules > ::build(__b)),
                cache: <Vec<f32> as __wb::DefaultValue>::default(),
            })
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            __wb::Tree::<__wb::Parameters>::walk(&self.weight, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.bias, __w);
            __wb::Tree::<__wb::Modules>::walk(&self.norm, __w);
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.weight, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.bias, __w);
            __wb::Tree::<__wb::Modules>::walk_mut(&mut self.norm, __w);
        }
    }
};
