//! Names that drive a terminal, reorder the text around them, or forge a line: none of them is raw in any text that people read.

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::path::Path;

use wb::DType;
use wb::{Checkpoint, Loader, Module, Rule, Saver, Source, Tensor};
use weighbridge_lock::{Lock, is_hidden};
use weighbridge_tests::files::{f32s, npy, npz, raw_safetensors, safetensors};

/// Characters of every kind that must not be raw.
fn characters() -> impl Iterator<Item = char> {
    let ascii = "\0\u{1}\u{7}\u{8}\t\n\u{b}\u{c}\r\u{1b}\u{1f}\u{7f}`\\\"".chars();
    let others = "\u{80}\u{85}\u{90}\u{9b}\u{9d}\u{9f}\u{a0}\u{ad}\u{61c}\u{feff}\u{fff9}\u{fffb}\u{fe0f}".chars();
    let ranges = ['\u{200b}'..='\u{200f}', '\u{2028}'..='\u{202e}', '\u{2060}'..='\u{2060}', '\u{2066}'..='\u{2069}'];
    ascii.chain(others).chain(['\u{e0001}', '\u{e0041}', '\u{3164}']).chain(ranges.into_iter().flatten())
}

/// What a forged line of a text begins with, where a name has a line break.
const FORGED: &str = "FORGED";

#[track_caller]
fn clean(text: &str, name: &str) {
    assert!(!text.is_empty());
    for line in text.lines() {
        assert!(!line.contains(is_hidden), "{name:?} is raw: {line:?}");
        assert!(!line.trim_start().starts_with(FORGED), "{name:?} forges a line: {text}");
    }
}

/// Reads a value as people do.
#[track_caller]
fn read<T: Display + Debug>(value: &T, name: &str) {
    clean(&value.to_string(), name);
    // what Rust derives escapes by Rust's own list, which lacks this one
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        clean(&text.replace('\u{3164}', ""), name);
    }
}

