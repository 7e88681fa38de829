use weighbridge::{Module, Tensor};

#[derive(Module)]
#[module(args(n, all = "n" * "n"))]
struct Square(#[param(shape = ["n", 3, "all"])] Tensor<f32>, #[param(shape = ["n"], len = "all")] Vec<Tensor<f32>>);

#[derive(Module)]
#[module(args(n, all))]
struct All(#[module(args(all = "all", n = "n"))] Square, #[module(args(n = "n", all = "all"))] Option<Square>);

#[derive(Module)]
struct Large(#[module(args(n = 16777216, all = 1099511627776))] All);

#[derive(Module)]
struct OfTrue(#[module(args(n = 4, all = true))] All);

#[derive(Module)]
#[module(args(n))]
struct Computed(#[module(args(n = "n"))] Square);

#[derive(Module)]
struct LargeComputed(#[module(args(n = 16777216))] Computed);

fn main() {}
