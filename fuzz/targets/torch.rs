#![cfg_attr(feature = "engine", no_main)]

#[cfg(feature = "engine")]
libfuzzer_sys::fuzz_target!(|data: &[u8]| weighbridge_fuzz::torch::run(data));

#[cfg(not(feature = "engine"))]
fn main() {}
