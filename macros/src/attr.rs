//! Reads attributes into slots. Mistakes in a single attribute are found here, and where its value is parsed.

use syn::parse::ParseStream;
use syn::{Attribute, Expr, Ident, LitStr, MacroDelimiter, Meta, Path, Type, token};

use crate::argument::{self, Declared, Default, Given};
use crate::configured::Configured;
use crate::dim::{self, Dim, Items, Shape};
use crate::dtype::{self, DTypes};
use crate::errors::Errors;
use crate::expression::Step;
use crate::layout::From;
use crate::name::{Case, GivenName};
use crate::nearest::{did_you_mean, listed, nearest};
use crate::slot::Slot;
use crate::symbol::{
    ALIAS, ARGS, CONFIG, CONFIG_SCOPE, CRATE, DEFAULTS, DTYPE, FLATTEN, FROM, IGNORE, ITEMS, LEN, MODULE, PARAM,
    REMOTE, RENAME, RENAME_ALL, SHAPE, SKIP, Spelling, TIED, TIED_WHEN, Target, VERIFY, VIA, WEIGHBRIDGE, WHEN, WITH,
};
use crate::transform;
use crate::unknown::{Context, not_a_word, unknown};
use crate::value;
use crate::verify::Verified;

/// The attributes of a struct or an enum itself.
pub(crate) struct TypeAttrs {
    pub(crate) spelling: Spelling,
    pub(crate) rename_all: Slot<Case>,
    pub(crate) krate: Slot<Path>,
    pub(crate) ignore: Slot<Vec<LitStr>>,
    pub(crate) verify: Slot<Verified>,
    /// The configuration that `verify` compares too.
    pub(crate) config: Slot<Configured>,
    /// The type that it is the parts of.
    pub(crate) remote: Slot<Type>,
    pub(crate) args: Slot<Vec<Declared>>,
    pub(crate) defaults: Slot<Vec<Default>>,
}

/// The attributes of a field.
pub(crate) struct FieldAttrs {
    /// `#[param]`, or `param` in `#[weighbridge(..)]`.
    pub(crate) param: Slot<()>,
    /// `#[module]`, which `#[weighbridge(..)]` does not need.
    pub(crate) module: Option<Ident>,
    pub(crate) shape: Slot<Shape>,
    pub(crate) dtype: Slot<DTypes>,
    pub(crate) from: Slot<From>,
    pub(crate) tied: Slot<LitStr>,
    pub(crate) len: Slot<Dim>,
    pub(crate) items: Slot<Items>,
    pub(crate) rename: Slot<GivenName>,
    pub(crate) alias: Slot<Vec<GivenName>>,
    pub(crate) flatten: Slot<()>,
    pub(crate) skip: Slot<Option<Expr>>,
    /// The key, if it is given.
    pub(crate) config: Slot<Option<LitStr>>,
    /// The parts that its type is made of.
    pub(crate) via: Slot<Type>,
    pub(crate) args: Slot<Vec<Given>>,
    pub(crate) with: Slot<Vec<Given>>,
    pub(crate) when: Slot<Vec<Step>>,
    pub(crate) tied_when: Slot<Vec<Step>>,
    pub(crate) config_scope: Slot<LitStr>,
}

impl TypeAttrs {
    pub(crate) fn new(errors: &Errors, spelling: Spelling, attrs: &[Attribute]) -> Self {
        let mut this = TypeAttrs {
            spelling,
            rename_all: Slot::new(),
            krate: Slot::new(),
            ignore: Slot::new(),
            verify: Slot::new(),
            config: Slot::new(),
            remote: Slot::new(),
            args: Slot::new(),
            defaults: Slot::new(),
        };
        let context = Context { spelling, target: Target::Type, ty: None };
        for attr in attrs {
            match spelling.reads(attr) {
                Some(name) if name == PARAM => {
                    errors.at(name, "`#[param(..)]` describes a field; write it above the field");
                }
                Some(_) => entries(errors, attr, context, |word, input| this.entry(errors, context, word, input)),
                None => {}
            }
        }
        this
    }

    /// What `verify` names, with the configuration beside it.
    pub(crate) fn verified(&mut self, errors: &Errors) -> Option<Verified> {
        if let (Some(word), None) = (self.config.word(), self.verify.word()) {
            let message = "`config` on a type names what `verify` compares with a lock, and there is none; write `verify = \"..\"` \
                           beside it, or give the configuration to the loader";
            errors.at(word, message);
        }
        let config = self.config.take();
        self.verify.take().map(|verified| verified.with(config))
    }

