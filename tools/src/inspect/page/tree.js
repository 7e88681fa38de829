// The tree: rows are made when their parent opens, so the size of the file costs nothing.

const CHUNK = 200;
const FIRST_ROWS = 40;
const MOST_OPEN = 2_000;
// Node id → its row, for the rows that are there.
const rows = new Map();
// The ids that a search leaves, or null.
let kept = null;

const row = (node) => {
  const cell = (name, text) => element("span", { class: name }, text);
  const copies = node.copy_count > 1 ? `${exact.format(node.copy_count)} ×` : "";
  const share = cell("share", percent(node.share));
  share.style.setProperty("--part", `${100 * node.share}%`);
  const cells = [
    cell("name", node.name), cell("dtype", node.dtype ?? ""), cell("shape", shape(node)), cell("copies", copies),
    cell("parameters", parameters(node.element_count)), cell("size", bytes(node.byte_len)), share,
  ];
  let made;
  if (node.children.length > 0) {
    const summary = element("summary", { class: "row" }, ...cells);
    made = element("details", {}, summary);
    made.addEventListener("toggle", () => made.open && fill(node, made));
    summary.addEventListener("click", (event) => {
      // filled before it opens, so that nothing jumps
      if (!made.open) fill(node, made);
      event.stopPropagation();
    });
  } else {
    made = element("div", { class: "row", tabindex: "-1" }, ...cells);
  }
  made.dataset.id = node.id;
  made.style.setProperty("--depth", node.depth);
  rows.set(node.id, made);
  return made;
};

// Appends the rows of a node's children, some at a time.
const fill = (node, into, upTo = CHUNK) => {
  const shown = node.children.filter((child) => !kept || kept.has(child.id));
  let from = Number(into.dataset.shown ?? 0);
  if (from > 0 && upTo === CHUNK) return;
  into.querySelector(":scope > .more")?.remove();
  for (; from < Math.min(upTo, shown.length); from += 1) into.append(row(shown[from]));
  into.dataset.shown = from;
  if (from < shown.length) {
    const more = element("button", { class: "more", type: "button" }, `show more of the ${exact.format(shown.length - from)} that follow`);
    more.addEventListener("click", () => {
      fill(node, into, from + 5 * CHUNK);
      rows.get(shown[from].id).querySelector("summary")?.focus();
    });
    into.append(more);
  }
};

// Opens rows, the outer ones first, until about so many are there.
const openUpTo = (most) => {
  const open = [...$("tree").querySelectorAll("details")];
  for (let at = 0; at < open.length && rows.size < most; at += 1) {
    const node = nodes[open[at].dataset.id];
    if (!kept && rows.size + node.children.length > most && at > 0) continue;
    fill(node, open[at]);
    open[at].open = true;
    open.push(...open[at].querySelectorAll(":scope > details"));
  }
};

const drawTree = () => {
  rows.clear();
  const tree = $("tree");
  delete tree.dataset.shown;
  const heads = ["name", "dtype", "shape", "copies", "parameters", "size", "share"];
  tree.replaceChildren(element("div", { class: "row heads" }, ...heads.map((head) => element("span", {}, head))));
  fill(root, tree);
  openUpTo(kept ? 5 * CHUNK : FIRST_ROWS);
};

// Opens what is above a node and brings its row into view.
const reveal = (node) => {
  if (kept && !kept.has(node.id)) search("");
  for (const above of lineage(node).slice(0, -1)) {
    const into = above === root ? $("tree") : rows.get(above.id);
    if (!into) return;
    const shown = above.children.filter((child) => !kept || kept.has(child.id));
    const at = shown.findIndex((child) => lineage(node).includes(child));
    fill(above, into);
    if (at >= Number(into.dataset.shown)) fill(above, into, at + 1);
    if (above !== root) into.open = true;
  }
  const found = rows.get(node.id);
  const line = found.querySelector("summary") ?? found;
  line.scrollIntoView({ block: "center" });
  line.focus({ preventScroll: true });
  line.classList.add("flash");
  setTimeout(() => line.classList.remove("flash"), 1500);
};

$("open").addEventListener("click", () => openUpTo(MOST_OPEN));
$("close").addEventListener("click", () => {
  for (const details of $("tree").querySelectorAll("details[open]")) details.open = false;
});

// Arrows as in other trees: up and down move, right opens, left closes or goes to the parent.
$("tree").addEventListener("keydown", (event) => {
  const line = event.target.closest(".row");
  if (!line) return;
  const details = line.parentElement.matches("details") && line.matches("summary") ? line.parentElement : null;
  const go = (to) => to && (to.focus(), event.preventDefault());
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const lines = [...$("tree").querySelectorAll("summary, div.row[tabindex]")].filter((one) => one.checkVisibility());
    go(lines[lines.indexOf(line) + (event.key === "ArrowDown" ? 1 : -1)]);
  } else if (event.key === "ArrowRight" && details && !details.open) {
    fill(nodes[details.dataset.id], details);
    details.open = true;
    event.preventDefault();
  } else if (event.key === "ArrowLeft" && details?.open) {
    details.open = false;
    event.preventDefault();
  } else if (event.key === "ArrowLeft") {
    go((details ?? line).parentElement.closest("details")?.querySelector("summary"));
  }
});
