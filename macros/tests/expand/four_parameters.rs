#[derive(Module)]
struct BatchNorm<const DIM: usize> {
    #[param(shape = [DIM])]
    weight: Tensor<f32>,
    #[param(shape = [DIM])]
    bias: Tensor<f32>,
    #[param(shape = [DIM])]
    running_mean: Tensor<f32>,
    #[param(shape = [DIM])]
    running_var: Tensor<f32>,
}

// expands to
const _: () = {
    use ::weighbridge::__private::{self as __wb, local as __b, local as __w};
    #[automatically_derived]
    #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
    impl<const DIM: usize> __wb::Tree<__wb::Modules> for BatchNorm<{ DIM }>
    where
        Tensor<f32>: __wb::Tree<__wb::Parameters>,
    {
        const __NODE: &'static __wb::Node = &__wb::Node::apart(
            &[
                __wb::shaped::<Tensor<f32>>("weight").shape(&[__wb::Is(DIM)]),
                __wb::shaped::<Tensor<f32>>("bias").shape(&[__wb::Is(DIM)]),
                __wb::shaped::<Tensor<f32>>("running_mean").shape(&[__wb::Is(DIM)]),
                __wb::shaped::<Tensor<f32>>("running_var").shape(&[__wb::Is(DIM)]),
            ],
        );
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(Self {
                weight: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                bias: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                running_mean: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                running_var: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
            })
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            __wb::Tree::<__wb::Parameters>::walk(&self.weight, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.bias, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.running_mean, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.running_var, __w);
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.weight, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.bias, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.running_mean, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.running_var, __w);
        }
    }
};
