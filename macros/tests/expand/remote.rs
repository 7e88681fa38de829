#[module(remote = other::Norm<T>)]
struct NormParts<T: Clone> {
    #[param(shape = [4])]
    weight: Tensor<T>,
    #[module(via = ScaleParts)]
    scales: Vec<Scale>,
}

// expands to
const _: () = {
    use ::weighbridge::__private::{self as __wb, local as __b, local as __w};
    #[allow(trivial_bounds)]
    trait __Fields
    where
        Vec<Scale>: __wb::NotVia<__wb::Via<ScaleParts>>,
    {}
    #[automatically_derived]
    #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
    impl<T: Clone> __wb::Tree<__wb::Modules> for NormParts<T>
    where
        Tensor<T>: __wb::Tree<__wb::Parameters>,
        for<'__a> Vec<Scale>: __wb::Tree<__wb::Via<ScaleParts>>,
    {
        const __NODE: &'static __wb::Node = &__wb::Node::apart(
                &[
                    __wb::shaped::<Tensor<T>>("weight").shape(&[__wb::Is(4)]),
                    __wb::via::<__wb::Via<ScaleParts>, Vec<Scale>>("scales"),
                ],
            )
            .declare(
                &__wb::Declared {
                    names: "",
                    args: &[],
                    defaults: &[],
                    remote: "other::Norm",
                },
            );
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(Self {
                weight: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                scales: __wb::ok!(__wb::Tree:: < __wb::Via < ScaleParts > > ::build(__b)),
            })
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            __wb::Tree::<__wb::Parameters>::walk(&self.weight, __w);
            __wb::Tree::<__wb::Via<ScaleParts>>::walk(&self.scales, __w);
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.weight, __w);
            __wb::Tree::<__wb::Via<ScaleParts>>::walk_mut(&mut self.scales, __w);
        }
    }
    #[automatically_derived]
    impl<T: Clone> __wb::Parts for NormParts<T>
    where
        NormParts<T>: __wb::IsModule,
    {
        type Foreign = other::Norm<T>;
    }
    #[automatically_derived]
    #[allow(trivial_bounds)]
    impl<T: Clone> __wb::Tree<NormParts<T>> for other::Norm<T>
    where
        NormParts<T>: __wb::IsRemote<Foreign = other::Norm<T>>,
    {
        const __NODE: &'static __wb::Node = <NormParts<
            T,
        > as __wb::Tree<__wb::Modules>>::__NODE;
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __b.remote::<NormParts<T>>()
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            __w.remote::<NormParts<T>>(self)
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            __w.remote::<NormParts<T>>(self)
        }
    }
};
