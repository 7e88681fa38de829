// What stands above: the name, the totals, dtypes, metadata, warnings.

document.title = `${data.checkpoint} — weighbridge`;
$("label").textContent = data.checkpoint;

const fact = (name, value, note) => {
  const list = [element("dt", {}, name), element("dd", {}, value)];
  if (note) list.push(element("dd", {}, note));
  $("facts").append(element("div", {}, ...list));
};
fact("parameters", parameters(data.total.element_count), exact.format(data.total.element_count));
fact("size", bytes(data.total.byte_len), plural(data.total.byte_len, "byte"));
const folded = leaves.length < data.total.tensor_count && `${plural(leaves.length, "line")} when repeats are folded`;
fact("tensors", exact.format(data.total.tensor_count), folded);
fact("files", exact.format(data.files.length), data.files.length > 1 && "shards of one checkpoint");

const stack = element("div", { class: "stack", "aria-hidden": "true" });
const dtypes = element("ul");
data.dtypes.forEach((dtype, at) => {
  const colour = `c${Math.min(at, 9)}`;
  const part = element("span", { class: colour });
  part.style.flexGrow = dtype.share;
  if (dtype.byte_len > 0) stack.append(part);
  dtypes.append(
    element("li", {}, element("span", { class: `chip ${colour}` }, dtype.dtype), " ",
      element("span", { class: "soft" }, `${percent(dtype.share)}, ${plural(dtype.tensor_count, "tensor")}, ${bytes(dtype.byte_len)}`)),
  );
});
$("dtypes").append(stack, dtypes);

for (const { name, tensor_count } of data.duplicates) {
  $("warnings").append(element("p", {}, `${name} is there ${tensor_count} times; a load refuses this file`));
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
  data.files.length === 1 ? [] : data.files.map((file) => [file.name, plural(file.tensor_count, "tensor"), bytes(file.byte_len)]),
  false,
);
