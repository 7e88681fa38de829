use weighbridge::Module;

#[derive(Module)]
struct Norm {
    #[param]
    weight: [f32; 4],
}

#[derive(Module)]
struct Single(#[module(rename = "layers", items = 1..)] Norm);

#[derive(Module)]
struct Optional(#[module(rename = "layers", items = ..1)] Option<Vec<Norm>>);

fn main() {}
