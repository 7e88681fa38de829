use weighbridge::Module;

#[derive(Module)]
#[module(verify = "fixtures/mlx/linear.safetensors", config = "locks/twice.json")]
struct Twice;

#[derive(Module)]
#[module(verify = "fixtures/mlx/linear.safetensors", config = "locks/list.json")]
struct List;

#[derive(Module)]
#[module(verify = "fixtures/mlx/linear.safetensors", config = "")]
struct Empty;

#[derive(Module)]
#[module(verify = "fixtures/mlx/linear.safetensors", config = "locks")]
struct Folder;

#[derive(Module)]
#[module(verify = "fixtures/mlx/linear.safetensors", config = "hf://org/name/config.json")]
struct Address;

fn main() {}
