use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(d))]
struct One(#[param(shape = ["d"])] Tensor<f32>);

macro_rules! around {
    ($name:ident, $inner:ident) => {
        #[derive(Module)]
        #[module(args(d))]
        struct $name(#[module(args(d = "d"))] $inner);
    };
}
around!(Two, One);
around!(Three, Two);
around!(Four, Three);
around!(Five, Four);
around!(Six, Five);
around!(Seven, Six);

#[derive(Module)]
struct Model(#[module(args(d = "hidden"))] Seven);

fn main() {}
