"""The page of `inspect --html` in a real browser.

    python3 tests/html/page.py CHROMIUM COMMAND...

runs `COMMAND... CHECKPOINT --html PAGE` for checkpoints of the fixtures and for some that it writes itself, and looks at
the pages: what they show, what a click does, that they fetch nothing, and that no name becomes HTML.
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile

from browser import Browser

ROOT = pathlib.Path(__file__).resolve().parents[2]

ROWS = "[...document.querySelectorAll('#tree .row:not(.heads)')].filter((row) => row.checkVisibility())"
NAMES = f"{ROWS}.map((row) => row.querySelector('.name').textContent)"
CELLS = """[...document.querySelectorAll('#map g')].map((cell) => {
    const box = cell.firstElementChild;
    return { label: cell.getAttribute('aria-label'), bytes: Number(cell.dataset.bytes), hit: cell.classList.contains('hit'),
             faint: Number(getComputedStyle(cell).opacity) < 0.5,
             area: Number(box.getAttribute('width')) * Number(box.getAttribute('height')),
             box: ['x', 'y', 'width', 'height'].map((name) => Number(box.getAttribute(name))) };
})"""

LLAMA = [
    "lm_head.weight", "model", "embed_tokens.weight", "layers.{0..=2}", "input_layernorm.weight", "mlp",
    "down_proj.weight", "gate_proj.weight", "up_proj.weight", "post_attention_layernorm.weight", "self_attn",
    "k_proj.weight", "o_proj.weight", "q_proj.weight", "v_proj.weight", "norm.weight",
]


def same(found, expected, what):
    if found != expected:
        raise AssertionError(f"{what}: expected\n  {expected}\nfound\n  {found}")


def row(name):
    """The row of that name, as an expression."""
    return f"{ROWS}.find((row) => row.querySelector('.name').textContent === {json.dumps(name)})"


def cells(browser):
    """The cells of the map, after a look at their areas: shares of the whole as their bytes are."""
    found = browser.js(CELLS)
    area, size = sum(cell["area"] for cell in found), sum(cell["bytes"] for cell in found)
    for cell in found:
        if abs(cell["area"] / area - cell["bytes"] / size) > 1e-6:
            raise AssertionError(f"{cell['label']} has {cell['area'] / area:%} of the map and {cell['bytes'] / size:%} of the bytes")
    width, height = (float(part) for part in browser.js("document.getElementById('map').getAttribute('viewBox')").split()[2:])
    if abs(area - width * height) > 1:
        raise AssertionError(f"the cells cover {area} of {width * height}")
    for one in found:
        x, y, w, h = one["box"]
        for other in found:
            u, v, s, t = other["box"]
            if one is not other and min(x + w, u + s) - max(x, u) > 0.01 and min(y + h, v + t) - max(y, v) > 0.01:
                raise AssertionError(f"{one['label']} lies over {other['label']}")
    return found


def llama(browser, page):
    browser.open(page("fixtures/llama-sharded"))
    same(browser.js(NAMES), LLAMA, "rows")
    same(
        browser.js(f"[...{row('down_proj.weight')}.children].map((cell) => cell.textContent)"),
        ["down_proj.weight", "F32", "[32, 64]", "3 ×", "6.14 K", "24.6 kB", "17.0 %"],
        "a row",
    )
    facts = browser.js("[...document.querySelectorAll('#facts dd')].map((fact) => fact.textContent)")
    same(facts[:5], ["36.1 K", "36,064", "144 kB", "144,256 bytes", "30"], "facts")
    same(browser.js("[...document.querySelectorAll('#metadata td')].map((cell) => cell.textContent)"), ["format", "pt"], "metadata")

    # the tree closes and opens, by mouse and by keyboard
    browser.click(row("mlp"))
    same(browser.js(NAMES), [name for name in LLAMA if name not in ("down_proj.weight", "gate_proj.weight", "up_proj.weight")], "closed")
    browser.click(row("mlp"))
    same(browser.js(NAMES), LLAMA, "opened again")
    browser.js(f"{row('model')}.focus()")
    browser.key("ArrowLeft")
    same(browser.js(NAMES), ["lm_head.weight", "model"], "closed by a key")
    browser.key("ArrowRight")
    browser.key("ArrowDown")
    same(browser.js("document.activeElement.querySelector('.name').textContent"), "embed_tokens.weight", "the row below")
    browser.click("document.getElementById('close')")
    same(browser.js(NAMES), ["lm_head.weight", "model"], "all closed")
    browser.click("document.getElementById('open')")
    same(browser.js(NAMES), LLAMA, "all open")

    # the map
    found = cells(browser)
    same(sum(cell["bytes"] for cell in found), 144256, "bytes of the map")
    same(len(found), 12, "cells")
    browser.click("document.querySelector('#map g[aria-label^=\"model.layers.{0..=2}.mlp.down_proj.weight\"]')")
    same(sum(cell["bytes"] for cell in cells(browser)), 127872, "bytes of the model")
    same(browser.js("document.getElementById('crumbs').textContent"), "all › model (128 kB)", "where the map is")
    browser.js("document.querySelector('#map g[tabindex=\"0\"]').focus()")
    browser.key("Escape")
    same(sum(cell["bytes"] for cell in cells(browser)), 144256, "bytes of the map again")
    browser.click("document.querySelector('#map g[aria-label^=\"lm_head\"]')")
    same(browser.js("document.activeElement.querySelector('.name')?.textContent"), "lm_head.weight", "the row of a cell")

    # the search
    field = "document.getElementById('query')"
    browser.write(field, "Q_PROJ")
    same(browser.js(NAMES), ["model", "layers.{0..=2}", "self_attn", "q_proj.weight"], "found")
    same(browser.js("document.getElementById('count').textContent"), "3 of 30 tensors", "count")
    found = cells(browser)
    same([cell["label"].split(",")[0] for cell in found if cell["hit"]], ["model.layers.{0..=2}.self_attn.q_proj.weight"], "hits")
    same([cell["faint"] for cell in found], [not cell["hit"] for cell in found], "what is not found is faint")
    browser.write(field, "layers.1.mlp.up")
    same(browser.js(NAMES), ["model", "layers.{0..=2}", "mlp", "up_proj.weight"], "found by a whole name")
    same(browser.js("document.getElementById('count').textContent"), "1 of 30 tensors", "count")
    browser.write(field, "layers.3.")
    same(browser.js(NAMES), [], "there is no such layer")
    browser.write(field, "")
    same(browser.js(NAMES), LLAMA, "rows after a search")
    same([cell["hit"] for cell in cells(browser)], [False] * 12, "no hits")


def address(browser, page):
    browser.open(page("fixtures/llama-sharded") + "#q=norm")
    same(browser.js("document.getElementById('count').textContent"), "7 of 30 tensors", "asked for in the address")


def colours(browser, page):
    shades = []
    for scheme in ("light", "dark"):
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.open(page("fixtures/resnet"))
        pixel = "(() => { const [r, g, b] = getComputedStyle(%s).%s.match(/\\d+/g).map(Number); return (r + g + b) / 3; })()"
        shades.append((browser.js(pixel % ("document.body", "backgroundColor")), browser.js(pixel % ("document.body", "color"))))
    browser.call("Emulation.setEmulatedMedia", features=[])
    (light, ink), (dark, chalk) = shades
    assert light - ink > 150 and chalk - dark > 150, shades


def labels(browser, page):
    """What a screen reader meets has a name."""
    browser.open(page("fixtures/bert"))
    tree = browser.call("Accessibility.getFullAXTree")["nodes"]
    named = {"button", "searchbox", "textbox", "heading", "DisclosureTriangle", "link"}
    seen = {}
    for node in tree:
        role, name = node.get("role", {}).get("value"), node.get("name", {}).get("value", "")
        if role in named and not node.get("ignored"):
            seen.setdefault(role, []).append(name)
    assert all(name for names in seen.values() for name in names), seen
    assert "Find a tensor" in seen.get("searchbox", []), seen
    assert any("bert" in name for name in seen["heading"]), seen
    assert len(seen["button"]) > 20, seen
    same(browser.js("document.querySelectorAll('#map g[tabindex=\"0\"]').length"), 1, "stops of Tab in the map")


# Each is a part of a name: what would be HTML, a comment, the end of the script, a template, a prototype, a terminal's.
HOSTILE = [
    "</script><script>document.title='taken'</script>", "<img src=http://127.0.0.1:9/x onerror=\"document.title='taken'\">",
    "<!--<script>", "]]>", "'\"`${document.title='taken'}", "__proto__", "constructor", "toString", "/*script*/", "$&",
    "\u202egnp.exe", "\u001b[31mred", "a\nb", "\u2028", "{0..=3}", "&lt;b&gt;", "", " ", "\u0000", "ﷺ" * 40,
]


def hostile(browser, page):
    tensors = {f"{name}.{at}.w": [at + 1] for at, name in enumerate(HOSTILE)}
    metadata = {name or "empty": name for name in HOSTILE}
    browser.open(page(checkpoint(tensors, metadata)))
    assert browser.js("document.title").endswith("weighbridge"), browser.js("document.title")
    same(browser.js("document.querySelectorAll('img, iframe, object, b, #tree script').length"), 0, "elements made of names")
    same(browser.js("document.scripts.length"), 2, "scripts")
    text = browser.js("document.body.innerText")
    for harmful in "\u202e\u001b\u0000":
        assert harmful not in text, f"{harmful!r} is shown"
    rows = browser.js(NAMES)
    same(len(rows), len(HOSTILE), "rows")
    for name in ("</script><script>document", "<img src=http://127", "__proto__", "\\u{202e}gnp"):
        assert any(name in row for row in rows), f"{name} is not in {rows}"
    cells(browser)
    browser.click("document.querySelector('#map g')")
    browser.write("document.getElementById('query')", "<img")
    same(len(browser.js(NAMES)), 1, "rows of <img")


def large(browser, page):
    """47,000 tensors: repeated layers, and none that are alike."""
    experts = {"model.embed.weight": [64, 8], "model.norm.weight": [8]}
    for layer in range(61):
        for expert in range(256):
            for name in ("gate", "up", "down"):
                experts[f"model.layers.{layer}.experts.{expert}.{name}.weight"] = [2, 3]
    browser.open(page(checkpoint(experts)))
    same(
        browser.js(NAMES),
        ["model", "embed.weight", "layers.{0..=60}.experts.{0..=255}", "down.weight", "gate.weight", "up.weight", "norm.weight"],
        "rows of the experts",
    )
    cells(browser)
    browser.write("document.getElementById('query')", "layers.17.experts.200.up")
    same(browser.js("document.getElementById('count').textContent"), "1 of 46,850 tensors", "one of the experts")

    # digits would fold
    def name(at):
        return "w" + "".join("abcdefghij"[int(digit)] for digit in str(at)) + "x"

    browser.open(page(checkpoint({name(at): [1 + at % 7, 4] for at in range(47_000)})))
    drawn = browser.js("document.querySelectorAll('*').length")
    assert drawn < 5_000, f"{drawn} elements"
    rows = len(browser.js(NAMES))
    browser.click("document.querySelector('#tree .more')")
    assert len(browser.js(NAMES)) > rows, "more was asked for"
    same(len(cells(browser)), 401, "cells: the largest, and one for the rest")
    browser.write("document.getElementById('query')", name(46_999))
    browser.js("new Promise((done) => setTimeout(done, 600))")
    same(browser.js(NAMES), [name(46_999)], "one of many")


def nothing(browser, page):
    browser.open(page(checkpoint({})))
    same(browser.js(NAMES), [], "rows of an empty file")
    same(browser.js("document.querySelectorAll('#map g').length"), 0, "cells of an empty file")
    browser.open(page(checkpoint({"scalar": [], "empty": [0, 3], "empties.w": [0]})))
    same(browser.js(NAMES), ["empties.w", "empty", "scalar"], "rows")
    same(len(cells(browser)), 1, "cells: only the scalar has bytes")


def checkpoint(tensors, metadata=None):
    """A safetensors file of F32 tensors, all of them zero."""
    header, end = {"__metadata__": metadata} if metadata else {}, 0
    for name, shape in tensors.items():
        size = 4
        for extent in shape:
            size *= extent
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(end)


def main(chromium, command):
    tests = [llama, address, colours, labels, hostile, large, nothing]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        scratch = pathlib.Path(scratch)
        made = {}

        def page(of):
            """The address of the page about a path below the root, or about the bytes of a file."""
            if of not in made:
                path = ROOT / of if isinstance(of, str) else scratch / f"{len(made)}.safetensors"
                if not isinstance(of, str):
                    path.write_bytes(of)
                made[of] = scratch / f"{len(made)}.html"
                ran = subprocess.run([*command, path, "--html", made[of]], capture_output=True, text=True)
                assert ran.returncode == 0, f"{command} ended with {ran.returncode}:\n{ran.stderr}"
            return made[of].as_uri()

        browser = Browser(chromium, scratch / "profile")
        try:
            for test in tests:
                test(browser, page)
                same(browser.complaints, [], f"complaints in {test.__name__}")
                others = [url for url in browser.requests if not url.startswith((scratch.as_uri(), "data:", "about:"))]
                same(others, [], f"requests in {test.__name__}")
                assert browser.requests, "the page itself is a request"
                print(f"html: {test.__name__} passed")
        finally:
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
