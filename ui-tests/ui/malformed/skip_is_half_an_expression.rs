use weighbridge::Module;

#[derive(Module)]
struct Linear {
    #[module(skip = 1 +)]
    epsilon: f64,
}

fn main() {}
