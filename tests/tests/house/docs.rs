//! The documents are true: what they quote is what the code says, and what they list is complete.

#[allow(dead_code)]
#[path = "../../../examples/src/lib.rs"]
mod examples;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use weighbridge_tests::verify;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The contents of the fenced blocks of a language.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

#[test]
fn the_report_of_the_readme_is_real() {
    let last = examples::planted::MISTAKES.last().unwrap();
    let readme = text("README.md");
    let quoted = blocks(&readme, "text");
    let real = last.report().unwrap();
    assert!(quoted.contains(&real.as_str()), "the report is now\n{real}\nand README.md quotes\n{}", quoted.join("\n"));
}

#[test]
fn the_model_on_the_page_about_the_zoo_is_real() {
    let (page, example) = (text("docs/zoo.md"), text("examples/zoo/examples/gpt2.rs"));
    let quoted = blocks(&page, "rust,ignore");
    assert_eq!(quoted.len(), 1);
    assert!(
        example.ends_with(&format!("\n{}\n", quoted[0])),
        "examples/zoo/examples/gpt2.rs is not what docs/zoo.md quotes"
    );
}

#[test]
fn every_model_of_the_zoo_is_on_its_page() {
    let (page, zoo) = (text("docs/zoo.md"), text("examples/zoo/src/lib.rs"));
    let rows: Vec<&str> = zoo.lines().filter_map(|line| line.strip_prefix("//! | [`")).collect();
    assert!(rows.len() >= 8);
    for row in rows {
        let name = row.split('`').next().unwrap();
        assert!(page.contains(&format!("| `{name}` | ")), "`{name}`");
    }
}

#[test]
fn the_page_about_porting_is_real() {
    let page = text("docs/porting.md");
    let (source, zoo) = (text("examples/src/porting.rs"), text("examples/zoo/src/llama_gguf.rs"));
    let structs = blocks(&page, "rust,ignore");
    assert!(structs.len() >= 6);
    for quoted in structs {
        let indented: Vec<String> = quoted.lines().map(|line| format!("    {line}")).collect();
        let is_real = source.contains(&indented.join("\n")) || zoo.contains(quoted.trim_end());
        assert!(is_real, "neither examples/src/porting.rs nor the zoo has\n{quoted}");
    }
    let reports = examples::porting::reports().unwrap();
    let quoted = blocks(&page, "text");
    assert_eq!(reports.len(), quoted.len());
    for ((step, report), quoted) in reports.iter().zip(quoted) {
        let mut report = report.clone();
        report.checkpoint = "fixtures/gpt2/model.safetensors".to_owned();
        let real = report.to_string();
        // `…` stands for lines that are left out
        let mut rest = real.as_str();
        for part in quoted.split("\n…\n") {
            let at = rest.find(part).unwrap_or_else(|| panic!("{step}: the report is now\n{real}\nand has no\n{part}"));
            rest = &rest[at + part.len()..];
        }
        assert!(rest.is_empty() && real.starts_with(quoted.lines().next().unwrap()), "{step}: {rest}");
    }
}

#[test]
fn every_mistake_of_the_example_is_refused() {
    for mistake in examples::planted::MISTAKES {
        let report = mistake.report().unwrap();
        assert!(report.contains("does not match Llama<Tiny>"), "{}: {report}", mistake.title);
    }
    assert_eq!(examples::planted::damaged_files().unwrap().len(), 3);
}

#[test]
fn the_readme_has_two_commands_and_ci_runs_them() {
    let readme = text("README.md");
    let commands: Vec<&str> = blocks(&readme, "sh").iter().flat_map(|block| block.lines()).collect();
    assert_eq!(commands, ["cargo run --example quickstart", "cargo test --workspace"]);
    let ci = text(".ci/run");
    for line in ["sed -n '/^```sh$/,/^```$/{/^```/d;p}' README.md", "\"${commands[0]}\"", "\"${commands[1]}\""] {
        assert!(ci.contains(line), ".ci/run takes the commands from the README with {line}");
    }
}

