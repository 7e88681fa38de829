"""What torch loads from each `.pt` and `.pth` below a folder, beside the `.safetensors` of the same name that `weighbridge convert` has made of it.

`torch_files.py DIR`, with a Python that has torch. The files have one state dict each.
"""

import json
import sys
from pathlib import Path

import torch

NAMES = {torch.float32: "F32", torch.float16: "F16", torch.float64: "F64", torch.int64: "I64", torch.uint8: "U8"}


def converted(path):
    raw = path.read_bytes()
    end = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:end])
    header.pop("__metadata__", None)
    for name, said in header.items():
        first, last = said["data_offsets"]
        yield name, (said["dtype"], said["shape"], raw[end + first : end + last])


count = 0
files = [file for file in sorted(Path(sys.argv[1]).rglob("*")) if file.suffix in (".pt", ".pth")]
assert files, "there are no files of PyTorch"
for file in files:
    found = dict(converted(file.with_suffix(".safetensors")))
    state = torch.load(file, weights_only=True, map_location="cpu")
    assert found.keys() == state.keys(), f"other names in {file}: {found.keys() ^ state.keys()}"
    for name, tensor in state.items():
        flat = tensor.detach().contiguous().reshape(-1).view(torch.uint8)
        dtype, shape, raw = found[name]
        assert (dtype, shape) == (NAMES[tensor.dtype], list(tensor.shape)), f"{name} in {file} is {dtype} {shape}"
        assert not raw and not flat.numel() or torch.equal(torch.frombuffer(bytearray(raw), dtype=torch.uint8), flat), f"{name} in {file}"
    count += len(state)
print(f"compared {len(files)} files of packages with what torch {torch.__version__} loads: {count} tensors, each the same")
