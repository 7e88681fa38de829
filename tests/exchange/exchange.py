"""One half of the exchange of files; the other is `tests/examples/exchange.rs`, and `.ci/run` runs both.

`exchange.py read DIR` reads what Weighbridge wrote, with every reader that can hold it, and compares it with Weighbridge's
`DIR/manifest.json`. It also runs the Python of Weighbridge's hints, which is in `DIR/hints.json`. `exchange.py write DIR` writes with every writer, and says in `DIR/manifest.json` what each file holds.
"""

import ast
import hashlib
import json
import os
import sys
import zipfile
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import safetensors
import safetensors.numpy
from mlx.utils import tree_flatten

# numpy has no bfloat16 and no 8-bit floats: they are untyped bytes there
NUMPY = {
    "BOOL": "|b1", "U8": "|u1", "I8": "|i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4", "U64": "<u8",
    "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8", "C64": "<c8", "BF16": "V2",
    "F8_E4M3": "V1", "F8_E5M2": "V1", "F8_E8M0": "V1",
}
MLX = {
    "BOOL": mx.bool_, "U8": mx.uint8, "I8": mx.int8, "U16": mx.uint16, "I16": mx.int16, "U32": mx.uint32,
    "I32": mx.int32, "U64": mx.uint64, "I64": mx.int64, "F16": mx.float16, "BF16": mx.bfloat16, "F32": mx.float32,
    "C64": mx.complex64,
}
# the names that `safetensors.TensorSpec` takes
WRITTEN = {"BF16": "bfloat16", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "F8_E8M0": "float8_e8m0fnu"}


class Arrays(nn.Module):
    """A module of bare arrays."""

    def __init__(self, **arrays):
        super().__init__()
        for name, array in arrays.items():
            setattr(self, name, array)


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 5)
        self.bn = nn.BatchNorm(3)


def bfloat16(module):
    module.set_dtype(mx.bfloat16)
    return module


def float16(module):
    module.set_dtype(mx.float16)
    return module


# the models that MLX has; their names are those in the Rust half
MODULES = {
    "linear": lambda: nn.Linear(10, 10),
    "linear-bf16": lambda: bfloat16(nn.Linear(7, 5)),
    "linear-f16": lambda: float16(nn.Linear(7, 5)),
    "mlp": lambda: nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)),
    "transformer": lambda: nn.TransformerEncoder(2, 16, 2),
    "cnn": Cnn,
    "quantised": lambda: nn.QuantizedLinear(64, 32, group_size=32, bits=4),
    "dtypes": lambda: Arrays(**{name.lower(): mx.zeros((3, 5), dtype) for name, dtype in MLX.items()}),
    "shapes": lambda: Arrays(
        scalar=mx.zeros(()), empty=mx.zeros((0,)), hollow=mx.zeros((2, 0, 4)), deep=mx.zeros((1, 2, 1, 3, 1, 2))
    ),
}
# the models that it cannot hold as they are
OTHERS = {
    "double": {"weight": ("F64", (3, 5)), "step": ("I64", ())},
    "eighths": {name: (f"F8_{name.upper()}", (4, 2)) for name in ("e4m3", "e5m2", "e8m0")},
}

rng = np.random.default_rng(7)


def made_up(dtype, shape):
    """An array of bytes without a pattern, not-a-numbers among them."""
    raw = rng.bytes(int(np.prod(shape)) * np.dtype(NUMPY[dtype]).itemsize)
    if dtype == "BOOL":
        raw = bytes(byte & 1 for byte in raw)
    return np.frombuffer(raw, NUMPY[dtype]).reshape(shape)


def described(dtype, shape, raw):
    return {"dtype": dtype, "shape": list(shape), "sha256": hashlib.sha256(raw).hexdigest()}


def mlx_bytes(array):
    """The bytes of an MLX array; numpy does not take bfloat16 from it."""
    return np.array(array.view(mx.uint16) if array.dtype == mx.bfloat16 else array).tobytes()


def mlx_dtype(array):
    return next(name for name, dtype in MLX.items() if dtype == array.dtype)


def mlx_tensors(module):
    return {
        name: described(mlx_dtype(array), array.shape, mlx_bytes(array))
        for name, array in tree_flatten(module.parameters())
    }


def to_mlx(dtype, array):
    if dtype == "BF16":
        return mx.array(array.view("<u2")).view(mx.bfloat16)
    return mx.array(array)


def expect(what, found, wanted):
    if found != wanted:
        names = [name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)]
        shown = "\n".join(f"  {name}: {found.get(name)}, written {wanted.get(name)}" for name in sorted(names))
        sys.exit(f"{what} differs:\n{shown}")


