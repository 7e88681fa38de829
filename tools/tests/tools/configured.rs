//! Structs that are generated with the configuration beside the checkpoint: dims have the names of its keys.

use std::path::Path;

use weighbridge::{Checkpoint, Loader};
use weighbridge_tools::generate::{Options, generate};

use crate::generate::{kept, round_trip, rustfmt};

/// With the configuration beside the file.
macro_rules! configured {
    ($($name:ident: $root:ident = $file:literal;)*) => {$(
        mod $name {
            // generated for users, who may need all of it
            #![allow(dead_code, missing_docs, unreachable_pub)]
            include!(concat!("../generated/", stringify!($name), ".rs"));
        }

        #[test]
        fn $name() {
            let scratch = tempfile::tempdir().unwrap();
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join($file);
            let config = path.with_file_name("config.json");
            let keys = serde_json::from_slice(&std::fs::read(&config).unwrap()).unwrap();
            let options = Options::new().name(stringify!($root)).config("config.json", &keys);
            let text = generate(&Checkpoint::open(&path).unwrap(), &options).unwrap();
            assert_eq!(rustfmt(&text), text);
            kept(concat!(stringify!($name), ".rs"), &text);
            round_trip::<$name::$root>(&path, scratch.path());
            Loader::new().config_file(config).check::<$name::$root>(&path).unwrap();
        }
    )*};
}

configured! {
    llama_configured: Llama = "llama/model.safetensors";
    gpt2_configured: Gpt2 = "gpt2/model.safetensors";
    resnet_configured: ResNet = "resnet/model.safetensors";
}

mod quantised_configured {
    #![allow(dead_code, missing_docs, unreachable_pub)]
    include!("../generated/quantised_configured.rs");
}

/// What is packed is computed from the sizes that the configuration has.
#[test]
fn quantised_layers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/quantised/gptq-4bit.safetensors");
    let config = path.with_extension("json");
    let keys = serde_json::from_slice(&std::fs::read(&config).unwrap()).unwrap();
    let options = Options::new().name("Gptq").config("gptq-4bit.json", &keys);
    let text = generate(&Checkpoint::open(&path).unwrap(), &options).unwrap();
    assert_eq!(rustfmt(&text), text);
    kept("quantised_configured.rs", &text);
    let loader = Loader::new().config_file(config);
    loader.check::<quantised_configured::Gptq>(&path).unwrap_or_else(|error| panic!("{error}"));
    let refused = Loader::new().dim("hidden_size", 128).check::<quantised_configured::Gptq>(&path).unwrap_err();
    assert!(refused.to_string().contains("expected hidden_size / 8 = 16, where hidden_size = 128"), "{refused}");
}
