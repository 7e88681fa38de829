use weighbridge::Module;

#[derive(Module)]
struct Books {
    #[param(shape = [2, 3])]
    codes: Vec<Vec<f32>>,
}

#[derive(Module)]
struct Codes {
    #[param]
    codes: Option<Vec<Vec<u8>>>,
}

fn main() {}