#[test]
fn every_example_is_listed() {
    let (page, manifest) = (text("examples/README.md"), text("examples/Cargo.toml"));
    let names: Vec<&str> = manifest
        .split("[[example]]")
        .skip(1)
        .map(|target| target.split("name = \"").nth(1).unwrap().split('"').next().unwrap())
        .collect();
    assert!(names.len() >= 4);
    for name in names {
        let question = text(&format!("examples/{name}.rs"));
        let question = question.lines().next().unwrap().trim_start_matches("//! ");
        assert!(page.contains(&format!("| `{name}` | {question} |")), "{name}: {question}");
    }
}

/// They need candle or burn, so they are compiled there.
#[test]
fn excerpts_of_the_page_about_training_are_real() {
    let page = text("docs/training.md");
    let examples = ["ema", "lora", "new_head", "resume"];
    let sources = examples.map(|name| text(&format!("examples/training/examples/{name}.rs")));
    let others = ["examples/training/src/lib.rs", "library-tests/tests/libraries/burn/training.rs"].map(text);
    for quoted in blocks(&page, "rust,ignore") {
        let is_real = sources.iter().chain(&others).any(|source| source.contains(&format!("\n{quoted}\n")));
        assert!(is_real, "no example has\n{quoted}");
    }
    let readme = text("examples/README.md");
    for (name, source) in examples.iter().zip(&sources) {
        let question = source.lines().next().unwrap().trim_start_matches("//! ");
        assert!(readme.contains(&format!("| `{name}` | {question} |")), "{name}: {question}");
    }
}

/// The words in brackets after `start`, in the order of a constant in the derive's sources.
fn words(source: &str, target: &str) -> Vec<String> {
    let list = source.split(&format!("Target::{target} => ")).nth(1).unwrap();
    let list = list.split("&[").nth(1).unwrap().split(']').next().unwrap();
    let words = list.split(',').map(|word| word.trim().to_lowercase());
    words.filter(|word| !word.is_empty()).collect()
}

#[test]
fn every_attribute_is_documented() {
    let (page, symbols) = (text("docs/attributes.md"), text("macros/src/symbol.rs"));
    for target in ["Param", "Module", "Type"] {
        for word in words(&symbols, target) {
            assert!(page.contains(&format!("### `{word}`")), "`{word}` has no section");
            assert!(page.contains(&format!("](#{word})")), "`{word}` is not in the table");
        }
    }
}

/// They need tensor libraries, so they are compiled there.
#[test]
fn excerpts_of_the_library_tests_are_real() {
    let page = text("docs/attributes.md");
    let excerpts = blocks(&page, "rust,ignore");
    let sources = ["burn/both_derives.rs", "candle/both_traits.rs"];
    assert_eq!(excerpts.len(), sources.len());
    for (excerpt, source) in excerpts.iter().zip(sources) {
        let path = format!("library-tests/tests/libraries/{source}");
        assert!(page.contains(&format!("`{path}`")), "docs/attributes.md does not say where the excerpt is from");
        assert!(text(&path).contains(excerpt), "{path} has no\n{excerpt}");
    }
}

/// The struct of which `docs/attributes.md` shows what the compiler says.
#[allow(dead_code)]
#[derive(weighbridge::Module)]
struct Linear {
    #[param(shape = [10, 10])]
    weight: weighbridge::Tensor<f32>,
    #[param(shape = [5])]
    bias: weighbridge::Tensor<f32>,
}

#[test]
fn what_the_compiler_says_is_real() {
    let file = "../fixtures/mlx/linear.safetensors";
    let text = verify::text::<Linear>(&weighbridge::Checkpoint::open(file).unwrap()).unwrap();
    let page = self::text("docs/attributes.md");
    assert_eq!(blocks(&page, "text"), [text.as_str()]);
    let refused = weighbridge::Loader::new().check::<Linear>(file).unwrap_err();
    assert_eq!(refused.report().unwrap().to_string(), text);
}

