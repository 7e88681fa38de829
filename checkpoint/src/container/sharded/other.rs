//! JSON that is no index of shards: what it is.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess};

use crate::container::json::{self, Key, Seed, Visit};

/// What a JSON object without a `weight_map` is, and what to do. `None` if it has one, or is no JSON object.
pub(crate) fn other_json(text: &[u8]) -> Option<String> {
    let (keys, answer) = json::read(text, 0, TopLevel).ok()??;
    let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
    Some(weighbridge_lock::other_json(&keys, answer.as_deref()))
}

/// So many keys say what an object is.
const MOST_KEYS: usize = 1000;

/// The keys of an object that is no index, and what it says as an error.
struct TopLevel;

impl<'de> Visit<'de> for TopLevel {
    type Out = Option<(Vec<Cow<'de, str>>, Option<Cow<'de, str>>)>;

    fn wrong(self, _found: &'static str) -> Self::Out {
        None
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Out, A::Error> {
        let (mut keys, mut answer, mut is_index) = (Vec::new(), None, false);
        while let Some(key) = object.next_key_seed(Seed(Key))? {
            match &*key {
                "error" | "message" | "detail" => {
                    let text = object.next_value_seed(Seed(Answer))?;
                    answer = answer.or(text);
                }
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
            is_index |= key == "weight_map";
            if keys.len() < MOST_KEYS {
                keys.push(key);
            }
        }
        Ok((!is_index).then_some((keys, answer)))
    }
}

/// What a server says, by itself or as the message of an object.
struct Answer;

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
