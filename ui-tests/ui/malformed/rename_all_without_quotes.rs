use weighbridge::Module;

#[derive(Module)]
#[module(rename_all = camelCase)]
struct Linear;

fn main() {}
