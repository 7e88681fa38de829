//! What the dims and lengths of a checkpoint mean: those that models have a word for, by where they are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use weighbridge_checkpoint::DType;

use super::packing::Packing;
use super::quantised::recognise;
use super::tree::Children;
use super::words::{is_embedding, is_norm, unnumbered};

/// A number somewhere in the file, as an index into [`Sizes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Size(u32);

/// A number and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Meaning {
    pub(super) value: usize,
    /// `HIDDEN`; `None` for a number that no name is known for.
    pub(super) name: Option<String>,
    /// Where it is, if the same name may be another number elsewhere: the layers of an encoder and of a decoder.
    pub(super) site: Option<String>,
}

/// Every number of a checkpoint, each once for each meaning.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    all: Vec<Meaning>,
    known: HashMap<Meaning, Size>,
    facts: Facts,
}

/// The numbers that a whole model shares.
#[derive(Debug, Default)]
struct Facts {
    hidden: Option<usize>,
    vocab: Option<usize>,
    intermediate: Option<usize>,
    moe_intermediate: Option<usize>,
    queries: Option<usize>,
    kv: Option<usize>,
    experts: BTreeSet<usize>,
}

/// Words in the names of modules.
const TOKENS: &[&str] = &[
    "embed_tokens",
    "wte",
    "word_embeddings",
    "tok_embeddings",
    "token_embedding",
    "token_embeddings",
    "shared",
    "embed",
];
const FEED_FORWARD: &[&str] = &["mlp", "ffn", "feed_forward", "intermediate", "block_sparse_moe", "experts"];
const FEED_FORWARD_PARTS: &[&str] = &[
    "gate_proj",
    "up_proj",
    "down_proj",
    "w1",
    "w2",
    "w3",
    "fc1",
    "fc2",
    "c_fc",
    "linear1",
    "linear2",
    "lin1",
    "lin2",
    "dense_h_to_4h",
];
const SHARED: &[&str] = &["shared_expert", "shared_experts"];
const ROUTERS: &[&str] = &["gate", "router"];
const HEADS: &[&str] = &["classifier", "score", "head", "fc"];

impl Sizes {
    /// Looks through the whole tree to find what its numbers mean.
    pub(super) fn of(root: &Children<'_>, packings: &[Packing]) -> Sizes {
        let mut counts = Counts::default();
        counts.look(root, &mut Vec::new(), packings);
        Sizes { facts: counts.facts(), ..Sizes::default() }
    }

    pub(super) fn meaning(&self, size: Size) -> &Meaning {
        &self.all[size.0 as usize]
    }

    fn intern(&mut self, meaning: Meaning) -> Size {
        let next = Size(self.all.len() as u32);
        let all = &mut self.all;
        *self.known.entry(meaning).or_insert_with_key(|meaning| {
            all.push(meaning.clone());
            next
        })
    }

    /// The length of the list at `site`.
    pub(super) fn length(&mut self, site: &[&str], value: usize) -> Size {
        let list = unnumbered(site.iter().rev().find(|part| **part != "*").copied().unwrap_or("layers"));
        let inner = site.contains(&"*");
        let name = match list {
            "experts" => Some("EXPERTS"),
            // each stage has its own number of layers, and a small one
            _ if inner => None,
            "h" | "layer" | "layers" => Some("LAYERS"),
            "block" | "blocks" | "resblocks" | "encoderblock" | "decoderblock" => Some("BLOCKS"),
            "stages" => Some("STAGES"),
            "codebooks" => Some("CODEBOOKS"),
            _ => None,
        };
        let name = name.map(str::to_owned);
        // a router has one output for each expert
        let own = name.is_some() && list != "experts";
        let site = own.then(|| site.join("."));
        self.intern(Meaning { value, name, site })
    }

