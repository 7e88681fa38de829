//! The test that tells why a lock does not fit, and how the compile error names it.
//!
//! `const` evaluation lists what is wrong. The causes take strings and sorting, so a load tells them, in a test. With
//! `WEIGHBRIDGE_EXPLAIN` set, a crate is compiled unverified and has these tests.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Once;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use weighbridge_lock::switch;

/// Whether the crate is compiled to explain.
///
/// A macro may read the variable, because the code that it writes reads it too: rustc tracks `option_env!`, so that cargo
/// compiles again when the variable changes.
fn is_asked_for() -> bool {
    env::var_os("WEIGHBRIDGE_EXPLAIN").is_some()
}

/// Says once for each crate that nothing in it is verified, in case you have left the variable set.
pub(crate) fn warn_if_asked_for() {
    static ONCE: Once = Once::new();
    if is_asked_for() {
        let name = env::var("CARGO_CRATE_NAME").unwrap_or_default();
        ONCE.call_once(|| {
            eprintln!(
                "weighbridge: WEIGHBRIDGE_EXPLAIN is set, so `{name}` is compiled unverified; run its tests \
                 `weighbridge_explains_..` for the causes, and unset the variable to verify again"
            );
        });
    }
}

/// `__wb::option_env!("WEIGHBRIDGE_EXPLAIN")`: `None` while the crate is compiled to be verified.
pub(crate) fn variable() -> TokenStream {
    quote!(__wb::option_env!("WEIGHBRIDGE_EXPLAIN"))
}

/// What to do where no test can be named.
///
/// `call in a test: Loader::new().check::<Llama<Tiny>>("llama.weights.lock")`
pub(crate) fn call(module: &str, lock: &str, config: Option<&str>) -> String {
    let config = config.map_or_else(String::new, |config| format!(".config_file({config:?})"));
    format!("call in a test: Loader::new(){config}.check::<{module}>({lock:?})")
}

/// How to bring a lock up to date, but for the checkpoint, which the compiler does not know.
///
/// `weighbridge lock FILE --update llama.weights.lock`
pub(crate) fn update(lock: &str) -> String {
    let below = member().map(|(manifest, root)| manifest.strip_prefix(&root).map_or(manifest.clone(), Path::to_owned));
    let path = below.unwrap_or_default().join(lock);
    format!("weighbridge lock FILE {}", switch("update", &path.to_string_lossy()))
}

/// The directory of the manifest, and the root of the workspace, in which cargo calls the compiler, if that is another one.
fn member() -> Option<(PathBuf, PathBuf)> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    manifest.zip(env::current_dir().ok()).filter(|(manifest, root)| manifest != root)
}

/// The test of one type and one lock.
pub(crate) struct Test {
    /// `weighbridge_explains_llama`
    function: Ident,
    /// `WEIGHBRIDGE_EXPLAINS_LLAMA_1F2E3D4C`: how to run it. It always stands beside the type, so two of them never share a name.
    constant: Ident,
}

impl Test {
    /// `lock` is given where the type may have several. `span` is that of the names.
    pub(crate) fn new(module: &impl ToTokens, lock: Option<&str>, span: Span) -> Self {
        let (module, lock) = (module.to_token_stream().to_string(), lock.unwrap_or_default());
        let function = format!("weighbridge_explains_{}", snake_case(&module, lock));
        // one type may be verified twice against one lock; the two differ in the place alone
        let hash = hash(&(&module, lock, format!("{span:?}")));
        let constant = format!("{function}_{hash}").to_uppercase();
        Test { function: Ident::new(&function, span), constant: Ident::new(&constant, span) }
    }

