//! What a caller gives as a configuration: values, files, and what is neither.

use std::fs;
use std::path::Path;

use serde_json::json;
use wb::{AnyTensor, Limits, LoadError, Loader, Module, Tensor};
use weighbridge_tests::fixture;

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Embedding {
    #[param(shape = ["vocab_size", "text_config.hidden_size"])]
    weight: Tensor<f32>,
    #[param(shape = ["hidden_sizes.1"])]
    scale: Tensor<f32>,
}

fn embedding() -> [(&'static str, Tensor<f32>); 2] {
    [("weight", Tensor::zeros([7, 4])), ("scale", Tensor::zeros([3]))]
}

fn config() -> serde_json::Value {
    json!({ "vocab_size": 7, "text_config": { "hidden_size": 4 }, "hidden_sizes": [2, 3], "model_type": "own", "pad": null })
}

/// The text of the error of a load with this file as the configuration.
#[track_caller]
fn refused(loader: &Loader) -> String {
    let error = loader.load::<Embedding>(embedding()).unwrap_err();
    assert!(loader.check::<Embedding>(embedding()).is_err());
    format!("{error:?}")
}

#[test]
fn names_have_the_numbers_of_the_configuration() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("config.json");
    fs::write(&path, config().to_string()).unwrap();
    for loader in [Loader::new().config(&config()), Loader::new().config_file(&path)] {
        let mut loaded = loader.load::<Embedding>(embedding()).unwrap();
        let dims = [("vocab_size", 7), ("text_config.hidden_size", 4), ("hidden_sizes.1", 3)];
        assert!(dims.iter().all(|(name, number)| loaded.report.dim(name) == Some(*number)), "{:?}", loaded.report.dims);
        loader.update(&mut loaded.module, embedding()).unwrap();
        loader.stream::<Embedding, LoadError>(embedding(), |_| Ok(())).unwrap();
    }
}

#[test]
fn a_number_of_the_configuration_that_the_file_lacks_is_refused_everywhere() {
    let mut other = config();
    other["vocab_size"] = json!(8);
    let loader = Loader::new().config(&other);
    let mut module = Loader::new().load::<Embedding>(embedding()).unwrap().module;
    let texts = [
        refused(&loader),
        format!("{:?}", loader.update(&mut module, embedding()).unwrap_err()),
        format!("{:?}", loader.stream::<Embedding, LoadError>(embedding(), |_| Ok(())).unwrap_err()),
    ];
    for text in texts {
        assert!(text.contains("vocab_size") && text.contains("Loader::config") && text.contains('8'), "{text}");
    }
}

#[test]
fn a_struct_that_serialises_is_a_configuration() {
    #[derive(serde::Serialize)]
    struct Text {
        hidden_size: usize,
    }
    #[derive(serde::Serialize)]
    struct Own {
        vocab_size: u16,
        text_config: Text,
        hidden_sizes: [usize; 2],
        eps: f64,
    }
    let own = Own { vocab_size: 7, text_config: Text { hidden_size: 4 }, hidden_sizes: [0, 3], eps: 1e-5 };
    Loader::new().config(&own).load::<Embedding>(embedding()).unwrap();
    let error = refused(&Loader::new().config(&7));
    assert_eq!(error, "`Loader::config` got no configuration: it serialises to `7`; give a struct or a map");
}