    /// The dim with the index `dim` of the tensor at `site`, in which every list index is `*`.
    pub(super) fn dim(&mut self, site: &[&str], dim: usize, shape: &[usize]) -> Size {
        let value = shape[dim];
        let (name, site) = match self.facts.name(site, dim, shape) {
            Some((name, true)) => (Some(name.to_owned()), Some(site[..site.len() - 1].join("."))),
            Some((name, false)) => (Some(name.to_owned()), None),
            None => (None, None),
        };
        self.intern(Meaning { value, name, site })
    }
}

impl Facts {
    /// The name of a number, and whether another place may have the name for another number.
    fn name(&self, site: &[&str], dim: usize, shape: &[usize]) -> Option<(&'static str, bool)> {
        let value = Some(shape[dim]);
        let module = module(site);
        let within = |words: &[&str]| site.iter().any(|part| words.contains(part));
        if is_embedding(module) && shape.len() == 2 {
            return match dim {
                0 if is_positions(module) => Some(("POSITIONS", true)),
                0 if module.contains("type") => Some(("TYPES", true)),
                0 if self.vocab == value => Some(("VOCAB", false)),
                1 if self.hidden == value => Some(("HIDDEN", false)),
                _ => None,
            };
        }
        if ROUTERS.contains(&module) && dim == 0 && self.experts.contains(&shape[dim]) {
            return Some(("EXPERTS", false));
        }
        if (within(&["experts"]) || within(SHARED))
            && self.moe_intermediate == value
            && self.moe_intermediate != self.intermediate
        {
            return Some(("MOE_INTERMEDIATE", false));
        }
        if self.intermediate == value && (within(FEED_FORWARD) || within(FEED_FORWARD_PARTS) || within(&["output"])) {
            return Some(("INTERMEDIATE", false));
        }
        if is_key_or_value(module) && self.kv == value {
            return Some(("KV", false));
        }
        if self.queries == value && (is_query(module) || is_attention_output(module)) {
            return Some(("QUERIES", false));
        }
        if matches!(module, "q_norm" | "k_norm") {
            return Some(("HEAD_DIM", false));
        }
        if self.hidden == value && dim < 2 {
            return Some(("HIDDEN", false));
        }
        if self.vocab == value && self.hidden.is_some() && shape.len() <= 2 {
            return Some(("VOCAB", false));
        }
        if HEADS.contains(&module) && dim == 0 && shape.len() <= 2 && site.len() <= 3 {
            return Some(("CLASSES", true));
        }
        let fused = matches!(module, "c_attn" | "qkv" | "qkv_proj" | "query_key_value" | "in_proj");
        if fused && self.hidden.is_some() { Some(("QKV", false)) } else { None }
    }
}

/// The module that a tensor is in, by its own name.
fn module<'s>(site: &[&'s str]) -> &'s str {
    site.iter().rev().skip(1).find(|part| **part != "*").copied().unwrap_or("")
}

fn is_positions(module: &str) -> bool {
    module == "wpe" || module.contains("position") || module.contains("pos_")
}

fn is_key_or_value(module: &str) -> bool {
    matches!(module, "k" | "k_proj" | "key" | "key_proj" | "wk" | "v" | "v_proj" | "value" | "value_proj" | "wv")
}

fn is_query(module: &str) -> bool {
    matches!(module, "q" | "q_proj" | "query" | "query_proj" | "wq")
}

fn is_attention_output(module: &str) -> bool {
    matches!(module, "o" | "o_proj" | "out_proj" | "output_proj" | "wo")
}

