use weighbridge::verify;

struct Linear;

verify!(Linear, "fixtures/mlx/linear.safetensors");

fn main() {}
