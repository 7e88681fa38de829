use weighbridge::Module;

struct Device;

#[derive(Module)]
struct Linear {
    #[module(skip)]
    device: Device,
}

fn main() {}
