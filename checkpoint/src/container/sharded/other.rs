//! JSON that is no index of shards: what it is.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::de::{IgnoredAny, MapAccess};
use weighbridge_lock::{listed_names, quoted};

use crate::container::json::{Key, Seed, Visit};

/// What JSON without a `weight_map` is, and what to do.
pub(super) fn instead(keys: &HashSet<Cow<'_, str>>, answer: Option<Cow<'_, str>>) -> String {
    let has = |any: &[&str]| any.iter().any(|key| keys.contains(*key));
    let what = match answer {
        Some(answer) => {
            let answer = quoted(&answer);
            return format!("; it says {answer}, as a server does in place of the file: download that again");
        }
        None if has(&["peft_type"]) => "the configuration of an adapter",
        None if has(&["_diffusers_version"]) => "the configuration of a diffusers pipeline or model",
        None if has(&["tokenizer_class", "model_max_length", "added_tokens"]) => "that of a tokenizer",
        None if has(&["model_type", "architectures", "hidden_size", "n_embd"]) => "the configuration of a model",
        None if keys.is_empty() => return "; it is an empty object: fetch the index again".to_owned(),
        None => {
            let keys = listed_names(keys.iter().map(|key| &**key), 4);
            return format!("; it has {keys}: give the path of a `*.safetensors.index.json`");
        }
    };
    format!(" but {what}; give the path of the weights")
}

/// What a server says, by itself or as the message of an object.
pub(super) struct Answer;

impl<'de> Visit<'de> for Answer {
    type Out = Option<Cow<'de, str>>;

    fn wrong(self, _found: &'static str) -> Self::Out {
        None
    }

    fn text(self, text: Cow<'de, str>) -> Self::Out {
        Some(text)
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Out, A::Error> {
        let mut answer = None;
        while let Some(key) = object.next_key_seed(Seed(Key))? {
            match &*key {
                "message" => answer = object.next_value_seed(Seed(Text))?.ok(),
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(answer)
    }
}

/// A text, or what else there is.
pub(super) struct Text;

impl<'de> Visit<'de> for Text {
    type Out = Result<Cow<'de, str>, &'static str>;

    fn wrong(self, found: &'static str) -> Self::Out {
        Err(found)
    }

    fn text(self, text: Cow<'de, str>) -> Self::Out {
        Ok(text)
    }
}
