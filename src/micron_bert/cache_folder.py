"""Where the package keeps what it fetched or computed for the user, once per machine."""

import os
from pathlib import Path


def cache_folder(name: str) -> Path:
    """
    A folder of the package in the Hugging Face cache (`HF_ASSETS_CACHE`, `HF_HOME` and `XDG_CACHE_HOME` are honoured).

    Args:
        name (`str`): what is kept, such as `"face_models"`.

    Returns:
        `Path`: one that was begun in `~/.cache/micron_bert` by an earlier version stays in use.
    """
    from huggingface_hub import cached_assets_path

    earlier = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "micron_bert" / name
    return earlier if earlier.is_dir() else cached_assets_path("micron_bert", namespace=name)
