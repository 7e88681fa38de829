use weighbridge::Module;

struct Own;

#[derive(Module)]
struct Norm {
    #[module(config)]
    own: Own,
    #[module(config)]
    list: Vec<Own>,
}

fn main() {}
