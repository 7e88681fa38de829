//! Names of dims, and what is computed from them: `3 * "hidden"`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{BinOp, Expr, ExprCall, ExprLit, Ident, Lit, LitBool, LitStr, UnOp};

use crate::errors::Errors;
use crate::value::{NumberKind, count, source, tokens, without_groups};

/// One step of an expression, after those that it works on.
pub(crate) enum Step {
    /// A `usize` constant.
    Number(Expr),
    /// `true`
    Truth(LitBool),
    /// `"qwen2"`, behind `==`
    Text(LitStr),
    /// `1e-5`, by its digits
    Float(String),
    /// `"hidden"`
    Name(LitStr),
    /// The name of the operation in the schema.
    Operation(&'static str),
}

/// The names in an expression.
pub(crate) fn names(steps: &[Step]) -> impl Iterator<Item = &LitStr> {
    steps.iter().filter_map(|step| if let Step::Name(name) = step { Some(name) } else { None })
}

impl Step {
    pub(crate) fn constant(&self) -> Option<&Expr> {
        if let Step::Number(expr) = self { Some(expr) } else { None }
    }
}

/// What is written as a call, with the name of its operation.
const CALLS: &[(&str, &str)] = &[("ceil_div", "CeilDivide"), ("round_up", "RoundUp")];

/// What may stand beside a name, for messages.
const ALLOWED: &str = "`+`, `-`, `*`, `/`, `ceil_div(a, b)`, `round_up(a, b)` and parentheses";

/// The same in a condition.
const ALLOWED_IN_CONDITIONS: &str = "names, `!`, `&&`, `||`, `==`, `!=`, numbers that are computed, and parentheses";

/// How messages call a condition.
pub(crate) const CONDITION_IS: &str = "a condition";

/// How messages call a value that may be true or false.
pub(crate) const VALUES: [&str; 3] = [CONDITION_IS, "an argument", "a default"];

/// Whether a name stands in an expression, so that its value is known only where a checkpoint is compared.
pub(crate) fn has_name(expr: &Expr) -> bool {
    match without_groups(expr) {
        Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => true,
        Expr::Binary(binary) => has_name(&binary.left) || has_name(&binary.right),
        Expr::Unary(unary) => has_name(&unary.expr),
        Expr::Call(call) => call.args.iter().any(has_name),
        Expr::MethodCall(call) => has_name(&call.receiver) || call.args.iter().any(has_name),
        Expr::Cast(cast) => has_name(&cast.expr),
        _ => false,
    }
}

/// The steps of an expression with a name in it; `None` if it is refused.
pub(crate) fn steps(errors: &Errors, expr: &Expr, number: &NumberKind) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    add(errors, expr, number, &mut steps).then_some(steps)
}

/// The steps of an argument or a condition, which may be true or false; `None` if it is refused.
pub(crate) fn value_steps(errors: &Errors, expr: &Expr, kind: &NumberKind) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    add_value(errors, expr, kind, &mut steps).then_some(steps)
}

fn add_value(errors: &Errors, expr: &Expr, kind: &NumberKind, steps: &mut Vec<Step>) -> bool {
    let expr = without_groups(expr);
    let (operation, left, right) = match expr {
        Expr::Lit(ExprLit { lit: Lit::Bool(is), .. }) => {
            steps.push(Step::Truth(is.clone()));
            return true;
        }
        Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => {
            let is_good = add_value(errors, &unary.expr, kind, steps);
            steps.push(Step::Operation("Not"));
            return is_good;
        }
        Expr::Binary(binary) => match binary.op {
            BinOp::And(_) => ("And", &binary.left, &binary.right),
            BinOp::Or(_) => ("Or", &binary.left, &binary.right),
            BinOp::Eq(_) => ("Equal", &binary.left, &binary.right),
            BinOp::Ne(_) => ("Unequal", &binary.left, &binary.right),
            BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) | BinOp::BitAnd(_) | BinOp::BitOr(_) => {
                let what = kind.what;
                errors.at(expr, format!("`{}` is not {what}; it is made of {ALLOWED_IN_CONDITIONS}", source(expr)));
                return false;
            }
            _ => return add_number(errors, expr, kind, steps),
        },
        _ => return add_number(errors, expr, kind, steps),
    };
    let mut is_good = add_value(errors, left, kind, steps);
    // what a name is compared with is a value
    is_good &= match (operation, without_groups(right)) {
        ("Equal" | "Unequal", Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => {
            steps.push(Step::Text(text.clone()));
            true
        }
        _ => add_value(errors, right, kind, steps),
    };
    steps.push(Step::Operation(operation));
    is_good
}