    /// What stands beside the type or in place of `verify!`. `krate` is the runtime's path, `path` the lock's.
    ///
    /// ```text
    /// #[allow(dead_code)]
    /// const WEIGHBRIDGE_EXPLAINS_LLAMA: &::weighbridge::__private::str = "run: WEIGHBRIDGE_EXPLAIN=1 cargo test weighbridge_explains_llama";
    /// // and with the variable set
    /// #[cfg(test)]
    /// #[::weighbridge::__private::test]
    /// fn weighbridge_explains_llama() {
    ///     ::weighbridge::__private::explain::<Llama>("/../llama.weights.lock", "llama.weights.lock", ::weighbridge::__private::None)
    /// }
    /// ```
    ///
    /// In a function the constant is unused, and rustc warns that the harness cannot name the test: an `allow` on the test
    /// does not reach what `#[test]` makes of it.
    pub(crate) fn items(
        &self,
        krate: &impl ToTokens,
        module: &impl ToTokens,
        (path, label): (&str, &str),
        config: Option<&str>,
    ) -> TokenStream {
        let Test { function, constant } = self;
        let run = format!("run: {}", command(&function.to_string()));
        let test = is_asked_for().then(|| {
            let config = match config {
                Some(config) => quote!(#krate::__private::Some(#config)),
                None => quote!(#krate::__private::None),
            };
            let call = quote_spanned!(function.span()=> #krate::__private::explain::<#module>(#path, #label, #config));
            quote! {
                #[cfg(test)]
                #[#krate::__private::test]
                fn #function() {
                    #call
                }
            }
        });
        quote! {
            #[allow(dead_code)]
            const #constant: &#krate::__private::str = #run;
            #test
        }
    }

    /// What stands in the block beside the comparison: what to do if the block is in a function. See [`Test::causes`].
    pub(crate) fn fallback(&self, call: &str) -> TokenStream {
        let constant = &self.constant;
        quote!(#[allow(dead_code)] const #constant: &__wb::str = #call;)
    }

    /// How to get the causes: the constant of the module if it has one, else that of the block.
    ///
    /// `{ use self::*; WEIGHBRIDGE_EXPLAINS_LLAMA }`
    ///
    /// A macro cannot know whether it stands in a function, whose items no test harness can name. But `self` is the module even
    /// there, and a glob import comes before what surrounds the block it stands in, if it has the name at all.
    pub(crate) fn causes(&self) -> TokenStream {
        let constant = &self.constant;
        quote!({
            use self::*;
            #constant
        })
    }
}

/// `WEIGHBRIDGE_EXPLAIN=1 cargo test weighbridge_explains_llama`, from the directory in which cargo was called.
fn command(test: &str) -> String {
    let package = match env::var("CARGO_PKG_NAME") {
        Ok(name) if member().is_some() => format!(" -p {name}"),
        _ => String::new(),
    };
    // of a program and of an example; cargo leaves the tests of examples out unless it is asked for them
    let targets = if env::var_os("CARGO_BIN_NAME").is_some() { " --bins --examples" } else { "" };
    format!("WEIGHBRIDGE_EXPLAIN=1 cargo test{package}{targets} {test}")
}

/// `llama_tiny_model_lock` for `Llama<Tiny>` and `model.lock`: the rest of an identifier.
///
/// Where the texts have other characters than names and paths do, a hash stands behind the words: `Linear<{ A + B }>` is not
/// `Linear<{ A - B }>`. `a-b.lock` and `a_b.lock` have the same words.
fn snake_case(module: &str, lock: &str) -> String {
    let module: String = module.replace("r#", "").split_whitespace().collect();
    let (mut words, mut previous) = (Vec::<String>::new(), ' ');
    for c in module.chars().chain([' ']).chain(lock.chars()) {
        let is_first = !previous.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && !previous.is_ascii_uppercase());
        match words.last_mut() {
            Some(word) if c.is_ascii_alphanumeric() && !is_first => word.push(c.to_ascii_lowercase()),
            _ if c.is_ascii_alphanumeric() => words.push(c.to_ascii_lowercase().to_string()),
            _ => {}
        }
        previous = c;
    }
    words.retain(|word| !["crate", "self", "super"].contains(&word.as_str()));
    let is_made_of = |text: &str, others: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c));
    let is_plain = is_made_of(&module, "_:<,>") && is_made_of(lock, "_./-") && module.matches('<').count() <= 1;
    if !is_plain {
        words.push(hash(&(&module, lock)));
    }
    words.join("_")
}

/// Eight digits at most.
fn hash(value: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    format!("{:x}", hasher.finish() & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::{Test, snake_case};

    #[test]
    fn constants_have_names_of_their_own_where_tests_share_one() {
        let constant = |module: &str, lock: &str| {
            let module: syn::Type = syn::parse_str(module).unwrap();
            Test::new(&module, Some(lock), proc_macro2::Span::call_site()).constant.to_string()
        };
        for ((a, a_lock), (b, b_lock)) in [
            (("Net", "a-b.lock"), ("Net", "a_b.lock")),
            (("Net", "x.lock"), ("Net", "../x.lock")),
            (("Net<A>", "x.lock"), ("NetA", "x.lock")),
            (("path::Net", "x.lock"), ("PathNet", "x.lock")),
            (("Gpt2", ""), ("GPT2", "")),
        ] {
            assert_eq!(snake_case(a, a_lock), snake_case(b, b_lock));
            assert_ne!(constant(a, a_lock), constant(b, b_lock));
        }
    }

    #[test]
    fn a_test_is_named_after_the_type_and_the_lock() {
        for (module, lock, name) in [
            ("Llama", "", "llama"),
            ("Llama < Tiny >", "model.lock", "llama_tiny_model_lock"),
            ("crate :: gpt::GptNeoX", "../locks/gpt-neo.lock", "gpt_gpt_neo_x_locks_gpt_neo_lock"),
            ("Linear<10, 12>", "linear.safetensors", "linear_10_12_linear_safetensors"),
            ("r#GPT2Model", "", "gpt2_model"),
        ] {
            assert_eq!(snake_case(module, lock), name);
        }
    }

    #[test]
    fn types_that_differ_in_no_word_have_other_names() {
        let types = ["Net<{ A + B }>", "Net<{ A - B }>", "Net<A, B>", "Net<A<B>>", "Net<&'static A, B>", "(Net, A, B)"];
        let mut names: Vec<String> = types.iter().map(|module| snake_case(module, "net.lock")).collect();
        names.extend(["nét.lock", "n t.lock"].map(|lock| snake_case("Net<A, B>", lock)));
        assert!(names.iter().all(|name| syn::parse_str::<syn::Ident>(name).is_ok()), "{names:?}");
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "{names:?}");
    }
}
