#[derive(Module)]
#[module(rename_all = "camelCase", crate = wb, ignore = ["*.inv_freq", "rope.*"])]
struct Block<'a, T, const N: usize>
where
    T: Element,
{
    #[param(shape = ["vocab", _, { N + 1 }], dtype = ["BF16", "F16"], rename = "table", alias = "wte")]
    token_table: Tensor<T>,
    #[param]
    r#type: [f32; 3],
    #[param(shape = [N], len = 4)]
    head_norms: Vec<Tensor<T>>,
    #[module(len = "layers", alias = ["h", "blocks"])]
    layers: Vec<Layer<T>>,
    #[module(flatten)]
    rest: Rest,
    #[module(skip = 1e-5)]
    eps: f64,
    marker: PhantomData<&'a ()>,
}

// expands to
const _: () = {
    use wb::__private::{self as __wb, local as __b, local as __w};
    #[allow(trivial_bounds)]
    trait __Fields
    where
        Rest: __wb::NoModule<__wb::Modules>,
    {}
    #[automatically_derived]
    #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
    impl<'a, T, const N: usize> __wb::Tree<__wb::Modules> for Block<'a, T, { N }>
    where
        T: Element,
        Tensor<T>: __wb::Tree<__wb::Parameters>,
        [f32; 3]: __wb::Tree<__wb::Parameters>,
        Vec<Tensor<T>>: __wb::Tree<__wb::Parameters>,
        Vec<Layer<T>>: __wb::Tree<__wb::Modules>,
        for<'__a> Rest: __wb::Tree<__wb::Modules>,
        PhantomData<&'a ()>: __wb::Tree<__wb::Modules>,
    {
        const __NODE: &'static __wb::Node = &__wb::Node::compared(
                &[
                    __wb::shaped::<Tensor<T>>("table")
                        .shape(const {
                            &[__wb::Named("vocab"), __wb::Any, __wb::Is({ N + 1 })]
                        })
                        .dtypes(&[__wb::DType::BF16, __wb::DType::F16])
                        .alias(
                            &[
                                __wb::Alias {
                                    name: "wte",
                                    stem: __wb::Stem::BARE,
                                },
                            ],
                        ),
                    __wb::sized::<[f32; 3]>("type"),
                    __wb::of_items::<__wb::Parameters, Vec<Tensor<T>>>("headNorms")
                        .shape(&[__wb::Is(N)])
                        .len(__wb::Len::Is(4)),
                    __wb::of_items::<__wb::Modules, Vec<Layer<T>>>("layers")
                        .len(__wb::Len::Named("layers"))
                        .alias(
                            &[
                                __wb::Alias {
                                    name: "h",
                                    stem: __wb::Stem::BARE,
                                },
                                __wb::Alias {
                                    name: "blocks",
                                    stem: __wb::Stem::BARE,
                                },
                            ],
                        ),
                    __wb::module::<Rest>("rest").flatten(),
                    __wb::module::<PhantomData<&'a ()>>("marker"),
                ],
                &[(4, 4)],
            )
            .ignore(&["*.inv_freq", "rope.*"]);
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(Self {
                token_table: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                r#type: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                head_norms: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                layers: __wb::ok!(__wb::Tree:: < __wb::Modules > ::build(__b)),
                rest: __wb::ok!(__wb::Tree:: < __wb::Modules > ::build(__b)),
                eps: 1e-5,
                marker: __wb::ok!(__wb::Tree:: < __wb::Modules > ::build(__b)),
            })
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            __wb::Tree::<__wb::Parameters>::walk(&self.token_table, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.r#type, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.head_norms, __w);
            __wb::Tree::<__wb::Modules>::walk(&self.layers, __w);
            __wb::Tree::<__wb::Modules>::walk(&self.rest, __w);
            __wb::Tree::<__wb::Modules>::walk(&self.marker, __w);
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.token_table, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.r#type, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.head_norms, __w);
            __wb::Tree::<__wb::Modules>::walk_mut(&mut self.layers, __w);
            __wb::Tree::<__wb::Modules>::walk_mut(&mut self.rest, __w);
            __wb::Tree::<__wb::Modules>::walk_mut(&mut self.marker, __w);
        }
    }
};
