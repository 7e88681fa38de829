mod ndarray {
    pub struct Array2<T>(T);
    pub struct Error;
}

#[derive(weighbridge::Module)]
struct Model {
    weight: ndarray::Array2<f32>,
    error: ndarray::Error,
}

fn main() {}
