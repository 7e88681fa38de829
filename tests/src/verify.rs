//! What a check while compiling says, asked at run time: the same code, given the names of a checkpoint.

use wb::__private::{Branch, Component, Configured, LockTree, LockedTensor, Stem, text_of};
use wb::{Checkpoint, Finding, Module, Report};
use weighbridge_lock::{Lock, Tree};

/// What `verify!` would say of a type and these names; `None` if they match, or if no lock can hold them.
pub fn text<M: Module>(checkpoint: &Checkpoint) -> Option<String> {
    text_with::<M>(checkpoint, &[])
}

/// The same with a configuration beside the lock.
pub fn text_with<M: Module>(checkpoint: &Checkpoint, config: &'static [Configured]) -> Option<String> {
    let tensors = checkpoint.iter().map(|entry| (entry.name().to_owned(), entry.dtype(), entry.shape().to_vec()));
    let lock = Lock::of(tensors).expect("names are distinct");
    let (names, label) = (leak(&lock.tree()), checkpoint.label().to_owned());
    let module = module_of::<M>();
    // what stands in places of fixed size in the compiler's interpreter stands on the stack here
    let check = move || text_of(M::SCHEMA, names, config, &label, &module).map(|text| text.as_str().to_owned());
    std::thread::Builder::new().stack_size(1 << 30).spawn(check).unwrap().join().unwrap()
}

/// The text of a load's report with what each row alone shows of its cause, and the pattern that hides what is missing. Causes that need several rows are not looked for
/// while compiling: those of the whole, of names, of variants, of scales whose weight fits, and which parameter is made from a
/// tensor, and which name of a condition is open.
pub fn rows(report: &Report) -> String {
    let mut report = report.clone();
    report.hints.clear();
    for findings in [&mut report.unexpected, &mut report.variant] {
        findings.iter_mut().for_each(|finding| finding.hints.clear());
    }
    report.missing.iter_mut().for_each(|finding| finding.hints.retain(|hint| is_of_pattern(hint, &finding.path)));
    // what the row shows comes first
    report.tied.iter_mut().for_each(|finding| finding.hints.truncate(1));
    report.dtype.iter_mut().for_each(|finding| finding.hints.truncate(1));
    report.shape.iter_mut().filter(|finding| is_of_groups(finding)).for_each(|finding| finding.hints.clear());
    let text = report.to_string();
    // a refusal while compiling says how to get the causes, and with them everything
    let is_elsewhere = |line: &&str| !line.trim_start().starts_with("what is left out here is in ");
    text.lines().filter(is_elsewhere).collect::<Vec<_>>().join("\n")
}

/// Whether a hint names the pattern of a type that hides what is missing, and a module by its own path, as it is not below an alias.
fn is_of_pattern(hint: &str, path: &str) -> bool {
    let Some((_, on)) = hint.split_once("` in `#[module(ignore = ..)]` on ") else { return false };
    let module = on.strip_prefix("the type of `").and_then(|on| on.split_once('`'));
    hint.starts_with("the pattern `") && module.is_none_or(|(module, _)| path.starts_with(&format!("{module}.")))
}

/// Whether scales differ in the number of groups alone.
fn is_of_groups(finding: &Finding) -> bool {
    let sides = [&finding.expected, &finding.found].map(|side| side.as_ref()?.shape()?.split_last());
    let [Some((expected, rows)), Some((found, others))] = sides else { return false };
    let leaf = finding.path.rsplit('.').next();
    matches!(leaf, Some("scales" | "biases")) && expected != found && rows == others
}

/// A type as a report names it.
fn module_of<M: Module>() -> String {
    let report = wb::Loader::new().missing(wb::Rule::Allow).check::<M>(Vec::<(String, wb::AnyTensor)>::new());
    match report {
        Ok(report) => report.module,
        Err(error) => error.report().expect("only names are missing").module.clone(),
    }
}

fn leak(tree: &Tree) -> &'static LockTree {
    Box::leak(Box::new(names(tree)))
}

fn names(tree: &Tree) -> LockTree {
    let tensor = tree.tensor.as_ref().map(|(dtype, shape)| LockedTensor { dtype: *dtype, shape: shape.clone().leak() });
    let branches = tree.branches();
    let below = branches.into_iter().map(|(branch, tree)| Branch { component: component(branch), names: names(tree) });
    LockTree { tensor, below: below.collect::<Vec<_>>().leak() }
}

fn component(branch: weighbridge_lock::Branch) -> Component {
    match branch {
        weighbridge_lock::Branch::Name(name) => Component::Name(name.leak()),
        weighbridge_lock::Branch::Numbered { before, numbers, behind } => {
            let runs: Vec<_> = numbers.iter().map(|run| (*run.start(), *run.end())).collect();
            Component::Numbered(Stem { before: before.leak(), behind: behind.leak() }, runs.leak())
        }
    }
}
