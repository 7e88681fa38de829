// The map: a squarified treemap. Areas are exactly proportional to bytes, so nothing has a frame; colour says what
// belongs together, and the legend names the colours.

const MOST_CELLS = 400;
const SMALLEST = 500;
const COLOURS = 10;
const SVG = "http://www.w3.org/2000/svg";
let place = root;
let hits = null;

const svg = (tag, attributes) => {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
};

// The rectangles of `parts` (each with `byte_len`, the largest first) that fill the box.
const squarify = (parts, { x, y, width, height }) => {
  const boxes = [];
  let left = parts.reduce((sum, part) => sum + part.byte_len, 0);
  let at = 0;
  while (at < parts.length) {
    const across = Math.min(width, height);
    const scale = (width * height) / left;
    // rows grow while their worst cell becomes squarer
    let [count, sum, worst] = [0, 0, Infinity];
    while (at + count < parts.length) {
      const next = sum + parts[at + count].byte_len;
      const thick = (next * scale) / across;
      const ratio = (part) => {
        const long = (part.byte_len * scale) / thick;
        return Math.max(long / thick, thick / long);
      };
      const now = Math.max(ratio(parts[at]), ratio(parts[at + count]));
      if (now > worst) break;
      [count, sum, worst] = [count + 1, next, now];
    }
    const last = at + count === parts.length;
    const thick = last ? Math.max(width, height) : (sum * scale) / across;
    let along = 0;
    for (const part of parts.slice(at, at + count)) {
      const long = (part.byte_len / sum) * across;
      boxes.push(
        width >= height
          ? { part, x, y: y + along, width: thick, height: long }
          : { part, x: x + along, y, width: long, height: thick },
      );
      along += long;
    }
    if (width >= height) [x, width] = [x + thick, width - thick];
    else [y, height] = [y + thick, height - thick];
    left -= sum;
    at += count;
  }
  return boxes;
};

// What a node divides into: its children, itself if it is a tensor as well, and what is too much to draw as one.
const parts = (node) => {
  const own = node.byte_len - node.children.reduce((sum, child) => sum + child.byte_len, 0);
  const all = node.children.filter((child) => child.byte_len > 0).map((child) => ({ node: child, byte_len: child.byte_len }));
  if (own > 0) all.push({ node, byte_len: own, whole: true });
  all.sort((a, b) => b.byte_len - a.byte_len);
  if (all.length <= MOST_CELLS) return all;
  const rest = all.splice(MOST_CELLS);
  const sum = rest.reduce((total, part) => total + part.byte_len, 0);
  all.push({ node, byte_len: sum, whole: true, rest: rest.length });
  return all.sort((a, b) => b.byte_len - a.byte_len);
};

const cells = (part, box, into) => {
  if (part.whole || part.node.children.length === 0 || box.width * box.height < SMALLEST) {
    into.push({ ...part, ...box });
    return;
  }
  for (const inner of squarify(parts(part.node), box)) cells(inner.part, inner, into);
};

// The nodes that get a colour each: the largest is divided while there are few. What is too small to be seen is grey.
const groups = (node) => {
  const seen = (one) => one.byte_len >= node.byte_len / 100 && one.byte_len > 0;
  let found = [node];
  for (;;) {
    const [largest] = found.filter((one) => one.children.length > 0 && !one.dtype).sort((a, b) => b.byte_len - a.byte_len);
    const inner = largest?.children.filter(seen) ?? [];
    if (inner.length === 0 || found.length - 1 + inner.length > COLOURS - 1) break;
    found = found.filter((one) => one !== largest).concat(inner);
  }
  if (found.length === 1 && found[0].children.length > 0) found = found[0].children.filter((child) => child.byte_len > 0);
  return found.sort((a, b) => b.byte_len - a.byte_len).slice(0, COLOURS - 1);
};

const describe = (cell) => {
  const { node } = cell;
  if (cell.rest) return [`${plural(cell.rest, "smaller part")} of ${node.path || data.checkpoint}`, bytes(cell.byte_len), percent(cell.byte_len / root.byte_len)];
  const what = node.dtype ? [`${node.dtype} ${shape(node)}`] : [plural(node.tensor_count, "tensor")];
  if (node.dtype && node.copy_count > 1) what.push(`${exact.format(node.copy_count)} ×`);
  return [node.path, ...what, `${parameters(node.element_count)} parameter${node.element_count === 1 ? "" : "s"}`, bytes(cell.byte_len), percent(cell.byte_len / root.byte_len)];
};

