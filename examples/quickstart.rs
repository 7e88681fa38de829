//! How do I load weights into my struct, and what happens if they do not fit?
//!
//! `cargo run --example quickstart`

use weighbridge::{Loader, Module, Tensor};

#[derive(Module)]
struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    weight: Tensor<f32>,
    #[param(shape = [OUT])]
    bias: Tensor<f32>,
}

/// Written by `save_weights` of MLX's `nn.Linear(10, 10)`.
const NPZ: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx/linear.npz");
const SAFETENSORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx/linear.safetensors");

// The schema is a constant of the type, so you know it before anything is loaded.
const BYTES: usize = Linear::<10, 10>::SCHEMA.byte_len().unwrap();

fn main() -> Result<(), weighbridge::LoadError> {
    println!("Linear<10, 10> takes {BYTES} bytes:");
    for parameter in Linear::<10, 10>::SCHEMA.parameters() {
        println!("  {parameter:?}");
    }

    // build from a file, strictly
    let mut model = Linear::<10, 10>::from_weights(NPZ)?;
    println!("\nfrom {}", file(NPZ));
    show(&model);

    // update in place, strictly
    model.load_weights(SAFETENSORS)?;
    println!("\nupdated from {}", file(SAFETENSORS));
    show(&model);

    // from pairs
    let (weight, bias) = (Tensor::zeros([10, 10]), Tensor::<f32>::zeros([10]));
    model.load_weights([("weight", weight), ("bias", bias)])?;
    println!("\nupdated from pairs of name and tensor");
    show(&model);

    // if a parameter is missing, the load is refused and nothing changes
    let ones = || Tensor::new([10, 10], vec![1.0_f32; 100]).expect("100 elements are 10 rows of 10");
    let refused = model.load_weights([("weight", ones())]).err().expect("`bias` is missing");
    println!("\nrefused:\n{refused}\n\nand the model is as it was");
    show(&model);

    // unless you ask for it
    Loader::new().strict(false).update(&mut model, [("weight", ones())])?;
    println!("\nupdated with `strict(false)`: only the weight changes");
    show(&model);
    Ok(())
}

fn show(model: &Linear<10, 10>) {
    for (path, view) in model.parameters() {
        println!("  {path:<8}{} {}", view.dtype(), view.shape());
    }
    println!("  weight[0][0] = {:.4}, bias[0] = {:.4}", model.weight.as_slice()[0], model.bias.as_slice()[0]);
}

fn file(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
