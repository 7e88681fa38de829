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
