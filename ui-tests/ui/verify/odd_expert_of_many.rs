use weighbridge::{Module, Tensor, verify};

#[derive(Module)]
struct Expert {
    #[param(shape = [2, 8], rename = "gate.weight")]
    gate: Tensor<half::bf16>,
    #[param(shape = [8, 2], rename = "down.weight")]
    down: Tensor<half::bf16>,
}

#[derive(Module)]
struct Layer {
    #[param(shape = [256, 8], rename = "router.weight")]
    router: Tensor<half::bf16>,
    experts: [Expert; 256],
}

#[derive(Module)]
struct Moe {
    layers: [Layer; 61],
}

verify!(Moe, "locks/experts-odd.lock");

fn main() {}
