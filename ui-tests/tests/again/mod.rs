//! A crate is compiled again when the file changes that one of its types is verified against.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project;

/// A crate that verifies a type.
struct Crate {
    directory: PathBuf,
}

impl Crate {
    /// A crate that verifies a type, and does not have the file yet.
    fn new(name: &str, source: &str) -> Crate {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\npath = \"lib.rs\"\n\n\
             [dependencies]\nweighbridge = {{ path = {:?} }}\n\n[workspace]\n",
            here.join("../runtime").canonicalize().unwrap()
        );
        fs::write(directory.join("Cargo.toml"), manifest).unwrap();
        // the versions that are built already
        fs::copy(here.join("../Cargo.lock"), directory.join("Cargo.lock")).unwrap();
        fs::write(directory.join("lib.rs"), source).unwrap();
        Crate { directory }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.directory.join(file)
    }

    /// What `cargo check` says if it fails.
    fn check(&self) -> Result<(), String> {
        let output = project::compiles_here(&mut Command::new(env!("CARGO")))
            .args(["check", "--offline", "--quiet"])
            .current_dir(&self.directory)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        if output.status.success() { Ok(()) } else { Err(text) }
    }

    #[track_caller]
    fn refused(&self, why: &str) {
        let text = self.check().expect_err("it does not fit");
        assert!(text.contains(why), "{text}");
    }
}

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(path)
}

const LINEAR: &str = r#"
#[derive(weighbridge::Module)]
pub struct Linear {
    #[param(shape = [10, 10])]
    pub weight: weighbridge::Tensor<f32>,
    #[param(shape = [10])]
    pub bias: weighbridge::Tensor<f32>,
}
"#;

#[test]
fn of_a_lock() {
    let call = "weighbridge::verify!(Linear, \"linear.lock\");\n";
    let linear = Crate::new("verified-by-a-lock", &format!("{LINEAR}{call}"));
    linear.refused("`linear.lock` is not there");
    let lock = "# weighbridge lock 1\nbias F32 [10]\nweight F32 [10, 10]\n";
    fs::write(linear.path("linear.lock"), lock).unwrap();
    linear.check().unwrap();
    fs::write(linear.path("linear.lock"), lock.replace("10, 10", "10, 12")).unwrap();
    linear.refused("expected [10, 10], found [10, 12]");
    fs::write(linear.path("linear.lock"), lock).unwrap();
    linear.check().unwrap();
}

#[test]
fn of_a_file_that_an_attribute_names() {
    let source = LINEAR.replace("pub struct", "#[module(verify = \"linear.safetensors\")]\npub struct");
    let linear = Crate::new("verified-by-a-file", &source);
    let file = linear.path("linear.safetensors");
    fs::copy(fixture("mlx/linear.safetensors"), &file).unwrap();
    linear.check().unwrap();
    fs::copy(fixture("mlx/mlp.safetensors"), &file).unwrap();
    linear.refused("linear.safetensors does not match Linear: 2 missing, 7 unexpected");
}

#[test]
fn of_a_shard_of_an_index() {
    let source = "
        #[derive(weighbridge::Module)]
        #[module(ignore = [\"model.*\"])]
        pub struct Head {
            #[param(shape = [128, 32], rename = \"lm_head.weight\")]
            pub head: weighbridge::Tensor<f32>,
        }
        weighbridge::verify!(Head, \"llama\");
    ";
    let head = Crate::new("verified-by-shards", source);
    project::copy(&fixture("llama-sharded"), &head.path("llama"));
    head.check().unwrap();
    let shard = head.path("llama/model-00004-of-00004.safetensors");
    let bytes = fs::read(&shard).unwrap();
    // as wide, and half as many: the header alone says so
    let text = bytes.windows(8).position(|text| text == b"[128,32]").expect("the head is in this shard");
    let mut other = bytes.clone();
    other[text..text + 8].copy_from_slice(b"[64,64 ]");
    fs::write(&shard, other).unwrap();
    head.refused("expected [128, 32], found [64, 64]");
    fs::remove_file(&shard).unwrap();
    head.refused("model-00004-of-00004.safetensors");
    fs::write(&shard, bytes).unwrap();
    head.check().unwrap();
}
