//! What stands beside the derives, or is the types' own, under every name that generated code has or could take for its own.
#![allow(non_upper_case_globals, non_snake_case, non_local_definitions, clippy::upper_case_acronyms)]

/// What stands where the names are one kind of item, once for each kind.
macro_rules! beside {
    ($($module:ident: $item:ident;)*) => {$(
        mod $module {
            names!($item);
            modules!();
        }
    )*};
}

macro_rules! names {
    ($item:ident) => {
        $item! {
            __wb __b __f __w __a __0 __1 __2 __files __LOCK __Fields __private local
            FIELDS VARIANTS NODE ELEMENT __NODE __ELEMENT SCHEMA build walk walk_mut
            Tree Modules Parameters Field Node Variant Dim Is Named Any Len Layout Part DType Builder Walk WalkMut Result Alias Stem BARE items alias
            LockTree Locked LockedTensor Branch Component Configured ConfigSetting ConfigField FromConfig setting apart choice compared explain shaped sized module of_items parameter tied dim extent verify verified text_of verify_macro
            include_bytes option_env test PhantomData DefaultValue ok
            IsModule IsRemote NotVia Parts Via via remote Held NotHeld __N quotient given of_items_given declare Declared
            NoModule NoParameter Root Option Some None Ok Err Default Box Vec String Sized Copy Clone From Into Drop Fn FnOnce Iterator
            core std alloc weighbridge wb bool char str u8 u16 u32 u64 usize i32 isize f32 f64
            N T A B
        }
    };
}

macro_rules! constants { ($($name:ident)*) => {$( const $name: () = (); )*}; }
macro_rules! statics { ($($name:ident)*) => {$( static $name: () = (); )*}; }
macro_rules! functions { ($($name:ident)*) => {$( fn $name() {} )*}; }
macro_rules! types { ($($name:ident)*) => {$( type $name = (); )*}; }
macro_rules! traits { ($($name:ident)*) => {$( trait $name {} )*}; }
macro_rules! folders { ($($name:ident)*) => {$( mod $name {} )*}; }
macro_rules! units { ($($name:ident)*) => {$( struct $name; )*}; }
macro_rules! tuples { ($($name:ident)*) => {$( struct $name(); )*}; }
macro_rules! enums { ($($name:ident)*) => {$( enum $name {} )*}; }

/// What is found before the items of a trait: constants and functions of the type itself.
macro_rules! own_constants {
    ($($name:ident)*) => {
        impl<const N: ::std::primitive::usize> Lin<{ N }> {$( const $name: () = (); )*}
        impl<B> Either<B> {$( const $name: () = (); )*}
        impl Wide {$( const $name: () = (); )*}
    };
}
macro_rules! own_functions {
    ($($name:ident)*) => {
        impl<const N: ::std::primitive::usize> Lin<{ N }> {$( fn $name(&self) {} )*}
        impl<B> Either<B> {$( fn $name(&self) {} )*}
        impl Wide {$( fn $name() {} )*}
    };
}

