// What stands above: the name, the totals, dtypes, metadata, warnings.

document.title = `${data.checkpoint} — weighbridge`;
$("label").textContent = data.checkpoint;

const fact = (name, value, note) => {
  const list = [element("dt", {}, name), element("dd", {}, value)];
  if (note) list.push(element("dd", {}, note));
  $("facts").append(element("div", {}, ...list));
};
fact("parameters", parameters(data.total.parameters), exact.format(data.total.parameters));
fact("size", bytes(data.total.bytes), plural(data.total.bytes, "byte"));
const folded = leaves.length < data.total.tensors && `${plural(leaves.length, "line")} when repeats are folded`;
fact("tensors", exact.format(data.total.tensors), folded);
fact("files", exact.format(data.files.length), data.files.length > 1 && "shards of one checkpoint");

const stack = element("div", { class: "stack", "aria-hidden": "true" });
const dtypes = element("ul");
data.dtypes.forEach((dtype, at) => {
  const colour = `c${Math.min(at, 9)}`;
  const part = element("span", { class: colour });
  part.style.flexGrow = dtype.share;
  if (dtype.bytes > 0) stack.append(part);
  dtypes.append(
    element("li", {}, element("span", { class: `chip ${colour}` }, dtype.dtype), " ",
      element("span", { class: "soft" }, `${percent(dtype.share)}, ${plural(dtype.tensors, "tensor")}, ${bytes(dtype.bytes)}`)),
  );
});
$("dtypes").append(stack, dtypes);

for (const { name, times } of data.duplicates) {
  $("warnings").append(element("p", {}, `${name} is there ${times} times; a load refuses this file`));
}

const table = (id, title, rows, open) => {
  const details = $(id);
  details.hidden = rows.length === 0;
  details.open = open;
  details.firstElementChild.textContent = title;
  details.lastElementChild.append(
    ...rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell)))),
  );
};
const brief = JSON.stringify(data.metadata).length < 600;
table("metadata", `metadata (${data.metadata.length})`, data.metadata, brief);
table(
  "files",
  `files (${data.files.length})`,
  data.files.length === 1 ? [] : data.files.map((file) => [file.name, plural(file.tensors, "tensor"), bytes(file.bytes)]),
  false,
);
