use weighbridge::Module;

mod candle_core {
    pub struct Tensor;
}
mod burn {
    pub struct Tensor<const D: usize>;
}
pub struct Array2<T>(T);
pub struct DMatrix<T>(T);

#[derive(Module)]
struct Linear {
    #[param(shape = [4])]
    a: candle_core::Tensor,
    #[param(shape = [4])]
    b: Option<burn::Tensor<1>>,
    #[param(shape = [4, 4])]
    c: Array2<f32>,
    #[param(shape = [4, 4])]
    d: Vec<DMatrix<f32>>,
}

fn main() {}