    fn entry(&mut self, errors: &Errors, context: Context<'_>, word: &Ident, input: ParseStream) {
        if word == RENAME_ALL {
            // #[module(rename_all = "camelCase")]
            self.rename_all.set(errors, word, case(errors, word, input));
        } else if word == CRATE {
            // #[module(crate = path)]
            self.krate.set(errors, word, value::path(errors, word, input));
        } else if word == IGNORE {
            // #[module(ignore = ["*.inv_freq"])]
            self.ignore.set(errors, word, patterns(errors, word, input));
        } else if word == ARGS {
            // #[module(args(in, out, bias = false))]
            self.args.set(errors, word, argument::declared(errors, word, input));
        } else if word == DEFAULTS {
            // #[module(defaults(head_dim = "hidden_size" / "heads"))]
            self.defaults.set(errors, word, argument::defaults(errors, word, input));
        } else if word == VERIFY {
            // #[module(verify = "llama.weights.lock")]
            let path = value::string(errors, word, input).and_then(|path| Verified::new(errors, path));
            self.verify.set(errors, word, path);
        } else if word == CONFIG {
            // #[module(config = "config.json")]
            let path = value::string(errors, word, input).and_then(|path| Configured::new(errors, path));
            self.config.set(errors, word, path);
        } else if word == REMOTE {
            // #[module(remote = candle_nn::LayerNorm)]
            self.remote.set(errors, word, value::ty(errors, word, input));
        } else {
            unknown(errors, context, word, input);
        }
    }
}

impl FieldAttrs {
    pub(crate) fn new(errors: &Errors, spelling: Spelling, attrs: &[Attribute], ty: &Type) -> Self {
        let mut this = FieldAttrs {
            param: Slot::new(),
            module: None,
            shape: Slot::new(),
            dtype: Slot::new(),
            from: Slot::new(),
            tied: Slot::new(),
            len: Slot::new(),
            items: Slot::new(),
            rename: Slot::new(),
            alias: Slot::new(),
            flatten: Slot::new(),
            skip: Slot::new(),
            config: Slot::new(),
            via: Slot::new(),
            args: Slot::new(),
            with: Slot::new(),
            when: Slot::new(),
            tied_when: Slot::new(),
            config_scope: Slot::new(),
        };
        let own = || attrs.iter().filter_map(|attr| Some((spelling.reads(attr)?, attr)));
        let of_all = match spelling {
            Spelling::ParamAndModule => Target::Module,
            Spelling::Weighbridge => target(errors, own().map(|(_, attr)| attr)),
        };
        for (name, attr) in own() {
            let mut target = of_all;
            if name == PARAM {
                target = Target::Param;
                // two `#[param(..)]` on one field are as good as one
                if this.param.word().is_none() {
                    this.param.set(errors, name, Some(()));
                }
            } else if name == MODULE {
                this.module = Some(name.clone());
            }
            let context = Context { spelling, target, ty: Some(ty) };
            entries(errors, attr, context, |word, input| this.entry(errors, context, word, input));
        }
        this
    }

    fn entry(&mut self, errors: &Errors, context: Context<'_>, word: &Ident, input: ParseStream) {
        let Context { spelling, target, .. } = context;
        if spelling == Spelling::Weighbridge && word == PARAM {
            // #[weighbridge(param, shape = [OUT, IN])]
            self.param.set(errors, word, param(errors, word, input));
        } else if target == Target::Param && word == SHAPE {
            // #[param(shape = [OUT, "vocab", _])]
            self.shape.set(errors, word, dim::shape(errors, word, input));
        } else if target == Target::Param && word == DTYPE {
            // #[param(dtype = "F32")]
            // #[param(dtype = ["BF16", "F16"])]
            // #[param(dtype = C::DTYPES)]
            self.dtype.set(errors, word, dtype::dtypes(errors, word, input));
        } else if target == Target::Param && word == FROM {
            // #[param(from = transpose)]
            // #[param(from = concat(dim = 0, "q.weight", "k.weight", "v.weight"))]
            self.from.set(errors, word, transform::layout(errors, word, input));
        } else if target == Target::Module && word == ARGS {
            // #[module(args(in = "hidden_size", out = 3 * WIDTH, bias = "attention_bias"))]
            self.args.set(errors, word, argument::given(errors, word, input));
        } else if target == Target::Module && word == WITH && input.peek(token::Paren) {
            // #[module(with(eps = 1e-5))]
            self.with.set(errors, word, argument::values(errors, word, input));
        } else if target == Target::Module && word == CONFIG_SCOPE {
            // #[module(config_scope = "text_config")]
            self.config_scope.set(errors, word, argument::scope(errors, word, input));
        } else if word == WHEN {
            // #[param(when = "bias")]
            self.when.set(errors, word, argument::condition(errors, word, input));
        } else if word == TIED_WHEN {
            // #[module(tied = "model.embed_tokens", tied_when = "tie_word_embeddings")]
            self.tied_when.set(errors, word, argument::condition(errors, word, input));
        } else if target == Target::Module && word == FLATTEN {
            // #[module(flatten)]
            self.flatten.set(errors, word, bare(errors, word, input));
        } else if target == Target::Module && word == SKIP {
            // #[module(skip)]
            // #[module(skip = expr)]
            self.skip.set(errors, word, skip(errors, word, input));
        } else if target == Target::Module && word == CONFIG {
            // #[module(config)]
            // #[module(config = "n_head")]
            self.config.set(errors, word, config(errors, word, input));
        } else if target == Target::Module && word == VIA {
            // #[module(via = LayerNormParts)]
            self.via.set(errors, word, value::ty(errors, word, input));
        } else if word == RENAME {
            // #[param(rename = "self")]
            // #[module(rename = "block_{}")]
            self.rename.set(errors, word, value::name(errors, word, input));
        } else if word == ALIAS {
            // #[param(alias = "gamma")]
            // #[param(alias = ["gamma", "scale"])]
            self.alias.set(errors, word, value::names(errors, word, input));
        } else if word == TIED {
            // #[param(tied = "model.embed_tokens.weight")]
            // #[module(tied = "encoder")]
            self.tied.set(errors, word, tied(errors, word, input));
        } else if word == LEN {
            // #[module(len = C::LAYERS)]
            // #[module(len = "layers")]
            self.len.set(errors, word, dim::len(errors, word, input));
        } else if word == ITEMS {
            // #[module(items = 1.."num_hidden_layers")]
            self.items.set(errors, word, dim::items(errors, word, input));
        } else {
            unknown(errors, context, word, input);
        }
    }
}

