"""The Python peers. `peers.py versions` lists what is installed; `peers.py SPEC` does one load and prints one line of JSON;
`peers.py write` writes a file that its input describes.

SPEC is JSON: loader, path (a file, or the directory of shards), cast (whether f32 is wanted), picks (name and index of
elements whose values are printed), alike (number and shape of an archive's arrays). Imports, the making of a
module to load into, and the end of what a load still holds, are not timed.
"""

import codecs
import importlib.metadata
import json
import os
import pathlib
import struct
import sys
import time


def versions():
    found = {}
    for library in ("gguf", "mlx", "numpy", "safetensors", "torch"):
        try:
            found[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def status(key):
    """A figure of this process in KiB."""
    for line in open("/proc/self/status"):
        if line.startswith(key):
            return int(line.split()[1])
    return 0


def timed(load):
    """Runs the load when the parent says so; what it returns has to be kept, and whatever it imports be there."""
    codecs.lookup("cp437")  # zipfile would import it for the first name
    print("ready", flush=True)
    sys.stdin.readline()
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")  # the peak begins anew: imports do not count
    before = status("VmRSS:")
    start = time.perf_counter()
    loaded = load()
    ms = (time.perf_counter() - start) * 1000
    return loaded, {"ms": ms, "before": before, "peak": status("VmHWM:"), "anonymous": status("RssAnon:")}


def files(spec):
    path = pathlib.Path(spec["path"])
    return sorted(map(str, path.glob("*.safetensors"))) if path.is_dir() else [str(path)]


def entries(spec):
    """Name to dtype and shape."""
    if "alike" in spec:
        count, *shape = spec["alike"]
        return {f"layers.{i}": ("F32", shape) for i in range(count)}
    found = {}
    for path in files(spec):
        with open(path, "rb") as file:
            header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        found.update((name, (entry["dtype"], entry["shape"])) for name, entry in header.items())
    return found


def nest(spec, leaf, node, items):
    """A tree of modules for the spec's names: numbers below a name are a list."""
    root = {}
    for name, (dtype, shape) in entries(spec).items():
        *above, last = name.split(".")
        place = root
        for part in above:
            place = place.setdefault(part, {})
        place[last] = leaf("F32" if spec["cast"] else dtype, shape)

    def build(tree):
        children = {name: build(child) if isinstance(child, dict) else child for name, child in tree.items()}
        if all(name.isdigit() for name in children):
            return items([children[str(i)] for i in range(len(children))])
        return node(children)

    return build(root)


def with_attributes(module, children):
    for name, child in children.items():
        setattr(module, name, child)
    return module


def load_files(spec, load):
    """The dict of the first file, with those of the other shards added to it."""
    first, *others = map(load, files(spec))
    for other in others:
        first.update(other)
    return first


def mlx_load(spec):
    import mlx.core as mx

    def load():
        arrays = load_files(spec, mx.load)
        if spec["cast"]:
            arrays = {name: array.astype(mx.float32) for name, array in arrays.items()}
        mx.eval(list(arrays.values()))
        return arrays

    loaded, line = timed(load)
    return line, lambda name, index: loaded[name].reshape(-1)[index].astype(mx.float32).item()


def mlx_load_weights(spec):
    import mlx.core as mx
    from mlx import nn
    from mlx.utils import tree_flatten

    dtypes = {"F32": mx.float32, "BF16": mx.bfloat16}
    module = nest(
        spec,
        lambda dtype, shape: mx.zeros(shape, dtypes[dtype]),
        lambda children: with_attributes(nn.Module(), children),
        list,
    )

    def load():
        module.load_weights(list(load_files(spec, mx.load).items()), strict=True)
        if spec["cast"]:
            module.set_dtype(mx.float32)
        mx.eval(module.parameters())

    _, line = timed(load)
    loaded = dict(tree_flatten(module.parameters()))
    return line, lambda name, index: loaded[name].reshape(-1)[index].astype(mx.float32).item()


def torch_module(spec):
    """Of memory that nothing was written into, so that its pages are given out while the load is timed."""
    import torch

    dtypes = {"F32": torch.float32, "BF16": torch.bfloat16}
    return nest(
        spec,
        lambda dtype, shape: torch.nn.Parameter(torch.empty(shape, dtype=dtypes[dtype]), requires_grad=False),
        lambda children: with_attributes(torch.nn.Module(), children),
        torch.nn.ModuleList,
    )


def torch_value(tensors):
    return lambda name, index: tensors[name].reshape(-1)[index].float().item()


def torch_load_state_dict(spec):
    from safetensors.torch import load_file

    module = torch_module(spec)

    def load():
        tensors = load_files(spec, load_file)
        return tensors, module.load_state_dict(tensors, strict=True)

    _kept, line = timed(load)
    return line, torch_value(module.state_dict())


def torch_assign(spec):
    import torch
    from safetensors.torch import load_file

    module = torch_module(spec)
    _replaced = list(module.parameters())  # that they end is not the load's

    def load():
        tensors = load_files(spec, load_file)
        module.load_state_dict(tensors, strict=True, assign=True)
        for tensor in module.parameters():
            tensor.detach().reshape(-1).view(torch.uint8)[::4096].sum()
        return tensors

    _kept, line = timed(load)
    return line, torch_value(module.state_dict())


def torch_load_file(spec):
    from safetensors.torch import load_file

    loaded, line = timed(lambda: load_files(spec, load_file))
    return line, torch_value(loaded)


def torch_clone(spec):
    from safetensors.torch import load_file

    def load():
        tensors = load_files(spec, load_file)
        return tensors, {name: tensor.clone() for name, tensor in tensors.items()}

    (_kept, loaded), line = timed(load)
    return line, torch_value(loaded)


def numpy_load(spec):
    import numpy

    def load():
        archive = numpy.load(spec["path"])
        return archive, {name: archive[name] for name in archive.files}

    (_kept, loaded), line = timed(load)
    return line, lambda name, index: loaded[name].reshape(-1)[index].item()


def gguf_reader(spec):
    import gguf

    reader, line = timed(lambda: gguf.GGUFReader(spec["path"]))
    tensors = {tensor.name: tensor for tensor in reader.tensors}

    def value(name, index):
        tensor = tensors[name]
        row, column = divmod(index, int(tensor.shape[0]))
        rows = tensor.data.reshape(-1, tensor.data.shape[-1])
        return gguf.quants.dequantize(rows[row : row + 1], tensor.tensor_type)[0][column].item()

    return line, value


def gguf_dequantize(spec):
    import gguf

    def load():
        reader = gguf.GGUFReader(spec["path"])
        return reader, {t.name: gguf.quants.dequantize(t.data, t.tensor_type) for t in reader.tensors}

    (_kept, loaded), line = timed(load)
    return line, lambda name, index: loaded[name].reshape(-1)[index].item()


def torch_load(spec):
    import torch

    loaded, line = timed(lambda: torch.load(spec["path"], weights_only=True))
    return line, torch_value(loaded)


def torch_load_mapped(spec):
    import torch

    loaded, line = timed(lambda: torch.load(spec["path"], weights_only=True, mmap=True))
    return line, torch_value(loaded)


LOADERS = {
    "MLX load": mlx_load,
    "MLX load_weights": mlx_load_weights,
    "torch load_state_dict": torch_load_state_dict,
    "torch load_state_dict, assign": torch_assign,
    "safetensors.torch load_file": torch_load_file,
    "safetensors.torch load_file, clone": torch_clone,
    "numpy.load": numpy_load,
    "gguf-py GGUFReader": gguf_reader,
    "gguf-py dequantize": gguf_dequantize,
    "torch load": torch_load,
    "torch load, mapped": torch_load_mapped,
}


def write(spec):
    """Writes a file as its library does: elements come from a file of their bytes."""
    import numpy

    raw, at, arrays = numpy.memmap(spec["raw"], numpy.uint8, "r"), 0, {}
    for name, shape, length in spec["tensors"]:
        array = raw[at : at + length]
        is_float = spec["dtype"] == "F32"
        arrays[name] = array.view(numpy.float32).reshape(shape) if is_float else array.reshape(*shape[:-1], -1)
        at += length
    if spec["library"] == "torch":
        import torch

        torch.save({name: torch.from_numpy(array.copy()) for name, array in arrays.items()}, spec["path"])
    else:
        import gguf

        writer = gguf.GGUFWriter(spec["path"], "llama")
        for name, array in arrays.items():
            writer.add_tensor(name, array, raw_dtype=gguf.GGMLQuantizationType[spec["dtype"]])
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def main():
    if sys.argv[1] == "versions":
        print(json.dumps(versions()))
        return
    if sys.argv[1] == "write":
        write(json.load(sys.stdin))
        return
    spec = json.loads(sys.argv[1])
    line, value = LOADERS[spec["loader"]](spec)
    bits = [struct.unpack("<I", struct.pack("<f", value(name, index)))[0] for name, index in spec["picks"]]
    print(json.dumps(line | {"values": bits}), flush=True)
    # nothing that was loaded is dropped, and MLX's threads, which now and then end a process that ends, are not asked
    os._exit(0)


if __name__ == "__main__":
    main()
