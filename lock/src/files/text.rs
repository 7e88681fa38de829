//! Texts that lie where a checkpoint should: quoted, because they say what went wrong.

use std::io;

use crate::folded::listed_names;
use crate::shown::shown;

/// The bytes that some editors put before UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";
/// How much of a text is quoted, in characters.
const QUOTED: usize = 120;
/// How much of a page is searched for its title, in bytes.
const SEARCHED: usize = 4096;
/// How much of the end of an archive is searched, in bytes.
const DIRECTORY: usize = 64 << 10;

const AGAIN: &str = "it may be the answer of a server in place of the file: download that again";

/// Text as a message quotes it: in one line, safe to show, and cut.
pub fn quoted(text: &str) -> String {
    let start: String = text.trim().chars().take(QUOTED.saturating_mul(8)).collect();
    let line = start.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(QUOTED).collect();
    let is_cut = cut.len() < line.len() || start.len() < text.trim().len();
    format!("`{}{}`", shown(&cut), if is_cut { "…" } else { "" })
}

/// What a JSON object is that is no index of shards, and what to do: by its keys, or by what it says as an error.
pub fn other_json(keys: &[&str], answer: Option<&str>) -> String {
    let has = |any: &[&str]| any.iter().any(|key| keys.contains(key));
    let what = match answer {
        Some(answer) => {
            return format!("the answer of a server, which says {}; download the file again", quoted(answer));
        }
        None if has(&["peft_type"]) => "the configuration of an adapter",
        None if has(&["_diffusers_version"]) => "the configuration of a diffusers pipeline or model",
        None if has(&["tokenizer_class", "model_max_length", "added_tokens"]) => "the data of a tokenizer",
        None if has(&["model_type", "architectures", "hidden_size", "n_embd"]) => "the configuration of a model",
        None if keys.is_empty() => return "an empty JSON object; fetch the file again".to_owned(),
        None => {
            let keys = listed_names(keys.iter().copied(), 4);
            return format!("a JSON object with {keys}; give the path of a checkpoint");
        }
    };
    format!("{what}; give the path of the weights")
}

/// What a file is that is too short for any checkpoint.
pub(super) fn short(head: &[u8]) -> String {
    let quote = match plain_text(head).filter(|text| !text.trim().is_empty()) {
        Some(text) => format!(" ({})", quoted(text)),
        None => String::new(),
    };
    format!("no more than 8 bytes long{quote}, as a truncated download is; download or copy it again")
}

/// The first bytes of a file as text, if all of them are characters of one.
fn plain_text(head: &[u8]) -> Option<&str> {
    let head = head.strip_prefix(BOM).unwrap_or(head);
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // the last character may be cut
        Err(error) if error.error_len().is_none() => std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
        Err(_) => return None,
    };
    text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')).then_some(text)
}

/// What a file of plain text is, if it is one.
pub(super) fn plain(head: &[u8], len: u64) -> Option<String> {
    let text = plain_text(head)?;
    if text.trim().is_empty() {
        return Some("a text of white space; download or copy the checkpoint again".to_owned());
    }
    let is_whole = u64::try_from(head.len()).is_ok_and(|head| head == len);
    let (begins, remedy) = match is_whole {
        true => ("", AGAIN),
        // the answer of a server is short
        false => (" that begins with", "give the path of a checkpoint or of a lock"),
    };
    Some(format!("a text{begins} {}, and no checkpoint; {remedy}", quoted(text)))
}

/// Whether what follows a bracket is the name of a table, as TOML has it, and no value of JSON.
pub(super) fn is_toml(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b"[").unwrap_or(rest);
    let word =
        rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')).count();
    let word = rest.get(..word).unwrap_or_default();
    word.first().is_some_and(u8::is_ascii_alphabetic) && ![&b"true"[..], b"false", b"null"].contains(&word)
}

/// Whether the directory at the end of an archive lists code, as TorchScript has it.
pub(super) fn ends_with_code(len: u64, read: &mut dyn FnMut(u64, &mut [u8]) -> io::Result<()>) -> io::Result<bool> {
    const CODE: &[u8] = b"/code/__torch__";
    let mut end = vec![0; usize::try_from(len).map_or(DIRECTORY, |len| len.min(DIRECTORY))];
    read(len.saturating_sub(u64::try_from(end.len()).unwrap_or(0)), &mut end)?;
    Ok(end.windows(CODE.len()).any(|window| window == CODE))
}

/// What a file of HTML or XML is, with the words in it that say why it is here.
pub(super) fn markup(len: u64, read: &mut dyn FnMut(u64, &mut [u8]) -> io::Result<()>) -> io::Result<String> {
    let mut page = vec![0; usize::try_from(len).map_or(SEARCHED, |len| len.min(SEARCHED))];
    read(0, &mut page)?;
    let page = String::from_utf8_lossy(&page);
    let is_xml = page.trim_start_matches('\u{feff}').trim_start().starts_with("<?xml");
    let said: Vec<&str> = match is_xml {
        true => ["Code", "Message"].iter().filter_map(|tag| inside(&page, tag)).collect(),
        false => inside(&page, "title").into_iter().collect(),
    };
    let said = match said.is_empty() {
        true => String::new(),
        false => format!(" ({})", quoted(&said.join(": "))),
    };
    Ok(match is_xml {
        true => format!("an XML text{said}; {AGAIN}"),
        false => format!("an HTML page{said}, which a server sent instead of the file; open it to see why"),
    })
}

/// The text of an element, whose tag may have attributes.
fn inside<'p>(page: &'p str, tag: &str) -> Option<&'p str> {
    let lower = page.to_ascii_lowercase();
    let tag = tag.to_ascii_lowercase();
    let open = lower.find(&format!("<{tag}"))?;
    let start = open.checked_add(page.get(open..)?.find('>')?)?.checked_add(1)?;
    let end = start.checked_add(lower.get(start..)?.find(&format!("</{tag}"))?)?;
    page.get(start..end).map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_one_line_and_cut() {
        assert_eq!(quoted(" Entry\n not  found\u{1b} "), "`Entry not found\\u{1b}`");
        assert_eq!(quoted(&"a".repeat(500)), format!("`{}…`", "a".repeat(120)));
        assert_eq!(quoted(&"ab ".repeat(100)).chars().count(), 120 + 3);
    }

    #[test]
    fn what_is_binary_is_no_text() {
        assert_eq!(plain(b"a\0b", 3), None);
        assert_eq!(plain(b"\xff\xff\xff", 3), None);
        assert!(plain("Entry not foundä".as_bytes(), 17).unwrap().starts_with("a text `Entry not foundä`"));
        assert!(
            plain("Entry ä".as_bytes().split_last().unwrap().1, 90)
                .unwrap()
                .starts_with("a text that begins with `Entry`")
        );
    }
}
