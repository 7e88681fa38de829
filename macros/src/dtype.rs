//! The value of `dtype`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{ExprPath, Ident, LitStr, Path, Token};

use crate::errors::Errors;
use crate::nearest::{dtype_meant, listed};
use crate::symbol::{DTYPES, QUANTISED};
use crate::value::{equals, quoted, source, strings, until_comma, whole};

/// The dtypes that a field accepts.
pub(crate) enum DTypes {
    /// `"F32"`, `["BF16", "F16"]`: variants of the runtime's `DType`
    Named(Vec<Ident>),
    /// `C::DTYPES`: a `&'static [DType]`
    Constant(ExprPath),
}

/// `"F32"`, `["BF16", "F16"]` or `C::DTYPES`
pub(crate) fn dtypes(errors: &Errors, word: &Ident, input: ParseStream) -> Option<DTypes> {
    if input.peek(Token![=]) && (input.peek2(Ident) || input.peek2(Token![::]) || input.peek2(Token![<])) {
        return constant(errors, word, input).map(DTypes::Constant);
    }
    if input.peek(Token![=]) && input.peek2(LitStr) {
        // "F32" | "BF16"
        let found: TokenStream = until_comma(&input.fork()).into_iter().skip(1).collect();
        let text = source(&found).replace('"', " ");
        if let (Some(meant), false) = (dtypes_meant(&text), syn::parse2::<LitStr>(found.clone()).is_ok()) {
            until_comma(input);
            errors.at(found, format!("`{word}` lists several in brackets; write `{word} = [{meant}]`"));
            return None;
        }
    }
    let names = strings(errors, word, input, "dtype = \"F32\"")?;
    let known = names.iter().map(|name| {
        let value = name.value();
        if is_dtype(&value) {
            return Some(Ident::new(&value, name.span()));
        }
        if let Some(meant) = dtypes_meant(&value) {
            errors.at(name, format!("`{value}` is no dtype; write several as `{word} = [{meant}]`"));
            return None;
        }
        let hint = dtype_meant(&value).map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
        let known = listed(DTYPES);
        errors.at(
            name,
            format!(
                "unknown dtype `{value}`, expected one of {known}, or a quantised type of GGUF such as `Q4_K`{hint}"
            ),
        );
        None
    });
    // Not straight into an `Option`: that would stop at the first unknown one.
    let known: Vec<_> = known.collect();
    known.into_iter().collect::<Option<_>>().map(DTypes::Named)
}

/// Whether this is the name of a dtype.
fn is_dtype(name: &str) -> bool {
    DTYPES.contains(&name) || QUANTISED.contains(&name)
}

/// `"F32", "BF16"` for `"F32 | BF16"`
fn dtypes_meant(text: &str) -> Option<String> {
    let parts = text.split(|c: char| c.is_whitespace() || ",|/+[]".contains(c)).filter(|part| !part.is_empty());
    let meant: Option<Vec<_>> = parts.filter(|part| *part != "or").map(dtype_meant).collect();
    let meant = meant.filter(|meant| meant.len() > 1)?;
    Some(meant.iter().map(|dtype| format!("{dtype:?}")).collect::<Vec<_>>().join(", "))
}

/// `C::DTYPES`
fn constant(errors: &Errors, word: &Ident, input: ParseStream) -> Option<ExprPath> {
    equals(errors, word, input, "dtype = \"F32\"")?;
    let found = match whole(input, <ExprPath as Parse>::parse) {
        Ok(path) if !is_one_dtype(&path.path) => return Some(path),
        Ok(path) => path.into_token_stream(),
        Err(tokens) => tokens,
    };
    let right = quoted(word, &found).unwrap_or_else(|| "\"F32\"".to_owned());
    let message = format!(
        "`{word}` is a name in quotes, a list of them, or a constant `&'static [DType]`, found `{}`; write \
         `{word} = {right}`",
        source(&found)
    );
    errors.at(found, message);
    None
}

/// Whether a path is certainly not a list of dtypes: `F32`, `DType::F32`, or a type, as constants are not in lower case.
fn is_one_dtype(path: &Path) -> bool {
    let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let Some((last, before)) = names.split_last() else { return false };
    let is_dtype = is_dtype(last);
    let is_alone = before.is_empty() || before.last().is_some_and(|name| name == "DType");
    is_dtype && is_alone || !last.contains(char::is_uppercase)
}