/// Fields and variants.
macro_rules! members {
    ($($name:ident)*) => {
        #[derive(::wb::Module)]
        #[module(crate = ::wb)]
        struct Fields {$( $name: Scale, )*}

        #[derive(::wb::Module)]
        #[module(crate = ::wb)]
        enum Variants {$( $name { $name: Scale, #[module(skip)] skipped: ::std::primitive::bool }, )*}
    };
}

/// Structs, generics and enums that load, and one that is verified.
macro_rules! modules {
    () => {
        const WIDTH: ::std::primitive::usize = 2;

        #[derive(::wb::Module)]
        #[module(crate = ::wb, ignore = "*.inv_freq")]
        pub(super) struct Lin<const N: ::std::primitive::usize> {
            #[param(shape = [N, WIDTH], dtype = ["F32", "BF16"])]
            w: ::wb::Tensor<::std::primitive::f32>,
            #[param(shape = ["n", _], from = slice(dim = 0, len = WIDTH, of = "all"))]
            __b: ::wb::Tensor<::std::primitive::f32>,
            #[module(skip)]
            __w: ::std::option::Option<::std::primitive::u8>,
        }

        #[derive(::wb::Module)]
        #[module(crate = ::wb)]
        pub(super) struct Pair<'a, T, const A: ::std::primitive::bool, const N: ::std::primitive::usize>(
            T,
            #[module(len = N, alias = ["old", "old_{}"])] ::std::vec::Vec<T>,
            #[module(skip = ::std::option::Option::None)] ::std::option::Option<&'a [T; N]>,
        );

        #[derive(::wb::Module)]
        #[module(crate = ::wb, ignore = "*.inv_freq")]
        pub(super) enum Either<B> {
            #[allow(clippy::upper_case_acronyms)]
            FIELDS(B),
            VARIANTS {
                #[param(shape = [WIDTH])]
                __0: ::wb::Tensor<::std::primitive::f32>,
                norm: B,
            },
            NODE,
        }

        #[derive(::wb::Module)]
        #[module(crate = ::wb, verify = "tests/derive/hygiene/scale.lock")]
        pub(super) struct Scale {
            #[param(shape = [WIDTH])]
            scale: ::wb::Tensor<::std::primitive::f32>,
        }

        /// More fields than are built one after the other.
        #[derive(::wb::Module)]
        #[module(crate = ::wb)]
        pub(super) struct Wide(
            Scale,
            Scale,
            Scale,
            Scale,
            Scale,
            Scale,
            Scale,
            Scale,
            Scale,
            Scale,
            Scale,
            Scale,
            Scale,
            Scale,
            Scale,
            Scale,
            Scale,
        );

        pub(super) type Nested = Either<Pair<'static, Lin<2>, true, 3>>;
    };
}

beside! {
    beside_constants: constants;
    beside_statics: statics;
    beside_functions: functions;
    beside_types: types;
    beside_traits: traits;
    beside_folders: folders;
    beside_units: units;
    beside_tuples: tuples;
    beside_enums: enums;
}

mod beside_methods {
    /// What every type has, so that no method but a type's own is found before it.
    // taken by value, so that they are found before methods that take a reference
    #[allow(clippy::wrong_self_convention)]
    trait Hostile: ::std::marker::Sized {
        fn parameter(self) {}
        fn module(self) {}
        fn variant(self) {}
        fn shape(self) {}
        fn dtypes(self) {}
        fn from(self) {}
        fn tied(self) {}
        fn flatten(self) {}
        fn len(self) {}
        fn alias(self) {}
        fn ignore(self) {}
        fn is_none(self) {}
        fn build(self) {}
        fn walk(self) {}
        fn walk_mut(self) {}
        fn group(self) {}
        fn default() {}
    }
    impl<T> Hostile for T {}

    modules!();
}

mod own_constants {
    modules!();
    names!(own_constants);
}

mod own_functions {
    modules!();
    names!(own_functions);
}

mod own_members {
    modules!();
    names!(members);
}

/// A macro is found by what is written above it, so these stand in the file itself.
#[allow(unused_macros, reason = "nothing may use them")]
mod beside_macros {
    macro_rules! concat {
        () => {};
    }
    macro_rules! core {
        () => {};
    }
    macro_rules! env {
        () => {};
    }
    macro_rules! include_bytes {
        () => {};
    }
    macro_rules! line {
        () => {};
    }
    macro_rules! local {
        () => {};
    }
    macro_rules! matches {
        () => {};
    }
    macro_rules! option_env {
        () => {};
    }
    macro_rules! panic {
        () => {};
    }
    macro_rules! stringify {
        () => {};
    }
    macro_rules! test {
        () => {};
    }
    macro_rules! vec {
        () => {};
    }
    macro_rules! verify_macro {
        () => {};
    }

    modules!();
}

#[test]
fn what_stands_beside_a_derive_changes_nothing() {
    let expected = super::paths::<beside_methods::Nested>();
    ::std::assert_eq!(expected.len(), 8, "{expected:?}");
    macro_rules! same {
        ($($module:ident)*) => {$(
            ::std::assert_eq!(super::paths::<$module::Nested>(), expected, ::std::stringify!($module));
        )*};
    }
    same!(beside_constants beside_statics beside_functions beside_types beside_traits);
    same!(beside_folders beside_units beside_tuples beside_enums beside_macros);
    same!(own_constants own_functions own_members);
}
