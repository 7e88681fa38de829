//! How do I run a model without a tensor library?
//!
//! `cargo run --example mlp`

use std::array::from_fn;

use weighbridge::Module;

#[derive(Module)]
struct Linear<const IN: usize, const OUT: usize> {
    #[param]
    weight: [[f32; IN]; OUT],
    #[param]
    bias: [f32; OUT],
}

#[derive(Module)]
struct Mlp {
    layers: (Linear<8, 16>, Linear<16, 16>, Linear<16, 4>),
    #[param(rename = "norm.weight")]
    norm: [f32; 16],
}

impl<const IN: usize, const OUT: usize> Linear<IN, OUT> {
    fn forward(&self, x: [f32; IN]) -> [f32; OUT] {
        from_fn(|row| self.bias[row] + self.weight[row].iter().zip(x).map(|(w, x)| w * x).sum::<f32>())
    }
}

impl Mlp {
    fn forward(&self, x: [f32; 8]) -> [f32; 4] {
        let relu = |x: [f32; 16]| x.map(|x| x.max(0.0));
        let x = relu(self.layers.1.forward(relu(self.layers.0.forward(x))));
        let scale = (x.iter().map(|x| x * x).sum::<f32>() / 16.0 + 1e-5).sqrt();
        self.layers.2.forward(from_fn(|i| x[i] / scale * self.norm[i]))
    }
}

fn main() -> Result<(), weighbridge::LoadError> {
    let mlp = Mlp::from_weights(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx/mlp.npz"))?;
    // MLX, from the same file: [0.225952, 0.785164, 0.147381, 0.14156]
    println!("{:?}", mlp.forward(from_fn(|i| i as f32 / 8.0)));
    Ok(())
}