/// A number: here, constants are computed as names are, and not by Rust.
fn add_number(errors: &Errors, expr: &Expr, kind: &NumberKind, steps: &mut Vec<Step>) -> bool {
    let operands = match expr {
        Expr::Binary(binary) => Some((arithmetic(&binary.op), vec![&*binary.left, &*binary.right])),
        Expr::Call(call) => Some((called(call), call.args.iter().collect())),
        _ => None,
    };
    let Some((Some(operation), operands)) = operands else { return add(errors, expr, kind, steps) };
    let all = operands.into_iter().map(|operand| add_number(errors, without_groups(operand), kind, steps));
    let is_good = all.fold(true, |all, is_good| all & is_good);
    steps.push(Step::Operation(operation));
    is_good
}

pub(crate) fn arithmetic(operator: &BinOp) -> Option<&'static str> {
    match operator {
        BinOp::Add(_) => Some("Add"),
        BinOp::Sub(_) => Some("Subtract"),
        BinOp::Mul(_) => Some("Multiply"),
        BinOp::Div(_) => Some("Divide"),
        _ => None,
    }
}

/// The operation that a call is.
fn called(call: &ExprCall) -> Option<&'static str> {
    let operation = CALLS.iter().find(|(name, _)| is_ident(&call.func, name)).map(|(_, operation)| *operation);
    operation.filter(|_| call.args.len() == 2)
}

fn add(errors: &Errors, expr: &Expr, number: &NumberKind, steps: &mut Vec<Step>) -> bool {
    let expr = without_groups(expr);
    let (operation, operands) = match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => {
            let name = self::name(errors, name, number);
            let is_name = name.is_some();
            steps.extend(name.map(Step::Name));
            return is_name;
        }
        Expr::Binary(binary) => (arithmetic(&binary.op), vec![&*binary.left, &*binary.right]),
        Expr::Call(call) => (called(call), call.args.iter().collect()),
        _ if has_name(expr) => (None, Vec::new()),
        _ => {
            let number = count(errors, expr.clone(), number);
            let is_number = number.is_some();
            steps.extend(number.map(Step::Number));
            return is_number;
        }
    };
    let Some(operation) = operation else {
        if !has_name(expr) {
            steps.push(Step::Number(expr.clone()));
            return true;
        }
        let what = number.what;
        let allowed = if what == CONDITION_IS { ALLOWED_IN_CONDITIONS } else { ALLOWED };
        errors.at(expr, format!("`{}` cannot be computed from a name; {what} is made of {allowed}", source(expr)));
        return false;
    };
    let mut is_good = true;
    for operand in operands {
        is_good &= add(errors, operand, number, steps);
    }
    steps.push(Step::Operation(operation));
    is_good
}

fn is_ident(expr: &Expr, name: &str) -> bool {
    matches!(without_groups(expr), Expr::Path(path) if path.path.is_ident(name))
}

