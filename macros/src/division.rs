//! Divisions between constants.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{BinOp, Expr};

use crate::bounds::ends;
use crate::expression::arithmetic;
use crate::value::{source, tokens};

/// A number's tokens. A division between constants is exact, as one of names is; in braces, an expression is Rust's own.
///
/// `__wb::quotient("HIDDEN / HEADS", HIDDEN, HEADS)`
pub(crate) fn number(expr: &Expr) -> TokenStream {
    if !divides(expr) {
        return tokens(expr);
    }
    match expr {
        Expr::Group(group) => in_parentheses(&group.expr),
        Expr::Paren(paren) => in_parentheses(&paren.expr),
        Expr::Binary(binary) => {
            let (left, right, operator) = (number(&binary.left), number(&binary.right), &binary.op);
            if !matches!(operator, BinOp::Div(_)) {
                return quote!(#left #operator #right);
            }
            let (written, (first, last)) = (source(expr), ends(expr));
            let runtime = Ident::new("__wb", first);
            quote_spanned!(last=> #runtime::quotient(#written, #left, #right))
        }
        _ => tokens(expr),
    }
}

fn in_parentheses(expr: &Expr) -> TokenStream {
    let number = number(expr);
    quote!((#number))
}

/// Whether a division is in it that is not in braces, in a call or in a cast.
fn divides(expr: &Expr) -> bool {
    match expr {
        Expr::Group(group) => divides(&group.expr),
        Expr::Paren(paren) => divides(&paren.expr),
        Expr::Binary(binary) => {
            let is_division = matches!(binary.op, BinOp::Div(_));
            arithmetic(&binary.op).is_some() && (is_division || divides(&binary.left) || divides(&binary.right))
        }
        _ => false,
    }
}