/// How often each number is where a meaning would have it.
#[derive(Default)]
struct Counts<'t> {
    norms: BTreeMap<usize, usize>,
    /// Module, rows, and columns unless packed integers hide how many there are.
    embeddings: Vec<(&'t str, usize, Option<usize>)>,
    /// The last components before each matrix, and its two dims.
    matrices: Vec<(Vec<&'t str>, [usize; 2])>,
    has_images: bool,
    experts: BTreeSet<usize>,
}

impl<'t> Counts<'t> {
    fn look(&mut self, children: &Children<'t>, site: &mut Vec<&'t str>, packings: &[Packing]) {
        if let Some((quantised, sizes)) = recognise(children, packings)
            && let (true, [inputs, out]) = (quantised.is_linear(), sizes.as_slice())
        {
            let near = site.len().saturating_sub(4);
            self.matrices.push((site[near..].to_vec(), [*out, *inputs]));
            return;
        }
        for (name, child) in children.iter() {
            if let Some((dtype, shape)) = &child.tensor {
                self.tensor(name, *dtype, shape, site);
            }
            if !child.below.is_empty() {
                if name == "experts" {
                    self.experts.insert(child.below.len());
                }
                site.push(name);
                self.look(&child.below, site, packings);
                site.pop();
            }
        }
    }

    fn tensor(&mut self, name: &str, dtype: DType, shape: &[usize], site: &[&'t str]) {
        let module = site.iter().rev().find(|part| weighbridge_lock::index(part).is_none()).copied().unwrap_or("");
        match *shape {
            [dim] if name == "weight" && is_norm(module) => *self.norms.entry(dim).or_default() += 1,
            [rows, columns] if name == "weight" && is_embedding(module) => {
                let whole = !matches!(dtype, DType::U8 | DType::U32 | DType::I8 | DType::I32);
                self.embeddings.push((module, rows, whole.then_some(columns)));
            }
            [rows, columns] if name == "weight" => {
                let near = site.len().saturating_sub(4);
                self.matrices.push((site[near..].to_vec(), [rows, columns]));
            }
            [_, _, _, _] => self.has_images = true,
            _ => {}
        }
    }

    fn facts(&self) -> Facts {
        let tokens = TOKENS.iter().find_map(|word| self.embeddings.iter().find(|(module, ..)| module == word));
        let tokens = tokens.or_else(|| self.embeddings.iter().find(|(module, ..)| !is_positions(module)));
        let of_norms = self.norms.iter().max_by_key(|(_, count)| **count).map(|(dim, _)| *dim);
        // image channels grow from layer to layer, so none of them is the model's hidden size
        let hidden = tokens.and_then(|(_, _, columns)| *columns).or(of_norms.filter(|_| !self.has_images));
        let mut facts = Facts {
            hidden,
            vocab: tokens.map(|(_, rows, _)| *rows).filter(|rows| Some(*rows) != hidden),
            experts: self.experts.clone(),
            ..Facts::default()
        };
        let of_all_tokens = |site: &[&str]| {
            let elsewhere = |part: &&str| *part == "experts" || SHARED.contains(part) || ROUTERS.contains(part);
            in_feed_forward(site) && !site.iter().any(elsewhere)
        };
        facts.intermediate = self.beside_hidden(hidden, of_all_tokens);
        facts.moe_intermediate = self.beside_hidden(hidden, |site| site.contains(&"experts"));
        facts.intermediate = facts.intermediate.or(facts.moe_intermediate);
        facts.kv = self.beside_hidden(hidden, |site| site.last().is_some_and(|module| is_key_or_value(module)));
        facts.queries = self.beside_hidden(hidden, |site| site.last().is_some_and(|module| is_query(module)));
        facts
    }

    /// The most frequent other dim of matrices with the hidden size.
    fn beside_hidden(&self, hidden: Option<usize>, wanted: impl Fn(&[&str]) -> bool) -> Option<usize> {
        let hidden = hidden?;
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for (_, dims) in self.matrices.iter().filter(|(site, _)| wanted(site)) {
            let other = match *dims {
                [rows, columns] if columns == hidden => rows,
                [rows, columns] if rows == hidden => columns,
                _ => continue,
            };
            if other != hidden {
                *counts.entry(other).or_default() += 1;
            }
        }
        counts.into_iter().max_by_key(|(_, count)| *count).map(|(other, _)| other)
    }
}

fn in_feed_forward(site: &[&str]) -> bool {
    site.iter().any(|part| FEED_FORWARD.contains(part) || FEED_FORWARD_PARTS.contains(part))
}
