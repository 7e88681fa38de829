//! `inspect` on files that other programs wrote, and on hostile files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use weighbridge::{AnyTensor, Block, Checkpoint, DType, Source, Tensor};
use weighbridge_tools::inspect::{Inspection, TreeNode, inspect};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A fixture, under the name that it has in the repository.
fn fixture(name: &str) -> Inspection {
    let mut inspection = inspect(&Checkpoint::open(Path::new(ROOT).join("fixtures").join(name)).unwrap()).unwrap();
    let root = format!("{ROOT}/");
    inspection.checkpoint = inspection.checkpoint.replace(&root, "");
    for file in &mut inspection.files {
        file.name = file.name.replace(&root, "");
    }
    for tensor in &mut inspection.tensors {
        tensor.file = tensor.file.replace(&root, "");
    }
    inspection
}

/// A safetensors file of F32 tensors, all of them zero.
fn file(tensors: &[(&str, &[usize])]) -> Vec<u8> {
    let (mut header, mut end) = (Vec::new(), 0);
    for (name, shape) in tensors {
        let size = 4 * shape.iter().product::<usize>();
        let about = json!({ "dtype": "F32", "shape": shape, "data_offsets": [end, end + size] });
        header.push(format!("{}:{about}", json!(name)));
        end += size;
    }
    let header = format!("{{{}}}", header.join(","));
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; end]].concat()
}

fn of(tensors: &[(&str, &[usize])]) -> Inspection {
    inspect(&Checkpoint::open(Source::bytes("made here", file(tensors))).unwrap()).unwrap()
}

fn names(places: &[TreeNode]) -> Vec<&str> {
    places.iter().map(|place| place.name.as_str()).collect()
}

#[test]
fn trees_of_the_fixtures() {
    for name in ["llama-sharded", "gpt2", "resnet", "whisper"] {
        insta::assert_snapshot!(name, fixture(name).to_string());
    }
    for name in ["cnn.npz", "mlp-bf16.npz", "quantized.safetensors"] {
        insta::assert_snapshot!(name.replace('.', "_"), fixture(&format!("mlx/{name}")).to_string());
    }
}

#[test]
fn the_list_has_a_line_for_each_tensor() {
    insta::assert_snapshot!("flat_linear", fixture("mlx/linear.npz").flat());
    let sharded = fixture("llama-sharded");
    let flat = sharded.flat();
    assert_eq!(flat.lines().count(), 30);
    let line = flat.lines().find(|line| line.starts_with("model.layers.1.mlp.up_proj.weight ")).unwrap();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(line.ends_with(" F32 [64, 32] 8192 bytes at 9264 in model-00003-of-00004.safetensors"), "{line}");
    assert!(flat.lines().all(|line| line.contains(" in model-0000")), "{flat}");
}

#[test]
fn the_json_has_the_documented_form() {
    let real = serde_json::to_value(fixture("mlx/linear.safetensors")).unwrap();
    let module = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/inspect/mod.rs")).unwrap();
    let documented = module.split("//! ```json\n").nth(1).unwrap().split("//! ```").next().unwrap();
    let documented: Value = serde_json::from_str(&documented.replace("//! ", "")).unwrap();
    fn agree(documented: &Value, real: &Value, place: &str) {
        match (documented, real) {
            (Value::Object(documented), Value::Object(real)) => {
                let keys = |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
                assert_eq!(keys(documented), keys(real), "{place}");
                for (key, value) in documented {
                    agree(value, &real[key], &format!("{place}.{key}"));
                }
            }
            // the page shows the first of each list
            (Value::Array(documented), Value::Array(real)) if !documented.is_empty() => {
                agree(&documented[0], &real[0], &format!("{place}[0]"));
            }
            (Value::Number(documented), Value::Number(real)) => {
                let (documented, real) = (documented.as_f64().unwrap(), real.as_f64().unwrap());
                assert!((documented - real).abs() < 0.001, "{place}: {documented} is documented, and it is {real}");
            }
            _ => assert_eq!(documented, real, "{place}"),
        }
    }
    agree(&documented, &real, "");
}

/// The totals of a module are the sums of what is below it.
fn assert_sums(place: &TreeNode, whole: u64) {
    let own = place.tensor.as_ref().map_or(0, |_| place.copy_count);
    let below = |of: fn(&TreeNode) -> u64| place.children.iter().map(of).sum::<u64>();
    assert_eq!(place.total.tensor_count, own + below(|place| place.total.tensor_count), "{}", place.name);
    if place.tensor.is_none() {
        assert_eq!(place.total.byte_len, below(|place| place.total.byte_len), "{}", place.name);
        assert_eq!(place.total.element_count, below(|place| place.total.element_count), "{}", place.name);
    }
    assert!((place.share * whole as f64 - place.total.byte_len as f64).abs() < 0.01, "{}", place.name);
    place.children.iter().for_each(|child| assert_sums(child, whole));
}

