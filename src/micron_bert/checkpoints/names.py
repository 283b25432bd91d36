"""What checkpoints are called: the one that comes with the package, and everybody else's."""

from importlib import resources
from pathlib import Path

SHIPPED = "tiny"


def shipped_checkpoint(name: str = SHIPPED) -> Path:
    """Folder of a checkpoint that comes with the package."""
    return Path(str(resources.files("micron_bert"))) / "checkpoints" / name


def find_checkpoint(name: str) -> str:
    """What `from_pretrained` takes: `tiny` is the model that comes with the package, unless a folder has that name."""
    return str(shipped_checkpoint(name)) if is_shipped(name) else name


def is_shipped(name: str | None) -> bool:
    """Whether a checkpoint is the one that comes with the package."""
    return name == SHIPPED and not Path(name, "config.json").is_file()
