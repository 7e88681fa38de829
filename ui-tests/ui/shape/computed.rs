use weighbridge::{Module, Tensor};

const HEADS: usize = 4;

#[derive(Module)]
struct Layer {
    #[param(shape = ["heads * HEADS", "model size"])]
    quoted: Tensor<f32>,
    #[param(shape = ["hidden" % 2, -"hidden", "hidden".min(4)])]
    operators: Tensor<f32>,
    #[param(shape = [ceil_div("hidden"), 3.5 * "hidden", "" * 2])]
    values: Tensor<f32>,
    #[param(shape = [4], len = "layers" << HEADS)]
    list: Vec<Tensor<f32>>,
}

fn main() {}