/// The totals agree with those of the programs that wrote the fixtures.
#[test]
fn sums_are_those_of_other_programs() {
    let digests: Value =
        serde_json::from_str(&fs::read_to_string(format!("{ROOT}/fixtures/digests.json")).unwrap()).unwrap();
    let mut seen = 0;
    for (path, tensors) in digests.as_object().unwrap() {
        // numpy's dtypes have other names, and a file of a split GGUF opens the whole set
        if path.contains("numpy-") || path.contains("-of-") && path.ends_with(".gguf") {
            continue;
        }
        let inspection = fixture(path);
        let tensors = tensors.as_object().unwrap();
        let (mut elements, mut bytes) = (0, 0);
        let mut dtypes: BTreeMap<&str, u64> = BTreeMap::new();
        for about in tensors.values() {
            let own: u64 = about["shape"].as_array().unwrap().iter().map(|extent| extent.as_u64().unwrap()).product();
            let dtype = match about["dtype"].as_str().unwrap() {
                "BF16" if path.ends_with(".npz") => "V2",
                dtype => dtype,
            };
            elements += own;
            let block = match dtype {
                // GGUF's, which a test of the lock's crate holds to gguf-py's table
                _ if path.ends_with(".gguf") => dtype.parse::<DType>().unwrap().block(),
                _ if dtype.ends_with("16") || dtype == "V2" => Block { elements: 1, bytes: 2 },
                _ if dtype.ends_with("64") => Block { elements: 1, bytes: 8 },
                _ => Block { elements: 1, bytes: 4 },
            };
            bytes += own / block.elements as u64 * block.bytes as u64;
            *dtypes.entry(dtype).or_default() += 1;
        }
        let total = inspection.total;
        assert_eq!(
            (total.tensor_count, total.element_count, total.byte_len),
            (tensors.len() as u64, elements, bytes),
            "{path}"
        );
        let found = inspection.dtypes.iter().map(|one| (one.dtype.name(), one.total.tensor_count)).collect();
        assert_eq!(dtypes, found, "{path}");
        inspection.tree.iter().for_each(|place| assert_sums(place, total.byte_len));
        assert_eq!(inspection.tree.iter().map(|place| place.total.tensor_count).sum::<u64>(), total.tensor_count);
        assert_eq!(inspection.files.iter().map(|file| file.total.byte_len).sum::<u64>(), total.byte_len);
        let listed: Vec<&String> = tensors.keys().collect();
        assert!(inspection.tensors.iter().all(|tensor| listed.contains(&&tensor.name)), "{path}");
        if path.ends_with(".safetensors") {
            // a safetensors file is its header and its tensors, and nothing else
            let file = fs::read(Path::new(ROOT).join("fixtures").join(path)).unwrap();
            let header = u64::from_le_bytes(file[..8].try_into().unwrap());
            assert_eq!(file.len() as u64, 8 + header + total.byte_len, "{path}");
        }
        seen += 1;
    }
    assert!(seen >= 14, "only {seen} files were looked at");
}

#[test]
fn an_odd_layer_and_a_gap_are_shown() {
    let layers: Vec<String> = [0, 1, 2, 3, 5, 6].iter().map(|layer| format!("layers.{layer}.w")).collect();
    let mut tensors: Vec<(&str, &[usize])> = layers.iter().map(|name| (name.as_str(), &[2, 2][..])).collect();
    tensors[2].1 = &[2, 3];
    let tree = of(&tensors).tree;
    assert_eq!(names(&tree), ["layers"]);
    assert_eq!(names(&tree[0].children), ["{0..=1, 3, 5..=6}.w", "2.w"]);
    assert_eq!(tree[0].children.iter().map(|place| place.copy_count).collect::<Vec<_>>(), [5, 1]);
}

#[test]
fn scalars_and_empty_tensors() {
    let inspection = of(&[("scalar", &[]), ("none", &[0, 7])]);
    let sizes: Vec<(u64, u64)> =
        inspection.tensors.iter().map(|tensor| (tensor.element_count, tensor.byte_len)).collect();
    assert_eq!(sizes, [(0, 0), (1, 4)]);
    let text = inspection.to_string();
    assert!(text.contains("scalar  F32    []") && text.contains("none    F32    [0, 7]"), "{text}");
}

#[test]
fn a_file_without_tensors() {
    insta::assert_snapshot!("no_tensors", of(&[]).to_string());
    assert_eq!(of(&[]).flat(), "");
    assert_eq!(serde_json::to_value(of(&[])).unwrap()["tree"], json!([]));
}

