fn main() {
    let a: Vec<String> = std::env::args().collect();
    let c = weighbridge::Checkpoint::open(a[1].as_str()).unwrap();
    let mut o = weighbridge_tools::generate::Options::default();
    o.name = a[2].clone();
    match weighbridge_tools::generate::generate(&c, &o) {
        Ok(t) => print!("{t}"),
        Err(e) => println!("{e}"),
    }
}
