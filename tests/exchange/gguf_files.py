"""What gguf-py writes and reads, beside what Weighbridge reads; `.ci/run` runs it, and the fuzzer where it is told to.

`gguf_files.py write DIR` writes files with gguf-py. `gguf_files.py compare LIST` reads each file of a list that
`exchange list` has made, and compares. `gguf_files.py answer` reads paths, one a line, and answers each with a line of JSON: what
gguf-py reads in that file, or why it reads nothing.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

import numpy as np
from gguf import GGUFReader, GGUFValueType, GGUFWriter
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType as Type
from gguf.quants import dequantize, quantize

KINDS = {
    kind: {"BOOL": "Bool", "STRING": "String", "ARRAY": "Array"}.get(
        kind.name, kind.name.replace("UINT", "U").replace("INT", "I").replace("FLOAT", "F")
    )
    for kind in GGUFValueType
}


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def floats(data, kind):
    """The digest of what blocks stand for in f32, where gguf-py knows it; every not-a-number is the same."""
    try:
        with np.errstate(all="ignore"):
            numbers = np.ascontiguousarray(dequantize(data, kind), dtype=np.float32)
    except NotImplementedError:
        return None
    bits = numbers.view(np.uint32).copy()
    bits[np.isnan(numbers)] = 0x7FC00000
    return digest(bits)


def tensor(data, kind, shape):
    found = {"dtype": kind.name, "shape": [int(dim) for dim in shape], "sha256": digest(data)}
    if GGML_QUANT_SIZES[kind][0] > 1 and data.size > 0 and (as_floats := floats(data, kind)):
        found["floats"] = as_floats
    return found


def value(field):
    """Of floats the bits, so that all of them have a value in JSON."""

    def plain(part, kind):
        if kind == GGUFValueType.STRING:
            return bytes(part).decode()
        if kind in (GGUFValueType.FLOAT32, GGUFValueType.FLOAT64):
            return int(part.view(np.uint32 if kind == GGUFValueType.FLOAT32 else np.uint64)[0])
        return part.tolist()[0]

    kind = field.types[0]
    if kind != GGUFValueType.ARRAY:
        return {"type": KINDS[kind], "value": plain(field.parts[-1], kind)}
    # the length and bytes of the key, the number of the type, and then those of the items, and how many there are
    inner = GGUFValueType(int(field.parts[3][0]))
    items = [plain(field.parts[at], inner) for at in field.data]
    return {"type": f"[{KINDS[inner]}; {len(items)}]", "value": items}


def listing(path):
    """What is in a file, or in all files of a split set; the keys are those of the first."""
    path = Path(path)
    split = re.fullmatch(r"(.*)-00001-of-(\d{5})\.gguf", path.name)
    files = [path.with_name(f"{split[1]}-{at + 1:05}-of-{split[2]}.gguf") for at in range(int(split[2]))] if split else [path]
    readers = [GGUFReader(file) for file in files]
    # three keys of gguf-py's own
    keys = [(name, field) for name, field in readers[0].fields.items() if field.offset >= 24]
    return {
        "tensors": {
            found.name: tensor(found.data, found.tensor_type, reversed(found.shape))
            for reader in readers
            for found in reader.tensors
        },
        "metadata": {name: value(field) for name, field in keys},
    }


def differences(ours, theirs):
    """What both say of each name. Weighbridge makes floats of fewer types."""
    theirs = json.loads(json.dumps(theirs))
    for name, said in theirs["tensors"].items():
        if "floats" not in ours["tensors"].get(name, {}):
            said.pop("floats", None)
    for part in ("tensors", "metadata"):
        for name in sorted(ours[part].keys() | theirs[part].keys()):
            if ours[part].get(name) != theirs[part].get(name):
                yield f"{name}: Weighbridge {ours[part].get(name)}, gguf-py {theirs[part].get(name)}"


def compare(path):
    lists = json.loads(Path(path).read_text())
    count = 0
    for file, ours in lists.items():
        found = list(differences(ours, listing(file)))
        if found:
            sys.exit("\n  ".join([f"{file} differs:", *found]))
        count += len(ours["tensors"]) + len(ours["metadata"])
    if not lists:
        sys.exit("the list has no files")
    print(f"compared {len(lists)} GGUF files with what gguf-py reads: {count} tensors and keys, each the same")


def answer():
    for line in sys.stdin:
        try:
            said = listing(line.rstrip("\n"))
        except Exception as error:
            said = {"refused": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), flush=True)


def tensors(random):
    """Of each dtype that gguf-py can make of numbers, one tensor, of 1 to 4 dims."""
    shapes = [(512,), (3, 256), (2, 3, 256), (2, 1, 3, 512)]
    for at, kind in enumerate(GGML_QUANT_SIZES):
        shape = shapes[at % len(shapes)]
        numbers = (random.standard_normal(shape) * 3).astype(np.float32)
        if kind.name in ("I8", "I16", "I32", "I64"):
            yield kind, random.integers(-100, 100, shape).astype(f"int{kind.name[1:]}"), shape
        elif kind in (Type.F16, Type.F32, Type.F64):
            yield kind, numbers.astype(f"float{kind.name[1:]}"), shape
        else:
            try:
                yield kind, quantize(numbers, kind), shape
            except NotImplementedError:
                pass


def keys(writer):
    """A key of each type, and an array of each."""
    values = {
        GGUFValueType.BOOL: [True, False],
        GGUFValueType.STRING: ["", "two words", "ä€😀"],
        GGUFValueType.FLOAT32: [0.1, -0.0, float("inf"), float("nan"), 1e-45],
        GGUFValueType.FLOAT64: [0.1, -0.0, float("-inf"), float("nan"), 5e-324],
    }
    for kind in GGUFValueType:
        if kind == GGUFValueType.ARRAY:
            continue
        if kind.name.startswith("INT") or kind.name.startswith("UINT"):
            bits = int(kind.name.lstrip("UINT"))
            values[kind] = [0, 2**bits - 1] if kind.name.startswith("U") else [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]
        for at, one in enumerate(values[kind]):
            writer.add_key_value(f"one.{kind.name.lower()}.{at}", one, kind)
        writer.add_key_value(f"many.{kind.name.lower()}", values[kind], GGUFValueType.ARRAY, sub_type=kind)


def write(directory):
    random = np.random.default_rng(7)
    made = {f"x.{kind.name.lower()}": (kind, data, shape) for kind, data, shape in tensors(random)}
    assert len(made) > 12, f"gguf-py makes no more than {list(made)}"

    def save(name, of, *, alignment=None, with_keys=False, **options):
        path = directory / name
        writer = GGUFWriter(path, "made-up", **options)
        if with_keys:
            keys(writer)
        if alignment:
            writer.add_custom_alignment(alignment)
        for name, (kind, data, _) in of.items():
            writer.add_tensor(name, data, raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        # what it reads is what was written
        first = next(file for file in sorted(directory.iterdir()) if file.name.startswith(path.stem))
        written = {name: tensor(data, kind, shape) for name, (kind, data, shape) in of.items()}
        assert listing(first)["tensors"] == written, f"gguf-py reads {first} other than it was written"

    save("types.gguf", made)
    save("keys.gguf", {}, with_keys=True)
    save("wide.gguf", made, alignment=256, with_keys=True)
    save("split.gguf", made, split_max_tensors=5, with_keys=True)
    save("small-first.gguf", made, split_max_size=6000, small_first_shard=True)
    print(f"wrote {len(list(directory.iterdir()))} GGUF files with {len(made)} dtypes")


if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    {"write": write, "compare": compare, "answer": answer}[verb](*map(Path, rest))
