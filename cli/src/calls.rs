//! Calls of a loader, as the hints of a report have them in Rust.

use std::collections::HashMap;

use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{BinOp, Expr, ExprMethodCall, Lit, Pat, RangeLimits, Token};
use weighbridge_checkpoint::Renames;

/// The methods of a loader that the command has switches for.
pub(crate) const METHODS: &[&str] =
    &["subtree", "separator", "strip_prefix", "add_prefix", "rename", "rename_regex", "ignore"];
/// Loops make at most so many passes.
const MOST_PASSES: usize = 10_000;

/// The calls of one expression.
#[derive(Default)]
pub(crate) struct Calls {
    /// One renaming each.
    pub(crate) renames: Vec<Renames>,
    pub(crate) ignores: Vec<String>,
    passes: usize,
}

/// The numbers of the loops around an expression, by their variables.
type Variables = HashMap<String, usize>;

/// A piece of code that calls a loader, or names a method of it; `None` if it is anything else.
pub(crate) fn loader_call(code: &str) -> Option<Expr> {
    let is_bare = METHODS.iter().any(|method| code.strip_prefix(method).is_some_and(|rest| rest.starts_with('(')));
    let is_call = is_bare || code.starts_with("loader.") || code.contains("Loader::") || code.contains(".fold(loader");
    if is_call { syn::parse_str(code).ok() } else { None }
}

impl Calls {
    /// The calls that an expression makes, in their order; `None` if one of them is no renaming and ignores nothing.
    pub(crate) fn of(expr: &Expr) -> Option<Calls> {
        let mut calls = Calls::default();
        calls.add(expr, &Variables::new())?;
        Some(calls)
    }

    fn add(&mut self, expr: &Expr, variables: &Variables) -> Option<()> {
        match expr {
            Expr::Paren(inner) => self.add(&inner.expr, variables),
            Expr::Try(inner) => self.add(&inner.expr, variables),
            Expr::Path(path) => path.path.is_ident("loader").then_some(()),
            Expr::MethodCall(call) if call.method == "fold" => self.add_loop(call, variables),
            Expr::MethodCall(call) => {
                self.add(&call.receiver, variables)?;
                self.add_call(&call.method.to_string(), &call.args, variables)
            }
            Expr::Call(call) => {
                let Expr::Path(function) = &*call.func else { return None };
                let name = function.path.segments.last()?.ident.to_string();
                // `Loader::new()`
                if name == "new" { Some(()) } else { self.add_call(&name, &call.args, variables) }
            }
            _ => None,
        }
    }

    /// `(0..=3).fold(Loader::new(), |loader, i| ..)`
    fn add_loop(&mut self, call: &ExprMethodCall, variables: &Variables) -> Option<()> {
        let Expr::Paren(range) = &*call.receiver else { return None };
        let Expr::Range(range) = &*range.expr else { return None };
        let (Some(first), Some(last), RangeLimits::Closed(_)) = (&range.start, &range.end, &range.limits) else {
            return None;
        };
        let [begin, Expr::Closure(pass)] = call.args.iter().collect::<Vec<_>>()[..] else { return None };
        let Pat::Ident(variable) = pass.inputs.get(1)? else { return None };
        self.add(begin, variables)?;
        for number in self::number(first, variables)?..=self::number(last, variables)? {
            self.passes += 1;
            if self.passes > MOST_PASSES {
                return None;
            }
            let mut inside = variables.clone();
            inside.insert(variable.ident.to_string(), number);
            self.add(&pass.body, &inside)?;
        }
        Some(())
    }