#[derive(Module)]
#[module(crate = wb)]
struct Small {
    #[param(shape = [10, 10])]
    weight: Tensor<f32>,
    #[param(shape = [10])]
    bias: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Nested {
    block: Small,
    maps: BTreeMap<String, Small>,
    layers: Vec<Small>,
    #[param(shape = ["dim"])]
    open: Option<Tensor<f32>>,
}

/// The error and the report of a check, and its hints as data.
#[track_caller]
fn refused<M: Module>(loader: &Loader, source: impl Into<Source>, name: &str) {
    match loader.check::<M>(source) {
        Ok(report) => read(&report, name),
        Err(error) => {
            read(&error, name);
            let Some(report) = error.report() else { return };
            for (_, finding) in report.findings() {
                read(finding, name);
                for text in finding
                    .hints
                    .iter()
                    .map(String::as_str)
                    .chain(finding.expected.as_deref())
                    .chain(finding.found.as_deref())
                {
                    clean(text, name);
                }
            }
            report.hints.iter().for_each(|hint| clean(hint, name));
        }
    }
}

/// A safetensors file of these names, whatever they are.
fn file(tensors: &[(&str, &[usize])]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> = tensors.iter().map(|(_, shape)| vec![0; 4 * shape.iter().product::<usize>()]).collect();
    // the helper puts names into the header as they are, so they are escaped here
    let names: Vec<String> = tensors.iter().map(|(name, _)| json(name)).collect();
    let all: Vec<_> = names
        .iter()
        .zip(tensors)
        .zip(&bytes)
        .map(|((name, (_, shape)), bytes)| (&name[1..name.len() - 1], DType::F32, *shape, bytes.as_slice()))
        .collect();
    safetensors(&all)
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

const SQUARE: &[usize] = &[10, 10];
const ROW: &[usize] = &[10];

#[test]
fn names_of_tensors_in_reports() {
    let loader = Loader::new();
    for c in characters() {
        let evil = format!("{c}{FORGED}");
        let with = |text: &str| format!("{text}{evil}");
        for names in [
            // near names, the only one of its shape, a style, a prefix, an infix, a misspelt head
            [with("weight"), "bias".to_owned()],
            [format!("weight{c}"), format!("bias{c}")],
            [with("weight."), "bias".to_owned()],
            [format!("{evil}.weight"), format!("{evil}.bias")],
            [format!("lm_head{c}.weight"), "embed_tokens.weight".to_owned()],
            [format!("weight.{c}0"), "bias".to_owned()],
            [format!("weight.{evil}.weight"), "weight".to_owned()],
        ] {
            let [a, b] = &names;
            let source = file(&[(a, SQUARE), (b, ROW)]);
            refused::<Small>(&loader, &source, &evil);
            refused::<Small>(&Loader::new().strip_prefix(with("a.")).rename(with("b"), with("c")), &source, &evil);
            refused::<Nested>(&loader, &source, &evil);
        }
        // behind a prefix and an infix that all of them have
        let infix = ["block", "layers.0", "layers.1", "maps.a"].map(|place| format!("{place}.{evil}."));
        let names: Vec<String> =
            infix.iter().flat_map(|place| [format!("{place}weight"), format!("{place}bias")]).collect();
        let tensors: Vec<(&str, &[usize])> =
            names.iter().map(|name| (name.as_str(), if name.ends_with("bias") { ROW } else { SQUARE })).collect();
        refused::<Nested>(&loader, &file(&tensors), &evil);
        // the keys of a map, with every mistake there is below them
        let key = |name: &str| format!("maps.{evil}.{name}");
        for names in [[key("weight"), key("bias")], [key("weigth"), key("bias")], [key("weight"), key(&with("bias"))]] {
            for shape in [SQUARE, ROW, &[9, 10], &[10, 1, 10]] {
                refused::<Nested>(&loader, &file(&[(&names[0], shape), (&names[1], ROW)]), &evil);
            }
        }
        // a list with an index that is none, and one with gaps
        for index in [format!("0{c}"), format!("{c}0"), with("1")] {
            let names = [format!("layers.{index}.weight"), format!("layers.{index}.bias"), format!("layers.7.{evil}")];
            refused::<Nested>(&loader, &file(&[(&names[0], SQUARE), (&names[1], ROW), (&names[2], ROW)]), &evil);
        }
        // two names that become one
        let twice = file(&[(&with("weight"), SQUARE), ("weight", SQUARE), ("bias", ROW)]);
        refused::<Small>(&Loader::new().rename(with("weight"), "weight"), &twice, &evil);
    }
}

#[test]
fn names_that_a_caller_gives() {
    let source = file(&[("weight", SQUARE), ("bias", ROW)]);
    for c in characters() {
        let evil = format!("{c}{FORGED}");
        let loader = Loader::new().ignore([evil.clone(), format!("*{evil}")]).rename(&evil, format!("x{evil}"));
        refused::<Small>(&loader.strip_prefix(&evil), &source, &evil);
        refused::<Small>(&Loader::new().subtree(&evil), &source, &evil);
        refused::<Small>(&Loader::new().subtree(&evil), file(&[(&format!("{evil}.w"), ROW), (&evil, ROW)]), &evil);
        refused::<Small>(&Loader::new().subtree("a"), file(&[(&format!("{evil}.w"), ROW), (&evil, ROW)]), &evil);
        refused::<Small>(&Loader::new().separator(c), file(&[(&format!("weight{c}{FORGED}"), ROW)]), &evil);
        refused::<Nested>(&Loader::new().dim(format!("di{c}"), 3).dim(&evil, 4), &source, &evil);
        refused::<Small>(&Loader::new(), Source::bytes(evil.clone(), file(&[("w", ROW)])), &evil);
        refused::<Small>(&Loader::new(), Source::bytes(evil.clone(), b"no checkpoint at all".as_slice()), &evil);
        clean(&format!("{:?}", Source::bytes(evil.clone(), source.clone())), &evil);
        let checkpoint = Checkpoint::open(Source::bytes(evil.clone(), file(&[(&evil, ROW)]))).unwrap();
        let text = format!("{checkpoint:?} {:?}", checkpoint.entry(0));
        clean(&text.replace('\u{3164}', ""), &evil);
        clean(&checkpoint.lock().unwrap().to_string(), &evil);
    }
}

#[test]
fn what_is_wrong_with_a_container() {
    for c in characters() {
        let evil = format!("{c}{FORGED}");
        let name = json(&evil);
        let tensor = r#"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#;
        for header in [
            format!("{{{name}:{tensor},{name}:{tensor}}}"),
            format!("{{{name}:{tensor},\"b\":{tensor}}}"),
            format!("{{{name}:1}}"),
            format!("{{\"a\":{name}}}"),
            format!("{{\"a\":{{{name}:1}}}}"),
            format!("{{\"a\":{{\"dtype\":{name},\"shape\":[1],\"data_offsets\":[0,4]}}}}"),
            format!("{{\"a\":{{\"dtype\":\"F32\",\"shape\":{name},\"data_offsets\":[{name}]}}}}"),
            format!("{{\"__metadata__\":{{{name}:1}}}}"),
            format!("{{\"__metadata__\":{{{name}:\"\",{name}:\"\"}}}}"),
            format!("{{\"__metadata__\":{name}}}"),
            format!("{{\"a\" {c} {FORGED}"),
        ] {
            refused::<Small>(&Loader::new(), raw_safetensors(&header, &[0; 4]), &evil);
        }
        for text in [
            format!("{evil} not found\n"),
            format!("{{\"error\":{name}}}"),
            format!("<html><title>{evil}</title>"),
            format!("version {evil}"),
        ] {
            refused::<Small>(&Loader::new(), text.clone().into_bytes(), &evil);
            let folder = tempfile::tempdir().unwrap();
            for place in ["model.safetensors", "a.safetensors", "model.safetensors.index.json", "a.npz", "a.lock"] {
                let path = folder.path().join(place);
                std::fs::write(&path, &text).unwrap();
                refused::<Small>(&Loader::new(), path.as_path(), &evil);
                refused::<Small>(&Loader::new(), folder.path(), &evil);
            }
        }
        let array = npy("<f4", false, "(1,)", &[0; 4]);
        let member = format!("{evil}.npy");
        for members in [
            vec![(evil.as_str(), array.clone())],
            vec![(member.as_str(), array.clone()), (member.as_str(), array.clone())],
            vec![(evil.as_str(), array.clone()), (member.as_str(), array.clone())],
            vec![(member.as_str(), npy(&evil, false, "(1,)", &[0; 4]))],
            vec![(member.as_str(), npy("<f4", false, &evil, &[0; 4]))],
            vec![(member.as_str(), npy("|O", false, "(1,)", &[0; 4]))],
            vec![(member.as_str(), npy("<f4", false, "(2,)", &[0; 4]))],
        ] {
            refused::<Small>(&Loader::new(), npz(&members), &evil);
        }
        let lock = "# weighbridge lock 1\n";
        for line in [
            format!("{evil} F32 [1]"),
            format!("\"{evil}\" F32 [1]"),
            format!("\"a\\u{{{:x}}}{FORGED}\" F32 [1]\n\"a\\u{{{:x}}}{FORGED}\" F32 [1]", u32::from(c), u32::from(c)),
            format!("a {evil} [1]"),
            format!("a F32 {evil}"),
            format!("a F32 [1] # {evil}"),
            format!("# {evil}"),
        ] {
            match format!("{lock}{line}\n").parse::<Lock>() {
                Err(error) => read(&error, &evil),
                // people write tabs and joined letters in comments
                Ok(lock) => drop(lock),
            }
            refused::<Small>(&Loader::new(), format!("{lock}{line}\n").into_bytes(), &evil);
        }
    }
}

#[test]
fn what_verify_says() {
    // it is of text of a fixed size, and runs as slowly as in the compiler
    for c in characters().filter(|c| *c != '\0') {
        let evil = format!("{c}{FORGED}");
        let names = [
            format!("{evil}.weight"),
            format!("block.{evil}"),
            format!("layers.0{c}.weight"),
            format!("maps.{evil}.weight"),
        ];
        let tensors: Vec<(&str, &[usize])> = names.iter().map(|name| (name.as_str(), ROW)).collect();
        let checkpoint = Checkpoint::open(Source::bytes(evil.clone(), file(&tensors))).unwrap();
        clean(&weighbridge_tests::verify::text::<Small>(&checkpoint).unwrap(), &evil);
        clean(&weighbridge_tests::verify::text::<Nested>(&checkpoint).unwrap(), &evil);
    }
}

#[test]
fn a_lock_against_names() {
    for c in characters() {
        let evil = format!("{c}{FORGED}");
        for (own, other) in [
            (format!("weight{c}"), "weight".to_owned()),
            (evil.clone(), format!("a{evil}")),
            (format!("{evil}.a"), "a".into()),
        ] {
            let lock = Checkpoint::open(file(&[(&own, ROW), ("b", ROW)])).unwrap().lock().unwrap();
            for (name, shape) in [(&other, ROW), (&own, SQUARE)] {
                match wb::lock::check(&lock, &evil, file(&[(name, shape), ("b", ROW)])) {
                    Err(error) => read(&error, &evil),
                    Ok(report) => read(&report, &evil),
                }
            }
        }
    }
}

/// What is said of a path, for every way to use one.
#[track_caller]
fn path_is_clean(path: &Path, name: &str) {
    for source in [Source::from(path), Source::from(path.join("model.safetensors"))] {
        clean(&format!("{source:?}"), name);
        refused::<Small>(&Loader::new(), source, name);
    }
    let module = Small { weight: Tensor::zeros([10, 10]), bias: Tensor::zeros([10]) };
    for place in [path.to_owned(), path.with_extension("npz"), path.join("below.safetensors")] {
        for saver in [Saver::new(), Saver::new().max_shard_size(100)] {
            if let Err(error) = saver.save(&module, &place) {
                read(&error, name);
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn names_of_files_and_directories() {
    use std::os::unix::ffi::OsStrExt;

    let all = characters().filter(|c| *c != '\0').map(|c| format!("{c}{FORGED}").into_bytes());
    for name in all.chain([b"\xff\x9b\xc2FORGED".to_vec()]) {
        let evil = String::from_utf8_lossy(&name).into_owned();
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(std::ffi::OsStr::from_bytes(&name));
        path_is_clean(&place, &evil);
        std::fs::create_dir_all(&place).unwrap();
        path_is_clean(&place, &evil);
        for ending in [".safetensors", ".npz", ".safetensors.index.json", ".bin", ".lock"] {
            let file = place.join(std::ffi::OsStr::from_bytes(&[&name, ending.as_bytes()].concat()));
            std::fs::write(&file, b"not a checkpoint").unwrap();
            path_is_clean(&file, &evil);
            refused::<Small>(&Loader::new(), place.as_path(), &evil);
        }
    }
}

#[test]
fn names_in_an_index() {
    for c in characters() {
        let evil = format!("{c}{FORGED}");
        let name = json(&evil);
        for map in [
            format!("{{{name}:{name}}}"),
            format!("{{{name}:\"a.safetensors\",{name}:\"a.safetensors\"}}"),
            format!("{{{name}:\"a.safetensors\"}}"),
            format!("{{{name}:1}}"),
            format!("{{\"a\":{name}}}"),
            format!("{{\"weight\":\"a.safetensors\",\"bias\":\"b.safetensors\",{name}:\"b.safetensors\"}}"),
            name.clone(),
        ] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("a.safetensors"), file(&[(&evil, ROW), ("weight", SQUARE)])).unwrap();
            std::fs::write(folder.path().join("b.safetensors"), file(&[("bias", ROW)])).unwrap();
            let index = folder.path().join("model.safetensors.index.json");
            std::fs::write(&index, format!("{{\"metadata\":{{{name}:{name}}},\"weight_map\":{map}}}")).unwrap();
            refused::<Small>(&Loader::new(), index.as_path(), &evil);
        }
    }
}

#[test]
fn names_in_a_save() {
    for c in characters() {
        let evil = format!("{c}{FORGED}");
        let module =
            BTreeMap::from([(evil.clone(), Small { weight: Tensor::zeros([10, 10]), bias: Tensor::zeros([10]) })]);
        let module = Nested {
            block: Small { weight: Tensor::zeros([10, 10]), bias: Tensor::zeros([10]) },
            maps: module,
            layers: Vec::new(),
            open: None,
        };
        let folder = tempfile::tempdir().unwrap();
        for place in ["a.npz", "a.safetensors", "a"] {
            for saver in [Saver::new().metadata(&evil, &evil), Saver::new(), Saver::new().max_shard_size(500)] {
                match saver.save(&module, folder.path().join(place)) {
                    Err(error) => read(&error, &evil),
                    Ok(()) => {
                        refused::<Small>(&Loader::new().unexpected(Rule::Allow), folder.path().join(place), &evil)
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_said_of_names_that_are_copied_works() {
    // the remedy is copied from the text of the hint, as a person does
    for c in characters() {
        let name = format!("weight{c}");
        let source = file(&[(&name, SQUARE), ("bias", ROW)]);
        let error = Loader::new().check::<Small>(&source).unwrap_err();
        let hints = &error.report().unwrap().missing[0].hints;
        let Some((_, alias)) = hints[0].split_once("alias = ") else { panic!("{hints:?}") };
        let literal = &alias[..alias[1..].find("\")]").unwrap() + 2];
        let literal: syn::LitStr = syn::parse_str(literal).unwrap();
        assert_eq!(literal.value(), name, "{hints:?}");
    }
}

#[test]
fn lines_of_numbers_are_there_as_data() {
    let source = safetensors(&[("a\\u001b", DType::F32, &[1], &f32s(&[1.0])), ("bias", DType::F32, &[10], &[0; 40])]);
    let report = *match Loader::new().check::<Small>(&source).unwrap_err() {
        wb::LoadError::Mismatch(report) => report,
        other => panic!("{other}"),
    };
    assert_eq!(report.unexpected[0].path, "a\u{1b}");
    assert_eq!(serde_json::from_str::<wb::Report>(&serde_json::to_string(&report).unwrap()).unwrap(), report);
}
