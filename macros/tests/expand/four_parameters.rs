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
        const __FIELDS: &'static [__wb::Field] = &[
            __wb::shaped::<Tensor<f32>>("weight").shape(const { &[__wb::dim(0, DIM)] }),
            __wb::shaped::<Tensor<f32>>("bias").shape(const { &[__wb::dim(0, DIM)] }),
            __wb::shaped::<Tensor<f32>>("running_mean")
                .shape(const { &[__wb::dim(0, DIM)] }),
            __wb::shaped::<Tensor<f32>>("running_var")
                .shape(const { &[__wb::dim(0, DIM)] }),
        ];
        const NODE: &'static __wb::Node = &__wb::Node::apart(Self::__FIELDS);
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(Self {
                weight: __b.parameter()?,
                bias: __b.parameter()?,
                running_mean: __b.parameter()?,
                running_var: __b.parameter()?,
            })
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            __w.parameter(0, &self.weight);
            __w.parameter(1, &self.bias);
            __w.parameter(2, &self.running_mean);
            __w.parameter(3, &self.running_var);
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            __w.parameter(0, &mut self.weight);
            __w.parameter(1, &mut self.bias);
            __w.parameter(2, &mut self.running_mean);
            __w.parameter(3, &mut self.running_var);
        }
    }
};