#[test]
fn every_limit_of_the_check_is_documented() {
    let page = text("docs/lock.md");
    for (file, limit, documented) in [
        ("path", "const DEPTH: usize = 16;", "| components of a name | 16 |"),
        ("cursor", "Bounded<Cursor, 64>", "what is flattened count | 64 |"),
        ("choice", "const VARIANTS: usize = 8;", "| variants of an enum | 8 |"),
        ("comparison", "const MOST: usize = 32;", "| 32 each |"),
        ("comparison", "Bounded<Cut, 128>", "| 128 each |"),
        ("comparison", "Bounded<Ignore, 128>", "| 128 each |"),
        ("comparison", "Bounded<TiedParameter, 128>", "| 128 each |"),
        ("rows", "const ROWS: usize = 128;", "Beyond 128 findings"),
        ("refusal", "Text<16384>", "16 KiB"),
    ] {
        let source = text(&format!("runtime/src/verify/{file}.rs"));
        assert!(source.contains(limit), "runtime/src/verify/{file}.rs has no `{limit}`, and docs/lock.md says so");
        assert!(page.contains(documented), "docs/lock.md has no `{documented}`");
    }
}

#[test]
fn every_switch_is_documented() {
    let (page, loader) = (text("docs/strictness.md"), text("runtime/src/loader.rs"));
    let body = loader.split("impl Loader {").nth(1).unwrap().split("\n}\n").next().unwrap();
    let mut switches = 0;
    let lines = body.lines();
    let public =
        lines.filter_map(|line| line.strip_prefix("    pub fn ").or_else(|| line.strip_prefix("    pub unsafe fn ")));
    for line in public {
        let name: String = line.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        assert!(
            page.contains(&format!("`{name}(")) || page.contains(&format!("`{name}`")) || name == "new",
            "`{name}`"
        );
        switches += 1;
    }
    assert!(switches >= 20, "only {switches} were found");
}

#[test]
fn every_class_of_findings_is_documented() {
    let (page, report) = (text("docs/strictness.md"), text("runtime/src/report/outcome.rs"));
    let fields = report.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.strip_suffix(": Vec<Finding>,"));
    let fields: Vec<&str> = fields.collect();
    assert!(fields.len() >= 7, "{fields:?}");
    for field in fields {
        assert!(page.contains(&format!("`{field}`")), "`{field}`");
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let page = text("docs/dependencies.md");
    let own = ["weighbridge"];
    let mut named = BTreeSet::new();
    for package in [
        "lock",
        "memory",
        "checkpoint",
        "runtime",
        "macros",
        "tools",
        "cli",
        "tests",
        "ui-tests",
        "library-tests",
        "examples",
        "examples/training",
        "examples/zoo",
        "benches",
        "benches/compare",
    ] {
        let manifest = text(&format!("{package}/Cargo.toml"));
        let mut in_dependencies = false;
        for line in manifest.lines() {
            if let Some(section) = line.strip_prefix('[') {
                in_dependencies = section.trim_end_matches(']').ends_with("dependencies");
            } else if in_dependencies && line.starts_with(|c: char| c.is_alphanumeric()) {
                let name = line.split(['=', '.', ' ']).next().unwrap();
                let renamed = line.split("package = \"").nth(1).map(|rest| rest.split('"').next().unwrap());
                named.insert(renamed.unwrap_or(name).to_owned());
            }
        }
    }
    for name in named.iter().filter(|name| !own.contains(&name.as_str())) {
        assert!(page.contains(&format!("| `{name}` |")), "`{name}` has no line in docs/dependencies.md");
    }
    for line in page.lines().filter_map(|line| line.strip_prefix("| `")) {
        let name = line.split('`').next().unwrap();
        assert!(named.contains(name), "docs/dependencies.md explains `{name}`, which nothing depends on");
    }
}