#[test]
fn a_file_that_is_no_configuration_says_what_it_is_and_what_to_do() {
    let scratch = tempfile::tempdir().unwrap();
    let of = |name: &str| scratch.path().join(name);
    let refused =
        |path: &Path| refused(&Loader::new().config_file(path)).replace(&*scratch.path().to_string_lossy(), "DIR");
    let file = |text: &[u8]| {
        fs::write(of("config.json"), text).unwrap();
        refused(&of("config.json"))
    };
    let nothing =
        "DIR/config.json could not be read: there is no such file, and no other `.json` beside it; check the path";
    assert_eq!(refused(&of("config.json")), nothing);
    let empty = "DIR could not be read: it is a directory, and no `config.json` is in it; give the path of a file";
    assert_eq!(refused(scratch.path()), empty);
    assert_eq!(
        file(b"{\"a\": 1,\n \"a\": 2}"),
        "DIR/config.json: line 2, column 4: the key `a` is there twice; keep one of them"
    );
    assert!(file(b"\xef\xbb\xbf{}").ends_with("the text begins with a byte order mark; save it as UTF-8 without one"));
    assert!(file(b"{\"eps\": NaN}").ends_with("`NaN` is no JSON, though Python writes it; write a number or `null`"));
    assert!(file(b"[]").contains("a configuration is a JSON object, and this is a list; give"));
    assert!(
        file(b"{").ends_with("the JSON ends in the middle, as after a download that was cut; fetch the file again")
    );
    assert!(file(b"").contains("the file is empty"));
    assert!(file(&b"{\"a\":".repeat(1 << 16)).contains("nested more than 127 deep"));
    assert!(file(b"\x93NUMPY").contains("not valid JSON"));
    // each remedy works when it is followed
    fs::write(of("config.json"), config().to_string()).unwrap();
    let near = "DIR/confg.json could not be read: there is no such file; did you mean `DIR/config.json`?";
    assert_eq!(refused(&of("confg.json")), near);
    let inside = "DIR could not be read: it is a directory; give the path of the file: `DIR/config.json`";
    assert_eq!(refused(scratch.path()), inside);
    Loader::new().config_file(of("config.json")).load::<Embedding>(embedding()).unwrap();
}

#[test]
fn the_file_has_a_limit() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("config.json");
    let text = config().to_string();
    fs::write(&path, &text).unwrap();
    let loader = |most: u64| Loader::new().config_file(&path).limits(Limits::new().config_byte_len(most));
    loader(text.len() as u64).load::<Embedding>(embedding()).unwrap();
    let error = refused(&loader(text.len() as u64 - 1));
    assert!(error.contains("raise `Limits::config_byte_len` if the file is trusted"), "{error}");
}

#[test]
fn a_load_has_one_configuration() {
    let loader = Loader::new().config_file("config.json").config(&config());
    let error = refused(&loader);
    assert!(error.contains("`Loader::config_file(\"config.json\")` and `Loader::config`; keep one of them"), "{error}");
    assert!(matches!(loader.check::<Embedding>(embedding()), Err(LoadError::Config { .. })));
}

#[test]
fn a_dim_of_the_caller_must_not_contradict_it() {
    let loader = |vocab: usize| Loader::new().config(&config()).dim("vocab_size", vocab);
    loader(7).load::<Embedding>(embedding()).unwrap();
    let expected = "`Loader::dim(\"vocab_size\", 8)` contradicts the configuration, which has Loader::config: \"vocab_size\": 7; \
                    remove the call, or correct the configuration";
    assert_eq!(refused(&loader(8)), expected);
    // what the configuration lacks is the caller's to say
    Loader::new().config(&json!({ "model_type": "own" })).dim("vocab_size", 7).load::<Embedding>(embedding()).unwrap();
}

#[test]
fn configurations_that_transformers_wrote_are_read() {
    #[derive(Module)]
    #[module(crate = wb, ignore = ["model.layers*", "model.norm*", "lm_head*"])]
    struct Head {
        #[param(rename = "model.embed_tokens.weight", shape = ["vocab_size", "hidden_size"])]
        _embed: AnyTensor,
    }
    let load =
        |config: &str| Loader::new().config_file(fixture(config)).load::<Head>(fixture("llama/model.safetensors"));
    let report = load("llama/config.json").unwrap().report;
    assert_eq!((report.dim("vocab_size"), report.dim("hidden_size")), (Some(128), Some(32)));
    for other in ["gpt2", "bert", "whisper", "resnet"] {
        // another model's, but a configuration
        let error = load(&format!("{other}/config.json")).err();
        assert!(matches!(error, None | Some(LoadError::Mismatch(_))), "{error:?}");
    }
}
