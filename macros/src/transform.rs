//! The value of `from`: how a file lays a parameter out. Parsing goes on after a mistake, so that all mistakes in one layout
//! are shown.

use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{ParseBuffer, ParseStream};
use syn::{Expr, Ident, LitStr, Token, parenthesized, token};

use crate::dim::{self, Dim};
use crate::errors::Errors;
use crate::layout::{ConcatPart, From, Layout, Slice};
use crate::nearest::{did_you_mean, listed, nearest};
use crate::slot::Slot;
use crate::symbol::{CONCAT, DIM, FROM, LEN, OF, PERMUTE, RESHAPE, SLICE, STACK, START, TRANSPOSE};
use crate::value::{self, NumberKind};

/// A transform: its word, the keys that it takes, and an example.
struct Transform {
    word: &'static str,
    keys: &'static [&'static str],
    example: &'static str,
}

const TRANSFORMS: &[Transform] = &[
    Transform { word: TRANSPOSE, keys: &[OF], example: "transpose(of = \"..\")" },
    Transform { word: PERMUTE, keys: &[OF], example: "permute(1, 0)" },
    Transform { word: RESHAPE, keys: &[OF], example: "reshape(OUT, IN)" },
    Transform { word: CONCAT, keys: &[DIM], example: "concat(dim = 0, \"..\", \"..\")" },
    Transform { word: STACK, keys: &[DIM], example: "stack(\"experts.{}.weight\")" },
    Transform { word: SLICE, keys: &[DIM, OF, START, LEN], example: "slice(dim = 0, of = \"..\", start = A, len = B)" },
];

impl Transform {
    fn words() -> Vec<&'static str> {
        TRANSFORMS.iter().map(|transform| transform.word).collect()
    }
}

const AXIS: NumberKind = NumberKind { what: "a dim", alternatives: "", instead: "dims are counted from 0", prefix: "" };
const OUTER: NumberKind =
    NumberKind { what: "`dim`", alternatives: "", instead: "dims are counted from 0", prefix: "" };
const NAMES: &str = ", or a name in quotes";
const EXTENT: NumberKind =
    NumberKind { what: "a length", alternatives: NAMES, instead: "write the length in the file", prefix: "" };
const FIRST: NumberKind = NumberKind {
    what: "`start`",
    alternatives: NAMES,
    instead: "write where the slice begins, from 0 on",
    prefix: "start = ",
};
const COUNT: NumberKind =
    NumberKind { what: "`len`", alternatives: NAMES, instead: "write how many the slice has", prefix: "len = " };

/// Where a source is written.
#[derive(Clone, Copy, Default)]
struct Surroundings {
    /// It is the whole value of `from`, where a name alone would be `rename`.
    is_outermost: bool,
    /// In `concat` or `stack`, however deep: every source needs a name.
    named_for: Option<&'static str>,
    /// In `stack`, however deep: a `{}` in a name is the index.
    in_stack: bool,
    /// In `concat` itself: an extent may follow.
    is_part: bool,
}

/// `= LAYOUT`
pub(crate) fn layout(errors: &Errors, word: &Ident, input: ParseStream) -> Option<From> {
    value::equals(errors, word, input, "from = transpose")?;
    let end = value::until_comma(&input.fork()).into_iter().last().map_or_else(|| word.span(), |tree| tree.span());
    Some(From { layout: source(errors, input, Surroundings { is_outermost: true, ..Surroundings::default() })?, end })
}

/// `"name"` or `transform(..)`
fn source(errors: &Errors, input: ParseStream, surroundings: Surroundings) -> Option<Layout> {
    let (layout, shown) = if input.peek(LitStr) {
        let name: LitStr = input.parse().ok()?;
        let shown = value::source(&name);
        (named(errors, name, surroundings), shown)
    } else if input.peek(Ident::peek_any) {
        let word = value::word(input).ok()?;
        let shown = if input.peek(token::Paren) { format!("{word}(..)") } else { word.to_string() };
        (transform(errors, &word, input, surroundings), shown)
    } else {
        let tokens = value::until_comma(input);
        let (found, words) = (value::source(&tokens), listed(&Transform::words()));
        let name = if surroundings.is_outermost { "" } else { "a name in quotes or " };
        errors.at(tokens, format!("`{found}` is not a layout, expected {name}one of {words}"));
        return None;
    };
    if surroundings.is_part && input.peek(Token![:]) {
        return layout;
    }
    let extent = input.peek(Token![:]);
    let rest = value::until_comma(input);
    if rest.is_empty() {
        return layout;
    }
    let remedy = if extent { "only a part of `concat` has a length" } else { "separate them with a comma" };
    errors.at(&rest, format!("unexpected `{}` after `{shown}`; {remedy}", value::source(&rest)));
    None
}