#[test]
fn the_readme_leads_to_every_page() {
    let readme = text("README.md");
    let mut pages = 0;
    for page in fs::read_dir(Path::new(ROOT).join("docs")).unwrap() {
        let page = page.unwrap().file_name().into_string().unwrap();
        let link = readme.lines().find_map(|line| line.strip_suffix(&format!("]: docs/{page}")));
        let name = link.unwrap_or_else(|| panic!("README.md has no link to docs/{page}"));
        assert!(readme.contains(&format!("\n- {name}]: ")), "docs/{page} is not in the list of what to read on");
        pages += 1;
    }
    assert!(pages >= 9, "only {pages} were found");
}

#[test]
fn every_feature_is_listed() {
    let (readme, manifest) = (text("README.md"), text("runtime/Cargo.toml"));
    let features = manifest.split("\n[features]\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = features.lines().map(|line| line.split(' ').next().unwrap());
    let names: Vec<&str> = names.filter(|&name| name != "default").collect();
    assert!(names.len() >= 6, "{names:?}");
    for name in names {
        assert!(readme.contains(&format!("\n| `{name}` | ")), "README.md does not list the feature `{name}`");
    }
}

#[test]
fn links_lead_somewhere() {
    for page in [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "examples/README.md",
        "docs/from-varbuilder.md",
        "docs/from-burn-store.md",
        "docs/zoo.md",
        "docs/quantised.md",
        "docs/training.md",
        "docs/glossary.md",
        "docs/attributes.md",
        "docs/porting.md",
        "docs/strictness.md",
        "docs/sources.md",
        "docs/loading.md",
        "docs/lock.md",
        "docs/performance.md",
        "docs/design.md",
        "docs/dependencies.md",
        "docs/cli.md",
    ] {
        let text = text(page);
        let directory = Path::new(ROOT).join(page);
        let inline = text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
        let defined = text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: ").map(|(_, link)| link));
        for link in inline.chain(defined).filter(|link| !link.starts_with("http")) {
            match link.strip_prefix('#') {
                Some(anchor) => {
                    let heading = |line: &str| {
                        line.trim_start_matches('#').trim().trim_matches('`').to_lowercase().replace(' ', "-")
                    };
                    let mut headings = text.lines().filter(|line| line.starts_with('#')).map(heading);
                    assert!(headings.any(|heading| heading == anchor), "{page}: #{anchor}");
                }
                None => assert!(directory.parent().unwrap().join(link).exists(), "{page}: {link}"),
            }
        }
    }
}

#[test]
fn what_generated_code_names_is_tried_beside_a_derive() {
    let beside = text("tests/tests/derive/hygiene/beside.rs");
    let list = beside.split("macro_rules! names").nth(1).unwrap().split("macro_rules!").next().unwrap();
    let tried: BTreeSet<&str> = list.split_whitespace().collect();
    let mut code = text("macros/src/verify.rs") + &text("macros/src/explain.rs");
    for golden in fs::read_dir(Path::new(ROOT).join("macros/tests/expand")).unwrap() {
        code += &fs::read_to_string(golden.unwrap().path()).unwrap();
    }
    let words: Vec<&str> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let mut named = BTreeSet::new();
    for (number, word) in words.iter().enumerate() {
        // `__wb::Tree`, and `__w`, but not the numbered `__12` of a long tuple
        let is_runtimes = number >= 2 && words[number - 2] == "__wb" && words[number - 1].is_empty();
        let is_own = word.strip_prefix("__").is_some_and(|rest| !rest.chars().all(|c| c.is_ascii_digit()));
        if !word.is_empty() && (is_runtimes || is_own) {
            named.insert(*word);
        }
    }
    assert!(named.len() >= 30, "{named:?}");
    let untried: Vec<&&str> = named.iter().filter(|word| !tried.contains(**word)).collect();
    assert!(untried.is_empty(), "tests/tests/derive/hygiene/beside.rs does not try {untried:?}");
}