/// How a type spells its attributes: one `#[weighbridge(..)]`, wherever it stands, decides for the whole type.
pub(crate) fn spelling<'a>(mut attrs: impl Iterator<Item = &'a Attribute>) -> Spelling {
    match attrs.any(|attr| Spelling::Weighbridge.reads(attr).is_some()) {
        true => Spelling::Weighbridge,
        false => Spelling::ParamAndModule,
    }
}

/// Whether all `#[weighbridge(..)]` of one field make it a parameter. A `param` that is misspelt, or absent beside words that
/// only a parameter has, counts too: it is then the one error.
fn target<'a>(errors: &Errors, attrs: impl Iterator<Item = &'a Attribute>) -> Target {
    let words: Vec<Ident> = attrs.flat_map(words).collect();
    let known = Context { spelling: Spelling::Weighbridge, target: Target::Module, ty: None }.accepted();
    let is_param = |word: &Ident| nearest(&word.to_string(), &known) == Some(PARAM);
    let is_of = |target: Target, word: &Ident| {
        let text = word.to_string();
        Target::ALL.iter().all(|any| any.has(&text) == (*any == target))
    };
    if words.iter().any(is_param) {
        return Target::Param;
    }
    match words.iter().find(|word| is_of(Target::Param, word)) {
        Some(word) if !words.iter().any(|word| is_of(Target::Module, word)) => {
            let written = Spelling::Weighbridge.param(&format!("{word} = .."));
            errors.at(word, format!("`{word}` describes a parameter, and `param` is missing; write {written}"));
            Target::Param
        }
        _ => Target::Module,
    }
}

/// The words of an attribute, without their values.
fn words(attr: &Attribute) -> Vec<Ident> {
    let mut words = Vec::new();
    // what cannot be read is refused when its entries are
    let _ = attr.parse_args_with(|input: ParseStream| {
        while !input.is_empty() {
            words.extend(value::word(input));
            value::step_over(input);
            input.parse::<Option<syn::Token![,]>>()?;
        }
        Ok(())
    });
    words
}

/// Refuses attributes where none may stand: on an enum's variants, and on a union's fields.
pub(crate) fn refuse(errors: &Errors, spelling: Spelling, attrs: &[Attribute], what: &str) {
    for name in attrs.iter().filter_map(|attr| spelling.reads(attr)) {
        let message = format!("`#[{name}(..)]` describes a field of a struct or an enum, not {what}; remove it");
        errors.at(name, message);
    }
}

