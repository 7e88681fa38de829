//! An inspection as one page for a browser. The page has the checkpoint as JSON for its script, so no name is ever parsed as
//! HTML.

use serde::Serialize;
use weighbridge_lock::visible_json;

use super::inspection::{DTypeTotal, Duplicate, FileTotal, Inspection, Total, TreeNode};
use crate::shown::{shortened, shown};

const TEMPLATE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = concat!(
    include_str!("page/data.js"),
    include_str!("page/head.js"),
    include_str!("page/tree.js"),
    include_str!("page/map.js"),
    include_str!("page/main.js"),
);

/// Longer metadata is cut: some writers put whole vocabularies there.
const LONGEST_VALUE: usize = 4_000;

/// The data of the page: the folded tree, and not every tensor, so that its size does not grow with the number of layers.
#[derive(Serialize)]
struct Page<'i> {
    checkpoint: String,
    total: Total,
    files: Vec<FileTotal>,
    dtypes: &'i [DTypeTotal],
    metadata: Vec<(String, String)>,
    duplicates: Vec<Duplicate>,
    tree: &'i [TreeNode],
}

impl Inspection {
    /// A page for a browser, with a tree that opens and closes, a map of the sizes, and a search. It fetches nothing.
    pub fn html(&self) -> String {
        let files = self.files.iter().map(|file| FileTotal { name: shown(&file.name).into_owned(), ..file.clone() });
        let duplicates = self.duplicates.iter().map(|one| Duplicate { name: shown(&one.name).into_owned(), ..*one });
        let metadata =
            self.metadata.iter().map(|(key, value)| (shown(key).into_owned(), shortened(value, LONGEST_VALUE)));
        let page = Page {
            checkpoint: shown(&self.checkpoint).into_owned(),
            total: self.total,
            files: files.collect(),
            dtypes: &self.dtypes,
            metadata: metadata.collect(),
            duplicates: duplicates.collect(),
            tree: &self.tree,
        };
        // strings, numbers and lists always serialise; `<` could end the script or begin a comment
        let json = serde_json::to_string(&page).unwrap_or_default().replace('<', "\\u003c");
        let json = visible_json(&json);
        fill(TEMPLATE, &[("/*style*/", STYLE), ("/*checkpoint*/", &json), ("/*script*/", SCRIPT)])
    }
}

/// The template with a text in place of each mark. Marks in the texts themselves stay.
fn fill(template: &str, texts: &[(&str, &str)]) -> String {
    let mut page = String::with_capacity(template.len() + texts.iter().map(|(_, text)| text.len()).sum::<usize>());
    let mut rest = template;
    for (mark, text) in texts {
        let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
        page.push_str(before);
        page.push_str(text);
        rest = after;
    }
    page + rest
}
