#[derive(Module)]
struct Many {
    #[param]
    w0: f32,
    #[param]
    w1: f32,
    #[param]
    w2: f32,
    #[param]
    w3: f32,
    #[param]
    w4: f32,
    #[param]
    w5: f32,
    #[param]
    w6: f32,
    #[param]
    w7: f32,
    #[param]
    w8: f32,
    #[param]
    w9: f32,
    #[param]
    w10: f32,
    #[param]
    w11: f32,
    #[param]
    w12: f32,
    #[param]
    w13: f32,
    #[param]
    w14: f32,
    #[param]
    w15: f32,
    #[module(skip)]
    cache: Cache,
    norm: Norm,
    #[param]
    last: f32,
}

// expands to
const _: () = {
    use ::weighbridge::__private::{
        self as __wb, local as __b, local as __w, local as __f,
    };
    #[allow(trivial_bounds)]
    trait __Fields
    where
        Norm: __wb::NoModule<__wb::Modules>,
    {}
    #[automatically_derived]
    #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
    impl __wb::Tree<__wb::Modules> for Many
    where
        f32: __wb::Tree<__wb::Parameters>,
        for<'__a> Norm: __wb::Tree<__wb::Modules>,
    {
        const __NODE: &'static __wb::Node = {
            use __wb::NotHeld as _;
            static __N: __wb::Node = __wb::Node::apart(
                &[
                    __wb::Field::sized("w0", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::sized("w1", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::sized("w2", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::sized("w3", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::sized("w4", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::sized("w5", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::sized("w6", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::sized("w7", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::sized("w8", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::sized("w9", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::sized("w10", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::sized("w11", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::sized("w12", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::sized("w13", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::sized("w14", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::sized("w15", __wb::Held::<f32, __wb::Parameters>::NODE),
                    __wb::Field::module("norm", __wb::Held::<Norm, __wb::Modules>::NODE),
                    __wb::Field::sized("last", __wb::Held::<f32, __wb::Parameters>::NODE),
                ],
            );
            &__N
        };
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok({
                let __f = (
                    __wb::ok!(
                        __b.group(| __b | __wb::Ok((__wb::ok!(< f32 as __wb::Tree <
                        __wb::Parameters >> ::build(__b)), __wb::ok!(< f32 as __wb::Tree
                        < __wb::Parameters >> ::build(__b)), __wb::ok!(< f32 as
                        __wb::Tree < __wb::Parameters >> ::build(__b)), __wb::ok!(< f32
                        as __wb::Tree < __wb::Parameters >> ::build(__b)), __wb::ok!(<
                        f32 as __wb::Tree < __wb::Parameters >> ::build(__b)),
                        __wb::ok!(< f32 as __wb::Tree < __wb::Parameters >>
                        ::build(__b)), __wb::ok!(< f32 as __wb::Tree < __wb::Parameters
                        >> ::build(__b)), __wb::ok!(< f32 as __wb::Tree <
                        __wb::Parameters >> ::build(__b)), __wb::ok!(< f32 as __wb::Tree
                        < __wb::Parameters >> ::build(__b)), __wb::ok!(< f32 as
                        __wb::Tree < __wb::Parameters >> ::build(__b)), __wb::ok!(< f32
                        as __wb::Tree < __wb::Parameters >> ::build(__b)), __wb::ok!(<
                        f32 as __wb::Tree < __wb::Parameters >> ::build(__b)),
                        __wb::ok!(< f32 as __wb::Tree < __wb::Parameters >>
                        ::build(__b)), __wb::ok!(< f32 as __wb::Tree < __wb::Parameters
                        >> ::build(__b)), __wb::ok!(< f32 as __wb::Tree <
                        __wb::Parameters >> ::build(__b)), __wb::ok!(< f32 as __wb::Tree
                        < __wb::Parameters >> ::build(__b)),)))
                    ),
                    __wb::ok!(
                        __b.group(| __b | __wb::Ok((__wb::ok!(< Norm as __wb::Tree <
                        __wb::Modules >> ::build(__b)), __wb::ok!(< f32 as __wb::Tree <
                        __wb::Parameters >> ::build(__b)),)))
                    ),
                );
                Self {
                    w0: __f.0.0,
                    w1: __f.0.1,
                    w2: __f.0.2,
                    w3: __f.0.3,
                    w4: __f.0.4,
                    w5: __f.0.5,
                    w6: __f.0.6,
                    w7: __f.0.7,
                    w8: __f.0.8,
                    w9: __f.0.9,
                    w10: __f.0.10,
                    w11: __f.0.11,
                    w12: __f.0.12,
                    w13: __f.0.13,
                    w14: __f.0.14,
                    w15: __f.0.15,
                    cache: <Cache as __wb::DefaultValue>::default(),
                    norm: __f.1.0,
                    last: __f.1.1,
                }
            })
        }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
            __wb::Tree::<__wb::Parameters>::walk(&self.w0, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.w1, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.w2, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.w3, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.w4, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.w5, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.w6, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.w7, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.w8, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.w9, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.w10, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.w11, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.w12, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.w13, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.w14, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.w15, __w);
            __wb::Tree::<__wb::Modules>::walk(&self.norm, __w);
            __wb::Tree::<__wb::Parameters>::walk(&self.last, __w);
        }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w0, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w1, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w2, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w3, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w4, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w5, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w6, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w7, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w8, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w9, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w10, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w11, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w12, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w13, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w14, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.w15, __w);
            __wb::Tree::<__wb::Modules>::walk_mut(&mut self.norm, __w);
            __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.last, __w);
        }
    }
};
