//! The switches for names: every command has them, and sees the tensors that are left under the names that come out.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::{fixture, run, tensors};

/// A directory with one file that has two models, an average of one of them, and what a training needs.
fn scratch() -> TempDir {
    let scratch = tempfile::tempdir().unwrap();
    let header: Vec<String> =
        ["vae/encoder/kernel", "vae/encoder/steps", "unet/h1/kernel", "unet/h2/kernel", "ema/unet/h1/kernel"]
            .iter()
            .enumerate()
            .map(|(i, name)| format!(r#""{name}":{{"dtype":"U8","shape":[1],"data_offsets":[{i},{}]}}"#, i + 1))
            .collect();
    let header = format!("{{{}}}", header.join(","));
    let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[1, 2, 3, 4, 5]].concat();
    fs::write(scratch.path().join("all.safetensors"), bytes).unwrap();
    scratch
}

fn place(scratch: &TempDir, name: &str) -> String {
    scratch.path().join(name).to_str().unwrap().to_owned()
}

const VAE: [&str; 6] = ["--separator", "/", "--ignore", "*.steps", "--subtree", "vae"];

#[test]
fn every_command_sees_what_is_selected() {
    let scratch = scratch();
    let (all, lock, vae) =
        (place(&scratch, "all.safetensors"), place(&scratch, "vae.lock"), place(&scratch, "vae.safetensors"));
    let with = |args: &[&str]| run(args.iter().chain(&VAE).map(|arg| (*arg).to_owned()).collect::<Vec<_>>());

    let locked = with(&["lock", &all]).quiet(0);
    assert_eq!(locked, "# weighbridge lock 1\nencoder.kernel  U8 [1]\n");
    fs::write(&lock, &locked).unwrap();
    assert_eq!(with(&["lock", &all, "--update", &lock]).quiet(0), format!("{lock} is up to date\n"));
    with(&["check", &all, "--lock", &lock]).quiet(0);
    let document = with(&["inspect", &all, "--json"]).json(0);
    assert_eq!(
        (&document["total"]["tensor_count"], &document["tensors"][0]["name"]),
        (&1.into(), &"encoder.kernel".into())
    );
    let code = with(&["generate", &all, "--name", "Vae"]).quiet(0);
    assert!(code.contains("pub encoder: ") && !code.contains("unet") && !code.contains("pub steps"), "{code}");
    // a load needs the same switches
    assert!(code.contains(r#"`Loader::new().subtree("vae").separator('/').ignore(["*.steps"])`"#), "{code}");

    let document = with(&["convert", &all, &vae, "--json"]).json(0);
    assert_eq!(
        (&document["tensor_count"], &document["renamed_count"], &document["left_out_count"]),
        (&1.into(), &1.into(), &4.into())
    );
    assert_eq!(tensors(Path::new(&vae)), [("encoder.kernel".to_owned(), "U8".to_owned(), vec![1])]);
    assert_eq!(fs::read(&vae).unwrap().last(), Some(&1), "the elements are those of the tensor");
    // the names of the first change, and those of the second do not
    with(&["diff", &all, &vae, "--values"]).quiet(0);
    assert_eq!(run(["diff", &all, &vae]).code, Some(1));
}

/// A file with these names, each of one byte.
fn file(path: &str, names: &[String]) {
    let entry = |(i, name): (usize, &String)| {
        format!(r#""{name}":{{"dtype":"U8","shape":[1],"data_offsets":[{i},{}]}}"#, i + 1)
    };
    let header = format!("{{{}}}", names.iter().enumerate().map(entry).collect::<Vec<_>>().join(","));
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; names.len()]].concat();
    fs::write(path, bytes).unwrap();
}

#[test]
fn layers_that_are_numbered_in_their_names_fold_everywhere() {
    let scratch = tempfile::tempdir().unwrap();
    let [vit, lock] = ["vit.safetensors", "vit.lock"].map(|name| place(&scratch, name));
    let block = |i: usize| ["LayerNorm_0/scale", "Mlp_3/Dense_0/bias"].map(|n| format!("enc/encoderblock_{i}/{n}"));
    let mut names: Vec<String> = (0..12).flat_map(block).chain(["cls".to_owned()]).collect();
    file(&vit, &names);
    let locked = run(["lock", &vit, "--separator", "/"]).quiet(0);
    let lines = [
        "# weighbridge lock 1",
        "cls                                        U8 [1]",
        "enc.encoderblock_{0..=11}.LayerNorm_0.scale  U8 [1]",
        "enc.encoderblock_{0..=11}.Mlp_3.Dense_0.bias  U8 [1]",
    ];
    let words =
        |text: &str| text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
    assert_eq!(words(&locked), lines.map(|line| words(line).concat()));
    fs::write(&lock, &locked).unwrap();
    run(["check", &vit, "--lock", &lock, "--separator", "/"]).quiet(0);
    // as the file has the names, they fold too
    let flat = run(["lock", &vit]).quiet(0);
    assert!(flat.contains("\nenc/encoderblock_{0..=11}/Mlp_3/Dense_0/bias  "), "{flat}");

    let document = run(["lock", &vit, "--separator", "/", "--json"]).json(0);
    let line = &document["lines"][1];
    assert_eq!(
        (&line["pattern"], &line["tensor_count"]),
        (&"enc.encoderblock_{0..=11}.LayerNorm_0.scale".into(), &12.into())
    );
    let text = run(["inspect", &vit, "--separator", "/"]).quiet(0);
    assert!(words(&text).iter().any(|line| line.starts_with("enc.encoderblock_{0..=11} 12 × 24 ")), "{text}");
    let document = run(["inspect", &vit, "--separator", "/", "--json"]).json(0);
    let node = &document["tree"][1];
    assert_eq!((&node["name"], &node["copy_count"]), (&"enc.encoderblock_{0..=11}".into(), &12.into()));

    // a layer lost a tensor
    names.retain(|name| name != "enc/encoderblock_4/Mlp_3/Dense_0/bias");
    file(&vit, &names);
    let report = run(["check", &vit, "--lock", &lock, "--separator", "/"]);
    assert_eq!(report.code, Some(1));
    let changed = run(["lock", &vit, "--separator", "/", "--update", &lock]).quiet(0);
    assert!(changed.contains("enc.encoderblock_4.Mlp_3.Dense_0.bias"), "{changed}");
    let updated = fs::read_to_string(&lock).unwrap();
    assert!(updated.contains("\nenc.encoderblock_{0..=3, 5..=11}.Mlp_3.Dense_0.bias "), "{updated}");
    // a lock of a version that did not fold these is read, and written anew
    fs::write(
        &lock,
        locked.replace("{0..=11}.L", "0.L")
            + &(1..12).map(|i| format!("enc.encoderblock_{i}.LayerNorm_0.scale U8 [1]\n")).collect::<String>(),
    )
    .unwrap();
    names.push("enc/encoderblock_4/Mlp_3/Dense_0/bias".to_owned());
    file(&vit, &names);
    run(["check", &vit, "--lock", &lock, "--separator", "/"]).quiet(0);
    let said = run(["lock", &vit, "--separator", "/", "--update", &lock]).quiet(0);
    assert!(said.contains("is rewritten in the usual form; its contents are the same"), "{said}");
    assert_eq!(fs::read_to_string(&lock).unwrap(), locked);
}

#[test]
fn renamings_apply_in_the_order_in_which_they_are_typed() {
    let scratch = scratch();
    let all = place(&scratch, "all.safetensors");
    let names = |switches: &[&str]| {
        let args = ["lock", &all, "--separator", "/", "--subtree", "unet"];
        run(args.iter().chain(switches)).quiet(0)
    };
    assert!(names(&["--rename", "h1=a", "--add-prefix", "m."]).contains("\nm.a.kernel "));
    assert!(names(&["--add-prefix", "m.", "--rename", "m.h1=a"]).contains("\na.kernel "));
    let folded = names(&["--rename-regex", r"^h(\d+)=layers.$1", "--strip-prefix", "layers."]);
    assert!(folded.contains("\n{1..=2}.kernel "), "{folded}");
}

#[test]
fn what_fits_nothing_is_told() {
    let scratch = scratch();
    let (all, out) = (place(&scratch, "all.safetensors"), place(&scratch, "out.safetensors"));
    for (switches, said) in [
        (&["--strip-prefix", "modle."][..], "the prefix `modle.` fits no name"),
        (&["--subtree", "decoder"], "below `decoder`; its outermost modules are `ema`, `unet`, `vae`"),
        (&["--subtree", "vea"], "no name in the checkpoint is below `vea`; did you mean `vae`?"),
        (&["--rename-regex", "(=x"], "unclosed group"),
        (&["--rename-regex", "a=$2"], "names the group `2`"),
        (&["--only", "vea"], "`vea` of `--only` fits no name"),
        (&["--drop", "*.bias"], "`*.bias` of `--drop` fits no name"),
        (&["--cast", "f16", "--cast-except", "bias"], "`bias` of `--cast-except` fits no name"),
        (&["--cast-except", "*"], "`*` of `--cast-except` has no cast"),
        (&["--rename", "vae/encoder/kernel=vae/encoder/steps"], "would both be `vae/encoder/steps`"),
    ] {
        let ran = run(["convert", &all, &out].iter().chain(switches));
        assert!(ran.code == Some(2) && ran.stderr.contains(said), "{switches:?}: {}", ran.stderr);
        assert!(!Path::new(&out).exists());
    }
    // as for a load, a pattern that ignores nothing is no error
    let ran = run(["lock", &all, "--ignore", "*.bias", "--ignore", "vae*"]);
    assert_eq!(ran.stderr, "note: `*.bias` of `--ignore` fits no name; correct it or leave it out\n");
    assert_eq!((ran.code, ran.stdout.contains("vae")), (Some(0), false));
}

#[test]
fn a_part_is_converted_with_casts_and_metadata_of_its_own() {
    let scratch = scratch();
    let out = place(&scratch, "out.safetensors");
    let switches = [
        "--only",
        "model.layers.0",
        "--only",
        "model.norm*",
        "--drop",
        "*.mlp",
        "--cast",
        "f32",
        "--cast-except",
        "*norm.weight",
    ];
    let args = ["convert", "fixtures/llama", &out, "--metadata", "format=np", "--metadata", "by=me=you"];
    run(args.iter().chain(&switches)).quiet(0);
    let found = tensors(Path::new(&out));
    let expected: Vec<_> = tensors(&fixture("llama/model.safetensors"))
        .into_iter()
        .filter(|(name, ..)| {
            name.starts_with("model.layers.0.") && !name.contains(".mlp.") || name == "model.norm.weight"
        })
        .map(|(name, dtype, shape)| {
            let dtype = if name.ends_with("norm.weight") { dtype } else { "F32".to_owned() };
            (name, dtype, shape)
        })
        .collect();
    assert!(found.len() == 7 && found == expected, "{found:?}");
    let document = run(["inspect", &out, "--json"]).json(0);
    assert_eq!(document["metadata"], serde_json::json!({ "format": "np", "by": "me=you" }));
    let refused = run(["convert", &out, &place(&scratch, "out.npz"), "--metadata", "a=b"]).failure();
    assert!(
        refused.contains("no place for metadata such as `a`; write a `.safetensors` file, or leave out"),
        "{refused}"
    );
}

#[test]
fn a_check_that_fails_names_the_command_that_updates_the_lock() {
    let scratch = scratch();
    let (all, lock) = (place(&scratch, "all.safetensors"), place(&scratch, "old.lock"));
    fs::write(&lock, "# weighbridge lock 1\nencoder.kernel  U8 [2]\n").unwrap();
    let ran = run(["check", &all, "--lock", &lock].iter().chain(&VAE));
    assert_eq!(ran.code, Some(1));
    let command = ran.stderr.split('`').nth(1).unwrap();
    // it works as it stands
    let words: Vec<String> = command.split(' ').skip(1).map(|word| word.replace('\'', "")).collect();
    assert_eq!(run(&words).code, Some(0), "{command}");
    run(["check", &all, "--lock", &lock].iter().chain(&VAE)).quiet(0);
    // a lock that is not there is made with the same switches
    fs::remove_file(&lock).unwrap();
    let said = run(["lock", &all, "--update", &lock].iter().chain(&VAE)).failure();
    let made = format!("make it with `weighbridge lock {all} --subtree vae --separator / --ignore '*.steps' > {lock}`");
    assert!(said.contains(&made), "{said}");
}

#[test]
fn members_that_are_no_arrays_are_left_out_where_they_are_ignored() {
    let scratch = scratch();
    let (file, out) = ("fixtures/mlx/numpy-object.npz", place(&scratch, "out.safetensors"));
    let member = run(["lock", file]).failure();
    let name = member.split('`').nth(1).unwrap().trim_end_matches(".npy").to_owned();
    for args in
        [&["lock", file][..], &["inspect", file], &["generate", file, "--name", "Numbers"], &["convert", file, &out]]
    {
        let shown = run(args.iter().chain(&["--ignore", name.as_str()])).quiet(0);
        // generated code says in a comment what a load has to ignore
        assert!(shown.lines().all(|line| line.starts_with("//") || !line.contains(&name)), "{shown}");
    }
    assert!(tensors(Path::new(&out)).iter().all(|(tensor, ..)| *tensor != name));
}

#[test]
fn a_file_of_pytorch_is_a_file_like_all_others() {
    let scratch = scratch();
    let [out, lock] = ["out.safetensors", "out.lock"].map(|name| place(&scratch, name));
    let (file, subtree) = ("fixtures/torch/training.pt", ["--subtree", "state_dict"]);
    let with = |args: &[&str]| run(args.iter().chain(&subtree));
    // what a training keeps is outside of the subtree
    let locked = with(&["lock", file]).quiet(0);
    assert!(locked.contains("0.weight") && !locked.contains("epoch"), "{locked}");
    fs::write(&lock, &locked).unwrap();
    with(&["check", "fixtures/torch/training-legacy.pt", "--lock", &lock]).quiet(0);
    with(&["convert", file, &out]).quiet(0);
    run(["check", &out, "--lock", &lock]).quiet(0);
    let compared = with(&["diff", file, &out, "--values"]).quiet(0);
    assert!(compared.contains("7 tensors of the same names, dtypes, shapes and values"), "{compared}");
    assert!(with(&["inspect", file]).quiet(0).contains("running_var"));
    assert!(with(&["generate", file, "--name", "Net"]).quiet(0).contains("running_var"));
    // the whole of it is refused, and not by accident
    let refused = run(["convert", file, &out]).failure();
    assert!(refused.contains("`epoch`: a number, and no tensor; leave it out"), "{refused}");
    let refused = run(["inspect", "fixtures/torch/no-sums.pt"]).failure();
    assert!(
        refused.contains("note: this command has the default limits; to set one, open the file in Rust"),
        "{refused}"
    );
}

#[test]
fn a_name_in_two_shards_that_is_ignored_is_no_duplicate() {
    let scratch = tempfile::tempdir().unwrap();
    let shard = |name: &str, names: [&str; 2]| file(&place(&scratch, name), &names.map(str::to_owned));
    shard("1.safetensors", ["a", "both"]);
    shard("2.safetensors", ["b", "both"]);
    let index = r#"{"weight_map":{"a":"1.safetensors","both":"1.safetensors","b":"2.safetensors"}}"#;
    fs::write(scratch.path().join("model.safetensors.index.json"), index).unwrap();
    let (folder, lock, out) = (place(&scratch, ""), place(&scratch, "m.lock"), place(&scratch, "out.npz"));

    let ignore = ["--ignore", "both"];
    let with = |args: &[&str]| run(args.iter().chain(&ignore));
    let locked = with(&["lock", &folder]).quiet(0);
    assert_eq!(locked, "# weighbridge lock 1\na  U8 [1]\nb  U8 [1]\n");
    fs::write(&lock, &locked).unwrap();
    with(&["check", &folder, "--lock", &lock]).quiet(0);
    assert_eq!(with(&["inspect", &folder, "--json"]).json(0)["total"]["tensor_count"], 2);
    assert_eq!(with(&["convert", &folder, &out, "--json"]).json(0)["tensor_count"], 2);
    // what is not ignored is refused, or shown as it is
    let refused = run(["check", &folder, "--lock", &lock]);
    assert!(refused.code == Some(1) && refused.stdout.contains("two files hold it"), "{refused:?}");
    assert!(run(["lock", &folder]).failure().contains("two tensors have this name"));
    assert_eq!(run(["inspect", &folder, "--json"]).json(0)["duplicates"][0]["name"], "both");
}
