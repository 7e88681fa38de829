use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(dim))]
struct Norm(#[param(shape = ["dim"])] Tensor<f32>);

#[derive(Module)]
#[module(args(out, bias = false))]
enum Head {
    A(#[param(shape = ["out"], when = "bias")] Option<Tensor<f32>>),
    B(#[param(shape = ["out"], rename = "b")] Tensor<f32>),
}

type Both = (Norm, Vec<Head>);

#[derive(Module)]
struct Unknown(#[module(args(dim = 3, out = 2, bia = true))] Both);

#[derive(Module)]
struct Missing(#[module(args(dim = 3))] Both);

fn main() {}
