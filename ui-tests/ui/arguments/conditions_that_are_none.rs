use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Model {
    #[param(shape = [3], when = "layers" > 3)]
    a: Option<Tensor<f32>>,
    #[param(shape = [3], when = "layers" < 3 || "bias" & "more")]
    b: Option<Tensor<f32>>,
    #[param(shape = [3], when = not("bias"))]
    c: Option<Tensor<f32>>,
    #[param(shape = [3], when("bias"))]
    d: Option<Tensor<f32>>,
    #[param(shape = [3], tied_when = "tied")]
    e: Tensor<f32>,
}

fn main() {}
