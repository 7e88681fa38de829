//! Structs and variants of many fields, whose values are built in groups of groups.

use std::cell::Cell;

use wb::{AnyTensor, DType, Devices, LoadError, Module, Parameter, ParameterError, Tensor, View};

/// As many fields as fill 16 groups of 16, and as many again.
const FIELDS: usize = 512;

thread_local! {
    /// How many values of `Counted` there are.
    static ALIVE: Cell<usize> = const { Cell::new(0) };
}

/// A number that counts how many there are, and of which none may be negative.
#[derive(Debug, PartialEq)]
struct Counted(f32);

impl Drop for Counted {
    fn drop(&mut self) {
        ALIVE.set(ALIVE.get() - 1);
    }
}

impl Parameter for Counted {
    const DTYPES: &'static [DType] = &[DType::F32];

    fn from_tensor(tensor: AnyTensor, _: &Devices) -> Result<Self, ParameterError> {
        let number = Tensor::<f32>::try_from(tensor).unwrap().as_slice()[0];
        if number < 0.0 {
            return Err(ParameterError::new("it is negative"));
        }
        ALIVE.set(ALIVE.get() + 1);
        Ok(Counted(number))
    }

    fn view(&self) -> View<'_> {
        View::of([1], std::slice::from_ref(&self.0))
    }
}

/// Doubles the fields once for each `x`, and declares the types when none is left.
macro_rules! wide {
    ([x $($x:ident)*] $($fields:tt)*) => { wide!([$($x)*] $($fields)* $($fields)*); };
    ([] $($fields:tt)*) => {
        #[derive(Debug, PartialEq, Module)]
        #[module(crate = wb)]
        struct Wide(#[module(skip = 3)] u8, $($fields)*);

        #[derive(Debug, PartialEq, Module)]
        #[module(crate = wb)]
        #[allow(clippy::large_enum_variant, reason = "the large one is what is tested")]
        enum Either {
            Narrow(#[param(shape = [1])] Counted),
            Wide($($fields)* #[module(skip)] u8),
        }
    };
}
wide!([x x x x x x x x x] #[param(shape = [1])] Counted,);

fn pairs(first: usize, number: impl Fn(usize) -> f32) -> Vec<(String, Tensor<f32>)> {
    let pair = |i| (format!("{}", first + i), Tensor::new([1], vec![number(i)]).unwrap());
    (0..FIELDS).map(pair).collect()
}

fn numbers<M: Module>(module: &M) -> Vec<f32> {
    module
        .parameters()
        .iter()
        .map(|(_, view)| f32::from_le_bytes(view.bytes().unwrap()[..].try_into().unwrap()))
        .collect()
}

#[test]
fn each_field_gets_its_own_tensor() {
    let counted: Vec<f32> = (0..FIELDS).map(|i| i as f32).collect();
    let mut wide = Wide::from_weights(pairs(1, |i| i as f32)).unwrap();
    assert_eq!((wide.0, wide.1.0, wide.512.0), (3, 0.0, 511.0));
    assert_eq!(numbers(&wide), counted);
    wide.load_weights(pairs(1, |i| (2 * i) as f32)).unwrap();
    assert_eq!(numbers(&wide), counted.iter().map(|number| 2.0 * number).collect::<Vec<_>>());

    let either = Either::from_weights(pairs(0, |i| i as f32)).unwrap();
    assert!(matches!(&either, Either::Wide(first, .., 0) if first.0 == 0.0));
    assert_eq!(numbers(&either), counted);
    assert_eq!(ALIVE.get(), 2 * FIELDS);
}

#[test]
fn what_was_built_before_a_failure_is_dropped() {
    for failing in [0, 15, 16, 300, FIELDS - 1] {
        let refused: LoadError = Wide::from_weights(pairs(1, |i| if i == failing { -1.0 } else { 1.0 })).unwrap_err();
        assert!(refused.to_string().contains(&format!("`{}`", failing + 1)), "{refused}");
        assert_eq!(ALIVE.get(), 0);
    }
}
