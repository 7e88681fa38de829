use weighbridge::Module;

#[derive(Module)]
union Bits {
    #[weighbridge(param)]
    float: f32,
}

fn main() {}
