use weighbridge::Module;

#[derive(Module)]
#[weighbridge(rename_al = "camelCase", colour)]
struct Linear;

fn main() {}
