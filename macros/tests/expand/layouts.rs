#[derive(Module)]
struct Attention<C: Config> {
    #[param(shape = [C::WIDTH, C::WIDTH], from = transpose)]
    out: Tensor<f32>,
    #[param(shape = [8, 3, 3, 3], dtype = "F16", from = permute(0, 3, 1, 2, of = "conv.weight"))]
    patches: Tensor<f16>,
    #[param(shape = [C::WIDTH], from = reshape(C::HEADS, { C::WIDTH / C::HEADS }), alias = "scale")]
    scales: Tensor<f32>,
    #[param(shape = [C::Q + 2 * C::KV, C::WIDTH], from = concat(dim = 0, "q": C::Q, transpose(of = "k"): C::KV, "v"))]
    qkv: Tensor<f32>,
    #[param(shape = [8, C::WIDTH, 4], from = stack(permute(1, 0, of = "experts.{}.weight")))]
    experts: Tensor<f32>,
    #[param(shape = [4, 2], from = stack(dim = 1, "norms.{}"))]
    norms: Tensor<f32>,
    #[param(shape = [C::KV], from = slice(dim = 0, start = C::Q, len = C::KV, of = "bias"))]
    bias: Tensor<f32>,
    #[param(shape = [C::Q], from = slice(of = transpose(of = "bias"), dim = 0))]
    query_bias: Tensor<f32>,
    #[param(shape = ["vocab", C::WIDTH], tied = "embed.weight")]
    head: Tensor<f32>,
    #[module(tied = "encoder.layers", len = C::LAYERS)]
    layers: Vec<Layer<C>>,
}

// expands to
const _: () = {
    use ::weighbridge::__private::{self as __wb, local as __b, local as __w};
    #[automatically_derived]
    #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
    impl<C: Config> __wb::Tree<__wb::Modules> for Attention<C>
    where
        Tensor<f32>: __wb::Tree<__wb::Parameters>,
        Tensor<f16>: __wb::Tree<__wb::Parameters>,
        Vec<Layer<C>>: __wb::Tree<__wb::Modules>,
    {
        const __NODE: &'static __wb::Node = &__wb::tied(
            9,
            __wb::tied(
                8,
                __wb::Node::compared(
                    &[
                        __wb::shaped::<Tensor<f32>>("out")
                            .shape(&[__wb::Is(C::WIDTH), __wb::Is(C::WIDTH)])
                            .from(const {
                                &__wb::Layout::Transpose {
                                    of: &__wb::Layout::Own,
                                }
                            }),
                        __wb::shaped::<Tensor<f16>>("patches")
                            .shape(&[__wb::Is(8), __wb::Is(3), __wb::Is(3), __wb::Is(3)])
                            .dtypes(&[__wb::DType::F16])
                            .from(const {
                                &__wb::Layout::Permute {
                                    axes: &[0, 3, 1, 2],
                                    of: &__wb::Layout::Named {
                                        name: "conv.weight",
                                    },
                                }
                            }),
                        __wb::shaped::<Tensor<f32>>("scales")
                            .shape(&[__wb::Is(C::WIDTH)])
                            .from(const {
                                &__wb::Layout::Reshape {
                                    dims: &[
                                        __wb::Is(C::HEADS),
                                        __wb::Is({ C::WIDTH / C::HEADS }),
                                    ],
                                    of: &__wb::Layout::Own,
                                }
                            })
                            .alias(
                                &[
                                    __wb::Alias {
                                        name: "scale",
                                        stem: __wb::Stem::BARE,
                                    },
                                ],
                            ),
                        __wb::shaped::<Tensor<f32>>("qkv")
                            .shape(const {
                                &[__wb::Is(C::Q + 2 * C::KV), __wb::Is(C::WIDTH)]
                            })
                            .from(const {
                                &__wb::Layout::Concat {
                                    dim: 0,
                                    parts: &[
                                        __wb::Part {
                                            of: &__wb::Layout::Named { name: "q" },
                                            extent: __wb::Is(__wb::extent("qkv", C::Q)),
                                        },
                                        __wb::Part {
                                            of: &__wb::Layout::Transpose {
                                                of: &__wb::Layout::Named { name: "k" },
                                            },
                                            extent: __wb::Is(__wb::extent("qkv", C::KV)),
                                        },
                                        __wb::Part {
                                            of: &__wb::Layout::Named { name: "v" },
                                            extent: __wb::Any,
                                        },
                                    ],
                                }
                            }),
                        __wb::shaped::<Tensor<f32>>("experts")
                            .shape(&[__wb::Is(8), __wb::Is(C::WIDTH), __wb::Is(4)])
                            .from(const {
                                &__wb::Layout::Stack {
                                    dim: 0,
                                    of: &__wb::Layout::Permute {
                                        axes: &[1, 0],
                                        of: &__wb::Layout::Named {
                                            name: "experts.{}.weight",
                                        },
                                    },
                                }
                            }),
                        __wb::shaped::<Tensor<f32>>("norms")
                            .shape(&[__wb::Is(4), __wb::Is(2)])
                            .from(const {
                                &__wb::Layout::Stack {
                                    dim: 1,
                                    of: &__wb::Layout::Named {
                                        name: "norms.{}",
                                    },
                                }
                            }),
                        __wb::shaped::<Tensor<f32>>("bias")
                            .shape(&[__wb::Is(C::KV)])
                            .from(const {
                                &__wb::Layout::Slice {
                                    dim: 0,
                                    start: __wb::Is(C::Q),
                                    len: __wb::Is(__wb::extent("bias", C::KV)),
                                    of: &__wb::Layout::Named {
                                        name: "bias",
                                    },
                                }
                            }),
                        __wb::shaped::<Tensor<f32>>("query_bias")
                            .shape(&[__wb::Is(C::Q)])
                            .from(const {
                                &__wb::Layout::Slice {
                                    dim: 0,
                                    start: __wb::Is(0),
                                    len: __wb::Any,
                                    of: &__wb::Layout::Transpose {
                                        of: &__wb::Layout::Named {
                                            name: "bias",
                                        },
                                    },
                                }
                            }),
                        __wb::shaped::<Tensor<f32>>("head")
                            .shape(&[__wb::Named("vocab"), __wb::Is(C::WIDTH)])
                            .tied("embed.weight"),
                        __wb::of_items::<__wb::Modules, Vec<Layer<C>>>("layers")
                            .tied("encoder.layers")
                            .len(__wb::Len::Is(C::LAYERS)),
                    ],
                    &[(6, 7)],
                ),
            ),
        );
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(Self {
                out: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                patches: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                scales: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                qkv: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                experts: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                norms: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                bias: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                query_bias: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                head: __wb::ok!(__wb::Tree:: < __wb::Parameters > ::build(__b)),
                layers: __wb::ok!(__wb::Tree:: < __wb::Modules > ::build(__b)),
            })
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            __wb::Tree::<__wb::Parameters>::walk(&self.out, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.patches, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.scales, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.qkv, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.experts, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.norms, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.bias, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.query_bias, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.head, __w);
            __wb::Tree::<__wb::Modules>::walk(&self.layers, __w);
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.out, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.patches, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.scales, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.qkv, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.experts, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.norms, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.bias, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.query_bias, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.head, __w);
            __wb::Tree::<__wb::Modules>::walk_mut(&mut self.layers, __w);
        }
    }
};