    fn add_call(&mut self, method: &str, args: &Punctuated<Expr, Token![,]>, variables: &Variables) -> Option<()> {
        let text = |number: usize| text(args.get(number)?, variables);
        let renames = Renames::new();
        self.renames.push(match method {
            "subtree" => renames.subtree(text(0)?),
            "separator" => renames.separator(separator(args.first()?)?),
            "strip_prefix" => renames.strip_prefix(text(0)?),
            "add_prefix" => renames.add_prefix(text(0)?),
            "rename" => renames.rename(text(0)?, text(1)?),
            "rename_regex" => renames.rename_regex(&text(0)?, text(1)?).ok()?,
            "ignore" => {
                let Expr::Array(patterns) = args.first()? else { return None };
                for pattern in &patterns.elems {
                    self.ignores.push(self::text(pattern, variables)?);
                }
                return Some(());
            }
            _ => return None,
        });
        Some(())
    }
}

fn separator(expr: &Expr) -> Option<char> {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Char(separator) => Some(separator.value()),
            _ => None,
        },
        _ => None,
    }
}

/// A text, or a call of `format!`.
fn text(expr: &Expr, variables: &Variables) -> Option<String> {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        Expr::Macro(call) if call.mac.path.is_ident("format") => {
            let args = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(call.mac.tokens.clone()).ok()?;
            let mut args = args.iter();
            let template = text(args.next()?, variables)?;
            formatted(&template, || number(args.next()?, variables), variables)
        }
        _ => None,
    }
}

/// What `format!` makes of a template with numbers in it.
fn formatted(template: &str, mut next: impl FnMut() -> Option<usize>, variables: &Variables) -> Option<String> {
    let (mut text, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        let number = if name.is_empty() { next()? } else { *variables.get(name)? };
        text.push_str(&format!("{before}{number}"));
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

fn number(expr: &Expr, variables: &Variables) -> Option<usize> {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        Expr::Path(path) => variables.get(&path.path.get_ident()?.to_string()).copied(),
        Expr::Binary(sum) => {
            let (left, right) = (number(&sum.left, variables)?, number(&sum.right, variables)?);
            match sum.op {
                BinOp::Sub(_) => left.checked_sub(right),
                BinOp::Add(_) => left.checked_add(right),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Calls, Renames, loader_call};

    fn renames(code: &str) -> Option<Renames> {
        let calls = Calls::of(&loader_call(code)?)?;
        Some(calls.renames.into_iter().fold(Renames::new(), Renames::append))
    }

    #[test]
    fn calls_are_read_as_rust_reads_them() {
        let code = r#"Loader::new().strip_prefix("a.\u{60}").rename_regex("^h(\\d+)", "h.$1").rename("b", "c")"#;
        let expected = Renames::new().strip_prefix("a.`").rename_regex(r"^h(\d+)", "h.$1").unwrap().rename("b", "c");
        assert_eq!(renames(code), Some(expected));
        assert_eq!(renames(r#"separator('/')"#), Some(Renames::new().separator('/')));
        let code = r#"(1..=2).fold(loader.subtree("m"), |loader, k| (0..=1).fold(loader, |loader, i| loader.rename(format!("a.{k}.{i}"), format!("a.{k}.{}", i + 3))))"#;
        let expected = Renames::new()
            .subtree("m")
            .rename("a.1.0", "a.1.3")
            .rename("a.1.1", "a.1.4")
            .rename("a.2.0", "a.2.3")
            .rename("a.2.1", "a.2.4");
        assert_eq!(renames(code), Some(expected));
        let calls = Calls::of(&loader_call(r#"loader.ignore(["a", "b*"])"#).unwrap()).unwrap();
        assert_eq!(calls.ignores, ["a", "b*"]);
    }

    #[test]
    fn what_is_no_such_call_is_left() {
        for other in ["model.weight", "loader", "rename", "weight(\"a\")", "loader.", "ignore(", "Loader::new("] {
            assert!(loader_call(other).is_none(), "{other}");
        }
        for no_switch in
            ["Loader::new().cast(Cast::Any)", "loader.keep([\"a\"])", "(0..=9999999).fold(loader, |loader, i| loader)"]
        {
            assert!(loader_call(no_switch).is_none_or(|call| Calls::of(&call).is_none()), "{no_switch}");
        }
    }
}
