use wb::{Module, Tensor};

#[derive(Module)]
#[module(crate = wb)]
struct Linear<const I: usize, const O: usize> {
    #[param(shape = [O, I])]
    weight: Tensor<f32>,
    #[param(shape = [O])]
    bias: Tensor<f32>,
}

#[test]
fn loads() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx/");
    let mut a = Linear::<10, 10>::from_weights(format!("{dir}linear.safetensors")).unwrap();
    let b = Linear::<10, 10>::from_weights(format!("{dir}linear.npz")).unwrap();
    assert_eq!(a.weight, b.weight);
    assert_eq!(a.bias, b.bias);
    a.load_weights([("weight", b.weight), ("bias", b.bias)]).unwrap();
    let error = Linear::<10, 11>::from_weights(format!("{dir}mlp.npz")).err().unwrap();
    println!("{error}");
    let error = Linear::<10, 11>::from_weights(format!("{dir}linear.npz")).err().unwrap();
    println!("{error}");
    let error = Linear::<10, 11>::from_weights(format!("{dir}numpy-object.npz")).err().unwrap();
    println!("{error}");
}