/// Calls `entry` for each comma-separated entry of an attribute, also after one that is refused.
fn entries(errors: &Errors, attr: &Attribute, context: Context<'_>, mut entry: impl FnMut(&Ident, ParseStream)) {
    let name = attr.path().get_ident().map_or_else(String::new, Ident::to_string);
    let list = match &attr.meta {
        // #[weighbridge], #[weighbridge()]
        meta if name == WEIGHBRIDGE && is_empty(meta) => {
            let remedy = match context.target {
                Target::Type => format!("write any of {} in parentheses", listed(&context.accepted())),
                _ => "write `#[weighbridge(param)]` if the field is a parameter".to_owned(),
            };
            errors.at(meta, format!("`#[weighbridge]` is empty; remove it, or {remedy}"));
            return;
        }
        // #[param]
        Meta::Path(_) => return,
        // #[param(..)]
        Meta::List(list) if matches!(list.delimiter, MacroDelimiter::Paren(_)) => list,
        // #[param = ..], #[param[..]]
        meta => {
            let words = listed(&context.accepted());
            let message = format!("`{name}` needs parentheses; write `#[{name}(..)]`, with any of {words} in it");
            errors.at(meta, message);
            return;
        }
    };
    let parsed = list.parse_args_with(|input: ParseStream| {
        while !input.is_empty() {
            match value::word(input) {
                Ok(word) => {
                    entry(&word, input);
                    let rest = value::until_comma(input);
                    if !rest.is_empty() {
                        let found = value::source(&rest);
                        errors
                            .at(rest, format!("unexpected `{found}` after `{word}`; separate attributes with commas"));
                    }
                }
                Err(_) => {
                    let found = value::until_comma(input);
                    not_a_word(errors, found, input, context);
                }
            }
            if !input.is_empty() {
                input.parse::<syn::Token![,]>()?;
            }
        }
        Ok(())
    });
    if let Err(error) = parsed {
        errors.at_span(error.span(), error);
    }
}

fn is_empty(meta: &Meta) -> bool {
    match meta {
        Meta::Path(_) => true,
        Meta::List(list) => list.tokens.is_empty() && matches!(list.delimiter, MacroDelimiter::Paren(_)),
        Meta::NameValue(_) => false,
    }
}

/// Nothing: words stand beside `param`, and not in it.
fn param(errors: &Errors, word: &Ident, input: ParseStream) -> Option<()> {
    if !input.peek(token::Paren) {
        return bare(errors, word, input);
    }
    let rest = value::until_comma(input);
    let inside = value::inside(&rest).map(value::source).unwrap_or_default();
    let written = if inside.is_empty() { word.to_string() } else { format!("{word}, {inside}") };
    errors.at(rest, format!("`{word}` takes no parentheses of its own; write `#[weighbridge({written})]`"));
    None
}

/// Nothing may follow the word.
fn bare(errors: &Errors, word: &Ident, input: ParseStream) -> Option<()> {
    let rest = value::until_comma(input);
    if rest.is_empty() {
        return Some(());
    }
    errors.at(rest, format!("`{word}` takes no value; write `{word}`"));
    None
}

/// Nothing, or `= expr`.
fn skip(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Option<Expr>> {
    if input.is_empty() || input.peek(syn::Token![,]) {
        return Some(None);
    }
    value::equals(errors, word, input, "skip = expr")?;
    value::expression(errors, word, input).map(Some)
}

/// Nothing, or `= "key"`.
fn config(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Option<LitStr>> {
    if input.is_empty() || input.peek(syn::Token![,]) {
        return Some(None);
    }
    let key = value::string(errors, word, input)?;
    let text = key.value();
    let is_empty = |part: &str| part.trim() != part || part.is_empty();
    if text != "." && text.split('.').any(is_empty) {
        let message = format!(
            "`{text}` is no key of a configuration; write one such as `rms_norm_eps` or `text_config.hidden_size`, or `.` for the whole"
        );
        errors.at(&key, message);
        return None;
    }
    Some(Some(key))
}

/// `= "path"`
fn tied(errors: &Errors, word: &Ident, input: ParseStream) -> Option<LitStr> {
    let path = value::string(errors, word, input)?;
    if path.value().is_empty() {
        errors.at(&path, "`tied` is empty; write the path of the parameter that this one is tied to");
        return None;
    }
    value::checked(errors, word, path)
}

/// `= "camelCase"`
fn case(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Case> {
    let name = value::string(errors, word, input)?;
    let case = Case::new(&name.value());
    if case.is_none() {
        let hint = did_you_mean(Case::full_name(&name.value()), Case::NAMES);
        let accepted = listed(Case::NAMES);
        errors.at(&name, format!("unknown case `{}`, expected one of {accepted}{hint}", name.value()));
    }
    case
}

/// `= ["*.inv_freq", ..]`
fn patterns(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Vec<LitStr>> {
    let patterns = value::strings(errors, word, input, "ignore = [\"..\"]")?;
    if let Some(empty) = patterns.iter().find(|pattern| pattern.value().is_empty()) {
        errors.at(empty, "`ignore` has an empty pattern, which matches no name; remove it");
        return None;
    }
    Some(patterns)
}