const tip = (cell, x, y) => {
  const box = $("tip");
  box.hidden = !cell;
  if (!cell) return;
  const [name, ...rest] = describe(cell);
  box.replaceChildren(element("strong", {}, name), rest.join(", "));
  box.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - box.offsetWidth - 8))}px`;
  box.style.top = `${y + 18 + box.offsetHeight > innerHeight ? y - box.offsetHeight - 10 : y + 18}px`;
};

// The end of a name says most: it is cut before a whole part, whose dots are not those of a range.
const PART = /(?<![.])\.(?![.=])/;
const fitted = (text, width) => {
  const most = Math.floor((width - 10) / 7);
  if (text.length <= most) return text;
  const end = text.slice(text.length - Math.max(0, most - 1));
  const at = end.search(PART);
  return at < 0 ? "" : `…${end.slice(at + 1)}`;
};

const drawCell = (cell, colour) => {
  const made = svg("g", { class: `c${colour}`, tabindex: "-1", role: "button", "aria-label": describe(cell).join(", ") });
  made.dataset.id = cell.node.id;
  made.dataset.bytes = cell.byte_len;
  const { x, y, height } = cell;
  made.append(svg("rect", { x, y, width: cell.width, height, rx: 2 }));
  const above = place.path ? place.path.length + 1 : 0;
  const name = cell.rest ? `${exact.format(cell.rest)} more` : cell.node.path.slice(above) || cell.node.name;
  const label = height >= 20 ? fitted(name, cell.width) : "";
  if (label) {
    made.append(svg("text", { x: x + 6, y: y + 15 }));
    made.lastChild.textContent = label;
  }
  if (label && height >= 36 && cell.width >= 110) {
    made.append(svg("text", { x: x + 6, y: y + 30 }));
    made.lastChild.textContent = `${bytes(cell.byte_len)}, ${percent(cell.byte_len / root.byte_len)}`;
  }
  made.addEventListener("click", () => enter(cell));
  made.addEventListener("pointermove", (event) => tip(cell, event.clientX, event.clientY));
  made.addEventListener("focus", () => {
    const at = made.getBoundingClientRect();
    if (made.matches(":focus-visible")) tip(cell, at.x, at.y + Math.min(at.height, 24));
  });
  made.addEventListener("blur", () => tip(null));
  return made;
};

const drawMap = () => {
  const map = $("map");
  const width = Math.max(280, map.parentElement.clientWidth - 32);
  const height = Math.round(Math.min(560, Math.max(260, width * 0.42)));
  map.setAttribute("viewBox", `0 0 ${width} ${height}`);
  map.style.height = `${height}px`;
  const drawn = [];
  if (place.byte_len > 0) cells({ node: place, byte_len: place.byte_len }, { x: 0, y: 0, width, height }, drawn);
  const coloured = groups(place);
  const colour = (node) => {
    for (let at = node; at; at = at.parent) {
      const found = coloured.indexOf(at);
      if (found >= 0) return found;
    }
    return COLOURS - 1;
  };
  map.replaceChildren(...drawn.map((cell) => drawCell(cell, colour(cell.node))));
  map.firstElementChild?.setAttribute("tabindex", "0");
  drawLegend(coloured);
  drawCrumbs();
  mark();
};

const drawLegend = (coloured) => {
  const above = place.path ? place.path.length + 1 : 0;
  $("legend").replaceChildren(...coloured.filter((node) => node !== root).map((node, at) => {
    const name = node.path.slice(above) || node.name;
    const button = element("button", { type: "button", class: `chip c${at}` }, name, " ", element("span", { class: "soft" }, percent(node.share)));
    button.addEventListener("click", () => (node.children.length > 0 && node !== place ? zoom(node) : reveal(node)));
    const near = (on) => {
      for (const one of $("map").children) one.classList.toggle("near", on && lineage(nodes[one.dataset.id]).includes(node));
    };
    button.addEventListener("pointerenter", () => near(true));
    button.addEventListener("pointerleave", () => near(false));
    return element("li", {}, button);
  }));
};

const drawCrumbs = () => {
  $("crumbs").replaceChildren(...lineage(place).flatMap((node, at) => {
    const name = node === root ? "all" : node.name;
    if (node === place) return [at ? " › " : "", element("span", { "aria-current": "true" }, `${name} (${bytes(node.byte_len)})`)];
    const button = element("button", { type: "button" }, name);
    button.addEventListener("click", () => zoom(node));
    return [at ? " › " : "", button];
  }));
};

const zoom = (node) => {
  place = node;
  tip(null);
  drawMap();
};

// One step towards the cell, past places that hold nothing else; the tree shows what cannot be entered.
const enter = (cell) => {
  let next = lineage(cell.node)[lineage(place).length];
  while (next && next.children.length === 1 && !next.dtype) [next] = next.children;
  if (next && next.children.length > 0) zoom(next);
  else if (cell.node !== root) reveal(cell.node);
};

// Which cells a search leaves.
const mark = () => {
  $("map").classList.toggle("filtered", hits !== null);
  for (const one of $("map").children) one.classList.toggle("hit", hits !== null && hits.has(Number(one.dataset.id)));
};

$("map").addEventListener("pointerleave", () => tip(null));
$("map").addEventListener("keydown", (event) => {
  const now = event.target.closest("g");
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const next = step > 0 ? now?.nextElementSibling : now?.previousElementSibling;
  if (step && next) {
    now.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  } else if ((event.key === "Enter" || event.key === " ") && now) {
    now.dispatchEvent(new MouseEvent("click"));
    if (!now.isConnected) $("map").firstElementChild?.focus();
  } else if (event.key === "Escape" && place.parent) {
    zoom(place.parent);
    $("map").firstElementChild?.focus();
  } else if (!step) {
    return;
  }
  event.preventDefault();
});
