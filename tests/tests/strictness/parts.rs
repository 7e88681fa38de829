//! A part of a file, and names as other libraries write them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wb::{LoadError, Loader, Module, ReadAt, Rename, Source};

use super::{Named, Pair, accepted, mismatch, pair, paths, refused, vector};

/// The tensors of a pair below a module.
fn below(module: &str, separator: char) -> Vec<Named> {
    let name = |leaf: &str| &*format!("{module}{separator}{leaf}").leak();
    vec![(name("a"), vector(&[5.0, 6.0])), (name("b"), vector(&[7.0, 8.0]))]
}

/// A file of a diffusion model, whose parts are models of their own.
fn several_models() -> Vec<Named> {
    let parts = ["first_stage_model.decoder", "model.diffusion_model", "cond_stage_model.transformer.text_model"];
    parts.iter().flat_map(|part| below(part, '.')).chain([("alphas_cumprod", vector(&[1.0]))]).collect()
}

#[test]
fn one_model_of_a_file_is_loaded_as_if_the_others_were_not_there() {
    let all = several_models();
    for part in ["first_stage_model.decoder", "model.diffusion_model", "cond_stage_model.transformer.text_model."] {
        let (module, report) = accepted(&Loader::new().subtree(part), &mut pair(), &all);
        assert_eq!((module.a.as_slice(), module.b.as_slice()), (&[5.0, 6.0][..], &[7.0, 8.0][..]));
        assert!(report.ignored.is_empty() && report.stale_renames.is_empty(), "{report:?}");
    }
    // wherever it is called, the names that the others see are below it
    let loader = Loader::new().strip_prefix("decoder.").subtree("first_stage_model");
    accepted(&loader, &mut pair(), &all);
    // strict inside, with the names that the file has; and patterns are over the names below it
    let more = [&all[..], &[("model.diffusion_model.c", vector(&[1.0])), ("model.c", vector(&[1.0]))]].concat();
    let loader = Loader::new().subtree("model.diffusion_model");
    assert_eq!(paths(&refused(&loader, &mut pair(), &more).unexpected), ["model.diffusion_model.c"]);
    let (_, report) = accepted(&loader.ignore(["c", "model.c"]), &mut pair(), &more);
    assert_eq!((&report.ignored[..], &report.stale_ignores[..]), (&["c".to_owned()][..], &["model.c".to_owned()][..]));
    // a stream and an update too
    let mut seen = Vec::new();
    let loader = Loader::new().subtree("model.diffusion_model");
    loader
        .stream::<Pair, LoadError>(&*all, |one| {
            seen.push(one.path.to_owned());
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, ["a", "b"]);
}

#[test]
fn what_is_outside_of_the_subtree_breaks_no_rule_of_names() {
    // a name twice, an index with a zero, and what a renaming would make the same
    let outside = ["other.x", "other.x", "other.0", "other.00", "x.a"].map(|name| (name, vector(&[1.0, 2.0])));
    let all = [&below("part", '.')[..], &outside].concat();
    accepted(&Loader::new().subtree("part").strip_prefix("x."), &mut pair(), &all);
}

#[test]
fn a_subtree_that_is_not_there_is_told_with_those_that_are() {
    let all = several_models();
    let said = |loader: Loader| {
        let report = refused(&loader, &mut pair(), &all);
        assert_eq!((paths(&report.missing), report.unexpected.len()), (vec!["a", "b"], 0));
        assert!(report.stale_renames.iter().all(|stale| matches!(stale, Rename::Subtree(_))), "{report:?}");
        report.hints[0].clone()
    };
    // misspelt, cut off, the last part only: the remedy is a call that loads
    for (given, meant) in [
        ("first_stage_modle.decoder", "first_stage_model.decoder"),
        ("diffusion_model", "model.diffusion_model"),
        ("text_model", "cond_stage_model.transformer.text_model"),
    ] {
        let hint = said(Loader::new().subtree(given).strip_prefix("x."));
        assert_eq!(hint, format!("the checkpoint has no name below `{given}`; did you mean `subtree(\"{meant}\")`?"));
        accepted(&Loader::new().subtree(meant), &mut pair(), &all);
    }
    assert!(said(Loader::new().subtree("first_stage")).ends_with("did you mean `subtree(\"first_stage_model\")`?"));
    let hint = said(Loader::new().subtree("vae"));
    let modules = "its modules are `cond_stage_model`, `first_stage_model`, `model`";
    assert_eq!(hint, format!("the checkpoint has no name below `vae`; {modules}"));
    // a tensor is no subtree
    assert!(
        said(Loader::new().subtree("alphas_cumprod")).contains("no name below `alphas_cumprod`; it is a tensor, so")
    );
    let flat = [("a", vector(&[1.0, 1.0]))];
    let report = refused(&Loader::new().subtree("x"), &mut pair(), &flat);
    assert_eq!(
        report.to_string().lines().nth(1).unwrap(),
        "hint        the checkpoint has no name below `x`; no name has a module, so leave out `subtree`"
    );

    // where nothing would be missing, a part that is not there is refused all the same
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Optional {
        inner: Option<Pair>,
    }
    let report = mismatch(Loader::new().subtree("vae").load::<Optional>(&*all));
    assert_eq!((paths(&report.name), report.missing.len()), (vec!["vae"], 0));
    let report = mismatch(Loader::new().strict(false).subtree("vae").update(&mut pair(), &*all));
    assert_eq!(report.to_string().lines().last().unwrap().split_whitespace().next(), Some("rename"), "{report}");
}

#[test]
fn a_separator_is_read_as_a_dot() {
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Vit {
        #[module(rename = "Transformer")]
        transformer: Blocks,
        head: Pair,
    }
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Blocks {
        blocks: Vec<Pair>,
    }
    let file = [&below("Transformer/blocks/0", '/')[..], &below("Transformer/blocks/1", '/'), &below("head", '/')];
    let mut vit = Vit { transformer: Blocks { blocks: vec![pair(), pair()] }, head: pair() };
    let (vit, report) = accepted(&Loader::new().separator('/'), &mut vit, &file.concat());
    assert_eq!((vit.transformer.blocks.len(), report.stale_renames.len()), (2, 0));
    // findings name what is in the file, and what is missing by its path
    let report = mismatch(Loader::new().separator('/').load::<Vit>(&file[1..].concat()[..]));
    assert_eq!(paths(&report.name), ["Transformer.blocks"]);
    let report = mismatch(Loader::new().separator('/').load::<Pair>(&file.concat()[..]));
    assert_eq!(paths(&report.unexpected)[..2], ["Transformer/blocks/0/a", "Transformer/blocks/0/b"]);
    // with a subtree, in the file's spelling or with dots; the renamings after it see dots
    for part in ["Transformer/blocks", "Transformer.blocks"] {
        let loader =
            Loader::new().rename("1", "inner").subtree(part).separator('/').ignore(["0.*"]).strip_prefix("inner.");
        accepted(&loader, &mut pair(), &file.concat());
    }
    let report = mismatch(Loader::new().subtree("transformer/blocks").separator('/').load::<Pair>(&file.concat()[..]));
    assert!(report.hints[0].ends_with("did you mean `subtree(\"Transformer.blocks\")`?"), "{report}");
    // one that no name has is noted
    let (_, report) =
        accepted(&Loader::new().separator('/'), &mut pair(), &[("a", vector(&[0.0; 2])), ("b", vector(&[0.0; 2]))]);
    assert_eq!(report.stale_renames, [Rename::Separator('/')]);
    assert!(
        report
            .to_string()
            .ends_with("rename      the separator `/` fits no name in the checkpoint; remove it if it is out of date")
    );
}

#[test]
fn a_remedy_sees_the_names_as_the_renamings_before_it_left_them() {
    // two names that become one, below a subtree: the hint's first call must fit what `subtree` and `separator` left
    let twice = [("m/x/a", vector(&[1.0; 2])), ("m/a", vector(&[2.0; 2])), ("m/b", vector(&[3.0; 2]))];
    let loader = Loader::new().subtree("m").separator('/').strip_prefix("x.");
    let report = refused(&loader, &mut pair(), &twice);
    let hint = &report.duplicate[0].hints[0];
    assert!(hint.ends_with("begin with `Loader::new().rename(\"a\", \"unused\").ignore([\"*unused\"])`"), "{hint}");
    let loader = Loader::new().rename("a", "unused").ignore(["*unused"]);
    accepted(&loader.subtree("m").separator('/').strip_prefix("x."), &mut pair(), &twice);
    // and a pattern fits the names that come out
    let more = [("model.a", vector(&[1.0; 2])), ("model.b", vector(&[1.0; 2])), ("model.c", vector(&[1.0; 2]))];
    let report = refused(&Loader::new().strip_prefix("model."), &mut pair(), &more);
    let hint = &report.hints[0];
    assert!(hint.ends_with("say `loader.ignore([\"c\"])`"), "{hint}");
    accepted(&Loader::new().strip_prefix("model.").ignore(["c"]), &mut pair(), &more);
}

#[test]
fn a_regular_expression_renames() {
    let file = [("layer_a_0", vector(&[5.0, 6.0])), ("layer_b_0", vector(&[7.0, 8.0]))];
    accepted(&Loader::new().rename_regex("^layer_([ab])_0$", "$1"), &mut pair(), &file);
    // in the order of the calls
    let loader = Loader::new().strip_prefix("layer_").rename_regex("_[0-9]+", "");
    accepted(&loader, &mut pair(), &file);
    let (_, report) = accepted(&loader.rename_regex("^layer_", "x"), &mut pair(), &file);
    assert_eq!(report.stale_renames, [Rename::Regex { pattern: "^layer_".into(), to: "x".into() }]);
    let text =
        "rename      the regular expression `^layer_` fits no name in the checkpoint; remove it if it is out of date";
    assert_eq!(report.to_string().lines().last(), Some(text));
}

/// Counts the reads of a file.
struct Counted(AtomicUsize);

impl ReadAt for Counted {
    fn len(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed);
        8
    }

    fn read_exact_at(&self, _: u64, _: &mut [u8]) -> std::io::Result<()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn a_wrong_regular_expression_is_an_error_before_anything_is_read() {
    let file = Arc::new(Counted(AtomicUsize::new(0)));
    let source = || Source::reader("file", file.clone());
    // the first mistake is told, whatever follows
    let loader = Loader::new().rename_regex("layer(", "x").rename_regex("[", "").strip_prefix("model.");
    let errors = [
        loader.load::<Pair>(source()).unwrap_err(),
        loader.check::<Pair>(source()).unwrap_err(),
        loader.update(&mut pair(), source()).unwrap_err(),
        loader.stream::<Pair, LoadError>(source(), |_| unreachable!()).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(&error, LoadError::Regex { pattern, .. } if pattern == "layer("), "{error:?}");
        let text = "`rename_regex` cannot use the pattern `layer(`: unclosed group; write a backslash before a character that stands for itself";
        assert_eq!((error.to_string().as_str(), format!("{error:?}").as_str()), (text, text));
    }
    // followed word for word
    let escaped = [("layer(a", vector(&[0.0; 2])), ("b", vector(&[0.0; 2]))];
    accepted(&Loader::new().rename_regex(r"layer\(", ""), &mut pair(), &escaped);
    let error = Loader::new().rename_regex("^h(.)_", "layers.$1_x").load::<Pair>(source()).unwrap_err();
    assert!(error.to_string().ends_with("which it does not have; write `${1}_x`"), "{error}");
    assert_eq!(file.0.load(Ordering::Relaxed), 0);
}
