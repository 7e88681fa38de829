use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const OLD: &str = "0123456789abcdef0123456789abcdef01234567";
const NEW: &str = "fedcba9876543210fedcba9876543210fedcba98";

/// A cache as `huggingface_hub` leaves it, in a folder that goes when the test ends.
struct Cache(PathBuf);

impl Cache {
    fn new() -> Cache {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let cache = Cache(env::temp_dir().join(format!("weighbridge-hub-{}-{number}", std::process::id())));
        for (path, text) in [
            ("models--org--name/refs/main", NEW.to_owned()),
            ("models--org--name/refs/refs/pr/1", format!("{OLD}\n")),
            ("models--org--name/refs/damaged", "not found".to_owned()),
            ("models--org--name/refs/lost", "f".repeat(40)),
            (&format!("models--org--name/snapshots/{NEW}/model.safetensors"), String::new()),
            (&format!("models--org--name/snapshots/{NEW}/config.json"), String::new()),
            (&format!("models--org--name/snapshots/{OLD}/unet/model.safetensors"), String::new()),
            (&format!("models--gpt2/snapshots/{OLD}/config.json"), String::new()),
            ("datasets--org--name/refs/main", OLD.to_owned()),
            (&format!("datasets--org--name/snapshots/{OLD}/x.npz"), String::new()),
            ("models--org--empty/refs/main", OLD.to_owned()),
            ("secret", String::new()),
        ] {
            let path = cache.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        cache
    }

    /// What an address names, below the cache.
    fn find(&self, address: &str) -> Result<String, String> {
        let found = find(&self.0, address).map_err(|why| why.replace(&*self.0.to_string_lossy(), "CACHE"))?;
        Ok(found.strip_prefix(&self.0).unwrap().to_string_lossy().into_owned())
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn addresses_name_snapshots_and_files_of_them() {
    let cache = Cache::new();
    let (new, old) = (format!("models--org--name/snapshots/{NEW}"), format!("models--org--name/snapshots/{OLD}"));
    for (address, expected) in [
        ("org/name", new.clone()),
        ("models/org/name", new.clone()),
        ("org/name@main", new.clone()),
        ("org/name@refs/pr/1", old.clone()),
        ("org/name@refs%2Fpr%2F1", old.clone()),
        (&format!("org/name@{OLD}"), old.clone()),
        ("org/name/model.safetensors", format!("{new}/model.safetensors")),
        ("org/name@main/config.json", format!("{new}/config.json")),
        ("org/name@refs/pr/1/unet", format!("{old}/unet")),
        ("org/name@refs%2Fpr%2F1/unet/model.safetensors", format!("{old}/unet/model.safetensors")),
        (&format!("gpt2@{OLD}/config.json"), format!("models--gpt2/snapshots/{OLD}/config.json")),
        ("datasets/org/name/x.npz", format!("datasets--org--name/snapshots/{OLD}/x.npz")),
    ] {
        assert_eq!(cache.find(address), Ok(expected), "{address}");
    }
}

#[test]
fn what_the_cache_lacks_is_told_with_the_way_to_it() {
    let cache = Cache::new();
    for (address, expected) in [
        ("", "it names no repository; write `hf://organisation/name`".to_owned()),
        (
            "other/model@v1",
            "the Hub's cache, `CACHE`, does not have it; download them with `hf download other/model --revision v1`, or set \
             `HF_HUB_CACHE` to the folder of another cache"
                .to_owned(),
        ),
        (
            "org/nama",
            "the Hub's cache, `CACHE`, does not have it; did you mean `hf://org/name`, or do you want to download them with `hf download \
             org/nama`?"
                .to_owned(),
        ),
        (
            "org/name@v2",
            format!(
                "the Hub's cache has no `v2` of it, but the commits `{OLD}`, `{NEW}`; write `hf://org/name@COMMIT`, or download \
                 them with `hf download org/name --revision v2`"
            ),
        ),
        (
            "gpt2/config.json",
            format!(
                "the Hub's cache has no `main` of it, but the commit `{OLD}`; write `hf://gpt2@COMMIT`, or download it with \
                 `hf download gpt2 config.json`"
            ),
        ),
        (
            "datasets/org/name@v2",
            format!(
                "the Hub's cache has no `v2` of it, but the commit `{OLD}`; write `hf://datasets/org/name@COMMIT`, or download them \
                 with `hf download org/name --repo-type dataset --revision v2`"
            ),
        ),
        (
            "datasets/org/nama",
            "the Hub's cache, `CACHE`, does not have it; did you mean `hf://datasets/org/name`, or do you want to download them with `hf download \
             org/nama --repo-type dataset`?"
                .to_owned(),
        ),
        ("org/empty", "the Hub's cache has no file of it; download them with `hf download org/empty`".to_owned()),
        (
            "org/name@damaged",
            "`CACHE/models--org--name/refs/damaged` holds no commit, so `damaged` stands for nothing; download them with `hf \
             download org/name --revision damaged`"
                .to_owned(),
        ),
        (
            "org/name/model.safetensor",
            "the snapshot in the Hub's cache does not have `model.safetensor`, but `model.safetensors`; correct the address, \
             or download it with `hf download org/name model.safetensor`"
                .to_owned(),
        ),
        (
            "org/name/a b;c.npz",
            "the snapshot in the Hub's cache does not have `a b;c.npz`, but `config.json`, `model.safetensors`; download it with \
             `hf download org/name 'a b;c.npz'`"
                .to_owned(),
        ),
        (
            "org/name/tokenizer.model",
            "the snapshot in the Hub's cache does not have `tokenizer.model`, but `config.json`, `model.safetensors`; \
             download it with `hf download org/name tokenizer.model`"
                .to_owned(),
        ),
    ] {
        assert_eq!(cache.find(address), Err(expected), "{address}");
    }
    let lost = cache.find("org/name@lost").unwrap_err();
    assert!(lost.ends_with("download them with `hf download org/name --revision lost`"), "{lost}");
    let half = cache.find("org/name@refs/pr").unwrap_err();
    assert!(half.contains("holds no commit"), "{half}");
}

#[test]
fn an_address_leads_to_nothing_outside_of_the_cache() {
    let cache = Cache::new();
    for address in [
        "..",
        "../..",
        "org/..",
        "org/name@..",
        "org/name@../../..",
        "org/name@%2Fetc%2Fpasswd",
        "org/name@..%2F..%2F..%2Fsecret",
        "org/name@refs%2F..%2F..%2Frefs%2Fmain",
        "org/name/../../../secret",
        "org/name/unet/../../../../../secret",
        "org/na\\me",
        "org/name@a\\b",
        "org/name@",
        "org/na\nme",
    ] {
        let why = cache.find(address).expect_err(address);
        assert!(
            why.contains("; write `hf://") || why.contains("; write it as the Hub") || why.contains("is no revision"),
            "{address}: {why}"
        );
    }
}

#[test]
fn a_file_of_a_snapshot_says_how_to_download_it() {
    let path = |rest: &str| PathBuf::from("/home/me/.cache/huggingface/hub").join(rest);
    for (rest, expected) in [
        (
            format!("models--org--name/snapshots/{OLD}/a/b.npz"),
            Some(format!("it with `hf download org/name a/b.npz --revision {OLD}`")),
        ),
        (
            format!("models--org--name/snapshots/{OLD}"),
            Some(format!("them with `hf download org/name --revision {OLD}`")),
        ),
        (
            format!("models--gpt2/snapshots/{OLD}/b.npz"),
            Some(format!("it with `hf download gpt2 b.npz --revision {OLD}`")),
        ),
        (
            format!("datasets--org--name/snapshots/{OLD}/b.npz"),
            Some(format!("it with `hf download org/name b.npz --repo-type dataset --revision {OLD}`")),
        ),
        ("models--org--name/snapshots/main/b.npz".to_owned(), None),
        (format!("models--org--name/blobs/{OLD}"), None),
        (format!("model/snapshots/{OLD}/b.npz"), None),
    ] {
        assert_eq!(hub_download(&path(&rest)), expected.map(|expected| format!("download {expected}")), "{rest}");
    }
}
