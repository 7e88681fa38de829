//! The page "From VarBuilder" is true: both sides are the programs, and the report is real.

use std::fs;

use serde_json::json;
use weighbridge_zoo::llama::Llama;

use crate::configured::checked;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn text(path: &str) -> String {
    fs::read_to_string(format!("{ROOT}/{path}")).unwrap()
}

/// From the first `use` to the end of `fn load`: all but the forward pass and `main`.
fn loading(example: &str) -> String {
    let program = text(&format!("examples/zoo/examples/{example}.rs"));
    let (start, load) = (program.find("use std").unwrap(), program.find("\nfn load(").unwrap());
    let end = load + program[load..].find("\n}\n").unwrap() + 2;
    program[start..end].to_owned()
}

/// The implementation with `fn forward`.
fn forward(example: &str) -> String {
    let program = text(&format!("examples/zoo/examples/{example}.rs"));
    let at = program.find("impl Qwen2 {\n    fn forward").unwrap();
    program[at..].split("\n}\n").next().unwrap().to_owned() + "\n}"
}

#[test]
fn both_ways_are_the_programs() {
    let page = text("docs/from-varbuilder.md");
    let quoted: Vec<&str> =
        page.split("```rust,ignore\n").skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect();
    let (theirs, ours) = (loading("qwen2_varbuilder"), loading("qwen2"));
    assert_eq!(quoted, [theirs.as_str(), ours.as_str(), forward("qwen2").as_str()]);
    assert_eq!(forward("qwen2"), forward("qwen2_varbuilder"));
}

/// Lines without blank ones and imports.
#[test]
fn a_declared_model_is_shorter_than_its_constructors() {
    let lines = |example| {
        let program = loading(example);
        let lines = program.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("use "));
        lines.count()
    };
    let (theirs, ours) = (lines("qwen2_varbuilder"), lines("qwen2"));
    println!("{ours} lines, and {theirs} with VarBuilder");
    assert!(ours <= 60 && ours < theirs, "{ours} and {theirs}");
    // and each layer is named once
    let program = loading("qwen2");
    for layer in ["q_proj", "o_proj", "down_proj", "input_layernorm"] {
        assert_eq!(program.matches(layer).count(), 1, "{layer}");
    }
}

#[test]
fn the_report_is_real() {
    let page = text("docs/from-varbuilder.md");
    let quoted = page.split("```text\n").nth(1).unwrap().split("\n```").next().unwrap();
    let mut report = checked::<Llama>("qwen2/small", &[("hidden_size", json!(24))]).unwrap_err();
    report.checkpoint = "model.safetensors".to_owned();
    assert_eq!(report.to_string().replace("does not match Llama", "does not match Qwen2"), quoted);
}
