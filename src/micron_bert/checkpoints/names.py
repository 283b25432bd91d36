"""Names of checkpoints: the one that comes with the package, and all others."""

import hashlib
from importlib import resources
from pathlib import Path

from micron_bert.errors import InputError

SHIPPED = "tiny"


def shipped_checkpoint(name: str = SHIPPED) -> Path:
    """
    Folder of a checkpoint that comes with the package.

    Args:
        name (`str`, defaults to `"tiny"`): of the checkpoint; it is not looked for.
    """
    return Path(str(resources.files("micron_bert"))) / "checkpoints" / name


def find_checkpoint(name: str) -> str:
    """
    The argument of `from_pretrained`: `tiny` is the model in the package, unless a folder has that name.

    Raises:
        [`InputError`]: the name is empty, or that of a file.
    """
    if not name.strip():
        raise InputError("The name of the model is empty; name its folder or its Hub id, or leave it out.")
    if Path(name).is_file():
        convert = "; `micron-bert convert` makes one of the authors' .pth" if name.endswith(".pth") else ""
        raise InputError(f"The model `{name}` is a file; name the folder that a training or an export wrote{convert}.")
    return str(shipped_checkpoint(name)) if is_shipped(name) else name


def is_shipped(name: str | None) -> bool:
    """Whether a checkpoint is the one that comes with the package."""
    return name == SHIPPED and not Path(name, "config.json").is_file()


def weights_key(checkpoint: str | None) -> str | None:
    """A hash of the weights of a checkpoint on this machine; None for a new model or one on the Hub."""
    files = sorted(Path(find_checkpoint(checkpoint)).glob("*.safetensors")) if checkpoint else []
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16] if files else None
