"""The home folder, which people write as `~`, where no shell has put in its name."""

import os
from pathlib import Path


def at_home(path: str | os.PathLike) -> Path:
    """The path that a user means: a `~` in front is the home folder, unless a file or folder is called so."""
    path = Path(path)
    if str(path).startswith("~") and not path.exists():
        try:
            return path.expanduser()
        except RuntimeError:  # nobody has that name
            return path
    return path
