use weighbridge::{Module, Tensor};

#[derive(Module)]
struct Linear(#[param(shape = [4])] Tensor<f32>);

#[derive(Module)]
struct Pair<T>(T, T);

struct Norm;

#[derive(Module)]
struct Model {
    linear: Pair<Linear>,
    norm: Norm,
    norms: Pair<Norm>,
}

fn check() {
    let _ = weighbridge::Loader::new().check::<Norm>("norm.npz");
    let _ = <Norm as Module>::SCHEMA;
    let _ = Norm::from_weights("norm.npz");
}

fn main() {}
