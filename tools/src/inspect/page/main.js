// The search, and the first drawing. `#q=TEXT` in the address searches at once.

const search = (text) => {
  if ($("query").value !== text) $("query").value = text;
  const query = text.trim().toLowerCase();
  [kept, hits] = [null, null];
  let count = 0;
  if (query) {
    [kept, hits] = [new Set(), new Set()];
    for (const leaf of leaves) {
      const found = matching(leaf, query);
      if (found === 0) continue;
      count += found;
      for (const node of lineage(leaf)) {
        kept.add(node.id);
        hits.add(node.id);
      }
    }
  }
  $("count").textContent = query ? `${exact.format(count)} of ${plural(data.total.tensor_count, "tensor")}` : "";
  drawTree();
  mark();
};

let waiting = 0;
$("query").addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => search($("query").value), leaves.length > 5_000 ? 200 : 0);
});
const asked = () => {
  const text = new URLSearchParams(location.hash.slice(1)).get("q");
  if (text !== null) search(text);
};
addEventListener("hashchange", asked);
let drawnAt = 0;
new ResizeObserver(() => {
  const width = $("map").parentElement.clientWidth;
  if (width !== drawnAt) {
    drawnAt = width;
    drawMap();
  }
}).observe($("map").parentElement);
drawTree();
drawMap();
asked();
