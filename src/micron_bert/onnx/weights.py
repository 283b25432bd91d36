"""A digest of a set of weights, in memory and in a file."""

import hashlib
import json
from pathlib import Path


def digest_of_model(model) -> str:
    """SHA-256 of the names and bytes of a torch model's weights."""
    import torch

    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def digest_of_file(path: Path) -> str:
    """The same of a safetensors file, without torch; the layout is that of the format's specification."""
    content = memoryview(path.read_bytes())
    begin = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(bytes(content[8:begin]))
    header.pop("__metadata__", None)
    digest = hashlib.sha256()
    for name, tensor in sorted(header.items()):
        first, last = tensor["data_offsets"]
        digest.update(name.encode())
        digest.update(content[begin + first : begin + last])
    return digest.hexdigest()
