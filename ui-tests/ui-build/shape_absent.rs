use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Scale<T: weighbridge::Element> {
    #[param]
    scale: Tensor<T>,
}

fn main() {
    let _ = Scale::<f32>::from_weights("weights.npz");
}
