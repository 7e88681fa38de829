//! A type beside a checkpoint: the names of a lock as a constant, and the call that compares.

use std::path::{Path, PathBuf};

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{LitStr, Token, Type};
use weighbridge_lock::{Branch, Tree, visible_lines};

use crate::configured::Configured;
use crate::errors::Errors;
use crate::explain::{self, Test};
use crate::headers::{self, Headers};
use crate::symbol::CONFIG;

/// What `verify = ".."` names.
pub(crate) struct Verified {
    /// The path as it is written: what the report calls the checkpoint.
    label: LitStr,
    path: PathBuf,
    headers: Headers,
    /// What `config = ".."` names.
    config: Option<Configured>,
}

impl Verified {
    /// Reads what lies at the path, which begins beside the manifest of the crate that is compiled.
    pub(crate) fn new(errors: &Errors, label: LitStr) -> Option<Self> {
        let shown = label.value();
        if shown.is_empty() {
            errors.at(&label, "the path is empty; write the path of a lock, from the crate's Cargo.toml on");
            return None;
        }
        explain::warn_if_asked_for();
        let root = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
        let path = root.join(&shown);
        match headers::read(&path, &shown) {
            Ok(headers) => Some(Verified { label, path, headers, config: None }),
            Err(why) => {
                errors.at(&label, visible_lines(&why));
                None
            }
        }
    }

    /// The same, with the configuration beside the lock.
    pub(crate) fn with(self, config: Option<Configured>) -> Self {
        Verified { config, ..self }
    }

