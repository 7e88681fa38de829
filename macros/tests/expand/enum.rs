#[derive(Module)]
#[module(rename_all = "camelCase", ignore = ["*.inv_freq"])]
enum Projections<C: Config> {
    Fused(Fused<C>),
    Flat(#[module(flatten)] Norm),
    Apart {
        #[param(shape = [C::WIDTH, C::WIDTH])]
        q_proj: Tensor<f32>,
        #[module(skip)]
        cache: Cache,
        norm: Norm,
    },
    Pair(Linear<4, 2>, #[param(shape = [4])] Tensor<f32>),
    Tensor(#[param(shape = [C::WIDTH], from = transpose)] Tensor<f32>),
    Layers(#[module(len = 3)] Vec<Norm>, #[module(skip = 7)] u32),
    Renamed(#[module(rename = "inner")] Norm),
    r#None = 9,
}

// expands to
const _: () = {
    use ::weighbridge::__private::{
        self as __wb, local as __b, local as __w, local as __0, local as __1,
    };
    #[allow(trivial_bounds)]
    trait __Fields
    where
        Norm: __wb::NoModule<__wb::Modules>,
        Linear<4, 2>: __wb::NoModule<__wb::Modules>,
        Vec<Norm>: __wb::NoModule<__wb::Modules>,
    {}
    #[automatically_derived]
    #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
    impl<C: Config> __wb::Tree<__wb::Modules> for Projections<C>
    where
        Fused<C>: __wb::Tree<__wb::Modules>,
        for<'__a> Norm: __wb::Tree<__wb::Modules>,
        Tensor<f32>: __wb::Tree<__wb::Parameters>,
        for<'__a> Linear<4, 2>: __wb::Tree<__wb::Modules>,
        for<'__a> Vec<Norm>: __wb::Tree<__wb::Modules>,
    {
        const __NODE: &'static __wb::Node = &__wb::Node::choice(
                &[
                    __wb::Variant::of(
                        "Fused",
                        __wb::Node::apart(&[__wb::module::<Fused<C>>("0").flatten()]),
                    ),
                    __wb::Variant::of(
                        "Flat",
                        __wb::Node::apart(&[__wb::module::<Norm>("0").flatten()]),
                    ),
                    __wb::Variant::of(
                        "Apart",
                        __wb::Node::apart(
                            &[
                                __wb::shaped::<Tensor<f32>>("qProj")
                                    .shape(&[__wb::Is(C::WIDTH), __wb::Is(C::WIDTH)]),
                                __wb::module::<Norm>("norm"),
                            ],
                        ),
                    ),
                    __wb::Variant::of(
                        "Pair",
                        __wb::Node::apart(
                            &[
                                __wb::module::<Linear<4, 2>>("0"),
                                __wb::shaped::<Tensor<f32>>("1").shape(&[__wb::Is(4)]),
                            ],
                        ),
                    ),
                    __wb::Variant::of(
                        "Tensor",
                        __wb::Node::apart(
                            &[
                                __wb::shaped::<Tensor<f32>>("0")
                                    .shape(&[__wb::Is(C::WIDTH)])
                                    .from(const {
                                        &__wb::Layout::Transpose {
                                            of: &__wb::Layout::Own,
                                        }
                                    })
                                    .flatten(),
                            ],
                        ),
                    ),
                    __wb::Variant::of(
                        "Layers",
                        __wb::Node::apart(
                            &[
                                __wb::of_items::<__wb::Modules, Vec<Norm>>("0")
                                    .flatten()
                                    .len(__wb::Len::Is(3)),
                            ],
                        ),
                    ),
                    __wb::Variant::of(
                        "Renamed",
                        __wb::Node::apart(&[__wb::module::<Norm>("inner")]),
                    ),
                    __wb::Variant::of("None", __wb::Node::apart(&[])),
                ],
            )
            .ignore(&["*.inv_freq"]);
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(
                match __wb::ok!(__b.variant()) {
                    0 => {
                        Self::Fused {
                            0: __wb::ok!(__wb::Tree:: < __wb::Modules > ::build(__b)),
                        }
                    }
                    1 => {
                        Self::Flat {
                            0: __wb::ok!(__wb::Tree:: < __wb::Modules > ::build(__b)),
                        }
                    }
                    2 => {
                        Self::Apart {
                            q_proj: __wb::ok!(
                                __wb::Tree:: < __wb::Parameters > ::build(__b)
                            ),
                            cache: <Cache as __wb::DefaultValue>::default(),
                            norm: __wb::ok!(__wb::Tree:: < __wb::Modules > ::build(__b)),
                        }
                    }
                    3 => {
                        Self::Pair {
                            0: __wb::ok!(__wb::Tree:: < __wb::Modules > ::build(__b)),
                            1: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                        }
                    }
                    4 => {
                        Self::Tensor {
                            0: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                        }
                    }
                    5 => {
                        Self::Layers {
                            0: __wb::ok!(__wb::Tree:: < __wb::Modules > ::build(__b)),
                            1: 7,
                        }
                    }
                    6 => {
                        Self::Renamed {
                            0: __wb::ok!(__wb::Tree:: < __wb::Modules > ::build(__b)),
                        }
                    }
                    _ => Self::r#None {},
                },
            )
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            match self {
                Self::Fused { 0: __0 } => {
                    __w.variant(0);
                    __wb::Tree::<__wb::Modules>::walk(__0, __w);
                }
                Self::Flat { 0: __0 } => {
                    __w.variant(1);
                    __wb::Tree::<__wb::Modules>::walk(__0, __w);
                }
                Self::Apart { q_proj: __0, cache: _, norm: __1 } => {
                    __w.variant(2);
                    __wb::Tree::<__wb::Parameters>::walk(__0, __w);
                    __wb::Tree::<__wb::Modules>::walk(__1, __w);
                }
                Self::Pair { 0: __0, 1: __1 } => {
                    __w.variant(3);
                    __wb::Tree::<__wb::Modules>::walk(__0, __w);
                    __wb::Tree::<__wb::Parameters>::walk(__1, __w);
                }
                Self::Tensor { 0: __0 } => {
                    __w.variant(4);
                    __wb::Tree::<__wb::Parameters>::walk(__0, __w);
                }
                Self::Layers { 0: __0, 1: _ } => {
                    __w.variant(5);
                    __wb::Tree::<__wb::Modules>::walk(__0, __w);
                }
                Self::Renamed { 0: __0 } => {
                    __w.variant(6);
                    __wb::Tree::<__wb::Modules>::walk(__0, __w);
                }
                Self::r#None {} => {
                    __w.variant(7);
                }
            }
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            match self {
                Self::Fused { 0: __0 } => {
                    __wb::Tree::<__wb::Modules>::walk_mut(__0, __w);
                }
                Self::Flat { 0: __0 } => {
                    __wb::Tree::<__wb::Modules>::walk_mut(__0, __w);
                }
                Self::Apart { q_proj: __0, cache: _, norm: __1 } => {
                    __wb::Tree::<__wb::Parameters>::walk_mut(__0, __w);
                    __wb::Tree::<__wb::Modules>::walk_mut(__1, __w);
                }
                Self::Pair { 0: __0, 1: __1 } => {
                    __wb::Tree::<__wb::Modules>::walk_mut(__0, __w);
                    __wb::Tree::<__wb::Parameters>::walk_mut(__1, __w);
                }
                Self::Tensor { 0: __0 } => {
                    __wb::Tree::<__wb::Parameters>::walk_mut(__0, __w);
                }
                Self::Layers { 0: __0, 1: _ } => {
                    __wb::Tree::<__wb::Modules>::walk_mut(__0, __w);
                }
                Self::Renamed { 0: __0 } => {
                    __wb::Tree::<__wb::Modules>::walk_mut(__0, __w);
                }
                Self::r#None {} => {}
            }
        }
    }
};