/// `"name"`
fn named(errors: &Errors, name: LitStr, surroundings: Surroundings) -> Option<Layout> {
    let value = name.value();
    let places = value.matches("{}").count();
    let message = if let Some(meant) = layout_meant(&value).filter(|_| surroundings.is_outermost) {
        format!("`{FROM}` takes a transform without quotes; write `{FROM} = {meant}`")
    } else if surroundings.is_outermost {
        let name = value::source(&name);
        format!("`{FROM}` is a transform, found `{name}`; a name alone is `rename = {name}`")
    } else if value.is_empty() {
        "the name of a source is empty; write the tensor's name".to_owned()
    } else if !surroundings.in_stack && places > 0 {
        format!("`{{}}` is the index in a `stack`, and `{value}` is not in one; write `stack(\"{value}\")`")
    } else if surroundings.in_stack && places == 0 {
        format!("a name in `stack` needs `{{}}`, and `{value}` has none; write it where the index stands")
    } else if surroundings.in_stack && places > 1 {
        format!("a name in `stack` has one `{{}}`, and `{value}` has {places}; keep one")
    } else if surroundings.in_stack && !value.split('.').any(|part| part == "{}") {
        format!("`{{}}` is only part of a word in `{value}`; write it alone between dots, as in `experts.{{}}.weight`")
    } else {
        return value::checked(errors, FROM, name).map(Layout::Named);
    };
    errors.at(name, message);
    None
}

/// The layout that a text means: `permute(1, 0)` for `"permute(1, 0)"`, `transpose` for `"T"`.
fn layout_meant(text: &str) -> Option<String> {
    let text = text.trim();
    let (word, arguments) = text.split_at(text.find('(').unwrap_or(text.len()));
    let transform = TRANSFORMS.iter().find(|transform| Some(transform.word) == word_meant(word.trim()))?;
    Some(match (transform.word, arguments) {
        (TRANSPOSE, "" | "()") => TRANSPOSE.to_owned(),
        (_, "" | "()") => transform.example.to_owned(),
        (word, arguments) => format!("{word}{arguments}"),
    })
}

/// The transform that is nearest, or that other programs call so.
fn word_meant(word: &str) -> Option<&'static str> {
    const NAMES: &[(&str, &[&str])] = &[
        (TRANSPOSE, &["t", "mt", "swapaxes"]),
        (RESHAPE, &["view", "unflatten"]),
        (CONCAT, &["cat"]),
        (SLICE, &["narrow", "chunk", "split"]),
    ];
    let word = word.trim_start_matches('.').to_lowercase();
    let other = NAMES.iter().find(|(_, others)| others.contains(&word.as_str()));
    other.map(|(meant, _)| *meant).or_else(|| nearest(&word, &Transform::words()))
}

/// A transform, whose word has been read.
fn transform(errors: &Errors, word: &Ident, input: ParseStream, surroundings: Surroundings) -> Option<Layout> {
    let Some(transform) = TRANSFORMS.iter().find(|transform| word == transform.word) else {
        value::until_comma(input);
        let (words, text) = (Transform::words(), word.to_string());
        let hint = word_meant(&text).map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
        errors.at(word, format!("unknown transform `{text}`, expected one of {}{hint}", listed(&words)));
        return None;
    };
    if surroundings.in_stack && word == STACK {
        value::until_comma(input);
        errors.at(word, "`stack` cannot stand in a `stack`, because a name has one `{}`; remove one of them");
        return None;
    }
    let mut arguments = Arguments::new(transform, word, surroundings);
    if input.peek(token::Paren) {
        let content = parentheses(input).ok()?;
        if content.is_empty() {
            let bare = if word == TRANSPOSE { "`transpose`, or " } else { "" };
            let example = transform.example;
            errors.at(word, format!("the parentheses of `{word}` are empty; write {bare}`{example}`"));
            return None;
        }
        arguments.read(errors, &content);
    } else if word != TRANSPOSE {
        let rest = value::until_comma(input);
        let example = transform.example;
        errors.at(quote!(#word #rest), format!("`{word}` needs parentheses; write `{example}`"));
        return None;
    }
    arguments.layout(errors)
}

fn parentheses<'a>(input: ParseStream<'a>) -> syn::Result<ParseBuffer<'a>> {
    let content;
    parenthesized!(content in input);
    Ok(content)
}

