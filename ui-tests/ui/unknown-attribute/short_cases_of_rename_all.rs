use weighbridge::Module;

#[derive(Module)]
#[module(rename_all = "camel")]
struct A;

#[derive(Module)]
#[module(rename_all = "UpperCamelCase")]
struct B;

#[derive(Module)]
#[module(rename_all = "kebab")]
struct C;

fn main() {}
