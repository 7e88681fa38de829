use weighbridge::Module;

#[derive(Module)]
enum Head {
    Own(#[param(tied = "embed.weight")] [f32; 4]),
    None,
}

fn main() {}