impl ToTokens for Step {
    fn to_tokens(&self, out: &mut TokenStream) {
        out.extend(match self {
            Step::Number(expr) => {
                let expr = tokens(expr);
                quote!(__wb::Step::Number(#expr))
            }
            Step::Truth(is) => quote!(__wb::Step::Truth(#is)),
            Step::Text(text) => quote!(__wb::Step::Text(#text)),
            Step::Float(digits) => quote!(__wb::Step::Float(#digits)),
            Step::Name(name) => quote!(__wb::Step::Name(#name)),
            Step::Operation(operation) => {
                let operation = Ident::new(operation, proc_macro2::Span::call_site());
                quote!(__wb::Step::#operation)
            }
        });
    }
}

/// `"name"`
pub(crate) fn name(errors: &Errors, name: &LitStr, NumberKind { what, prefix, .. }: &NumberKind) -> Option<LitStr> {
    let text = name.value();
    let text = text.trim();
    if is_name(text) && !["_", "None"].contains(&text) {
        return Some(name.clone());
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let message = if text.is_empty() {
        format!("the name of {what} is empty; write `_` where it may be anything")
    } else if is_number(text) {
        format!("the name of {what} is a number; write `{prefix}{text}` without quotes")
    } else if ["_", "-1", "?", "*", "..", "...", "None"].contains(&text) {
        format!("`{text}` in quotes would be the name of {what}; write `{prefix}_` where it may be anything")
    } else if text.contains([',', '[', '('])
        && text.split(|c: char| c.is_whitespace() || ",[]()".contains(c)).all(|part| part.is_empty() || is_number(part))
    {
        let dims = dims_of_text(text);
        match prefix.is_empty() {
            true => format!("`{text}` in quotes would be the name of {what}; write `{dims}` without quotes"),
            false => format!("{what} is one number, found `{text}`; write one number without quotes"),
        }
    } else if let Some(meant) = meant(text, VALUES.contains(what)) {
        format!(
            "`{text}` in quotes would be one name; write `{prefix}{meant}` to compute {what}, with only the names in quotes"
        )
    } else if text.contains("::") {
        format!(
            "`{text}` in quotes would be the name of {what}; write `{prefix}{text}` without quotes for the constant"
        )
    } else {
        format!(
            "`{text}` is not the name of {what}; a name is one word of letters, digits and `_`, or several with dots between them"
        )
    };
    errors.at(name, message);
    None
}

/// `hidden_size`, `text_config.hidden_sizes.0`
pub(crate) fn is_name(text: &str) -> bool {
    text.split('.').all(|word| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_'))
        && !text.starts_with(|c: char| c.is_ascii_digit())
}

/// `4, 4` for `"4,4"`, `"[4, 4]"` and `"4x4"`; what is not a number is a name.
pub(crate) fn dims_of_text(text: &str) -> String {
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = text.split(|c: char| c.is_whitespace() || ",[]()".contains(c)).filter(|part| !part.is_empty());
    let parts = parts.flat_map(|part| match part.split('x').all(|part| !part.is_empty() && is_number(part)) {
        true => part.split('x').collect(),
        false => vec![part],
    });
    let dims: Vec<_> =
        parts.map(|part| if is_number(part) || part == "_" { part.to_owned() } else { format!("{part:?}") }).collect();
    if dims.is_empty() { "..".to_owned() } else { dims.join(", ") }
}

/// `"heads" * HEAD_DIM` for the text `heads * HEAD_DIM`: what is written in capitals, or as a path, is a constant. A condition
/// has further operators. `None` if it is no such expression.
fn meant(text: &str, is_condition: bool) -> Option<String> {
    let operators = if is_condition { "+-*/(),!&|=" } else { "+-*/()," };
    let mut meant = String::new();
    let mut word = String::new();
    let add = |word: &mut String, meant: &mut String| {
        let is_constant =
            word.contains("::") || !word.contains(char::is_lowercase) || ["true", "false"].contains(&&**word);
        let is_call = CALLS.iter().any(|(name, _)| name == word);
        match word.is_empty() || is_constant || is_call {
            true => meant.push_str(word),
            false => meant.push_str(&format!("{word:?}")),
        }
        word.clear();
    };
    for c in text.chars() {
        if c.is_alphanumeric() || "_.:".contains(c) {
            word.push(c);
        } else if c.is_whitespace() || operators.contains(c) {
            add(&mut word, &mut meant);
            meant.push(c);
        } else {
            return None;
        }
    }
    add(&mut word, &mut meant);
    let parsed = syn::parse_str::<Expr>(&meant).ok()?;
    let is_computed = match parsed {
        Expr::Binary(_) | Expr::Paren(_) | Expr::Call(_) => true,
        Expr::Unary(unary) => matches!(unary.op, UnOp::Not(_)),
        _ => false,
    };
    is_computed.then_some(meant)
}
