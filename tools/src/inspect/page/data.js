// What the page shows: the JSON of `weighbridge inspect` without the list of tensors, and metadata as pairs. A node of the
// tree has `name`, `copy_count`, `tensor_count`, `element_count`, `byte_len`, `share`, `children` and, if it is a tensor,
// `dtype` and `shape`.

const $ = (id) => document.getElementById(id);
const data = JSON.parse($("checkpoint").textContent);
const root = { name: "", copy_count: 1, children: data.tree, share: 1, ...data.total };
const nodes = [];
const leaves = [];

const number = (node, parent, depth) => {
  node.id = nodes.length;
  node.parent = parent;
  node.depth = depth;
  node.path = parent && parent.path ? `${parent.path}.${node.name}` : node.name;
  nodes.push(node);
  if (node.dtype) leaves.push(node);
  for (const child of node.children) number(child, node, depth + 1);
};
number(root, null, -1);

// Text comes from the file, so it becomes text nodes and nothing else.
const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

const exact = new Intl.NumberFormat("en");

// Three digits: 6.74 B, 31.2 K, 128.
const short = (count, units) => {
  let unit = 0;
  while (unit < units.length - 1 && Number(count.toPrecision(3)) >= 1000) {
    count /= 1000;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : count < 9.995 ? 2 : count < 99.95 ? 1 : 0;
  return `${count.toFixed(digits)}${units[unit]}`;
};
const parameters = (count) => short(count, ["", " K", " M", " B", " T"]);
const bytes = (byte_len) => short(byte_len, [" B", " kB", " MB", " GB", " TB", " PB"]);
const percent = (share) => {
  if (share > 0 && share < 0.0005) return "<0.1 %";
  return `${(100 * share).toFixed(1)} %`;
};
const plural = (count, word) => `${exact.format(count)} ${word}${count === 1 ? "" : "s"}`;
const shape = (node) => (node.dtype ? `[${node.shape.join(", ")}]` : "");

// The ancestors of a node, the outermost first, and itself.
const lineage = (node) => {
  const line = [];
  for (let at = node; at; at = at.parent) line.unshift(at);
  return line;
};

// How many of the names that a pattern stands for contain the text.
const MOST_NAMES = 100_000;
const INDICES = /\{(\d[^{}"]*)\}/g;
const matching = (node, query) => {
  const pattern = node.path.toLowerCase();
  if (!pattern.includes("{")) return pattern.includes(query) ? 1 : 0;
  if (pattern.includes(query)) return node.copy_count;
  if (!/\d/.test(query)) return 0;
  // only a name that is written out can contain it: `layers.3.mlp` is one of `layers.{0..=31}.mlp`
  let names = [""];
  let end = 0;
  for (const found of pattern.matchAll(INDICES)) {
    const before = pattern.slice(end, found.index);
    end = found.index + found[0].length;
    const indices = [];
    for (const range of found[1].split(", ")) {
      const [first, last] = range.split("..=").map(Number);
      for (let index = first; index <= (last ?? first) && indices.length < MOST_NAMES; index += 1) indices.push(index);
    }
    if (names.length * indices.length > MOST_NAMES) return 0;
    names = names.flatMap((name) => indices.map((index) => `${name}${before}${index}`));
  }
  const rest = pattern.slice(end);
  return names.reduce((count, name) => count + (`${name}${rest}`.includes(query) ? 1 : 0), 0);
};