/// What stands in the parentheses of a transform.
struct Arguments<'a> {
    transform: &'static Transform,
    word: &'a Ident,
    surroundings: Surroundings,
    dim: Slot<Expr>,
    of: Slot<Layout>,
    start: Slot<Dim>,
    len: Slot<Dim>,
    /// What has no key: the axes.
    axes: Vec<Expr>,
    /// What has no key: the shape of the source.
    dims: Vec<Dim>,
    /// What has no key: the sources of `concat` and `stack`.
    parts: Vec<ConcatPart>,
    /// How many have no key, refused ones included.
    keyless: usize,
    /// Whether a key, or a number without one, was refused: it may be what seems to be missing.
    misplaced: bool,
    /// Whether nothing was refused, so that the counts are right.
    complete: bool,
}

impl<'a> Arguments<'a> {
    fn new(transform: &'static Transform, word: &'a Ident, surroundings: Surroundings) -> Self {
        Arguments {
            transform,
            word,
            surroundings: Surroundings { is_outermost: false, is_part: false, ..surroundings },
            dim: Slot::new(),
            of: Slot::new(),
            start: Slot::new(),
            len: Slot::new(),
            axes: Vec::new(),
            dims: Vec::new(),
            parts: Vec::new(),
            keyless: 0,
            misplaced: false,
            complete: true,
        }
    }

    fn read(&mut self, errors: &Errors, content: ParseStream) {
        let read = value::separated(errors, content, |errors, input| {
            if self.at_key(input) { self.key(errors, input) } else { self.keyless(errors, input) }
        });
        self.complete = read.is_some();
    }

    /// Whether `key = ..` follows. Where no expression can stand, a known key without `=` counts too.
    fn at_key(&self, input: ParseStream) -> bool {
        let equals = input.peek2(Token![=]) && !input.peek2(Token![==]);
        let word = value::word(&input.fork());
        let known = word.as_ref().is_ok_and(|word| self.transform.keys.iter().any(|key| word == key));
        word.is_ok() && (equals || known && !self.has_numbers())
    }

    fn has_numbers(&self) -> bool {
        matches!(self.transform.word, PERMUTE | RESHAPE)
    }

    /// `dim = D`, `of = SOURCE`, `start = A`, `len = B`
    fn key(&mut self, errors: &Errors, input: ParseStream) -> Option<()> {
        let key = value::word(input).ok()?;
        let Transform { word, keys, example } = self.transform;
        if !keys.iter().any(|known| key == known) {
            value::until_comma(input);
            self.misplaced = true;
            let message = if key == OF {
                format!("`{word}` takes its sources without `of`; write `{example}`")
            } else {
                let one_of = if keys.len() == 1 { "" } else { "one of " };
                let hint = did_you_mean(&key.to_string(), keys);
                format!("unknown key `{key}` in `{word}(..)`, expected {one_of}{}{hint}", listed(keys))
            };
            errors.at(key, message);
            return None;
        }
        let size = |example: &str, number: &NumberKind| {
            value::equals(errors, &key, input, example)?;
            dim::size(errors, input, number)
        };
        if key == DIM {
            let equals = value::equals(errors, &key, input, "dim = 0");
            self.dim.set(errors, &key, equals.and_then(|()| value::number(errors, input, &OUTER)));
        } else if key == START {
            self.start.set(errors, &key, size("start = A", &FIRST));
        } else if key == LEN {
            self.len.set(errors, &key, size("len = B", &COUNT));
        } else {
            let equals = value::equals(errors, &key, input, "of = \"..\"");
            self.of.set(errors, &key, equals.and_then(|()| source(errors, input, self.inside())));
        }
        Some(())
    }

    fn keyless(&mut self, errors: &Errors, input: ParseStream) -> Option<()> {
        self.keyless += 1;
        let word = self.transform.word;
        if matches!(word, CONCAT | STACK) {
            let part = part(errors, input, self.inside())?;
            self.parts.push(part);
            return Some(());
        }
        let source = is_source(input);
        if !source && word == PERMUTE {
            self.axes.push(value::number(errors, input, &AXIS)?);
            return Some(());
        }
        // a text is a name of a dim here
        if word == RESHAPE && (!source || input.peek(LitStr)) {
            self.dims.push(dim::size(errors, input, &EXTENT)?);
            return Some(());
        }
        let tokens = value::until_comma(input);
        let (found, example) = (value::source(&tokens), self.transform.example);
        if source {
            errors.at(tokens, format!("`{found}` lacks its key in `{word}(..)`; write `of = {found}`"));
        } else if !self.misplaced {
            // one message for all of `transpose(1, 0)`
            self.misplaced = true;
            let message = if word == TRANSPOSE {
                format!("`transpose` takes no numbers, found `{found}`; for an order of dims, write `permute(1, 0)`")
            } else {
                format!("`{word}` takes its numbers with keys, found `{found}`; write `{example}`")
            };
            errors.at(tokens, message);
        }
        None
    }