def read(directory):
    count = 0
    for file, said in json.loads((directory / "manifest.json").read_text()).items():
        path, wanted = directory / file, said["tensors"]
        if path.suffix == ".safetensors":
            raw = {
                name: described(view["dtype"], view["shape"], view["data"])
                for name, view in safetensors.deserialize(path.read_bytes())
            }
            expect(f"{file} by safetensors", raw, wanted)
            with safetensors.safe_open(path, "np") as opened:
                expect(f"the metadata of {file}", opened.metadata(), {"format": "mlx"})
            count += 1
            if not any(NUMPY[tensor["dtype"]].startswith("V") for tensor in wanted.values()):
                arrays = safetensors.numpy.load_file(path)
                found = {name: described(wanted[name]["dtype"], a.shape, a.tobytes()) for name, a in arrays.items()}
                expect(f"{file} by safetensors.numpy", found, wanted)
                count += 1
        else:
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None, f"{file} has a damaged member"
            found = {}
            with np.load(path, allow_pickle=False) as arrays:
                for name, array in arrays.items():
                    dtype = wanted[name]["dtype"]
                    assert array.dtype == np.dtype(NUMPY[dtype]), f"{name} in {file} is {array.dtype}, written {dtype}"
                    assert array.flags.c_contiguous
                    found[name] = described(dtype, array.shape, array.tobytes())
            expect(f"{file} by numpy", found, wanted)
            count += 1
        if said["model"] in MODULES:
            module = MODULES[said["model"]]()
            module.load_weights(str(path), strict=True)
            expect(f"{file} by load_weights of MLX", mlx_tensors(module), wanted)
            count += 1
    print(f"compared {count} readings, each tensor as it was written")
    follow(directory, json.loads((directory / "hints.json").read_text()))


def follow(directory, hints):
    """Runs the Python of each hint as it is written, with arrays that count their elements."""

    def counting(shape, dtype):
        return np.arange(np.prod(shape), dtype=dtype).reshape(shape)

    named = hints["named"]
    code = ast.parse(named["python"], mode="eval")
    pairs = [
        (key.value, value.id)
        for node in ast.walk(code)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values)
    ]
    assert {key for key, _ in pairs} == set(named["shapes"]), f"other names: {named['python']}"
    arrays = {variable: counting(named["shapes"][key], "<f4") for key, variable in pairs}
    eval(named["python"], {"np": np, "path": directory / "named.npz", **arrays})
    bits = eval(hints["bits"]["python"], {"array": counting((2, 3), "<u2")})
    np.savez(directory / "bits.npz", weight=bits)
    print(f"ran the Python of {len(hints)} hints")


def write(directory):
    manifest = {}

    def wrote(file, model, tensors):
        manifest[file] = {"model": model, "tensors": tensors}

    for model, make in MODULES.items():
        module = make()
        schema = {name: (mlx_dtype(array), array.shape) for name, array in tree_flatten(module.parameters())}
        arrays = {name: made_up(*tensor) for name, tensor in schema.items()}
        module.load_weights([(name, to_mlx(schema[name][0], array)) for name, array in arrays.items()], strict=True)
        for suffix in ("safetensors", "npz"):
            file = f"{model}.mlx.{suffix}"
            module.save_weights(str(directory / file))
            wrote(file, model, mlx_tensors(module))
        write_others(directory, model, schema, arrays, wrote)
    for model, schema in OTHERS.items():
        write_others(directory, model, schema, {name: made_up(*tensor) for name, tensor in schema.items()}, wrote)
    (directory / "manifest.json").write_text(json.dumps(manifest, indent=1))
    print(f"wrote {len(manifest)} files")


def big_endian(array):
    return array.byteswap().view(array.dtype.newbyteorder(">"))


def write_others(directory, model, schema, arrays, wrote):
    """By numpy and safetensors."""
    tensors = {name: described(schema[name][0], array.shape, array.tobytes()) for name, array in arrays.items()}

    np.savez(directory / f"{model}.stored.npz", **arrays)
    wrote(f"{model}.stored.npz", model, tensors)
    np.savez_compressed(directory / f"{model}.deflated.npz", **arrays)
    wrote(f"{model}.deflated.npz", model, tensors)
    # the same numbers by columns, and with their bytes turned round
    turned = {
        name: np.array(array if array.dtype.kind == "V" else big_endian(array), order="F")
        for name, array in arrays.items()
    }
    np.savez(directory / f"{model}.turned.npz", **turned)
    wrote(f"{model}.turned.npz", model, tensors)

    if all(array.dtype.kind != "V" for array in arrays.values()):
        safetensors.numpy.save_file(arrays, directory / f"{model}.numpy.safetensors", metadata={"format": "np"})
        wrote(f"{model}.numpy.safetensors", model, tensors)

    specs = {
        name: safetensors.TensorSpec(
            dtype=WRITTEN.get(schema[name][0], array.dtype.name),
            shape=list(array.shape),
            data_ptr=array.ctypes.data,
            data_len=array.nbytes,
        )
        for name, array in arrays.items()
    }
    shards = [dict(list(specs.items())[::2]), dict(list(specs.items())[1::2])]
    folder = directory / f"{model}.shards"
    folder.mkdir()
    weight_map = {}
    for number, shard in enumerate(shards, 1):
        name = f"model-{number:05}-of-{len(shards):05}.safetensors"
        (folder / name).write_bytes(safetensors.serialize(shard))
        weight_map |= dict.fromkeys(shard, name)
    index = {"metadata": {"total_size": sum(array.nbytes for array in arrays.values())}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    wrote(f"{model}.shards", model, tensors)


if __name__ == "__main__":
    verb, folder = sys.argv[1:]
    {"read": read, "write": write}[verb](Path(folder))
    # without the end of the interpreter, in which a thread of MLX that still runs aborts the process; an exception does not come so far
    sys.stdout.flush()
    os._exit(0)