#[test]
fn a_name_that_is_there_twice_is_said() {
    let twice = |extents: Vec<usize>| AnyTensor::from(Tensor::<f32>::zeros(extents));
    let pairs = [("a.w", twice(vec![2])), ("b", twice(vec![3])), ("a.w", twice(vec![5]))];
    let inspection = inspect(&Checkpoint::open(Source::pairs(pairs)).unwrap()).unwrap();
    assert_eq!(
        (inspection.duplicates.len(), inspection.total.tensor_count, inspection.total.element_count),
        (1, 3, 10)
    );
    let text = inspection.to_string();
    assert!(text.contains("duplicate   a.w is there 2 times; a load refuses this file"), "{text}");
    assert_eq!(inspection.flat().lines().filter(|line| line.starts_with("a.w ")).count(), 2);
    assert!(inspection.html().contains(r#""duplicates":[{"name":"a.w","tensor_count":2}]"#));
}

#[test]
fn a_tensor_above_others_is_a_line_of_its_own() {
    let tree = of(&[("a", &[2]), ("a.b", &[3])]).tree;
    assert_eq!(names(&tree), ["a"]);
    assert_eq!(names(&tree[0].children), ["b"]);
    assert_eq!((tree[0].total.tensor_count, tree[0].total.element_count), (2, 5));
}

/// Text that may reach a terminal.
fn assert_harmless(text: &str) {
    let harmful =
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!text.contains(harmful), "{text:?}");
}

#[test]
fn names_do_not_drive_a_terminal_or_a_browser() {
    let hostile = "\u{1b}[31m\u{202e}</script><b>\n\u{9b}2J\u{2028}.w";
    let header = json!({
        "__metadata__": { hostile: hostile },
        hostile: { "dtype": "F32", "shape": [1], "data_offsets": [0, 4] },
    });
    let header = header.to_string();
    let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[0; 4]].concat();
    let inspection = inspect(&Checkpoint::open(Source::bytes(hostile, bytes)).unwrap()).unwrap();
    assert_eq!(inspection.tensors[0].name, hostile);
    assert_harmless(&inspection.to_string());
    assert_harmless(&inspection.flat());
    assert_eq!(inspection.flat().lines().count(), 1);
    let page = inspection.html();
    assert_harmless(&page);
    assert_eq!(page.matches("</script>").count(), 2, "only the page's own scripts end");
    assert!(!page.contains("<b>"));
}

#[test]
fn colours_are_the_only_difference() {
    for inspection in [fixture("gpt2"), of(&[("a", &[1])])] {
        let coloured = inspection.to_ansi();
        assert!(coloured.contains("\u{1b}["));
        let (before, rest) = coloured.split_once('\u{1b}').unwrap();
        let plain: String = rest.split('\u{1b}').map(|part| part.split_once('m').unwrap().1).collect();
        assert_eq!(before, "", "the label is the first thing that is bold");
        assert_eq!(plain, inspection.to_string());
    }
}

#[test]
fn long_metadata_is_shortened_in_text_only() {
    let long = "x".repeat(10_000);
    let header = json!({ "__metadata__": { "vocabulary": long } }).to_string();
    let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat();
    let inspection = inspect(&Checkpoint::open(Source::bytes("made here", bytes)).unwrap()).unwrap();
    assert!(inspection.to_string().contains("x… (10000 characters)"), "{inspection}");
    assert!(inspection.to_string().len() < 300);
    assert!(!inspection.html().contains(&long));
    assert_eq!(inspection.metadata["vocabulary"], long);
}

#[test]
fn a_name_of_many_parts_is_divided_so_far() {
    // each node has a tensor, so that none shares a line with the one below it
    let deep = "a.".repeat(1500) + "a";
    let all: Vec<&str> = (0..1501).map(|dots| &deep[..2 * dots + 1]).collect();
    let tensors: Vec<(&str, &[usize])> = all.iter().map(|name| (*name, &[1][..])).collect();
    let inspection = of(&tensors);
    let (mut depth, mut at) = (0, &inspection.tree);
    while let [place, ..] = at.as_slice() {
        depth += 1;
        at = &place.children;
    }
    assert_eq!(depth, 25);
    assert_eq!(inspection.tree[0].total.tensor_count, 1501);
    // the page and the JSON are not nested deeper than their readers allow
    let json = serde_json::to_string(&inspection).unwrap();
    assert!(serde_json::from_str::<Value>(&json).is_ok());
}

#[test]
fn a_page_does_not_grow_with_layers() {
    let page = |layers: usize| {
        let names: Vec<String> = (0..layers).map(|layer| format!("layers.{layer}.w")).collect();
        let tensors: Vec<(&str, &[usize])> = names.iter().map(|name| (name.as_str(), &[2][..])).collect();
        of(&tensors).html().len()
    };
    assert!(page(5_000).abs_diff(page(10)) < 60, "{} and {}", page(10), page(5_000));
}
