use weighbridge::{Module, Tensor};

#[derive(Module)]
enum Weight {
    Plain {
        #[param(shape = [4, 4])]
        weight: Tensor<f32>,
    },
    Transposed {
        #[param(shape = [4, 4], from = transpose)]
        weight: Tensor<f32>,
    },
}

fn main() {}