    /// The surroundings of this transform's sources.
    fn inside(&self) -> Surroundings {
        let surroundings = self.surroundings;
        match self.transform.word {
            CONCAT => Surroundings { named_for: Some(CONCAT), is_part: true, ..surroundings },
            STACK => Surroundings { named_for: Some(STACK), in_stack: true, ..surroundings },
            _ => surroundings,
        }
    }

    /// The layout, if nothing is missing.
    fn layout(mut self, errors: &Errors) -> Option<Layout> {
        match self.transform.word {
            TRANSPOSE => Some(Layout::Transpose { of: Box::new(self.of(errors)?) }),
            PERMUTE => {
                self.refuse_axes(errors);
                Some(Layout::Permute { of: Box::new(self.of(errors)?), axes: self.axes })
            }
            RESHAPE => {
                self.needs(errors, self.keyless > 0 || !self.complete, "the shape of its source");
                Some(Layout::Reshape { of: Box::new(self.of(errors)?), dims: self.dims })
            }
            CONCAT => {
                let found = self.keyless;
                self.needs(errors, found > 1 || !self.complete, &format!("two parts or more, found {found}"));
                Some(Layout::Concat { dim: self.dim(errors)?, parts: self.parts })
            }
            STACK => {
                self.needs(errors, self.keyless > 0 || !self.complete, "its source");
                if self.keyless > 1 {
                    let found = self.keyless;
                    let message = format!("`stack` has one source, found {found}; join several with `concat`");
                    errors.at(self.word, message);
                }
                let of = self.parts.into_iter().next()?.of;
                Some(Layout::Stack { dim: self.dim.take(), of: Box::new(of) })
            }
            _ => {
                let (dim, of) = (self.dim(errors), self.of(errors));
                let (start, len) = (self.start.take(), self.len.take());
                Some(Layout::Slice(Box::new(Slice { dim: dim?, start, len, of: of? })))
            }
        }
    }

    fn needs(&self, errors: &Errors, given: bool, what: &str) {
        if !given {
            let Transform { word, example, .. } = self.transform;
            errors.at(self.word, format!("`{word}` needs {what}; write `{example}`"));
        }
    }

    /// `dim`, which is required.
    fn dim(&mut self, errors: &Errors) -> Option<Expr> {
        self.needs(errors, self.dim.word().is_some() || self.misplaced, "`dim`");
        self.dim.take()
    }

    /// The source: `of`, or else the field's own tensor, except where a name is required.
    fn of(&mut self, errors: &Errors) -> Option<Layout> {
        if let (Some(names), None, false) = (self.surroundings.named_for, self.of.word(), self.misplaced) {
            let word = self.word;
            errors.at(word, format!("`{word}` in `{names}` needs its source; write `of = \"..\"` in its parentheses"));
        }
        if self.of.word().is_some() { self.of.take() } else { Some(Layout::Own) }
    }

    /// Refuses axes that do not list each axis once, as far as literals tell.
    fn refuse_axes(&self, errors: &Errors) {
        self.needs(errors, self.keyless > 0 || !self.complete, "its dims");
        if !self.complete {
            return;
        }
        let count = self.axes.len();
        let mut seen = Vec::new();
        for (axis, number) in self.axes.iter().filter_map(|axis| Some((axis, value::literal(axis)?))) {
            let problem = match seen.contains(&number) {
                true => "stands twice",
                false if number >= count => "is out of range",
                false => {
                    seen.push(number);
                    continue;
                }
            };
            let each = format!("a `permute` of {count} lists each of 0..={} once", count - 1);
            errors.at(axis, format!("dim {number} {problem}; {each}"));
        }
    }
}

/// Whether a source follows, and not an expression.
fn is_source(input: ParseStream) -> bool {
    let word = value::word(&input.fork());
    let transform = word.is_ok_and(|word| TRANSFORMS.iter().any(|transform| word == transform.word));
    input.peek(LitStr) || transform && input.peek2(token::Paren)
}

/// `SOURCE`, or `SOURCE: EXTENT`
fn part(errors: &Errors, input: ParseStream, surroundings: Surroundings) -> Option<ConcatPart> {
    let of = source(errors, input, surroundings);
    let Ok(Some(colon)) = input.parse::<Option<Token![:]>>() else { return Some(ConcatPart { of: of?, extent: None }) };
    if input.is_empty() || input.peek(Token![,]) {
        errors.at(colon, "this colon has no length after it; write one, or remove the colon if the parts are equal");
        return None;
    }
    let extent = dim::size(errors, input, &EXTENT)?;
    Some(ConcatPart { of: of?, extent: Some(extent) })
}