    /// ```text
    /// fn __files() {
    ///     let _ = (__wb::include_bytes!("/../llama.weights.lock"),);
    /// }
    /// const __LOCK: __wb::Locked = __wb::Locked {
    ///     lock: match __wb::option_env!("WEIGHBRIDGE_EXPLAIN") {
    ///         __wb::None => __wb::Some(&..),
    ///         _ => __wb::None,
    ///     },
    ///     config: &[],
    /// };
    /// ```
    ///
    /// To include a file is the one way, on stable Rust, to have the compiler run again when it changes. In a constant it would
    /// also be copied to the metadata of the crate and to the compiler's caches; a function that nothing calls is in neither.
    ///
    /// There is no lock, and nothing is compared, while the crate is compiled to explain. Nothing else turns the comparison
    /// off: under `cfg(test)`, a target without the test harness would never be verified.
    pub(crate) fn constants(&self) -> TokenStream {
        let config = self.config.iter().map(|config| &config.path);
        let files = self.headers.files.iter().chain(config).map(|file| {
            let file = absolute(file);
            quote!(__wb::include_bytes!(#file))
        });
        let (tree, variable) = (tree(&self.headers.lock.tree()), explain::variable());
        let config = self.config.as_ref().map_or_else(|| quote!(&[]), Configured::constant);
        quote! {
            fn __files() {
                let _ = (#(#files,)*);
            }
            const __LOCK: __wb::Locked = __wb::Locked {
                lock: match #variable {
                    __wb::None => __wb::Some(&#tree),
                    _ => __wb::None,
                },
                config: #config,
            };
        }
    }

    /// The comparison of a generic type, with this span. It gives the node back.
    ///
    /// `__wb::verified(&__wb::Node::of(..), __LOCK, "llama.weights.lock", "Llama<C>", "weighbridge lock ..", "call in a test: ..")`
    pub(crate) fn node(&self, node: &TokenStream, name: &str, span: Span) -> TokenStream {
        let causes = explain::call(name, &self.label.value(), self.config_label().as_deref());
        self.comparison("verified", node, name, &causes.to_token_stream(), span)
    }

    /// The comparison of a concrete type, as items: those beside the block of [`constants`](Verified::constants), and those in it. `krate` is
    /// the path of the runtime. The test has the lock in its name if the type may have several.
    ///
    /// ```text
    /// #[allow(dead_code)]
    /// const WEIGHBRIDGE_EXPLAINS_LLAMA: &::weighbridge::__private::str = "run: ..";
    /// ```
    /// ```text
    /// #[allow(dead_code)]
    /// const WEIGHBRIDGE_EXPLAINS_LLAMA: &__wb::str = "call in a test: ..";
    /// #[allow(long_running_const_eval, unused_imports)]
    /// const _: () = __wb::verify(<Llama as __wb::Root>::NODE, __LOCK, "llama.weights.lock", "Llama", "weighbridge lock ..", { .. });
    /// ```
    ///
    /// The compiler's interpreter makes the comparison, and warns of work that it takes for endless.
    pub(crate) fn items(
        &self,
        krate: &impl ToTokens,
        module: &impl ToTokens,
        is_one_of_several: bool,
        span: Span,
    ) -> (TokenStream, TokenStream) {
        let (label, name) = (self.label.value(), name_of(module));
        let test = Test::new(module, is_one_of_several.then_some(label.as_str()), span);
        let node = quote_spanned!(span=> <#module as __wb::Root>::NODE);
        let call = self.comparison("verify", &node, &name, &test.causes(), span);
        let fallback = test.fallback(&explain::call(&name, &label, self.config_label().as_deref()));
        let inside = quote! {
            #fallback
            #[allow(long_running_const_eval, unused_imports)]
            const _: () = #call;
        };
        let config = self.config.as_ref().map(|config| config.path.display().to_string());
        (test.items(krate, module, (&self.path.display().to_string(), &label), config.as_deref()), inside)
    }

    fn config_label(&self) -> Option<String> {
        self.config.as_ref().map(|config| config.label.value())
    }

    fn comparison(
        &self,
        function: &str,
        node: &TokenStream,
        name: &str,
        causes: &TokenStream,
        span: Span,
    ) -> TokenStream {
        let (label, function) = (&self.label, Ident::new(function, span));
        // a checkpoint itself is never older than the checkpoint
        let update = if self.headers.is_lock { explain::update(&label.value()) } else { String::new() };
        quote_spanned!(span=> __wb::#function(#node, __LOCK, #label, #name, #update, #causes))
    }
}

fn absolute(path: &Path) -> String {
    path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// `__wb::LockTree { tensor: None, below: &[..] }`
fn tree(tree: &Tree) -> TokenStream {
    let tensor = match &tree.tensor {
        // __wb::Some(__wb::LockedTensor { dtype: __wb::DType::F32, shape: &[4, 2] })
        Some((dtype, shape)) => {
            let dtype = Ident::new(dtype.name(), Span::mixed_site());
            quote!(__wb::Some(__wb::LockedTensor { dtype: __wb::DType::#dtype, shape: &[#(#shape),*] }))
        }
        None => quote!(__wb::None),
    };
    let branches = tree.branches();
    let below = branches.iter().map(|(branch, tree)| {
        let (component, names) = (component(branch), self::tree(tree));
        quote!(__wb::Branch { component: #component, names: #names })
    });
    quote!(__wb::LockTree { tensor: #tensor, below: &[#(#below),*] })
}

/// `__wb::Component::Numbered(__wb::Stem { before: "block_", behind: "" }, &[(0, 31)])`
fn component(branch: &Branch) -> TokenStream {
    match branch {
        Branch::Name(name) => quote!(__wb::Component::Name(#name)),
        Branch::Numbered { before, numbers, behind } => {
            let runs = numbers.iter().map(|run| {
                let (from, to) = (run.start(), run.end());
                quote!((#from, #to))
            });
            let stem = quote!(__wb::Stem { before: #before, behind: #behind });
            quote!(__wb::Component::Numbered(#stem, &[#(#runs),*]))
        }
    }
}

/// The arguments of `verify!`, with the crate's own path before them.
struct Call {
    /// `$crate`, which is no path that syn reads.
    krate: TokenStream,
    module: Type,
    path: LitStr,
    config: Option<LitStr>,
}

impl Parse for Call {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let mut krate = TokenStream::new();
        while !input.peek(Token![;]) {
            krate.extend(Some(input.parse::<TokenTree>()?));
        }
        input.parse::<Token![;]>()?;
        let written = "write `verify!(Type, \"model.weights.lock\")`";
        if input.is_empty() {
            let missing = format!("a type and the path of a lock are missing; {written}");
            return Err(syn::Error::new(input.span(), missing));
        }
        if let Ok(path) = input.fork().parse::<LitStr>() {
            return Err(syn::Error::new(path.span(), format!("a type stands before the path; {written}")));
        }
        let module: Type = input.parse()?;
        if !input.peek(Token![,]) {
            return Err(syn::Error::new(module.span(), format!("the path of a lock is missing; {written}")));
        }
        input.parse::<Token![,]>()?;
        let path: LitStr = input
            .parse()
            .map_err(|error| syn::Error::new(error.span(), format!("the path of a lock is a string; {written}")))?;
        input.parse::<Option<Token![,]>>()?;
        let config = match input.fork().parse::<Ident>() {
            Ok(word) if word == CONFIG => {
                let written = "write `verify!(Type, \"model.weights.lock\", config = \"config.json\")`";
                input.parse::<Ident>()?;
                let path = input.parse::<Token![=]>().and_then(|_| input.parse::<LitStr>());
                let path = path.map_err(|error| {
                    syn::Error::new(error.span(), format!("the path of a configuration is a string; {written}"))
                })?;
                input.parse::<Option<Token![,]>>()?;
                Some(path)
            }
            _ => None,
        };
        match input.is_empty() {
            true => Ok(Call { krate, module, path, config }),
            false => Err(input.error(format!("nothing but `config = \"config.json\"` may follow the path; {written}"))),
        }
    }
}

/// ```text
/// const WEIGHBRIDGE_EXPLAINS_LLAMA_TINY_LLAMA_LOCK: &::weighbridge::__private::str = "run: ..";
/// const _: () = {
///     use ::weighbridge::__private as __wb;
///     fn __files() { .. }
///     const __LOCK: __wb::Option<&__wb::LockTree> = ..;
///     const WEIGHBRIDGE_EXPLAINS_LLAMA_TINY_LLAMA_LOCK: &__wb::str = "call in a test: ..";
///     const _: () = __wb::verify(<Llama<Tiny> as __wb::Tree<__wb::Modules>>::__NODE, __LOCK, "llama.lock", "Llama<Tiny>", "weighbridge lock ..", { .. });
/// };
/// ```
pub(crate) fn verify(input: TokenStream) -> TokenStream {
    let Call { krate, module, path, config } = match syn::parse2(input) {
        Ok(call) => call,
        Err(error) => return error.into_compile_error(),
    };
    let errors = Errors::new();
    let config = config.and_then(|config| Configured::new(&errors, config));
    let verified = Verified::new(&errors, path).map(|verified| verified.with(config));
    let verified = match (errors.finish(), verified) {
        (Ok(()), Some(verified)) => verified,
        // the type is used, so that its import is not warned of too
        (Err(errors), _) => {
            return quote!(#errors const _: #krate::__private::PhantomData<#module> = #krate::__private::PhantomData;);
        }
        (Ok(()), None) => return TokenStream::new(),
    };
    let (constants, (beside, inside)) = (verified.constants(), verified.items(&krate, &module, true, module.span()));
    quote! {
        #beside
        const _: () = {
            use #krate::__private as __wb;
            #constants
            #inside
        };
    }
}

/// A type as the loader's report names it: `Llama<Tiny>` for `models::Llama<crate::Tiny>`.
pub(crate) fn name_of(module: impl ToTokens) -> String {
    let text: String = module.to_token_stream().to_string().split_whitespace().collect();
    let text = text.replace("r#", "").replace(',', ", ").replace(';', "; ");
    let (mut name, mut word, mut rest) = (String::new(), 0, text.as_str());
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("::") {
            name.truncate(word);
            rest = after;
            continue;
        }
        name.push(c);
        if !c.is_alphanumeric() && c != '_' {
            word = name.len();
        }
        rest = &rest[c.len_utf8()..];
    }
    name
}
